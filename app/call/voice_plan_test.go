package call

import (
	"testing"
	"time"

	"foyer/media/audio"
)

func TestVoicePlanFitsTheLine(t *testing.T) {
	calm := 20 * time.Second
	for _, c := range []struct {
		name    string
		line    voiceLine
		content audio.Content
		want    voicePlan
	}{
		{"wide and near", voiceLine{rate: 5e6, rtt: 10 * time.Millisecond, calm: calm, red: true}, audio.Speech, voicePlan{48_000, 10 * time.Millisecond, 2}},
		{"wide and far", voiceLine{rate: 5e6, rtt: 200 * time.Millisecond, calm: calm, red: true}, audio.Speech, voicePlan{48_000, 20 * time.Millisecond, 1}},
		{"wide and lossy", voiceLine{rate: 5e6, rtt: 10 * time.Millisecond, loss: 0.1, red: true}, audio.Speech, voicePlan{48_000, 20 * time.Millisecond, 2}},
		{"no redundancy", voiceLine{rate: 5e6, loss: 0.1}, audio.Speech, voicePlan{48_000, 20 * time.Millisecond, 0}},
		{"300 kbit/s", voiceLine{rate: 300e3, red: true}, audio.Speech, voicePlan{32_000, 20 * time.Millisecond, 1}},
		{"100 kbit/s", voiceLine{rate: 100e3, red: true}, audio.Speech, voicePlan{16_000, 20 * time.Millisecond, 0}},
		{"music", voiceLine{rate: 5e6, rtt: 10 * time.Millisecond, calm: calm}, audio.Music, voicePlan{128_000, 10 * time.Millisecond, 0}},
		{"music, narrow", voiceLine{rate: 150e3}, audio.Music, voicePlan{64_000, 20 * time.Millisecond, 0}},
	} {
		if got := (voicePlan{}).next(c.line, c.content); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	for rate := 100_000; rate < 3_000_000; rate += 10_000 {
		for _, loss := range []float64{0, 0.2} {
			p := (voicePlan{}).next(voiceLine{rate: rate, loss: loss, rtt: time.Millisecond, calm: calm, red: true}, audio.Speech)
			if p.total() > rate/2 {
				t.Fatalf("%+v takes %d of %d bit/s", p, p.total(), rate)
			}
		}
	}
}

// A line whose estimate swings around a step does not swing the plan.
func TestVoicePlanHoldsStill(t *testing.T) {
	p, changes := voicePlan{}, 0
	for i := range 200 {
		l := voiceLine{rate: 1_000_000 + 80_000*(i%2*2-1), red: true, rtt: 5 * time.Millisecond, calm: time.Minute}
		if n := p.next(l, audio.Speech); n != p {
			p, changes = n, changes+1
		}
	}
	if changes > 3 {
		t.Errorf("the plan changed %d times", changes)
	}
	if p.rate != 40_000 {
		t.Errorf("the plan is %+v", p)
	}
}
