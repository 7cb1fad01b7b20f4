package sound

import (
	"context"
	"math"
	"math/rand/v2"

	"foyer/media/audio"
)

// Noises are kinds of noise, by name.
var Noises = []string{"white", "fan", "babble"}

// Noise makes seconds of a kind of noise at a level in dBov.
func Noise(ctx context.Context, kind string, seconds, level float64) ([]float32, error) {
	n := int(seconds * audio.SampleRate)
	switch kind {
	case "fan":
		return Loud(fan(n), level), nil
	case "babble":
		x, err := babble(ctx, seconds)
		if err != nil {
			return nil, err
		}
		return Loud(x, level), nil
	}
	return Hiss(n, level, 2), nil
}

// fan is air and a motor: noise that falls with frequency, and a hum of blades.
func fan(n int) []float32 {
	r := rand.New(rand.NewPCG(3, 1))
	x := make([]float32, n)
	var slow, slower float64
	for i := range x {
		w := r.NormFloat64()
		slow += 0.05 * (w - slow)
		slower += 0.005 * (w - slower)
		hum := 0.0
		for k := 1; k <= 6; k++ {
			hum += math.Sin(2*math.Pi*118*float64(k)*float64(i)/audio.SampleRate) / float64(k)
		}
		x[i] = float32(slow + 3*slower + 0.02*w + 0.06*hum)
	}
	return x
}

// babble is two dozen people talking in the next room.
func babble(ctx context.Context, seconds float64) ([]float32, error) {
	sum := make([]float32, int(seconds*audio.SampleRate))
	for v := range Voices {
		one, err := Speech(ctx, v, 20)
		if err != nil {
			return nil, err
		}
		for copy := range 3 {
			shift := (v*7919 + copy*27011*5) % len(one)
			for i := range sum {
				sum[i] += one[(i+shift)%len(one)]
			}
		}
	}
	room := Room{Size: [3]float64{8, 9, 3}, Speaker: [3]float64{2, 7, 1.5}, Mic: [3]float64{4, 2, 1}, Absorb: 0.25}
	return Convolve(sum, room.Response()), nil
}
