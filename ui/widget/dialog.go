package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Dialog is a card with a title, content and buttons over a dimmed window. The first
// button has the keyboard unless another is chosen, Return presses what has it, and
// Escape closes. Content wraps at the card's width, and scrolls where the window is low.
type Dialog struct {
	widget.BaseWidget

	// MaxWidth is as wide as the card gets; 0 means DialogWidth.
	MaxWidth float32

	over     fyne.Window
	title    *Paragraph
	content  fyne.CanvasObject
	scroll   *container.Scroll
	aside    fyne.CanvasObject
	buttons  []*KeyButton
	focus    fyne.Focusable
	onClosed func()
	shown    bool
	card     Rect
}

// DialogWidth is how wide a dialog is at most.
func DialogWidth() float32 { return theme.Grown(440) }

// NewDialog makes a dialog for a window; Show opens it.
func NewDialog(over fyne.Window, title string, content fyne.CanvasObject) *Dialog {
	d := &Dialog{over: over, title: NewParagraph(title, base.ColorNameForeground, base.SizeNameSubHeadingText).Bold(), content: content}
	d.scroll = container.NewVScroll(content)
	d.ExtendBaseWidget(d)
	return d
}

// Question is asked by a dialog. No keeps things as they are: it has the keyboard,
// and Escape means it.
type Question struct {
	Title, Text string
	No, Yes     string
	Danger      bool   // Yes cannot be taken back
	Do          func() // on Yes, after the dialog has closed
}

// NewQuestion makes the dialog that asks q.
func NewQuestion(over fyne.Window, q Question) *Dialog {
	d := NewDialog(over, q.Title, NewParagraph(q.Text, base.ColorNameForeground, base.SizeNameText))
	d.AddButton(q.No, nil, widget.MediumImportance, nil)
	importance := widget.HighImportance
	if q.Danger {
		importance = widget.DangerImportance
	}
	d.AddButton(q.Yes, nil, importance, func() {
		d.Hide()
		q.Do()
	})
	return d
}

// NewStatement makes a dialog that says something, with one button to close it.
func NewStatement(over fyne.Window, title, text, ok string) *Dialog {
	d := NewDialog(over, title, NewParagraph(text, base.ColorNameForeground, base.SizeNameText))
	d.AddButton(ok, nil, widget.HighImportance, nil)
	return d
}

// AddButton appends a button. With a tapped of nil it closes the dialog; otherwise
// tapped does, where it should.
func (d *Dialog) AddButton(label string, icon fyne.Resource, importance widget.Importance, tapped func()) *KeyButton {
	if tapped == nil {
		tapped = d.Hide
	}
	b := NewKeyButton(label, icon, tapped, d.Hide)
	b.Importance = importance
	d.buttons = append(d.buttons, b)
	if d.focus == nil {
		d.focus = b
	}
	return b
}

// SetAside puts o at the left of the buttons, or over them where they have no room
// beside each other.
func (d *Dialog) SetAside(o fyne.CanvasObject) { d.aside = o }

// FocusFirst gives the keyboard to f when the dialog opens.
func (d *Dialog) FocusFirst(f fyne.Focusable) { d.focus = f }

// Reveal scrolls so that o, a part of the content, is seen.
func (d *Dialog) Reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(d.content).Y
	offset := d.scroll.Offset
	offset.Y = max(min(offset.Y, top), top+o.Size().Height-d.scroll.Size().Height)
	if offset != d.scroll.Offset {
		d.scroll.ScrollToOffset(offset)
	}
}

// SetOnClosed sets what runs when the dialog has closed, however it does.
func (d *Dialog) SetOnClosed(f func()) { d.onClosed = f }

// Title is what it is called.
func (d *Dialog) Title() string { return d.title.Text() }

// Show opens the dialog.
func (d *Dialog) Show() {
	if d.shown {
		return
	}
	d.shown = true
	c := d.over.Canvas()
	d.BaseWidget.Show()
	c.Overlays().Add(d)
	d.Resize(c.Size())
	if d.focus != nil {
		c.Focus(d.focus)
	}
}

// Hide closes the dialog, and all dialogs over it.
func (d *Dialog) Hide() {
	if !d.shown {
		return
	}
	d.shown = false
	overlays := d.over.Canvas().Overlays()
	if at := slices.Index(overlays.List(), fyne.CanvasObject(d)); at >= 0 {
		for _, o := range slices.Backward(slices.Clone(overlays.List()[at+1:])) {
			o.Hide()
		}
	}
	d.BaseWidget.Hide()
	overlays.Remove(d)
	if d.onClosed != nil {
		d.onClosed()
	}
}

// Tapped gives the keyboard back: a click beside fields and buttons takes it from
// all of them, and Escape would go nowhere.
func (d *Dialog) Tapped(*fyne.PointEvent) {
	if d.focus != nil {
		d.over.Canvas().Focus(d.focus)
	}
}

// Resize implements fyne.CanvasObject.
func (d *Dialog) Resize(s fyne.Size) {
	d.BaseWidget.Resize(s)
	d.Refresh() // also for an unchanged size: text of another size wraps anew
}

// MinSize implements fyne.CanvasObject: the window decides.
func (d *Dialog) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

// CreateRenderer implements fyne.Widget.
func (d *Dialog) CreateRenderer() fyne.WidgetRenderer {
	r := &dialogRenderer{
		d: d, dim: canvas.NewRectangle(theme.Color(theme.ColorDim)),
		plate: NewPlate(base.ColorNameOverlayBackground, theme.Radius), edge: newRing(theme.ColorBorder, 1, theme.Radius),
	}
	r.edge.show(true)
	return r
}

type dialogRenderer struct {
	d     *Dialog
	dim   *canvas.Rectangle
	plate *canvas.Raster
	edge  *ring
}

// inner is the margin of text, which buttons line up with.
func (*dialogRenderer) inner() float32 { return base.InnerPadding() }

func (r *dialogRenderer) Layout(s fyne.Size) {
	d := r.d
	place(r.dim, 0, 0, s.Width, s.Height)
	width := d.MaxWidth
	if width == 0 {
		width = DialogWidth()
	}
	width = max(1, min(width, s.Width-2*theme.Space))
	in := width - 2*theme.Space
	room := s.Height - 2*theme.Space

	title := HeightAt(d.title, in)
	under := r.buttonsHeight(in - 2*r.inner())
	around := theme.Gap + title + theme.Gap + under + theme.Space
	asideWidth, aside := r.measureAside(in, under)
	around += aside
	high := float32(0)
	for range 2 { // the first gives what wraps its width
		high = HeightAt(d.content, in)
	}
	high = min(high, max(theme.LeastTouch, room-around))

	height := around + high
	x, y := float32(int((s.Width-width)/2)), max(0, float32(int((s.Height-height)/2)))
	d.card = Rect{x, y, width, height}
	place(r.plate, x, y, width, height)
	r.edge.place(0, fyne.NewSize(width, height))
	for _, o := range r.edge.objects() {
		o.Move(o.Position().AddXY(x, y))
	}
	x += theme.Space
	y += theme.Gap
	place(d.title, x, y, in, title)
	y += title
	place(d.scroll, x, y, in, high)
	y += high + theme.Gap
	if d.aside != nil {
		h := HeightAt(d.aside, asideWidth)
		down := float32(0)
		if aside == 0 {
			down = (under - h) / 2
		}
		place(d.aside, x, y+down, asideWidth, h)
	}
	r.placeButtons(x+r.inner(), y+aside, in-2*r.inner())
}

// measureAside is how wide what stands aside is, and what it takes over the buttons:
// nothing where it has room beside them.
func (r *dialogRenderer) measureAside(in, buttons float32) (width, over float32) {
	if r.d.aside == nil {
		return 0, 0
	}
	width = in - 2*r.inner() - r.buttonsWidth() - theme.Gap
	if width >= r.d.aside.MinSize().Width && HeightAt(r.d.aside, width) <= buttons {
		return width, 0
	}
	return in, HeightAt(r.d.aside, in) + theme.Gap
}

// buttonsWidth is what the buttons take beside each other.
func (r *dialogRenderer) buttonsWidth() float32 {
	sum := -theme.Gap
	for _, b := range r.d.buttons {
		sum += r.buttonWidth(b) + theme.Gap
	}
	return sum
}

// beside reports whether the buttons fit beside each other.
func (r *dialogRenderer) beside(width float32) bool { return r.buttonsWidth() <= width }

func (*dialogRenderer) buttonWidth(b *KeyButton) float32 {
	return max(b.MinSize().Width+theme.Space, theme.Grown(88))
}

func (r *dialogRenderer) buttonsHeight(width float32) float32 {
	high, sum := float32(0), -theme.Gap
	for _, b := range r.d.buttons {
		high = max(high, b.MinSize().Height)
		sum += b.MinSize().Height + theme.Gap
	}
	if r.beside(width) {
		return high
	}
	return sum
}

// placeButtons puts them at the right, or below each other where they are too wide.
func (r *dialogRenderer) placeButtons(x, y, width float32) {
	if !r.beside(width) {
		for _, b := range r.d.buttons {
			h := b.MinSize().Height
			place(b, x, y, width, h)
			y += h + theme.Gap
		}
		return
	}
	right := x + width
	for _, b := range slices.Backward(r.d.buttons) {
		w := r.buttonWidth(b)
		right -= w
		place(b, right, y, w, b.MinSize().Height)
		right -= theme.Gap
	}
}

func (r *dialogRenderer) MinSize() fyne.Size { return r.d.MinSize() }

func (r *dialogRenderer) Refresh() {
	r.dim.FillColor = theme.Color(theme.ColorDim)
	r.dim.Refresh()
	r.Layout(r.d.Size())
	r.plate.Refresh()
	r.edge.recolor(theme.Color(theme.ColorBorder))
	canvas.Refresh(r.d)
}

func (r *dialogRenderer) Objects() []fyne.CanvasObject {
	out := append([]fyne.CanvasObject{r.dim, r.plate}, r.edge.objects()...)
	out = append(out, r.d.title, r.d.scroll)
	if r.d.aside != nil {
		out = append(out, r.d.aside)
	}
	for _, b := range r.d.buttons {
		out = append(out, b)
	}
	return out
}

func (r *dialogRenderer) Destroy() {}
