//go:build !(linux || freebsd || openbsd || netbsd || windows || darwin || wayland)

package hotkey

import "fyne.io/fyne/v2"

// positions are not known here.
var positions map[fyne.KeyName]int
