package audio

import "math"

// Chime is a short rising chord for trying a speaker: mono, 48 kHz, one second.
func Chime() []float32 {
	x := make([]float32, SampleRate)
	for n, hz := range []float64{523.25, 659.25, 783.99} { // C, E, G
		from := n * SampleRate / 8
		for i := from; i < len(x); i++ {
			t := float64(i-from) / SampleRate
			attack := min(t/0.01, 1)
			x[i] += float32(0.12 * attack * math.Exp(-4*t) * math.Sin(2*math.Pi*hz*t))
		}
	}
	return x
}
