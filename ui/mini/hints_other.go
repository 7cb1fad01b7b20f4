//go:build !((linux || freebsd || openbsd || netbsd) && !wayland)

package mini

import "fyne.io/fyne/v2"

// hint has nothing to add to what GLFW sets: here the window may be in the taskbar
// and on one desktop alone.
func hint(fyne.Window) {}
