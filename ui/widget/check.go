package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// checkLines is how many lines a check's words may take.
const checkLines = 5

// Check is a box to tick, with words beside it that wrap: Fyne's own stay on one
// line, however large they are. All of it can be pressed.
type Check struct {
	widget.Check
	label string
	// OnEscape runs on Escape; nil leaves that to the window.
	OnEscape func()

	width float32 // that the words are wrapped for; 0 before the first layout
	lines []*canvas.Text
}

// NewCheck makes one. changed may be nil.
func NewCheck(label string, changed func(on bool)) *Check {
	c := &Check{label: label}
	c.OnChanged = changed
	c.ExtendBaseWidget(c)
	return c
}

// Label is what is ticked.
func (c *Check) Label() string { return c.label }

// Tapped implements fyne.Tappable.
func (c *Check) Tapped(*fyne.PointEvent) {
	if c.Disabled() {
		return
	}
	if on := canvasOf(c); on != nil {
		on.Focus(c)
	}
	c.SetChecked(!c.Checked)
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() { reveal(c); c.Check.FocusGained() }

// MouseIn implements desktop.Hoverable.
func (c *Check) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (c *Check) MouseMoved(e *desktop.MouseEvent) {
	box := *e
	box.Position = fyne.Position{} // Fyne's check looks at its box alone
	c.Check.MouseMoved(&box)
}

// TypedKey ticks by Space and passes Escape on.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		escape(c, c.OnEscape, e)
		return
	}
	c.Check.TypedKey(e)
}

// TextAt is where the words begin.
func (c *Check) TextAt() float32 {
	th := c.Theme()
	return th.Size(base.SizeNameInlineIcon) + th.Size(base.SizeNameInnerPadding) + 2*th.Size(base.SizeNameInputBorder)
}

// wrap breaks the words for a width.
func (c *Check) wrap(width float32) {
	c.width = width
	texts := []string{c.label}
	if width > 0 {
		texts = wrap(c.label, max(width-c.TextAt()-1, 1), theme.TextBody(), fyne.TextStyle{}, checkLines)
	}
	color := base.ColorNameForeground
	if c.Disabled() {
		color = base.ColorNameDisabled
	}
	c.lines = c.lines[:0]
	for _, s := range texts {
		t := canvas.NewText(s, theme.Color(color))
		t.TextSize = theme.TextBody()
		c.lines = append(c.lines, t)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Check) CreateRenderer() fyne.WidgetRenderer {
	c.wrap(c.width)
	return &checkRenderer{c.Check.CreateRenderer(), c}
}

type checkRenderer struct {
	fyne.WidgetRenderer // the box
	c                   *Check
}

func (r *checkRenderer) Layout(s fyne.Size) {
	c := r.c
	if s.Width != c.width {
		c.wrap(s.Width)
	}
	line := fyne.MeasureText("Ág", theme.TextBody(), fyne.TextStyle{}).Height
	h := line * float32(len(c.lines))
	first := max(0, (s.Height-h)/2)
	r.WidgetRenderer.Layout(fyne.NewSize(s.Width, 2*first+line)) // the box stands before the first line
	for i, t := range c.lines {
		place(t, c.TextAt(), first+line*float32(i), t.MinSize().Width, line)
	}
}

// MinSize is as narrow as the words can be wrapped, and as high as they are now.
func (r *checkRenderer) MinSize() fyne.Size {
	line := fyne.MeasureText("Ág", theme.TextBody(), fyne.TextStyle{}).Height
	box, edge := r.c.Theme().Size(base.SizeNameInlineIcon), 2*r.c.Theme().Size(base.SizeNameInnerPadding)
	w := r.c.TextAt() + theme.Scaled(120)
	if len(r.c.lines) == 1 {
		w = min(w, r.c.TextAt()+fyne.MeasureText(r.c.label, theme.TextBody(), fyne.TextStyle{}).Width+1)
	}
	return fyne.NewSize(w, max(box, line*float32(len(r.c.lines)))+edge)
}

func (r *checkRenderer) Refresh() {
	r.c.wrap(r.c.width)
	r.Layout(r.c.Size())
	r.WidgetRenderer.Refresh()
}

func (r *checkRenderer) Objects() []fyne.CanvasObject {
	out := append([]fyne.CanvasObject{}, r.WidgetRenderer.Objects()...)
	for _, t := range r.c.lines {
		out = append(out, t)
	}
	return out
}
