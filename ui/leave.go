package ui

import (
	"fyne.io/fyne/v2/lang"

	ours "foyer/ui/widget"
)

// othersThere reports whether leaving now would leave somebody behind.
func (w *window) othersThere() bool {
	return w.call != nil && !w.trial && len(w.call.Snapshot().People) > 0
}

// question asks in place of the question before it: the last one counts. It is taken
// away when the meeting ends by itself.
func (w *window) question(q ours.Question) {
	if w.asking != nil {
		w.asking.Hide()
	}
	w.asking = ours.NewQuestion(w.win, q)
	w.asking.Show()
}

// leaving completes a question about leaving the meeting with what that means here:
// a meeting that runs on this computer ends for everyone.
func (w *window) leaving(q ours.Question) ours.Question {
	q.No = lang.L("Stay")
	if w.ends && w.othersThere() {
		q.Text, q.Yes, q.Danger = lang.L("The meeting runs on this computer. If you leave, it ends for everyone."), lang.L("End for everyone"), true
	} else {
		q.Text = lang.L("You'll leave the meeting.")
	}
	return q
}

// askToEnd asks before a meeting ends for everyone, and reports whether it asked.
// Where leaving ends it for nobody else, it does not.
func (w *window) askToEnd(leave func()) (asked bool) {
	if !w.ends || !w.othersThere() {
		return false
	}
	w.raise()
	w.question(w.leaving(ours.Question{Title: lang.L("End the meeting for everyone?"), Do: leave}))
	return true
}

// close asks before leaving people behind.
func (w *window) close() {
	quit := func() {
		w.closing.Store(true)
		if w.meeting != nil {
			w.meeting.Close()
			w.meeting = nil
		}
		w.win.Close()
	}
	switch {
	case !w.othersThere():
		quit()
	case w.askToEnd(quit):
	default:
		w.question(w.leaving(ours.Question{Title: lang.L("Leave and quit?"), Yes: lang.L("Leave"), Do: quit}))
	}
}
