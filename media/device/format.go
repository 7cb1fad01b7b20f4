package device

import (
	"math"

	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"
)

// defaultFormat stands in for what a CameraFormat leaves at zero.
var defaultFormat = CameraFormat{Width: 1280, Height: 720, FrameRate: 30}

func (c CameraFormat) orDefault() CameraFormat {
	if c.Width <= 0 || c.Height <= 0 {
		c.Width, c.Height = defaultFormat.Width, defaultFormat.Height
	}
	if c.FrameRate <= 0 {
		c.FrameRate = defaultFormat.FrameRate
	}
	return c
}

// nearest chooses the format nearest to the wish. Smaller and slower is nearer
// than larger and faster, size counts more than shape, and at equal size the
// cheapest layout wins; false means that none can be read.
func nearest(have []prop.Media, want CameraFormat) (prop.Media, bool) {
	want = want.orDefault()
	best, least := prop.Media{}, math.Inf(1)
	for _, p := range have {
		if d, ok := distance(p, want); ok && d < least {
			best, least = p, d
		}
	}
	return best, !math.IsInf(least, 1)
}

// rawLimit is the pixels per second from which a USB camera had better compress.
const rawLimit = 1280 * 720 * 29

func distance(p prop.Media, want CameraFormat) (float64, bool) {
	if p.Width < 2 || p.Height < 2 {
		return 0, false
	}
	var d float64
	switch p.FrameFormat {
	case frame.FormatI420:
	case frame.FormatNV12, frame.FormatNV21:
		d += 0.01
	case frame.FormatYUYV, frame.FormatYUY2, frame.FormatUYVY:
		d += 0.02
	case frame.FormatMJPEG:
		d += 0.1
	case frame.FormatRGBA:
		d += 0.05
	default: // depth pictures and the like
		return 0, false
	}
	if p.FrameFormat != frame.FormatMJPEG && float64(p.Width*p.Height)*float64(p.FrameRate) >= rawLimit {
		d += 0.2
	}
	octaves := func(a, b float64) float64 { return math.Log2(a / b) }
	if size := octaves(float64(p.Width*p.Height), float64(want.Width*want.Height)); size > 0 {
		d += 2 * size
	} else {
		d -= size
	}
	d += math.Abs(octaves(float64(p.Width)/float64(p.Height), float64(want.Width)/float64(want.Height)))
	if p.FrameRate <= 0 {
		d += 0.3 // the driver does not say
	} else if rate := octaves(float64(p.FrameRate), want.FrameRate); rate > 0.01 {
		d += 0.1 + 0.5*rate
	} else {
		d -= 1.5 * min(rate, 0)
	}
	return d, true
}
