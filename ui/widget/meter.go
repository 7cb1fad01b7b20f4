package widget

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"

	base "fyne.io/fyne/v2/theme"
)

// meterSegments is how many steps a LevelMeter has: it redraws only when the
// number of lit ones changes.
const meterSegments = 24

// LevelMeter shows how loud a microphone is, as a row of lights.
type LevelMeter struct {
	widget.BaseWidget
	lit    int
	lights [meterSegments]*canvas.Rectangle
}

// NewLevelMeter makes a silent meter.
func NewLevelMeter() *LevelMeter {
	m := &LevelMeter{}
	for i := range m.lights {
		m.lights[i] = canvas.NewRectangle(theme.Color(theme.ColorTrack))
		m.lights[i].CornerRadius = 2
	}
	m.ExtendBaseWidget(m)
	return m
}

// SetLevel shows a level as audio.Perceived tells it, 0 (-60 dBov) to 1 (0 dBov). The
// scale begins at -50 dBov.
func (m *LevelMeter) SetLevel(level float64) {
	const floor = 10.0 / 60
	lit := int(math.Round((level - floor) / (1 - floor) * meterSegments))
	lit = max(0, min(meterSegments, lit))
	if lit == m.lit {
		return
	}
	from, to := min(lit, m.lit), max(lit, m.lit)
	m.lit = lit
	for i := from; i < to; i++ {
		m.color(i)
		m.lights[i].Refresh()
	}
}

// Lit is how many of the lights are on.
func (m *LevelMeter) Lit() int { return m.lit }

func (m *LevelMeter) color(i int) {
	name := theme.ColorTrack
	switch {
	case i >= m.lit:
	case i >= meterSegments*9/10:
		name = base.ColorNameWarning
	default:
		name = base.ColorNamePrimary
	}
	m.lights[i].FillColor = theme.Color(name)
}

// CreateRenderer implements fyne.Widget.
func (m *LevelMeter) CreateRenderer() fyne.WidgetRenderer { return &meterRenderer{m} }

type meterRenderer struct{ m *LevelMeter }

func (r *meterRenderer) Layout(s fyne.Size) {
	const gap = 3
	w := (s.Width + gap) / meterSegments
	for i, l := range r.m.lights {
		x := float32(math.Round(float64(float32(i) * w)))
		place(l, x, 0, float32(math.Round(float64(float32(i+1)*w)))-x-gap, s.Height)
	}
}

func (r *meterRenderer) MinSize() fyne.Size { return fyne.NewSize(meterSegments*5, 8) }

func (r *meterRenderer) Refresh() {
	for i, l := range r.m.lights {
		r.m.color(i)
		l.Refresh()
	}
}

func (r *meterRenderer) Destroy() {}

func (r *meterRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, meterSegments)
	for i, l := range r.m.lights {
		out[i] = l
	}
	return out
}
