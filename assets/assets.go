// Package assets holds what the program shows and sounds beside its code.
package assets

import _ "embed"

// Icon is the program's icon, 256 pixels square (PNG).
//
//go:embed icon/foyer-256.png
var Icon []byte
