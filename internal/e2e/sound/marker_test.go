package sound

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Markers are found in noise, at the delay and with the loss that they have.
func TestMarkersAreFound(t *testing.T) {
	sent := Markers(5, 1)
	const delay = 5000 // samples
	heard := Wave{48000, make([]float64, delay+len(sent.Samples))}
	random := rand.New(rand.NewPCG(2, 0))
	for i := range heard.Samples {
		heard.Samples[i] = 0.02 * random.NormFloat64()
	}
	for i, s := range sent.Samples {
		heard.Samples[delay+i] += s / 4
	}
	at := sent.MarkersIn()
	if len(at) != 5 || (at[0]-time.Second).Abs() > time.Millisecond {
		t.Fatalf("markers at %v", at)
	}
	delays, lost := Delays(at, heard.MarkersIn())
	if len(delays) != 5 || lost != 0 {
		t.Fatalf("%d found, %d lost", len(delays), lost)
	}
	for _, d := range delays {
		if (d - delay*time.Second/48000).Abs() > 200*time.Microsecond {
			t.Errorf("a delay of %v", d)
		}
	}
	// Half of them are missing.
	clear(heard.Samples[len(heard.Samples)/2:])
	if _, lost := Delays(at, heard.MarkersIn()); lost < 2 || lost > 3 {
		t.Errorf("%d lost", lost)
	}
	if n := len(Sine(660, 0.5, time.Second).MarkersIn()); n != 0 {
		t.Errorf("%d markers in a tone", n)
	}
}
