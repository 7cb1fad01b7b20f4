package audio

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Soft and loud speakers end up equally loud, slowly; noise is not lifted.
func TestGainEvensOutSpeech(t *testing.T) {
	for _, amplitude := range []float64{0.015, 0.03, 0.3} {
		r := rand.New(rand.NewPCG(1, 2))
		voice, g, a := babbling{r: r, gain: amplitude}, automaticGain{}, activity{}
		var block [BlockSamples]float32
		var sum, n, worst float64
		was := g.gain
		for i := range 3000 {
			clear(block[:])
			speech := i%500 >= 100
			if speech {
				voice.fill(block[:])
			}
			for j := range block {
				block[j] += float32(1e-4 * r.NormFloat64()) // -80 dBov
			}
			a.add(rms(block[:]))
			loud := a.now()
			g.add(block[:], loud, a.floor)
			worst = max(worst, math.Abs(g.gain-was))
			was = g.gain
			if i > 2000 && loud {
				sum += decibels(rms(block[:]))
				n++
			}
		}
		level := sum / n
		if math.Abs(level-gainTarget) > 4 {
			t.Errorf("speech of %v ends up at %.1f dBov, want %.0f", amplitude, level, gainTarget)
		}
		if worst > gainDown+1e-9 {
			t.Errorf("gain jumps by %.2f dB", worst)
		}
	}
	g := automaticGain{}
	var block [BlockSamples]float32
	for range 1000 {
		for j := range block {
			block[j] = 0.001
		}
		g.add(block[:], false, -60)
	}
	if g.gain != 0 {
		t.Errorf("noise is lifted by %.1f dB", g.gain)
	}
	for range 2000 { // a soft voice in a loud room: what is left of the noise stays below -55 dBov
		for j := range block {
			block[j] = 0.02
		}
		g.add(block[:], true, -58)
	}
	if g.gain > 3.01 {
		t.Errorf("gain of %.1f dB lifts noise above %v dBov", g.gain, gainNoise)
	}
}
