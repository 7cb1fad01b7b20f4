package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"

	base "fyne.io/fyne/v2/theme"
)

// KeyButton is a button that Return presses as Space does, and where Escape gives up. A ring says that it has the keyboard:
// Fyne's own mark is not seen on a button in the primary colour.
type KeyButton struct {
	widget.Button
	// Name is what it is called where its Text is empty.
	Name   string
	ring   *canvas.Rectangle
	escape func()
}

// NewKeyButton makes a button. An icon of nil is none; with an escape of nil, Escape
// is the window's. A letter is, too.
func NewKeyButton(text string, icon fyne.Resource, tapped, escape func()) *KeyButton {
	b := &KeyButton{Button: widget.Button{Text: text, Icon: icon, OnTapped: tapped}, ring: newFocusRing(theme.Round), escape: escape}
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *KeyButton) TypedKey(e *fyne.KeyEvent) {
	switch {
	case b.Disabled():
	case e.Name == fyne.KeyReturn, e.Name == fyne.KeyEnter:
		b.OnTapped()
	case e.Name == fyne.KeyEscape && b.escape != nil:
		b.escape()
	case e.Name == fyne.KeyEscape:
		passKey(b, e)
	default:
		b.Button.TypedKey(e)
	}
}

// Label is what it says, or is called.
func (b *KeyButton) Label() string {
	if b.Text == "" {
		return b.Name
	}
	return b.Text
}

// TypedRune passes what is typed on to the window.
func (b *KeyButton) TypedRune(r rune) { passRune(b, r) }

// KeyDown implements desktop.Keyable: the window knows repeats and held keys by it.
func (b *KeyButton) KeyDown(e *fyne.KeyEvent) { passDown(b, e) }

// KeyUp implements desktop.Keyable.
func (b *KeyButton) KeyUp(e *fyne.KeyEvent) { passUp(b, e) }

// FocusGained implements fyne.Focusable.
func (b *KeyButton) FocusGained() { show(b.ring, true); reveal(b); b.Button.FocusGained() }

// FocusLost implements fyne.Focusable.
func (b *KeyButton) FocusLost() { show(b.ring, false); b.Button.FocusLost() }

// CreateRenderer implements fyne.Widget.
func (b *KeyButton) CreateRenderer() fyne.WidgetRenderer {
	r := &keyButtonRenderer{b.Button.CreateRenderer(), b}
	r.dress()
	return r
}

type keyButtonRenderer struct {
	fyne.WidgetRenderer
	b *KeyButton
}

func (r *keyButtonRenderer) dress() { r.b.ring.StrokeColor = theme.Color(base.ColorNamePrimary) }

func (r *keyButtonRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	placeFocusRing(r.b.ring, s)
}

func (r *keyButtonRenderer) Refresh() {
	r.dress()
	r.WidgetRenderer.Refresh()
	r.b.ring.Refresh()
}

func (r *keyButtonRenderer) Objects() []fyne.CanvasObject {
	return append(slices.Clone(r.WidgetRenderer.Objects()), r.b.ring)
}
