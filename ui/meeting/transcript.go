package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
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
	had := map[uint64]*bubble{}
	for _, r := range t.rows {
		had[r.m.Seq] = r
	}
	rows := make([]*bubble, 0, len(messages))
	objects := make([]fyne.CanvasObject, 0, len(messages))
	for i, m := range messages {
		headed := i == 0 || !follows(messages[i-1], m)
		b := had[m.Seq]
		if b == nil || b.m != m || b.headed != headed {
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

// dress lays all rows out anew: the size of text may be another.
func (t *transcript) dress() {
	for _, r := range t.rows {
		r.width = 0
		r.dress()
	}
	t.measure(t.width)
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
