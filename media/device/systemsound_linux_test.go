package device

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	soundserver "foyer/internal/e2e/sound"
	"foyer/media/audio"
)

// useSound starts a sound server and leads this process to it.
func useSound(t *testing.T, kind soundserver.Kind) *soundserver.Server {
	t.Helper()
	if m := soundserver.Missing(kind); m != "" {
		t.Skipf("%s is not installed", m)
	}
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	s, err := soundserver.Start(ctx, kind, []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, v := range s.Env {
		if name, value, _ := strings.Cut(v, "="); name == "PULSE_SERVER" || name == "XDG_RUNTIME_DIR" {
			t.Setenv(name, value)
		}
	}
	return s
}

// shared keeps the newest half second of each channel of the system's sound.
type shared struct {
	mu     sync.Mutex
	blocks int
	last   [2][]float32
}

func (s *shared) take(block []float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks++
	for i := 0; i+1 < len(block); i += 2 {
		s.last[0], s.last[1] = append(s.last[0], block[i]), append(s.last[1], block[i+1])
	}
	for c := range s.last {
		s.last[c] = s.last[c][max(0, len(s.last[c])-SampleRate/2):]
	}
}

// tone is the amplitude of a frequency in a channel of the newest half second.
func (s *shared) tone(channel int, hz float64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.last[channel]) < SampleRate/2 {
		return 0
	}
	return audio.ToneLevel(s.last[channel], hz)
}

func (s *shared) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocks
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// stereoTone writes 30 s of a tone for each channel.
func stereoTone(t *testing.T, left, right float64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tones.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := audio.NewWAVWriter(f, 2)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]float32, 2*SampleRate*30)
	for i := range SampleRate * 30 {
		at := 2 * math.Pi * float64(i) / SampleRate
		samples[2*i], samples[2*i+1] = float32(0.3*math.Sin(left*at)), float32(0.3*math.Sin(right*at))
	}
	if err := w.Write(samples); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// What another program plays is recorded, each channel by itself; what we play and
// what the microphone hears is not. Programs come and go, and so does the server.
func TestSystemSound(t *testing.T) {
	for _, kind := range []soundserver.Kind{soundserver.PipeWire, soundserver.PulseAudio} {
		t.Run(string(kind), func(t *testing.T) { testSystemSound(t, useSound(t, kind)) })
	}
}

func testSystemSound(t *testing.T, server *soundserver.Server) {
	play := func(path string) (stop func()) {
		stop, err := server.Play(soundserver.Speakers, path)
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	// Ours, all the time: heard in the speakers' monitor.
	speaker, err := OpenSpeaker(Default)
	if err != nil {
		t.Fatal(err)
	}
	tone := audio.NewTone(1500, 0.3)
	var mono [BlockSamples]float32
	if err := speaker.Start(func(block []float32) {
		tone.Fill(mono[:])
		for i, x := range mono {
			block[2*i], block[2*i+1] = x, x
		}
	}); err != nil {
		t.Fatal(err)
	}
	defer speaker.Close()
	monitor, err := server.Record(soundserver.Speakers+".monitor", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Stop()
	if err := monitor.Until(0, 30*time.Second, func(w soundserver.Wave) bool { return w.Tone(1500) > 300*time.Millisecond }); err != nil {
		t.Fatalf("our own tone at the speaker: %v", err)
	}
	// The microphone hears something, which is nobody's business here.
	spoken, err := server.Play(soundserver.Feed, stereoTone(t, 2500, 2500))
	if err != nil {
		t.Fatal(err)
	}
	defer spoken()

	c, err := OpenSystemSound()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var s shared
	if err := c.Start(s.take); err != nil {
		t.Fatal(err)
	}
	// What is played to the feed is a program's too: it is heard. It ends; the
	// microphone's own sound is not in it.
	spoken()
	await(t, "blocks in silence", func() bool { return s.count() > 50 })
	await(t, "silence", func() bool { return s.tone(0, 2500) < 0.001 })
	if got := s.tone(0, 1500); got > 0.001 {
		t.Errorf("our own tone is in it by %.3f", got)
	}

	stop := play(stereoTone(t, 440, 880))
	heard := func() bool { return s.tone(0, 440) > 0.2 && s.tone(1, 880) > 0.2 }
	await(t, "the program's tones", heard)
	for _, other := range []struct {
		channel int
		hz      float64
	}{{0, 880}, {1, 440}, {0, 1500}, {1, 1500}} {
		if got := s.tone(other.channel, other.hz); got > 0.005 {
			t.Errorf("channel %d has %.3f of %g Hz", other.channel, got, other.hz)
		}
	}
	second := play(stereoTone(t, 660, 660))
	await(t, "a second program's tone beside the first one's", func() bool { return heard() && s.tone(0, 660) > 0.2 })
	stop()
	await(t, "the second one's alone", func() bool { return s.tone(0, 440) < 0.005 && s.tone(0, 660) > 0.2 })
	second()
	await(t, "silence after all have ended", func() bool { return s.tone(0, 660) < 0.001 })
	if got := max(s.tone(0, 1500), s.tone(1, 1500), s.tone(0, 2500)); got > 0.001 {
		t.Errorf("after all have ended, %.3f is left", got)
	}

	// One that is moved to another sink is heard on.
	third := play(stereoTone(t, 440, 880))
	await(t, "the third one's tones", heard)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.AddSink(ctx, "elsewhere"); err != nil {
		t.Fatal(err)
	}
	move := exec.Command("sh", "-c", `for i in $(pactl list short sink-inputs | cut -f1); do pactl move-sink-input $i elsewhere; done`)
	move.Env = server.Env
	if out, err := move.CombinedOutput(); err != nil {
		t.Fatalf("move: %v: %s", err, out)
	}
	from := s.count()
	await(t, "the moved one's tones", func() bool { return s.count() > from+100 && heard() })
	if got := s.tone(0, 1500); got > 0.005 {
		t.Errorf("our own tone, moved, is in it by %.3f", got)
	}
	third()

	// The server dies, and comes back.
	server.Stop()
	from = s.count()
	await(t, "blocks without a server", func() bool { return s.count() > from+50 })
	if err := server.Run(ctx); err != nil {
		t.Fatal(err)
	}
	defer play(stereoTone(t, 440, 880))()
	await(t, "the tones after the server came back", heard)
	if err := c.(Health).Err(); err != nil {
		t.Errorf("after it came back: %v", err)
	}
}
