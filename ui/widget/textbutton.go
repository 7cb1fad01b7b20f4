package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// textButton is a word to press on a dark card.
type textButton struct {
	widget.BaseWidget
	tapped  func()
	text    *canvas.Text
	back    *canvas.Rectangle
	hovered bool
}

func newTextButton() *textButton {
	b := &textButton{text: canvas.NewText("", nil), back: canvas.NewRectangle(nil)}
	b.text.TextSize = theme.TextBody
	b.text.TextStyle.Bold = true
	b.back.CornerRadius = 6
	b.back.Hide()
	b.ExtendBaseWidget(b)
	return b
}

func (b *textButton) set(label string, tapped func()) {
	b.tapped = tapped
	setText(b.text, label)
}

// Tapped implements fyne.Tappable.
func (b *textButton) Tapped(*fyne.PointEvent) {
	if b.tapped != nil {
		b.tapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *textButton) MouseIn(*desktop.MouseEvent) { show(b.back, true) }

// MouseMoved implements desktop.Hoverable.
func (b *textButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *textButton) MouseOut() { show(b.back, false) }

// Cursor implements desktop.Cursorable.
func (b *textButton) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (b *textButton) CreateRenderer() fyne.WidgetRenderer { return &textButtonRenderer{b} }

type textButtonRenderer struct{ b *textButton }

func (r *textButtonRenderer) Layout(s fyne.Size) {
	m := r.b.text.MinSize()
	place(r.b.back, 0, 0, s.Width, s.Height)
	place(r.b.text, (s.Width-m.Width)/2, (s.Height-m.Height)/2, m.Width, m.Height)
}

func (r *textButtonRenderer) MinSize() fyne.Size {
	m := r.b.text.MinSize()
	return fyne.NewSize(m.Width+20, m.Height+12)
}

func (r *textButtonRenderer) Refresh() {
	r.b.text.Color = theme.Color(theme.ColorAccent)
	r.b.back.FillColor = theme.Color(theme.ColorControlPressed)
	r.Layout(r.b.Size())
	r.b.text.Refresh()
	r.b.back.Refresh()
}

func (r *textButtonRenderer) Destroy() {}

func (r *textButtonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.back, r.b.text}
}
