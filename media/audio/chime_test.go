package audio

import (
	"math"
	"testing"
	"time"
)

func TestCuesAreShortQuietAndDistinct(t *testing.T) {
	all := map[string]Cue{"join": CueJoin, "leave": CueLeave, "hand": CueHand, "message": CueMessage}
	if len(all) != len(cues) {
		t.Fatalf("%d cues", len(cues))
	}
	for name, c := range all {
		x := c.Samples()
		if d := time.Duration(len(x)) * time.Second / SampleRate; d >= 400*time.Millisecond || d < 100*time.Millisecond {
			t.Errorf("%s lasts %v", name, d)
		}
		loud := 0.0
		for i := 0; i+SampleRate/25 <= len(x); i += 48 {
			loud = max(loud, rms(x[i:i+SampleRate/25]))
		}
		if db := decibels(loud); db < -21 || db > -19 {
			t.Errorf("%s is as loud as %.1f dBov", name, db)
		}
		for i, s := range x {
			if s > 0.3 || s < -0.3 {
				t.Fatalf("%s: sample %d is %v", name, i, s)
			}
		}
		if first, last := x[0], x[len(x)-1]; math.Abs(float64(first)) > 0.002 || math.Abs(float64(last)) > 0.002 {
			t.Errorf("%s begins with %v and ends with %v: a click", name, first, last)
		}
		for other, d := range all {
			if other != name && alike(x, d.Samples()) > 0.7 {
				t.Errorf("%s and %s are alike", name, other)
			}
		}
	}
}

// alike compares the spectra of two sounds, 0 to 1.
func alike(a, b []float32) float64 {
	var ab, aa, bb float64
	for hz := 200.0; hz < 3000; hz *= 1.03 {
		x, y := ToneLevel(a, hz), ToneLevel(b, hz)
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
