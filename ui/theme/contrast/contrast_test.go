package contrast

import (
	"image/color"
	"math"
	"testing"
)

func TestRatio(t *testing.T) {
	black, white := color.NRGBA{A: 255}, color.NRGBA{255, 255, 255, 255}
	// #767676 is known as the lightest grey for text on white.
	for _, c := range []struct {
		a, b color.NRGBA
		want float64
	}{
		{black, white, 21}, {white, black, 21}, {white, white, 1},
		{color.NRGBA{0x77, 0x77, 0x77, 255}, white, 4.48}, {color.NRGBA{0x76, 0x76, 0x76, 255}, white, 4.54},
	} {
		if got := Ratio(c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%v on %v: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
	if got := Over(color.NRGBA{A: 51}, white); got != (color.NRGBA{204, 204, 204, 255}) {
		t.Errorf("a fifth of black over white is %v", got)
	}
}
