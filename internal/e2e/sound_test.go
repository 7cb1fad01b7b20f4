//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"foyer/internal/e2e/sound"
)

// soundServer is a sound server that closes with the test.
type soundServer struct {
	*sound.Server
	t *testing.T
}

func startSound(t *testing.T, kind sound.Kind) *soundServer {
	t.Helper()
	need(t, sound.Missing(kind))
	s, err := sound.Start(within(t, 30*time.Second), kind, quietEnv(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &soundServer{s, t}
}

// again starts the server after it was stopped.
func (s *soundServer) again() {
	s.t.Helper()
	if err := s.Run(within(s.t, 30*time.Second)); err != nil {
		s.t.Fatal(err)
	}
}

// feed plays a file to the microphone until the test, or the function returned, ends it.
func (s *soundServer) feed(path string) (stop func()) {
	s.t.Helper()
	return s.play(sound.Feed, path)
}

func (s *soundServer) play(sink, path string) (stop func()) {
	s.t.Helper()
	stop, err := s.Play(sink, path)
	if err != nil {
		s.t.Fatal(err)
	}
	return stop
}

// record is what comes out of the speakers.
func (s *soundServer) record() *sound.Recording {
	s.t.Helper()
	r, err := s.Record(sound.Speakers+".monitor", 1)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(r.Stop)
	return r
}

// awaitTone plays a tone to the microphone until it comes out of the speaker.
func (s *soundServer) awaitTone(r *sound.Recording, hz float64) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "tone.wav")
	if err := sound.Sine(hz, 0.3, time.Minute).Write(path); err != nil {
		s.t.Fatal(err)
	}
	defer s.feed(path)()
	if err := r.Until(r.Len(), 25*time.Second, func(w sound.Wave) bool { return w.Tone(hz) >= time.Second }); err != nil {
		s.t.Fatalf("the tone: %v", err)
	}
}

// A sentence spoken into one person's microphone comes out of the other's
// speaker; so does a tone; and a sound server that dies in the call and comes
// back takes neither of them down.
func TestSpokenSentenceIsHeard(t *testing.T) {
	needTool(t, "espeak-ng")
	s := startSound(t, sound.PipeWire)
	spoken := filepath.Join(t.TempDir(), "spoken.wav")
	const sentence = "The foyer is open. Please come in, take a seat, and tell us what you have seen on the way."
	if out, err := exec.Command("espeak-ng", "-s", "150", "-w", spoken, sentence).CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v: %s", err, out)
	}
	said, err := sound.ReadWave(spoken)
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t)
	// Ann speaks into the microphone and hears nothing, so that nothing goes round.
	ann := joinWith(t, s.Env, h.link(t, "host"), "Ann", "--camera", "none", "--microphone", "", "--speaker", "none")
	bob := joinWith(t, s.Env, h.link(t, "guest"), "Bob", "--camera", "none", "--microphone", "none", "--speaker", "")
	r := s.record()
	// A tone first: devices take a moment to run.
	s.awaitTone(r, 660)
	from := r.Len()
	length := time.Duration(len(said.Samples)) * time.Second / time.Duration(said.Rate)
	s.feed(spoken)
	best := 0.0
	err = r.Until(from, length+15*time.Second, func(w sound.Wave) bool {
		if time.Duration(len(w.Samples))*time.Second/48000 < length {
			return false
		}
		best, _ = w.Find(said)
		return best > 0.75
	})
	if err != nil {
		t.Fatalf("the sentence: %v; the likest stretch is like it by %.2f", err, best)
	}
	fmt.Printf("figure: sentence-likeness %.2f (target 0.75 or more)\n", best)

	// The sound server dies. The call goes on, and the sound comes back with it.
	r.Stop()
	s.Stop()
	mark := bob.Lines.Len()
	ann.chat("do you still hear me?")
	bob.awaitChat(ann.identity, "do you still hear me?")
	if _, _, err := bob.Lines.Wait(within(t, 10*time.Second), mark, isStats); err != nil {
		t.Fatalf("Bob falls silent with the sound server: %v", err)
	}
	s.again()
	r = s.record()
	s.awaitTone(r, 660)
	for _, p := range []*person{ann, bob} {
		for _, l := range p.Lines.Since(0) {
			if l.Type == "left" {
				t.Errorf("%s left the meeting when the sound server died", p.name)
			}
		}
		p.leave()
	}
}

// A headset is unplugged in the call: the sound goes on with the other devices, both
// ways, and comes back with it.
func TestAHeadsetGoesAndComesBack(t *testing.T) {
	for _, kind := range []sound.Kind{sound.PipeWire, sound.PulseAudio} {
		t.Run(string(kind), func(t *testing.T) { testHeadset(t, kind) })
	}
}

func testHeadset(t *testing.T, kind sound.Kind) {
	s := startSound(t, kind)
	const earpiece, boom, mouth = "headset", "headset-microphone", "headset-feed"
	ctx := within(t, 2*time.Minute)
	do := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	do(s.AddSink(ctx, mouth))
	plug := func() {
		t.Helper()
		do(s.AddSink(ctx, earpiece), s.AddSource(ctx, boom, mouth), s.SetDefaults(ctx, earpiece, boom))
	}
	plug()
	h := serve(t)
	joinWith(t, s.Env, h.link(t, "host"), "Ann", "--camera", "none", "--microphone", "", "--speaker", "none")
	joinWith(t, s.Env, h.link(t, "guest"), "Bob", "--camera", "none", "--microphone", "none", "--speaker", "")
	tone := filepath.Join(t.TempDir(), "tone.wav")
	if err := sound.Sine(660, 0.3, time.Minute).Write(tone); err != nil {
		t.Fatal(err)
	}
	heard := func(what, feed, sink string) {
		t.Helper()
		r, err := s.Record(sink+".monitor", 1)
		do(err)
		defer r.Stop()
		defer s.play(feed, tone)()
		began := time.Now()
		if err := r.Until(0, 30*time.Second, func(w sound.Wave) bool { return w.Tone(660) >= 300*time.Millisecond }); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		fmt.Printf("figure: %s, %s: heard after %d ms, 300 of them of the tone itself\n", kind, what, time.Since(began).Milliseconds())
	}
	heard("with the headset", mouth, earpiece)
	do(s.Remove(ctx, boom), s.Remove(ctx, earpiece), s.SetDefaults(ctx, sound.Speakers, sound.Microphone))
	heard("the headset unplugged", sound.Feed, sound.Speakers)
	plug()
	heard("the headset plugged in again", mouth, earpiece)
}
