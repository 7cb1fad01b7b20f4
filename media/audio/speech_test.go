package audio

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pion/rtp"

	"foyer/media/opus"
)

// speech is a sound like a voice: a buzz of changing pitch through three resonances,
// in syllables with pauses between, over a little noise. It is no language, but Opus
// takes it for speech.
func speech(seconds float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, int(seconds*SampleRate))
	type resonance struct{ a1, a2, y1, y2 float64 }
	var f [3]resonance
	phase, pitch := 0.0, 120.0
	on, left, gain := false, 0, 0.0
	for i := range x {
		if left--; left < 0 {
			if on = !on; on {
				left = int((0.12 + 0.25*r.Float64()) * SampleRate)
				for j, hz := range []float64{300 + 500*r.Float64(), 900 + 1200*r.Float64(), 2300 + 600*r.Float64()} {
					q := math.Exp(-math.Pi * (60 + 40*float64(j)) / SampleRate)
					f[j].a1, f[j].a2 = 2*q*math.Cos(2*math.Pi*hz/SampleRate), -q*q
				}
			} else {
				left = int((0.03 + 0.15*r.Float64()*r.Float64()) * SampleRate)
			}
		}
		want := 0.0
		if on {
			want = 1
		}
		gain += (want - gain) / 400
		pitch += 0.02 * r.NormFloat64()
		pitch = min(max(pitch, 90), 220)
		phase += pitch / SampleRate
		pulse := 0.0
		if phase >= 1 {
			phase--
			pulse = 1
		}
		y := 0.0
		for j := range f {
			s := pulse*gain + f[j].a1*f[j].y1 + f[j].a2*f[j].y2
			f[j].y1, f[j].y2 = s, f[j].y1
			y += s / float64(1+j)
		}
		x[i] = float32(0.08*y + 0.0005*r.NormFloat64())
	}
	return x
}

// encode makes Opus packets of x, of so many samples each, with in-band FEC.
func encode(tb testing.TB, x []float32, samples int) [][]byte {
	tb.Helper()
	enc, err := opus.NewEncoder(1, opus.VoIP)
	if err != nil {
		tb.Fatal(err)
	}
	for _, err := range []error{enc.SetBitRate(24000), enc.SetFEC(true), enc.SetExpectedLoss(15)} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	var list [][]byte
	for ; len(x) >= samples; x = x[samples:] {
		b := make([]byte, 1275)
		n, err := enc.Encode(x[:samples], b)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, b[:n])
	}
	return list
}

func TestFECIsSeen(t *testing.T) {
	for _, samples := range []int{480, 960, 1920, 2880} {
		list, n := encode(t, speech(10, 1), samples), 0
		for _, p := range list {
			if opusSamples(p) != samples {
				t.Fatalf("a packet of %d samples is taken for %d", samples, opusSamples(p))
			}
			if opusFEC(p) {
				n++
			}
		}
		if n < len(list)/3 {
			t.Errorf("%d of %d packets of %d samples with FEC", n, len(list), samples)
		}
	}
	for _, p := range [][]byte{{}, {0xfc, 0xff, 0xff}, {3}, {3, 0xff}} {
		if opusFEC(p) {
			t.Errorf("FEC in %v", p)
		}
	}
	_ = rtp.Packet{}
}
