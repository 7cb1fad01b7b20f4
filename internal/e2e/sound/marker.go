package sound

import (
	"math"
	"math/rand/v2"
	"time"
)

// Marker is a sound whose moment can be told through codecs and voice processing:
// a rising chirp in the voice's band.
func Marker() Wave {
	const length, from, to = 0.12, 400.0, 3400.0
	w := Wave{48000, make([]float64, int(length*48000))}
	for i := range w.Samples {
		t := float64(i) / 48000
		fade := min(1, min(t, length-t)/0.01) // no click
		w.Samples[i] = 0.4 * fade * math.Sin(2*math.Pi*(from*t+(to-from)*t*t/(2*length)))
	}
	return w
}

// Markers is a second of silence, and then as many markers, about a second from
// each other, at other places in their packets each.
func Markers(n int, seed uint64) Wave {
	random, m := rand.New(rand.NewPCG(seed, 0)), Marker()
	w := Wave{48000, make([]float64, 48000)}
	for range n {
		w.Samples = append(w.Samples, m.Samples...)
		w.Samples = append(w.Samples, make([]float64, 40000+random.IntN(4800))...)
	}
	return w
}

// markerRate is what markers are looked for at, in Hz: enough for their band.
const markerRate = 12000

// slow is the sound at markerRate, without what that cannot hold.
func (w Wave) slow() []float64 {
	step := w.Rate / markerRate
	out := make([]float64, len(w.Samples)/step)
	for i := range out {
		for _, x := range w.Samples[i*step : (i+1)*step] {
			out[i] += x
		}
	}
	return out
}

// likeness is the cosine between a marker and the sound from each sample on.
func likeness(x, marker []float64) []float64 {
	var own float64
	for _, m := range marker {
		own += m * m
	}
	out := make([]float64, max(len(x)-len(marker)+1, 0))
	var energy float64
	for i := range min(len(x), len(marker)) {
		energy += x[i] * x[i]
	}
	for at := range out {
		if energy > own*1e-5 { // -50 dB of what was sent
			var sum float64
			for i, m := range marker {
				sum += m * x[at+i]
			}
			out[at] = sum / math.Sqrt(energy*own)
		}
		if next := at + len(marker); next < len(x) {
			energy += x[next]*x[next] - x[at]*x[at]
		}
	}
	return out
}

// MarkersIn returns where markers begin.
func (w Wave) MarkersIn() (at []time.Duration) {
	// Far below 1: codecs and voice processing bend phases, and time may be stretched in
	// a marker. Nothing else comes near.
	const enough = 0.45
	l := likeness(w.slow(), Marker().slow())
	for i := 0; i < len(l); i++ {
		if l[i] < enough {
			continue
		}
		best := i
		for j := i; j < min(len(l), i+markerRate/10); j++ {
			if l[j] > l[best] {
				best = j
			}
		}
		at = append(at, time.Duration(best)*time.Second/markerRate)
		i = best + markerRate/2
	}
	return at
}

// Delays returns for each marker sent how much later it was heard, and how many of
// them were not,
// within 750 ms. Both are of one clock.
func Delays(sent, heard []time.Duration) (delays []time.Duration, lost int) {
	for _, s := range sent {
		lost++
		for _, h := range heard {
			if d := h - s; d >= 0 && d < time.Second*3/4 {
				delays = append(delays, d)
				lost--
				break
			}
		}
	}
	return delays, lost
}
