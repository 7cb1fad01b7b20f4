package audio

import "math"

// Tone makes a sine wave, block after block.
type Tone struct {
	step, phase float64
	gain        float32
}

// NewTone makes a tone of frequency Hz at an amplitude of 0 to 1.
func NewTone(frequency, amplitude float64) *Tone {
	return &Tone{step: 2 * math.Pi * frequency / SampleRate, gain: float32(amplitude)}
}

// Fill writes the next samples.
func (t *Tone) Fill(block []float32) {
	for i := range block {
		block[i] = t.gain * float32(math.Sin(t.phase))
		t.phase += t.step
	}
	t.phase = math.Mod(t.phase, 2*math.Pi)
}

// ToneLevel is the amplitude of frequency Hz in samples (Goertzel), 0 to 1.
func ToneLevel(samples []float32, frequency float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	coefficient := 2 * math.Cos(2*math.Pi*frequency/SampleRate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+coefficient*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - coefficient*s1*s2
	return 2 * math.Sqrt(max(power, 0)) / float64(len(samples))
}
