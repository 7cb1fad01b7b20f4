package meeting

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// bubble is one message.
type bubble struct {
	base.BaseWidget
	v      *View
	m      call.Message
	headed bool
	who    *canvas.Text
	when   *canvas.Text
	card   *canvas.Rectangle
	failed *canvas.Text
	mark   *canvas.Image
	runs   []fyne.CanvasObject // the text, line by line
	width  float32
	high   float32
}

// Space around a bubble, and between its edge and its text.
const (
	bubbleEdge float32 = 12
	bubblePadX float32 = 12
	bubblePadY float32 = 8
	blockPad   float32 = 3 // around a block of code
)

func newBubble(v *View, m call.Message, headed bool) *bubble {
	b := &bubble{
		v: v, m: m, headed: headed,
		who:    canvas.NewText("", nil),
		when:   canvas.NewText(m.At.Local().Format("15:04"), nil),
		card:   canvas.NewRectangle(nil),
		failed: canvas.NewText(lang.L("Not delivered. Press to send again."), nil),
		mark:   canvas.NewImageFromResource(theme.IconIn(theme.IconWarning, "error")),
	}
	b.card.CornerRadius = theme.Radius
	b.who.TextStyle.Bold = true
	b.mark.FillMode = canvas.ImageFillContain
	show(b.who, headed)
	show(b.when, headed)
	show(b.failed, m.Failed)
	show(b.mark, m.Failed)
	b.ExtendBaseWidget(b)
	b.dress()
	return b
}

func (b *bubble) dress() {
	fill := theme.ColorBubble
	if b.m.Mine {
		fill = theme.ColorMine
	}
	b.who.TextSize, b.when.TextSize, b.failed.TextSize = theme.TextCaption(), theme.TextCaption(), theme.TextCaption()
	b.card.FillColor = theme.Color(fill)
	b.who.Color = theme.Color("foreground")
	b.when.Color = theme.Color(theme.ColorMuted)
	b.failed.Color = theme.Color("error")
	for _, r := range b.runs {
		switch r := r.(type) {
		case *canvas.Text:
			r.Color = theme.Color("foreground")
		case *canvas.Rectangle:
			r.FillColor = codeFace()
		case *linkRun:
			r.dress()
		}
	}
}

// fit lays the bubble out for a width and returns its height.
func (b *bubble) fit(width float32) float32 {
	if width == b.width {
		return b.high
	}
	b.width = width
	y := float32(2)
	if b.headed {
		y = 10
		h := b.when.MinSize()
		name := guest(b.m.FromName)
		if b.m.Mine {
			name = lang.L("You")
		}
		b.who.Text = bidi.Line(widget.Ellipsis(name, width-2*bubbleEdge-h.Width-20, theme.TextCaption(), b.who.TextStyle))
		n := b.who.MinSize()
		x := bubbleEdge + 2
		if b.m.Mine {
			x = width - bubbleEdge - 2 - n.Width - 8 - h.Width
		}
		place(b.who, x, y, n.Width, n.Height)
		place(b.when, x+n.Width+8, y, h.Width, h.Height)
		y += n.Height + 4
	}
	lines := flow(b.m.Text, (width-2*bubbleEdge)*0.92-2*bubblePadX)
	text := float32(0)
	for _, l := range lines {
		text = max(text, l.width)
	}
	w := text + 2*bubblePadX
	x := bubbleEdge
	if b.m.Mine {
		x = width - bubbleEdge - w
	}
	line := fyne.MeasureText("Ág", theme.TextBody(), fyne.TextStyle{}).Height
	_, base := fyne.CurrentApp().Driver().RenderedTextSize("Ág", theme.TextBody(), fyne.TextStyle{}, nil)
	_, codeBase := fyne.CurrentApp().Driver().RenderedTextSize("Ág", theme.TextBody(), fyne.TextStyle{Monospace: true}, nil)
	tops := make([]float32, len(lines)) // below the bubble's edge
	high := bubblePadY
	for i, l := range lines {
		if i > 0 && l.block != lines[i-1].block {
			high += 2 * blockPad
		}
		tops[i] = high
		high += line
	}
	h := high + bubblePadY
	place(b.card, x, y, w, h)
	b.runs = b.runs[:0]
	for i, l := range lines { // behind the text
		top := y + tops[i]
		if l.block {
			if i == 0 || !lines[i-1].block {
				last := i
				for last+1 < len(lines) && lines[last+1].block {
					last++
				}
				b.face(x+bubblePadX/2, top-blockPad, w-bubblePadX, tops[last]-tops[i]+line+2*blockPad, 6)
			}
			continue
		}
		at := x + bubblePadX
		if l.rtl {
			at += text - l.width
		}
		for _, r := range l.runs {
			if r.code {
				b.face(at-2, top+1, r.width+4, line-1, 4)
			}
			at += r.width
		}
	}
	for i, l := range lines {
		at := x + bubblePadX
		if l.rtl {
			at += text - l.width
		}
		for _, r := range l.runs {
			var o fyne.CanvasObject
			if r.link != nil {
				o = newLinkRun(r.text, r.link)
			} else {
				t := canvas.NewText(r.text, theme.Color("foreground"))
				t.TextSize, t.TextStyle = theme.TextBody(), r.style()
				o = t
			}
			top := y + tops[i]
			if r.code {
				top += base - codeBase
			}
			place(o, at, top, r.width, line)
			at += r.width
			b.runs = append(b.runs, o)
		}
	}
	y += h
	if b.m.Failed {
		m := b.failed.MinSize()
		icon := theme.Scaled(14)
		b.failed.Text = widget.Ellipsis(lang.L("Not delivered. Press to send again."), width-2*bubbleEdge-icon-4, theme.TextCaption(), fyne.TextStyle{})
		m = b.failed.MinSize()
		place(b.failed, width-bubbleEdge-m.Width, y+3, m.Width, m.Height)
		place(b.mark, width-bubbleEdge-m.Width-icon-4, y+3+(m.Height-icon)/2, icon, icon)
		y += m.Height + 6
	}
	b.high = y + 2
	return b.high
}

// face puts a face behind code.
func (b *bubble) face(x, y, w, h, radius float32) {
	r := canvas.NewRectangle(codeFace())
	r.CornerRadius = radius
	place(r, x, y, w, h)
	b.runs = append(b.runs, r)
}

// codeFace is the colour behind code, on bubbles of all colours.
func codeFace() color.Color {
	c := color.NRGBAModel.Convert(theme.Color("foreground")).(color.NRGBA)
	c.A = 0x18
	return c
}

// Tapped sends a lost message again.
func (b *bubble) Tapped(*fyne.PointEvent) {
	if b.m.Failed {
		b.v.send(b.m.Text)
	}
}

// TappedSecondary offers to copy the message.
func (b *bubble) TappedSecondary(e *fyne.PointEvent) {
	base.ShowPopUpMenuAtPosition(fyne.NewMenu("", item(theme.IconCopy, lang.L("Copy message"), func() {
		fyne.CurrentApp().Clipboard().SetContent(b.m.Text)
	})), b.v.window.Canvas(), e.AbsolutePosition)
}

// CreateRenderer implements fyne.Widget.
func (b *bubble) CreateRenderer() fyne.WidgetRenderer { return &bubbleRenderer{b} }

type bubbleRenderer struct{ b *bubble }

func (r *bubbleRenderer) Layout(s fyne.Size) { r.b.fit(s.Width) }
func (r *bubbleRenderer) MinSize() fyne.Size { return fyne.NewSize(80, r.b.high) }
func (r *bubbleRenderer) Destroy()           {}
func (r *bubbleRenderer) Refresh()           { r.b.dress(); canvas.Refresh(r.b) }

func (r *bubbleRenderer) Objects() []fyne.CanvasObject {
	b := r.b
	return append([]fyne.CanvasObject{b.card, b.who, b.when, b.failed, b.mark}, b.runs...)
}
