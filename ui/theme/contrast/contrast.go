package contrast

import (
	"image/color"
	"math"
)

// The least ratios: 1.4.3 (AA) of text, 1.4.11 of icons, edges and the focus.
const (
	Text = 4.5
	Mark = 3.0
)

// Ratio is the contrast of two opaque colours, 1 to 21.
func Ratio(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

// luminance is WCAG 2.1's relative luminance, 0 to 1.
func luminance(c color.NRGBA) float64 {
	f := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
}

// Over is what is seen of colours that lie over each other, the uppermost first.
// The lowest is opaque.
func Over(colors ...color.NRGBA) color.NRGBA {
	c := colors[len(colors)-1]
	for i := len(colors) - 2; i >= 0; i-- {
		top := colors[i]
		a := float64(top.A) / 255
		mix := func(t, u uint8) uint8 { return uint8(math.Round(float64(t)*a + float64(u)*(1-a))) }
		c = color.NRGBA{mix(top.R, c.R), mix(top.G, c.G), mix(top.B, c.B), 255}
	}
	return c
}
