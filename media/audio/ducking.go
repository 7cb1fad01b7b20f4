package audio

import "math"

// Ducking: shared sound steps back while somebody speaks.
const (
	duckDepth   = 12.0 // decibels
	duckAttack  = 10   // blocks until it is down: 100 ms
	duckRelease = 60   // blocks until it is up: 600 ms
	duckHold    = 50   // blocks that a pause between words lasts at most

	// Levels of a voice, as Voice.Level tells them: -35 dBov begins, -40 dBov goes on.
	duckFrom  = 25.0 / 60
	duckUntil = 20.0 / 60
	duckSure  = 3 // blocks of speech before it counts: a click is none
)

// ducking follows who speaks and gives the gain of shared sound.
type ducking struct {
	loud  int     // blocks of speech in a row
	hold  int     // blocks until a pause counts
	depth float64 // decibels down, now
}

// next takes the level of the loudest voice in a block, 0 to 1, and returns the
// gains between which shared sound goes in the next.
func (d *ducking) next(level float64) (from, to float32) {
	from = gainOf(d.depth)
	switch {
	case level >= duckFrom || d.hold > 0 && level >= duckUntil:
		if d.loud++; d.loud >= duckSure || d.hold > 0 {
			d.hold = duckHold
		}
	default:
		d.loud = 0
		d.hold = max(d.hold-1, 0)
	}
	if d.hold > 0 {
		d.depth = min(d.depth+duckDepth/duckAttack, duckDepth)
	} else {
		d.depth = max(d.depth-duckDepth/duckRelease, 0)
	}
	return from, gainOf(d.depth)
}

func gainOf(down float64) float32 {
	if down == 0 {
		return 1
	}
	return float32(math.Pow(10, -down/20))
}
