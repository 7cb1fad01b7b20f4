//go:build wayland

package mini

import "fyne.io/fyne/v2"

// Supported says that there can be a small window here. Missing on Wayland: being
// told that a window is minimised (xdg-shell has no such event), and a place above
// other programs' windows.
const Supported = false

// Main is the meeting's window.
type Main struct{ window fyne.Window }

// NewMain makes it of a window.
func NewMain(w fyne.Window) *Main { return &Main{w} }

// Stands says whether the window is minimised, and whether it has the keyboard:
// here always that it is in front.
func (m *Main) Stands() (minimised, front bool) { return false, true }

// Raise asks for the window to come to the front.
func (m *Main) Raise() { m.window.RequestFocus() }

type native struct{}

func (*native) prepare(fyne.Window, *Main, *Place) {}
func (*native) keep(*Place)                        {}
func (*native) drag()                              {}
func (*native) grab(int, int)                      {}
