//go:build !unix || darwin

package tray

import "context"

// awaitHost finds no tray. For these systems are missing: the icon as ICO (Windows),
// and a start on the main thread, by way of Fyne.
func awaitHost(context.Context) bool { return false }

func begin(func()) (end func()) { return func() {} }
