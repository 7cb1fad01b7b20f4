package room

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"foyer/ui/widget"
)

// slack is what rounding may take, in Fyne's units.
const slack = 1

type rect struct{ x, y, w, h float32 }

func (r rect) within(o rect) bool {
	return r.x >= o.x-slack && r.y >= o.y-slack && r.x+r.w <= o.x+o.w+slack && r.y+r.h <= o.y+o.h+slack
}

func (r rect) cut(o rect) rect {
	x, y := max(r.x, o.x), max(r.y, o.y)
	return rect{x, y, min(r.x+r.w, o.x+o.w) - x, min(r.y+r.h, o.y+o.h) - y}
}

func (r rect) empty() bool { return r.w <= slack || r.h <= slack }

// mark is a text or an icon that is seen.
type mark struct {
	what  string
	at    rect
	text  bool
	owner fyne.Widget
}

type looker struct {
	faults []string
	marks  []mark
}

func (l *looker) fault(format string, a ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, a...))
}

// Faults lists what is wrong in a thing that was laid out: a text or a control that
// is cut off at its edge, or at a scroller's side, a text that is larger than its
// place, and texts and icons that lie over each other.
func Faults(o fyne.CanvasObject) []string {
	l := &looker{}
	all := rect{0, 0, o.Size().Width, o.Size().Height}
	l.walk(o, fyne.NewPos(0, 0).Subtract(o.Position()), all, all, nil)
	for i, a := range l.marks {
		for _, b := range l.marks[i+1:] {
			if !a.text && !b.text || a.owner != nil && a.owner == b.owner && badged(a.owner) {
				continue
			}
			if !a.at.cut(b.at).empty() {
				l.fault("%s at %v lies over %s at %v", a.what, a.at, b.what, b.at)
			}
		}
	}
	return l.faults
}

// badged says that a text may stand over an icon: the count on a button.
func badged(w fyne.Widget) bool { _, ok := w.(*widget.IconButton); return ok }

// walk looks at o, which lies in a thing at from. edge is what must not be left;
// seen is what can be seen of it: less, in a scroller.
func (l *looker) walk(o fyne.CanvasObject, from fyne.Position, edge, seen rect, owner fyne.Widget) {
	if !o.Visible() {
		return
	}
	at := from.Add(o.Position())
	box := rect{at.X, at.Y, o.Size().Width, o.Size().Height}
	switch x := o.(type) {
	case *canvas.Text:
		l.text(x, box, edge, seen, owner)
	case *canvas.Image:
		if x.Resource != nil && box.w <= 80 {
			l.mark(mark{what: "icon " + x.Resource.Name(), at: box, owner: owner}, seen)
		}
	case *fyne.Container:
		for _, c := range x.Objects {
			l.walk(c, at, edge, seen, owner)
		}
	case *container.Scroll:
		inside := box.cut(seen)
		to, size := at.Add(x.Content.Position()), x.Content.Size()
		l.walk(x.Content, at, rect{to.X, to.Y, size.Width, size.Height}, inside, owner)
	case fyne.Widget:
		if _, ok := o.(fyne.Focusable); ok && !box.within(edge) {
			l.fault("%T at %v leaves %v", o, box, edge)
		}
		for _, c := range test.WidgetRenderer(x).Objects() {
			l.walk(c, at, edge, seen, x)
		}
	}
}

func (l *looker) text(t *canvas.Text, box, edge, seen rect, owner fyne.Widget) {
	if t.Text == "" {
		return
	}
	m := t.MinSize()
	what := fmt.Sprintf("%q (%.0f)", t.Text, t.TextSize)
	if m.Width > box.w+slack || m.Height > box.h+slack {
		l.fault("%s wants %v and has %v", what, m, fyne.NewSize(box.w, box.h))
	}
	ink := rect{box.x, box.y + (box.h-m.Height)/2, m.Width, m.Height}
	switch t.Alignment {
	case fyne.TextAlignCenter:
		ink.x += (box.w - m.Width) / 2
	case fyne.TextAlignTrailing:
		ink.x += box.w - m.Width
	}
	if !ink.within(edge) {
		l.fault("%s at %v leaves %v", what, ink, edge)
	}
	// Letters fill the middle of their line.
	ink.y, ink.h = ink.y+0.15*ink.h, 0.7*ink.h
	l.mark(mark{what: what, at: ink, text: true, owner: owner}, seen)
}

func (l *looker) mark(m mark, seen rect) {
	if m.at = m.at.cut(seen); !m.at.empty() {
		l.marks = append(l.marks, m)
	}
}
