//go:build unix

package e2e

import (
	"math"
	"testing"
	"time"

	"foyer/internal/e2e/sound"
)

// Ann shares a screen with sound. What another program plays reaches Bob's speaker,
// each channel by itself; Bob's own voice, which Ann's program plays, does not.
func TestSharedSound(t *testing.T) {
	for _, kind := range []sound.Kind{sound.PipeWire, sound.PulseAudio} {
		t.Run(string(kind), func(t *testing.T) { testSharedSound(t, kind) })
	}
}

func testSharedSound(t *testing.T, kind sound.Kind) {
	s := startSound(t, kind)
	voice, music, heard := t.TempDir()+"/voice.wav", t.TempDir()+"/music.wav", t.TempDir()+"/heard.wav"
	if err := sound.Sine(660, 0.3, 10*time.Second).Write(voice); err != nil {
		t.Fatal(err)
	}
	if err := sound.WriteChannels(music, sound.Sine(440, 0.3, time.Minute), sound.Sine(880, 0.3, time.Minute)); err != nil {
		t.Fatal(err)
	}
	h := serve(t)
	bob := joinWith(t, quietEnv(t), h.link(t, "guest"), "Bob", "--camera", "none", "--microphone", voice, "--speaker", heard)
	ann := joinWith(t, s.Env, h.link(t, "host"), "Ann", "--camera", "none", "--microphone", "none", "--speaker", "",
		"--screen", "test", "--screen-sound")
	speakers := s.record()
	if err := speakers.Until(0, 30*time.Second, func(w sound.Wave) bool { return w.Tone(660) >= 2*time.Second }); err != nil {
		t.Fatalf("Bob's voice at Ann's speakers: %v", err)
	}

	s.play(sound.Speakers, music)
	both := func() bool {
		w, err := sound.ReadChannels(heard)
		return err == nil && len(w) == 2 && w[0].Tone(440) >= 2*time.Second && w[1].Tone(880) >= 2*time.Second
	}
	ctx := within(t, 30*time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !both() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w, err := sound.ReadChannels(heard)
			if err != nil || len(w) != 2 {
				t.Fatalf("%d channels at Bob's speaker: %v", len(w), err)
			}
			t.Fatalf("the music at Bob's speaker: 440 Hz to the left for %v, 880 Hz to the right for %v", w[0].Tone(440), w[1].Tone(880))
		}
	}
	ann.leave()
	bob.leave()
	w, err := sound.ReadChannels(heard)
	if err != nil || len(w) != 2 {
		t.Fatalf("%d channels at Bob's speaker: %v", len(w), err)
	}
	for c, own := range []float64{440, 880} {
		for _, foreign := range []float64{660, 1320 - own} {
			if leak := w[c].Level(foreign); leak > -50 {
				t.Errorf("channel %d has %.0f Hz at %.0f dBFS beside its %.0f Hz at %.0f", c, foreign, leak, own, w[c].Level(own))
			}
		}
		if own := w[c].Level(own); math.Abs(own-20*math.Log10(0.3)) > 3 {
			t.Errorf("the music comes at %.0f dBFS of %.0f", own, 20*math.Log10(0.3))
		}
	}
}
