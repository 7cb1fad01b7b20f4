package audio

import (
	"math"
	"sync/atomic"
)

// meter follows the loudness of a stream; written by one goroutine, read by any.
type meter struct {
	bits atomic.Uint64
}

// rms is the root mean square of samples.
func rms(b []float32) float64 {
	sum := 0.0
	for _, s := range b {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(len(b), 1)))
}

// decibels is a level in dBov, 0 (loudest) to -127 (silence).
func decibels(rms float64) float64 {
	if rms < 4.5e-7 {
		return -127
	}
	return min(20*math.Log10(rms), 0)
}

// perceived maps -60 dBov and less to 0 and 0 dBov to 1, even in decibels.
func perceived(rms float64) float64 { return max(0, 1+decibels(rms)/60) }

// add takes one block: up at once, down by half in 100 ms, as meters do.
func (m *meter) add(rms float64) {
	now := perceived(rms)
	if was := m.level(); now < was {
		now = max(now, was*0.93)
	}
	if now < 0.001 {
		now = 0
	}
	m.bits.Store(math.Float64bits(now))
}

func (m *meter) level() float64 { return math.Float64frombits(m.bits.Load()) }

// Perceived is how loud samples are, 0 (-60 dBov and less) to 1, even in decibels.
func Perceived(samples []float32) float64 { return perceived(rms(samples)) }
