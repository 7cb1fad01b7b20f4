package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Slider is a value to drag that has a name.
type Slider struct {
	widget.Slider
	// OnEscape runs on Escape; nil leaves that to the window.
	OnEscape func()

	name string
}

// NewSlider makes one from low to high, in steps.
func NewSlider(name string, low, high, step float64) *Slider {
	s := &Slider{name: name}
	s.Min, s.Max, s.Step = low, high, step
	s.Orientation = widget.Horizontal
	s.ExtendBaseWidget(s)
	return s
}

// Label is what is set here.
func (s *Slider) Label() string { return s.name }

// TypedKey moves it by the arrows and passes Escape on.
func (s *Slider) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		escape(s, s.OnEscape, e)
		return
	}
	s.Slider.TypedKey(e)
}
