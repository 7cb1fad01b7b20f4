package motion

import "fyne.io/fyne/v2"

// Use does nothing here: Fyne 2.7 expects the settings of the current app to be its
// own on macOS. Its presses go on fading, and its cursors blinking. Untested.
func Use(fyne.App) {}
