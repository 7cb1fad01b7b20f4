package sound

import (
	"testing"
	"time"
)

// The measures themselves are measured first.
func TestTonesAreTold(t *testing.T) {
	path := t.TempDir() + "/tone.wav"
	both := Sine(440, 0.3, time.Second)
	both.Samples = append(both.Samples, make([]float64, 24000)...)
	both.Samples = append(both.Samples, Sine(660, 0.05, time.Second).Samples...)
	if err := both.Write(path); err != nil {
		t.Fatal(err)
	}
	w, err := ReadWave(path)
	if err != nil || len(w.Samples) != 120000 {
		t.Fatalf("read back %d samples, %v", len(w.Samples), err)
	}
	for hz, want := range map[float64]time.Duration{440: time.Second, 660: time.Second, 550: 0, 1000: 0} {
		if got := w.Tone(hz); (got - want).Abs() > 100*time.Millisecond {
			t.Errorf("%g Hz for %v; want %v", hz, got, want)
		}
	}
	part := Wave{48000, w.Samples[40000:100000]}
	if c, at := w.Find(part); c < 0.95 || (at-833*time.Millisecond).Abs() > 40*time.Millisecond {
		t.Errorf("a part is found at %v by %.2f", at, c)
	}
}
