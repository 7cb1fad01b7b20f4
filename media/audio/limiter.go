package audio

import "math"

// The limiter's curve and times.
const (
	limiterKnee    = 0.7  // -3 dBov: softer sound passes unchanged
	limiterCeiling = 0.98 // nothing is louder

	limiterStep = 48 // samples: 1 ms, the look-ahead
)

// limiterRelease is what a step gives back of the gain that is missing: half in 140 ms,
// so that the gain does not follow syllables.
var limiterRelease = 1 - math.Pow(0.5, 1.0/140)

// limiter turns interleaved stereo down, both channels by the same, before a peak
// comes, and slowly up again behind it. It delays by limiterStep. Zero allocations.
type limiter struct {
	waiting [2 * limiterStep]float32
	allowed float64 // gain of waiting at most
	gain    float64 // where waiting begins
}

func newLimiter() limiter { return limiter{allowed: 1, gain: 1} }

// limited is the gain for a peak.
func limited(peak float64) float64 {
	if peak <= limiterKnee {
		return 1
	}
	const room = limiterCeiling - limiterKnee
	return (limiterKnee + room*math.Tanh((peak-limiterKnee)/room)) / peak
}

// process writes what has waited and all but the end of in to out, of the same
// length, a multiple of 2*limiterStep.
func (l *limiter) process(out, in []float32) {
	for len(in) > 0 {
		step := in[:2*limiterStep]
		peak := float32(0)
		for _, x := range step {
			peak = max(peak, x, -x)
		}
		allowed := limited(float64(peak))
		// A line between two gains, neither above what this step allows, is never above it.
		to := min(l.gain+(1-l.gain)*limiterRelease, l.allowed, allowed)
		if to > 0.9999 {
			to = min(1, l.allowed, allowed)
		}
		if l.gain == 1 && to == 1 {
			copy(out, l.waiting[:])
		} else {
			gain, by := float32(l.gain), float32((to-l.gain)/limiterStep)
			for i := 0; i < len(l.waiting); i += 2 {
				gain += by
				out[i], out[i+1] = l.waiting[i]*gain, l.waiting[i+1]*gain
			}
		}
		copy(l.waiting[:], step)
		l.allowed, l.gain = allowed, to
		in, out = in[len(step):], out[len(step):]
	}
}
