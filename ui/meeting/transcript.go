package meeting

import (
	"net/url"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// transcriptMax bounds how many messages are drawn: the newest.
const transcriptMax = 500

// transcript is the scrolled list of messages. Only what is in sight is drawn.
type transcript struct {
	base.BaseWidget
	v      *View
	scroll *container.Scroll
	inner  *fyne.Container
	rows   []*bubble
	width  float32
	height float32
}

func newTranscript(v *View) *transcript {
	t := &transcript{v: v}
	t.inner = container.New((*transcriptLayout)(t))
	t.scroll = container.NewVScroll(t.inner)
	t.scroll.OnScrolled = func(fyne.Position) { t.cull() }
	t.ExtendBaseWidget(t)
	return t
}

// transcriptLayout gives the scrolled content the height of all rows.
type transcriptLayout transcript

func (l *transcriptLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.height) }
func (l *transcriptLayout) Layout([]fyne.CanvasObject, fyne.Size) {}

// CreateRenderer implements fyne.Widget.
func (t *transcript) CreateRenderer() fyne.WidgetRenderer { return &transcriptRenderer{t} }

type transcriptRenderer struct{ t *transcript }

func (r *transcriptRenderer) Layout(s fyne.Size) {
	end := r.t.atEnd()
	place(r.t.scroll, 0, 0, s.Width, s.Height)
	r.t.measure(s.Width)
	if end {
		r.t.toEnd()
	}
	r.t.cull()
}
func (r *transcriptRenderer) MinSize() fyne.Size           { return fyne.NewSize(80, 40) }
func (r *transcriptRenderer) Refresh()                     { r.t.scroll.Refresh() }
func (r *transcriptRenderer) Destroy()                     {}
func (r *transcriptRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.t.scroll} }

// set shows these messages, reusing the rows of those shown before.
func (t *transcript) set(messages []call.Message) {
	if n := len(messages) - transcriptMax; n > 0 {
		messages = messages[n:]
	}
	same := len(messages) == len(t.rows)
	for i := 0; same && i < len(messages); i++ {
		same = t.rows[i].m == messages[i]
	}
	if same {
		return
	}
	end := t.atEnd()
	had := map[string]*bubble{}
	for _, r := range t.rows {
		had[r.m.ID] = r
	}
	rows := make([]*bubble, 0, len(messages))
	objects := make([]fyne.CanvasObject, 0, len(messages))
	for i, m := range messages {
		headed := i == 0 || !follows(messages[i-1], m)
		b := had[m.ID]
		if b == nil || b.m != m || b.headed != headed || m.ID == "" {
			b = newBubble(t.v, m, headed)
		}
		rows, objects = append(rows, b), append(objects, b)
	}
	t.rows, t.inner.Objects = rows, objects
	t.measure(t.width)
	t.inner.Refresh()
	t.scroll.Refresh()
	if end || len(messages) > 0 && messages[len(messages)-1].Mine {
		t.toEnd()
	}
	t.cull()
}

// measure places the rows for a width.
func (t *transcript) measure(width float32) {
	t.width = width
	if width < 40 {
		return
	}
	y := float32(4)
	for _, r := range t.rows {
		h := r.fit(width)
		place(r, 0, y, width, h)
		y += h
	}
	y += 8
	if y != t.height {
		t.height = y
		t.scroll.Refresh()
	}
}

// cull hides the rows that are out of sight, so that they cost nothing.
func (t *transcript) cull() {
	top := t.scroll.Offset.Y
	bottom := top + t.scroll.Size().Height
	for _, r := range t.rows {
		y := r.Position().Y
		show(r, y < bottom && y+r.Size().Height > top)
	}
}

func (t *transcript) atEnd() bool {
	return t.scroll.Offset.Y+t.scroll.Size().Height >= t.height-24
}

func (t *transcript) toEnd() {
	t.scroll.ScrollToBottom()
	t.cull()
}

// bubble is one message.
type bubble struct {
	base.BaseWidget
	v      *View
	m      call.Message
	headed bool
	who    *canvas.Text
	when   *canvas.Text
	card   *canvas.Rectangle
	text   *base.RichText
	failed *canvas.Text
	mark   *canvas.Image
	width  float32
	high   float32
}

func newBubble(v *View, m call.Message, headed bool) *bubble {
	b := &bubble{
		v: v, m: m, headed: headed,
		who:    canvas.NewText("", nil),
		when:   canvas.NewText(m.At.Local().Format("15:04"), nil),
		card:   canvas.NewRectangle(nil),
		text:   base.NewRichText(segments(printable(m.Text))...),
		failed: canvas.NewText("Not delivered. Press to send again.", nil),
		mark:   canvas.NewImageFromResource(theme.IconIn(theme.IconWarning, "error")),
	}
	b.text.Wrapping = fyne.TextWrapWord
	b.card.CornerRadius = theme.Radius
	b.who.TextSize, b.when.TextSize, b.failed.TextSize = theme.TextCaption, theme.TextCaption, theme.TextCaption
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
	b.card.FillColor = theme.Color(fill)
	b.who.Color = theme.Color("foreground")
	b.when.Color = theme.Color(theme.ColorMuted)
	b.failed.Color = theme.Color("error")
}

// Padding around and inside of a bubble. RichText has innerPadding of its own.
const (
	bubbleEdge float32 = 12
	bubbleTrim float32 = 3 // taken off RichText's padding above and below
)

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
		name := b.m.FromName
		if b.m.Mine {
			name = "You"
		}
		b.who.Text = widget.Ellipsis(printable(name), width-2*bubbleEdge-h.Width-20, theme.TextCaption, b.who.TextStyle)
		n := b.who.MinSize()
		x := bubbleEdge + 2
		if b.m.Mine {
			x = width - bubbleEdge - 2 - n.Width - 8 - h.Width
		}
		place(b.who, x, y, n.Width, n.Height)
		place(b.when, x+n.Width+8, y, h.Width, h.Height)
		y += n.Height + 4
	}
	pad := b.Theme().Size("innerPadding")
	most := (width - 2*bubbleEdge) * 0.9
	natural := float32(0)
	for _, l := range strings.Split(b.m.Text, "\n") {
		natural = max(natural, fyne.MeasureText(l, theme.TextBody, fyne.TextStyle{}).Width)
		if natural > most {
			break
		}
	}
	w := min(most, natural+2*pad+2)
	b.text.Resize(fyne.NewSize(w, 1))
	h := b.text.MinSize().Height
	x := bubbleEdge
	if b.m.Mine {
		x = width - bubbleEdge - w
	}
	place(b.card, x, y, w, h-2*bubbleTrim)
	place(b.text, x, y-bubbleTrim, w, h)
	y += h - 2*bubbleTrim
	if b.m.Failed {
		m := b.failed.MinSize()
		place(b.failed, width-bubbleEdge-m.Width, y+3, m.Width, m.Height)
		place(b.mark, width-bubbleEdge-m.Width-18, y+3+(m.Height-14)/2, 14, 14)
		y += m.Height + 6
	}
	b.high = y + 2
	return b.high
}

// Tapped sends a lost message again.
func (b *bubble) Tapped(*fyne.PointEvent) {
	if b.m.Failed {
		b.v.call.Send(b.m.Text)
	}
}

// TappedSecondary offers to copy the message.
func (b *bubble) TappedSecondary(e *fyne.PointEvent) {
	base.ShowPopUpMenuAtPosition(fyne.NewMenu("", item(theme.IconCopy, "Copy message", func() {
		fyne.CurrentApp().Clipboard().SetContent(b.m.Text)
	})), b.v.window.Canvas(), e.AbsolutePosition)
}

// CreateRenderer implements fyne.Widget.
func (b *bubble) CreateRenderer() fyne.WidgetRenderer { return &bubbleRenderer{b} }

type bubbleRenderer struct{ b *bubble }

func (r *bubbleRenderer) Layout(s fyne.Size) { r.b.fit(s.Width) }
func (r *bubbleRenderer) MinSize() fyne.Size { return fyne.NewSize(80, r.b.high) }
func (r *bubbleRenderer) Destroy()           {}

func (r *bubbleRenderer) Refresh() {
	r.b.dress()
	r.b.text.Refresh()
	canvas.Refresh(r.b)
}

func (r *bubbleRenderer) Objects() []fyne.CanvasObject {
	b := r.b
	return []fyne.CanvasObject{b.card, b.who, b.when, b.text, b.failed, b.mark}
}

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

// segments cuts a text into words and links.
func segments(s string) []base.RichTextSegment {
	plain := func(t string) base.RichTextSegment {
		style := base.RichTextStyleInline
		return &base.TextSegment{Text: t, Style: style}
	}
	var out []base.RichTextSegment
	at := 0
	for _, m := range links.FindAllStringIndex(s, -1) {
		from, to := m[0], m[1]
		// A sentence's full stop or bracket is not the link's.
		for to > from && strings.ContainsRune(".,;:!?)]}'", rune(s[to-1])) {
			if s[to-1] == ')' && strings.Count(s[from:to], "(") >= strings.Count(s[from:to], ")") {
				break
			}
			to--
		}
		u, err := url.Parse(s[from:to])
		if err != nil || u.Host == "" {
			continue
		}
		if from > at {
			out = append(out, plain(s[at:from]))
		}
		out = append(out, &base.HyperlinkSegment{Text: s[from:to], URL: u})
		at = to
	}
	if at < len(s) || len(out) == 0 {
		out = append(out, plain(s[at:]))
	}
	return out
}
