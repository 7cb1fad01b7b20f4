//go:build !darwin

package motion

import "fyne.io/fyne/v2"

// Use has Fyne's own widgets obey: presses that fade, and cursors that blink. Fyne
// 2.7 lets a program ask for its setting, but not change it.
func Use(a fyne.App) { fyne.SetCurrentApp(calm{a}) }
