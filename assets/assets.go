package assets

import "embed"

// Icon is the program's icon, 256 pixels square (PNG).
//
//go:embed icon/foyer-256.png
var Icon []byte

// SmallIcon is the same, 64 pixels square (PNG), for the desktop's tray and
// notifications.
//
//go:embed icon/foyer-64.png
var SmallIcon []byte

// Translations are the texts of the window: a file base.LANGUAGE.json for each,
// from English to that language, as go-i18n reads them. English itself has those
// texts that a number rules.
//
//go:embed translations
var Translations embed.FS
