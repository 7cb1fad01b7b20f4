package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"foyer/assets"
	"foyer/ui/notify"
)

// notifies begins to show what happens while the window does not have the keyboard.
func (w *window) notifies() {
	w.notes = notify.New(notify.Options{
		Program: "Foyer", Icon: assets.SmallIcon, OpenLabel: lang.L("Show"),
		OnOpen: func() { fyne.Do(w.raise) },
	})
	w.app.Lifecycle().SetOnEnteredForeground(func() {
		w.front = true
		w.notes.Clear()
	})
	w.app.Lifecycle().SetOnExitedForeground(func() { w.front = false })
}

// news is told by the meeting.
func (w *window) news(n notify.Note) {
	if !w.front && !w.o.Settings.Get().NotifyOff {
		w.notes.Show(n)
	}
}

// raise brings the window to the front.
func (w *window) raise() {
	if !w.closing.Load() {
		w.win.RequestFocus()
	}
}
