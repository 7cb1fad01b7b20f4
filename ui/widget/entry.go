package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Entry is a field of one line that scrolls to where it is seen when it gets the
// keyboard. Its name is its placeholder.
type Entry struct{ widget.Entry }

// NewEntry makes an empty one.
func NewEntry(name string) *Entry {
	e := &Entry{}
	e.PlaceHolder = name
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip) // as Fyne makes them
	e.ExtendBaseWidget(e)
	return e
}

// Label is what is to be written into it.
func (e *Entry) Label() string { return e.PlaceHolder }

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() { reveal(e); e.Entry.FocusGained() }
