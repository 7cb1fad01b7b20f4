package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// TextButton is a word to press on the dark of the stage.
type TextButton struct {
	widget.BaseWidget
	OnPage bool // it stands on a page of the window's own colours instead

	tapped  func()
	text    *canvas.Text
	back    *canvas.Rectangle
	danger  bool
	ring    *canvas.Rectangle // has the keyboard
	hovered bool
	focused bool
}

// NewTextButton makes a button; danger gives it a red face.
func NewTextButton(label string, danger bool, tapped func()) *TextButton {
	b := &TextButton{tapped: tapped, danger: danger, text: canvas.NewText(label, nil), back: canvas.NewRectangle(nil), ring: newFocusRing(6)}
	b.text.TextStyle.Bold = true
	b.text.TextSize = theme.TextBody()
	b.back.CornerRadius = 6
	b.ExtendBaseWidget(b)
	return b
}

func (b *TextButton) set(label string, tapped func()) {
	b.tapped = tapped
	SetText(b.text, label)
}

// Label is what it says.
func (b *TextButton) Label() string { return b.text.Text }

// Tapped implements fyne.Tappable.
func (b *TextButton) Tapped(*fyne.PointEvent) {
	if b.tapped != nil {
		b.tapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *TextButton) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (b *TextButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *TextButton) MouseOut() { b.hovered = false; b.Refresh() }

// Cursor implements desktop.Cursorable.
func (b *TextButton) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (b *TextButton) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost implements fyne.Focusable.
func (b *TextButton) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune passes what is typed on to the window.
func (b *TextButton) TypedRune(r rune) { passRune(b, r) }

// KeyDown implements desktop.Keyable: the window knows repeats and held keys by it.
func (b *TextButton) KeyDown(e *fyne.KeyEvent) { passDown(b, e) }

// KeyUp implements desktop.Keyable.
func (b *TextButton) KeyUp(e *fyne.KeyEvent) { passUp(b, e) }

// TypedKey presses the button by Space or Return and passes the rest on.
func (b *TextButton) TypedKey(e *fyne.KeyEvent) {
	if presses(e) {
		b.Tapped(nil)
	} else {
		passKey(b, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *TextButton) CreateRenderer() fyne.WidgetRenderer {
	r := &textButtonRenderer{b}
	r.Refresh()
	return r
}

type textButtonRenderer struct{ b *TextButton }

func (r *textButtonRenderer) Layout(s fyne.Size) {
	m := r.b.text.MinSize()
	place(r.b.back, 0, 0, s.Width, s.Height)
	placeFocusRing(r.b.ring, s)
	place(r.b.text, (s.Width-m.Width)/2, (s.Height-m.Height)/2, m.Width, m.Height)
}

func (r *textButtonRenderer) MinSize() fyne.Size {
	m := r.b.text.MinSize()
	return fyne.NewSize(m.Width+20, m.Height+12)
}

func (r *textButtonRenderer) Refresh() {
	text, back := theme.ColorAccent, theme.ColorControlPressed
	if r.b.OnPage {
		text, back = base.ColorNamePrimary, base.ColorNameHover
	}
	ring := text
	switch {
	case r.b.danger && r.b.hovered:
		text, back = theme.ColorOnDanger, theme.ColorDangerHover
	case r.b.danger:
		text, back = theme.ColorOnDanger, theme.ColorDanger
	}
	r.b.text.Color, r.b.text.TextSize = theme.Color(text), theme.TextBody()
	r.b.back.FillColor = theme.Color(back)
	show(r.b.back, r.b.danger || r.b.hovered)
	r.b.ring.StrokeColor = theme.Color(ring)
	show(r.b.ring, r.b.focused)
	r.Layout(r.b.Size())
	r.b.text.Refresh()
	r.b.back.Refresh()
}

func (r *textButtonRenderer) Destroy() {}

func (r *textButtonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.back, r.b.ring, r.b.text}
}
