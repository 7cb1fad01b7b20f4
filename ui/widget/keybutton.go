package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// KeyButton is a button with the keyboard in a dialog or a wait: Return presses
// it as Space does, and Escape gives up.
type KeyButton struct {
	widget.Button
	escape func()
}

// NewKeyButton makes a button. An icon of nil is none.
func NewKeyButton(text string, icon fyne.Resource, tapped, escape func()) *KeyButton {
	b := &KeyButton{Button: widget.Button{Text: text, Icon: icon, OnTapped: tapped}, escape: escape}
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *KeyButton) TypedKey(e *fyne.KeyEvent) {
	switch {
	case b.Disabled():
	case e.Name == fyne.KeyReturn, e.Name == fyne.KeyEnter:
		b.OnTapped()
	case e.Name == fyne.KeyEscape:
		b.escape()
	default:
		b.Button.TypedKey(e)
	}
}
