package mini

// Moment is what decides whether the window is wanted.
type Moment struct {
	On        bool // the person wants it at all
	Minimised bool // the meeting's window is an icon, or on another desktop
	Front     bool // the meeting's window has the keyboard
	Sharing   bool // our screen, or another program's window
}

// Wish keeps what a person has said by closing the window: it stays away until
// the meeting is minimised, or something is shared, the next time.
type Wish struct {
	last      Moment
	dismissed bool
}

// Next says whether the window is wanted now.
func (w *Wish) Next(m Moment) bool {
	if m.Minimised && !w.last.Minimised || m.Sharing && !w.last.Sharing {
		w.dismissed = false
	}
	w.last = m
	return m.On && !w.dismissed && (m.Minimised || m.Sharing && !m.Front)
}

// Dismiss says that the person has closed the window.
func (w *Wish) Dismiss() { w.dismissed = true }
