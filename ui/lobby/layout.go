package lobby

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// Widths of the lobby, in Fyne's units. They follow the size of text.

func columnMin() float32  { return max(300, theme.Scaled(225)) }
func columnMax() float32  { return theme.Grown(520) } // more on large windows
func columnHuge() float32 { return theme.Grown(640) }
func twoColumns() float32 { return 2*columnMin() + 3*theme.Wide }

const between = 2 * theme.Wide // the two columns, where there is room

// inColumn is the least width of what stands in a column.
func inColumn() float32 { return columnMin() - 2*theme.Wide }

// columns lays two things side by side in the middle, or, where that is too
// narrow, the second one, which is what people came for, above the first.
type columns struct{ width float32 }

// Layout implements fyne.Layout.
func (c *columns) Layout(o []fyne.CanvasObject, s fyne.Size) {
	c.width = s.Width
	if s.Width < twoColumns() {
		w := min(max(s.Width-2*theme.Wide, inColumn()), columnMax())
		x, y := float32(int((s.Width-w)/2)), theme.Wide
		for i := range o {
			p := o[len(o)-1-i]
			h := ours.HeightAt(p, w)
			place(p, x, y, w, h)
			y += h + theme.Wide
		}
		return
	}
	gap := min(between, s.Width-2*theme.Wide-2*columnMin())
	w := float32(int(min((s.Width-2*theme.Wide-gap)/2, max(columnMax(), min(s.Width/4, columnHuge())))))
	high := float32(0)
	for _, p := range o {
		high = max(high, ours.HeightAt(p, w))
	}
	x, y := float32(int((s.Width-2*w-gap)/2)), max(theme.Wide, float32(int((s.Height-high)/3)))
	for _, p := range o {
		place(p, x, y, w, p.MinSize().Height)
		x += w + gap
	}
}

// MinSize implements fyne.Layout.
func (c *columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	high, sum := float32(0), theme.Wide
	for _, p := range o {
		h := p.MinSize().Height
		high = max(high, h)
		sum += h + theme.Wide
	}
	if c.width > 0 && c.width < twoColumns() {
		return fyne.NewSize(columnMin(), sum)
	}
	return fyne.NewSize(columnMin(), high+2*theme.Wide)
}

// stack lays things one below the other, as wide as it is.
type stack struct{ gap float32 }

// Layout implements fyne.Layout.
func (l *stack) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if o.Visible() {
			h := ours.HeightAt(o, s.Width)
			place(o, 0, y, s.Width, h)
			y += h + l.gap
		}
	}
}

// MinSize implements fyne.Layout.
func (l *stack) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		if o.Visible() {
			c := o.MinSize()
			m.Width = max(m.Width, c.Width)
			m.Height += c.Height + l.gap
		}
	}
	m.Height = max(0, m.Height-l.gap)
	return m
}

// noticeOver lays a notice over the top of the page: what is below it does not move
// when it comes or goes.
type noticeOver struct{}

// Layout implements fyne.Layout.
func (noticeOver) Layout(o []fyne.CanvasObject, s fyne.Size) {
	place(o[0], 0, 0, s.Width, s.Height)
	n := o[1].(*ours.Notice)
	if w := min(theme.Grown(720), s.Width-2*theme.Gap); n.MaxWidth != w {
		n.MaxWidth = w
		n.Refresh()
	}
	m := n.MinSize()
	place(n, float32(int((s.Width-m.Width)/2)), theme.Gap, m.Width, m.Height)
}

// MinSize implements fyne.Layout.
func (noticeOver) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

// onPicture is a tile of 16:9 with the two toggles on its lower edge.
type onPicture struct {
	width   float32
	resized func()
}

const toggleGap float32 = 12

// Layout implements fyne.Layout.
func (l *onPicture) Layout(o []fyne.CanvasObject, s fyne.Size) {
	changed := l.width != s.Width
	l.width = s.Width
	place(o[0], 0, 0, s.Width, s.Height)
	d := theme.Control()
	x, y := (s.Width-2*d-toggleGap)/2, s.Height-d-theme.Gap
	place(o[1], x, y, d, d)
	place(o[2], x+d+toggleGap, y, d, d)
	if changed && l.resized != nil {
		l.resized()
	}
}

// MinSize implements fyne.Layout. The height follows the width.
func (l *onPicture) MinSize([]fyne.CanvasObject) fyne.Size {
	w := l.width
	if w == 0 {
		w = columnMin()
	}
	return fyne.NewSize(inColumn(), float32(int(w*9/16)))
}

// beside is how wide the name on the tile may be, left of the toggles.
func (l *onPicture) beside() float32 {
	return (l.width-2*theme.Control()-toggleGap)/2 - 3*theme.Gap
}

// labelled is a picker with its icon at the left and, where there are any,
// something below it, a line of text, and something at its right.
type labelled struct {
	icon, pick, why, below, right fyne.CanvasObject
}

func (l *labelled) objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range []fyne.CanvasObject{l.icon, l.pick, l.below, l.why, l.right} {
		if o != nil {
			out = append(out, o)
		}
	}
	return out
}

func iconColumn() float32 { return theme.Scaled(20) + theme.Gap }

// Layout implements fyne.Layout.
func (l *labelled) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	h := l.pick.MinSize().Height
	icon, iconColumn := theme.Scaled(20), iconColumn()
	place(l.icon, 0, (h-icon)/2, icon, icon)
	w := s.Width - iconColumn
	if l.right != nil {
		m := l.right.MinSize()
		w -= m.Width + 4
		place(l.right, s.Width-m.Width, (h-m.Height)/2, m.Width, m.Height)
	}
	place(l.pick, iconColumn, 0, w, h)
	y := h
	if l.below != nil {
		m := l.below.MinSize().Height
		place(l.below, iconColumn, y+theme.Gap, w, m)
		y += theme.Gap + m
	}
	if l.why.Visible() {
		place(l.why, iconColumn, y, w, ours.HeightAt(l.why, w))
	}
}

// MinSize implements fyne.Layout.
func (l *labelled) MinSize([]fyne.CanvasObject) fyne.Size {
	h := l.pick.MinSize().Height
	if l.below != nil {
		h += theme.Gap + l.below.MinSize().Height
	}
	if l.why.Visible() {
		h += l.why.MinSize().Height
	}
	return fyne.NewSize(inColumn(), h)
}

// half lays things side by side, equally wide, unless one of them needs more, and
// one below the other where they need more than there is.
type half struct{ width float32 }

// below says that they do not fit beside each other.
func (l *half) below(o []fyne.CanvasObject) bool {
	least := theme.Gap * float32(len(o)-1)
	for _, c := range o {
		least += c.MinSize().Width
	}
	return l.width > 0 && least > l.width
}

// Layout implements fyne.Layout.
func (l *half) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	if l.below(o) {
		y := float32(0)
		for _, c := range o {
			h := c.MinSize().Height
			place(c, 0, y, s.Width, h)
			y += h + theme.Gap
		}
		return
	}
	n := float32(len(o))
	room := s.Width - theme.Gap*(n-1)
	least, widest := float32(0), float32(0)
	for _, c := range o {
		least += c.MinSize().Width
		widest = max(widest, c.MinSize().Width)
	}
	x := float32(0)
	for _, c := range o {
		w := room / n
		if widest > w {
			w = c.MinSize().Width + (room-least)/n
		}
		place(c, x, 0, w, s.Height)
		x += w + theme.Gap
	}
}

// MinSize implements fyne.Layout.
func (l *half) MinSize(o []fyne.CanvasObject) fyne.Size {
	h, sum := float32(0), -theme.Gap
	for _, c := range o {
		h = max(h, c.MinSize().Height)
		sum += c.MinSize().Height + theme.Gap
	}
	if l.below(o) {
		return fyne.NewSize(0, sum)
	}
	return fyne.NewSize(0, h)
}

// thin is a bar of progress.
type thin struct{}

// Layout implements fyne.Layout.
func (thin) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for _, c := range o {
		place(c, 0, 0, s.Width, s.Height)
	}
}

// MinSize implements fyne.Layout.
func (thin) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 4) }

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// flush takes the margin from a paragraph, which lines up with fields and buttons.
type flush struct{}

// flushBy is the margin on each side.
func flushBy() float32 { return base.InnerPadding() }

// Layout implements fyne.Layout.
func (flush) Layout(o []fyne.CanvasObject, s fyne.Size) {
	m := flushBy()
	place(o[0], -m, -m, s.Width+2*m, s.Height+2*m)
}

// MinSize implements fyne.Layout.
func (flush) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, max(0, o[0].MinSize().Height-2*flushBy()))
}

// underCheck puts a paragraph below a check, in line with its words.
type underCheck struct{ check *ours.Check }

// Layout implements fyne.Layout.
func (l underCheck) Layout(o []fyne.CanvasObject, s fyne.Size) {
	h := ours.HeightAt(o[0], s.Width)
	place(o[0], 0, 0, s.Width, h)
	if o[1].Visible() {
		x, w := l.beside(s.Width)
		place(o[1], x, h-flushBy(), w, ours.HeightAt(o[1], w))
	}
}

// beside is where the paragraph begins, margin and all, and how wide it is.
func (l underCheck) beside(width float32) (x, w float32) {
	x = l.check.TextAt() - flushBy()
	return x, width - x
}

// MinSize implements fyne.Layout.
func (l underCheck) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize()
	if o[1].Visible() {
		m.Height += o[1].MinSize().Height - 2*flushBy()
	}
	return m
}
