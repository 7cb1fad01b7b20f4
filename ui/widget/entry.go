package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Entry is a field of one line that scrolls to where it is seen when it gets the
// keyboard. Its name is its placeholder.
type Entry struct {
	widget.Entry
	Pasted func(string) string // what to paste for what the clipboard has; nil: the same
	// FromBeginning shows a long text from its beginning while it is not edited.
	FromBeginning bool
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

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.FromBeginning && e.CursorColumn != 0 {
		e.CursorRow, e.CursorColumn = 0, 0
		e.Refresh()
	}
}

// SelectBack selects everything with the cursor before it: a long text is seen from
// its beginning.
func (e *Entry) SelectBack() {
	shift := &fyne.KeyEvent{Name: desktop.KeyShiftLeft}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	e.KeyDown(shift)
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	e.KeyUp(shift)
}
