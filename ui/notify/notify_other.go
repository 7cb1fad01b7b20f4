//go:build !unix || darwin

package notify

import (
	"context"

	"fyne.io/fyne/v2"
)

// desktop shows notes by Fyne's own way. Clicks, and taking a note back or the
// place of an earlier one, are missing. Untested.
type desktop struct{ o Options }

func (d *desktop) show(_ context.Context, note Note) {
	if a := fyne.CurrentApp(); a != nil {
		a.SendNotification(fyne.NewNotification(note.Title, note.Text))
	}
}

func (d *desktop) clear() {}
func (d *desktop) close() {}
