package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// toastsMax is how many toasts show at once; the oldest gives way.
const toastsMax = 3

// Toasts stacks short-lived notices, newest at the bottom. It takes no room: its
// owner gives it the width and the place of its lower left corner.
type Toasts struct {
	widget.BaseWidget
	// Avoid is what they do not lie over where there is room above it, measured from
	// their own place; nil avoids nothing.
	Avoid func() []Rect

	list []*toast
	// after runs f on the UI goroutine after d, unless stopped.
	after func(d time.Duration, f func()) (stop func())
}

type toast struct {
	notice *Notice
	stop   func()
}

// NewToasts makes an empty stack. after runs a function on the UI goroutine after
// a time unless stopped; nil uses the clock.
func NewToasts(after func(d time.Duration, f func()) (stop func())) *Toasts {
	if after == nil {
		after = func(d time.Duration, f func()) func() {
			t := time.AfterFunc(d, func() { fyne.Do(f) })
			return func() { t.Stop() }
		}
	}
	t := &Toasts{after: after}
	t.ExtendBaseWidget(t)
	return t
}

// Add shows a notice for a time. One that says what a shown one says replaces it.
func (t *Toasts) Add(n *Notice, d time.Duration) {
	for _, old := range t.list {
		if old.notice.Text() == n.Text() {
			t.drop(old)
			break
		}
	}
	if len(t.list) == toastsMax {
		t.drop(t.list[0])
	}
	x := &toast{notice: n}
	x.stop = t.after(d, func() { t.drop(x); t.Refresh() })
	t.list = append(t.list, x)
	t.Refresh()
}

// Withdraw takes away the notice of that text, where one is shown: it holds no longer.
func (t *Toasts) Withdraw(text string) {
	for _, x := range t.list {
		if x.notice.Text() == text {
			t.drop(x)
			t.Refresh()
			return
		}
	}
}

// Say is Add of a new notice, shown for long enough to read it.
func (t *Toasts) Say(kind Kind, icon theme.IconName, text string) {
	d := 3*time.Second + time.Duration(len(text))*40*time.Millisecond
	t.Add(NewNotice(kind, icon, text), d)
}

// Clear takes all toasts away.
func (t *Toasts) Clear() {
	for len(t.list) > 0 {
		t.drop(t.list[0])
	}
	t.Refresh()
}

// Texts is what the shown toasts say, oldest first.
func (t *Toasts) Texts() []string {
	var out []string
	for _, x := range t.list {
		out = append(out, x.notice.Text())
	}
	return out
}

func (t *Toasts) drop(x *toast) {
	for i, y := range t.list {
		if y == x {
			x.stop()
			t.list = append(t.list[:i], t.list[i+1:]...)
			return
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (t *Toasts) CreateRenderer() fyne.WidgetRenderer { return &toastsRenderer{t} }

type toastsRenderer struct{ t *Toasts }

func (r *toastsRenderer) Layout(s fyne.Size) {
	y := s.Height
	var avoid []Rect
	if r.t.Avoid != nil && len(r.t.list) > 0 {
		avoid = r.t.Avoid()
	}
	for i := len(r.t.list) - 1; i >= 0; i-- {
		n := r.t.list[i].notice
		if w := fyne.Min(s.Width, NoticeWidth()); n.MaxWidth != w {
			n.MaxWidth = w
			n.set()
		}
		m := n.MinSize()
		y -= m.Height
		if up := above(Rect{0, y, m.Width, m.Height}, avoid); up >= 0 {
			y = up
		}
		place(n, 0, y, m.Width, m.Height)
		y -= theme.Gap
	}
}

// above moves at up until it lies over nothing of avoid, and returns where it is then.
func above(at Rect, avoid []Rect) float32 {
	for moved := true; moved; {
		moved = false
		for _, o := range avoid {
			if at.X < o.X+o.W && o.X < at.X+at.W && at.Y < o.Y+o.H && o.Y < at.Y+at.H {
				at.Y, moved = o.Y-theme.Gap-at.H, true
			}
		}
	}
	return at.Y
}

func (r *toastsRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r *toastsRenderer) Refresh()           { r.Layout(r.t.Size()); refreshCanvas(r.t) }
func (r *toastsRenderer) Destroy()           {}

func (r *toastsRenderer) Objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, x := range r.t.list {
		out = append(out, x.notice)
	}
	return out
}
