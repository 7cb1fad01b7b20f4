package meeting

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"foyer/ui/theme"
)

// plotted is how many seconds a plot goes back.
const plotted = 60

// series is what was measured, once a second, newest last.
type series struct {
	values [plotted]float64
	n      int
}

func (s *series) add(v float64) {
	if s.n == plotted {
		copy(s.values[:], s.values[1:])
		s.n--
	}
	s.values[s.n] = v
	s.n++
}

func (s *series) last() float64 {
	if s.n == 0 {
		return 0
	}
	return s.values[s.n-1]
}

func (s *series) most() (m float64) {
	for _, v := range s.values[:s.n] {
		m = max(m, v)
	}
	return m
}

// plot draws a series as a line over a shade. The newest second is at its right
// edge, and its full height is the series' greatest value, but never less than
// floor, so that a little noise does not look like a storm. It is drawn anew when
// it is refreshed, and not between.
type plot struct {
	*canvas.Raster
	data  *series
	floor float64
	img   *image.RGBA
}

func newPlot(data *series, floor float64) *plot {
	p := &plot{data: data, floor: floor}
	p.Raster = canvas.NewRaster(p.draw)
	p.ScaleMode = canvas.ImageScalePixels
	return p
}

func (p *plot) draw(w, h int) image.Image {
	if p.img == nil || p.img.Rect.Dx() != w || p.img.Rect.Dy() != h {
		p.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	clear(p.img.Pix)
	scale := 1.0
	if s := p.Size(); s.Height > 0 {
		scale = float64(h) / float64(s.Height)
	}
	rule := max(1, int(scale))
	for y := h - rule; y < h; y++ {
		for x := range w {
			set(p.img, x, y, theme.Color(theme.ColorTrack), 1)
		}
	}
	if p.data == nil || p.data.n < 2 {
		return p.img
	}
	line := theme.Color("primary")
	thick := 0.75 * scale
	top, bottom := thick+1, float64(h-rule)-thick
	full := max(p.data.most(), p.floor)
	step := float64(w-1) / (plotted - 1)
	at := func(x float64) (y float64, ok bool) {
		i := x/step - float64(plotted-p.data.n)
		if i < 0 {
			return 0, false
		}
		k := min(int(i), p.data.n-1)
		v := p.data.values[k]
		if k+1 < p.data.n {
			v += (p.data.values[k+1] - v) * (i - float64(k))
		}
		return bottom - (bottom-top)*v/full, true
	}
	for x := range w {
		y, ok := at(float64(x))
		if !ok {
			continue
		}
		// A steep line covers more of a column than a flat one.
		before, ok := at(float64(x) - 0.5)
		if !ok {
			before = y
		}
		after, _ := at(math.Min(float64(x)+0.5, float64(w-1)))
		low, high := math.Min(before, after)-thick, math.Max(before, after)+thick
		for r := max(0, int(low)); r < h-rule; r++ {
			cover := math.Min(1, math.Min(float64(r)+1-low, high-float64(r)))
			if cover <= 0 {
				cover = 0
			}
			set(p.img, x, r, line, math.Max(cover, shade(float64(r), y)))
		}
	}
	return p.img
}

func shade(r, y float64) float64 {
	if r < y {
		return 0
	}
	return 0.16
}

// set gives a pixel a colour of some opacity, premultiplied.
func set(img *image.RGBA, x, y int, c color.Color, opacity float64) {
	r, g, b, a := c.RGBA()
	i := img.PixOffset(x, y)
	img.Pix[i] = uint8(float64(r>>8) * opacity)
	img.Pix[i+1] = uint8(float64(g>>8) * opacity)
	img.Pix[i+2] = uint8(float64(b>>8) * opacity)
	img.Pix[i+3] = uint8(float64(a>>8) * opacity)
}

// gauge is a plot with what it shows and its newest value above it.
type gauge struct {
	series
	label, value *canvas.Text
	plot         *plot
}

func newGauge(label string, floor float64) *gauge {
	g := &gauge{label: canvas.NewText(label, nil), value: canvas.NewText(dash, nil)}
	g.value.TextStyle.Bold = true
	g.plot = newPlot(&g.series, floor)
	return g
}

// stacked says that text is so large that a number stands below what it is of.
func stacked() bool { return theme.TextScale() > 1.1 }

// height is a gauge's, with its plot or without.
func (g *gauge) height(plot bool) float32 {
	h := g.value.MinSize().Height
	if stacked() {
		h += g.label.MinSize().Height
	}
	if plot {
		h += 48
	}
	return h
}

func (g *gauge) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{g.label, g.value, g.plot.Raster}
}

func (g *gauge) place(x, y, w float32, plot bool) {
	l, v := g.label.MinSize(), g.value.MinSize()
	if stacked() {
		place(g.label, x, y, l.Width, l.Height)
		y += l.Height
		place(g.value, x, y, v.Width, v.Height)
	} else {
		place(g.label, x, y+(v.Height-l.Height)/2, l.Width, l.Height)
		place(g.value, x+w-v.Width, y, v.Width, v.Height)
	}
	show(g.plot.Raster, plot)
	place(g.plot.Raster, x, y+v.Height+4, w, 44)
}

func (g *gauge) dress() {
	g.label.TextSize, g.value.TextSize = theme.TextCaption(), theme.Scaled(13)
	g.label.Color, g.value.Color = theme.Color(theme.ColorMuted), theme.Color("foreground")
	g.label.Refresh()
	g.value.Refresh()
	g.plot.Refresh()
}
