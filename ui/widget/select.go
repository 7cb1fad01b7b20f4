package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Select is a list to choose from that has a name. Its tooltip says the name and,
// whole, what is chosen: that may be cut in the field.
type Select struct {
	widget.Select
	// OnEscape runs on Escape; nil leaves that to the window.
	OnEscape func()

	name    string
	focused bool
	frame   *canvas.Rectangle // Fyne's own has no edge, and is white on a white page
	tip     *tip
}

// NewSelect makes one. changed may be nil.
func NewSelect(name string, options []string, changed func(string)) *Select {
	s := &Select{name: name, frame: canvas.NewRectangle(nil)}
	s.frame.CornerRadius = theme.Round
	s.Options, s.OnChanged = options, changed
	s.PlaceHolder = " " // Fyne's own decides how narrow it can be
	s.tip = newTip(s)
	s.ExtendBaseWidget(s)
	return s
}

// Label is what is chosen here.
func (s *Select) Label() string { return s.name }

// MouseIn implements desktop.Hoverable.
func (s *Select) MouseIn(e *desktop.MouseEvent) {
	s.Select.MouseIn(e)
	text := s.name
	if s.Selected != "" {
		text += ": " + s.Selected
	}
	s.tip.setText(text)
	s.tip.soon()
}

// MouseOut implements desktop.Hoverable.
func (s *Select) MouseOut() {
	s.Select.MouseOut()
	s.tip.hide()
}

// Tapped implements fyne.Tappable.
func (s *Select) Tapped(e *fyne.PointEvent) {
	s.tip.hide()
	s.Select.Tapped(e)
}

// TypedKey opens the list by Return too, and passes Escape on.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		escape(s, s.OnEscape, e)
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		s.Select.TypedKey(e)
	}
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() { s.focused = true; reveal(s); s.Select.FocusGained() }

// FocusLost implements fyne.Focusable.
func (s *Select) FocusLost() { s.focused = false; s.Select.FocusLost() }

// CreateRenderer implements fyne.Widget.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	r := &selectRenderer{s.Select.CreateRenderer(), s}
	r.dress()
	return r
}

type selectRenderer struct {
	fyne.WidgetRenderer
	s *Select
}

func (r *selectRenderer) dress() {
	f := r.s.frame
	f.StrokeWidth, f.StrokeColor = 1, theme.Color(base.ColorNameInputBorder)
	if r.s.focused {
		f.StrokeWidth, f.StrokeColor = 2, theme.Color(base.ColorNamePrimary)
	}
}

func (r *selectRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	place(r.s.frame, 0, 0, s.Width, s.Height)
}

func (r *selectRenderer) Refresh() {
	r.dress()
	r.WidgetRenderer.Refresh()
	r.s.frame.Refresh()
}

func (r *selectRenderer) Destroy() {
	r.s.tip.hide()
	r.WidgetRenderer.Destroy()
}

func (r *selectRenderer) Objects() []fyne.CanvasObject {
	return append(append(slices.Clone(r.WidgetRenderer.Objects()), r.s.frame), r.s.tip.objects()...)
}
