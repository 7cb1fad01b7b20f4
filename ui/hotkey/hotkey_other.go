//go:build !(linux || freebsd || openbsd || netbsd) || wayland

package hotkey

import (
	"context"

	"fyne.io/fyne/v2"
)

// Supported says that Watch may work here.
const Supported = false

// Watch tells when a key goes down (true) and up (false) while another window than
// except has the keyboard. Here it cannot: the error is ErrUnsupported.
func Watch(context.Context, fyne.KeyName, uint32) (<-chan bool, error) { return nil, ErrUnsupported }
