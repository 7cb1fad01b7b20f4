package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"foyer/assets"
	"foyer/ui/notify"
	"foyer/ui/tray"
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
	behind := !w.front || w.meeting != nil && w.meeting.SmallShown()
	if behind && !w.o.Settings.Get().NotifyOff {
		w.notes.Show(n)
	}
}

// raise brings the window to the front.
func (w *window) raise() {
	if !w.closing.Load() {
		w.win.RequestFocus()
	}
}

// showControls follows the meeting in the tray.
func (w *window) showControls(s tray.State) {
	if w.tray != nil {
		w.tray.Set(s)
	}
}

// chosen does what was chosen in the tray.
func (w *window) chosen(v tray.Verb) {
	switch {
	case w.closing.Load():
	case v == tray.Show:
		w.raise()
	case v == tray.Quit:
		w.raise() // it may ask
		w.close()
	case w.meeting == nil: // it has ended since
	case v == tray.Microphone:
		w.meeting.ToggleMicrophone()
	case v == tray.Camera:
		w.meeting.ToggleCamera()
	case v == tray.Leave:
		w.meeting.Leave()
	}
}
