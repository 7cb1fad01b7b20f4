package video

// Layer is one rung of a simulcast ladder.
type Layer struct {
	RID           string // "q", "h", "f": the names LiveKit's clients use
	Width, Height int    // pixels, even
	FrameRate     float64
	BitRate       int // bits per second at best
}

// Ladder returns the simulcast layers for a camera of the size, smallest first:
// three from 960 pixels of width on, two from 480, else one. Sizes and rates follow
// the presets of LiveKit's clients, so that any subscriber finds what it expects.
func Ladder(width, height int, frameRate float64) []Layer {
	width, height = even(width), even(height)
	full := Layer{"f", width, height, frameRate, cameraRate(width, height, frameRate)}
	part := func(rid string, div int) Layer {
		w, h := max(2, even(width/div)), max(2, even(height/div))
		return Layer{rid, w, h, frameRate, cameraRate(w, h, frameRate)}
	}
	switch longest := max(width, height); {
	case longest >= 960:
		return []Layer{part("q", 4), part("h", 2), full}
	case longest >= 480:
		q := part("q", 2)
		full.RID = "h"
		return []Layer{q, full}
	default:
		full.RID = "q"
		return []Layer{full}
	}
}

// ScreenLayer returns the one layer of a shared screen: resolution is kept,
// the frame rate gives way.
func ScreenLayer(width, height int, frameRate float64) Layer {
	rate := 2_500_000
	switch px := width * height; {
	case px > 2560*1440:
		rate = 6_000_000
	case px > 1920*1080:
		rate = 4_000_000
	case px <= 1280*720:
		rate = 1_500_000
	}
	return Layer{"f", even(width), even(height), frameRate, rate}
}

// cameraRate interpolates between what 16:9 pictures need at 30 frames a second.
func cameraRate(width, height int, frameRate float64) int {
	table := []struct{ pixels, rate int }{
		{160 * 90, 90_000}, {320 * 180, 160_000}, {640 * 360, 450_000},
		{960 * 540, 800_000}, {1280 * 720, 1_700_000}, {1920 * 1080, 3_000_000},
	}
	px := width * height
	rate := table[len(table)-1].rate
	if px <= table[0].pixels {
		rate = table[0].rate
	} else {
		for i := 1; i < len(table); i++ {
			if lo, hi := table[i-1], table[i]; px <= hi.pixels {
				rate = lo.rate + (hi.rate-lo.rate)*(px-lo.pixels)/(hi.pixels-lo.pixels)
				break
			}
		}
	}
	if frameRate > 0 && frameRate < 30 {
		// Half the pictures need more than half the bits: each differs more.
		rate = int(float64(rate) * (0.3 + 0.7*frameRate/30))
	}
	return rate
}
