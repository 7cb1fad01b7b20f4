package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Entry is a field of one line that scrolls to where it is seen when it gets the
// keyboard. Its name is its placeholder.
type Entry struct {
	widget.Entry
	Pasted func(string) string // what to paste for what the clipboard has; nil: the same
}

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

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok && e.Pasted != nil {
		s = &fyne.ShortcutPaste{Clipboard: pasting{p.Clipboard, e.Pasted}}
	}
	e.Entry.TypedShortcut(s)
}

// pasting is the clipboard as an entry wants it.
type pasting struct {
	fyne.Clipboard
	change func(string) string
}

// Content implements fyne.Clipboard.
func (p pasting) Content() string { return p.change(p.Clipboard.Content()) }
