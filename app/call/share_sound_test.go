package call_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// programs is a system's sound: a tone to the left and one to the right, or nothing.
type programs struct {
	left, right float64 // Hz
	done        chan struct{}
	once        sync.Once
	ended       sync.WaitGroup
}

func (p *programs) Start(f func(block []float32)) error {
	p.ended.Add(1)
	go func() {
		defer p.ended.Done()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		block := make([]float32, 2*device.BlockSamples)
		for n := 0; ; {
			select {
			case <-p.done:
				return
			case <-tick.C:
			}
			for i := 0; i < len(block); i += 2 {
				at := 2 * math.Pi * float64(n) / device.SampleRate
				block[i], block[i+1] = float32(0.3*math.Sin(p.left*at)), float32(0.3*math.Sin(p.right*at))
				n++
			}
			f(block)
		}
	}()
	return nil
}

func (p *programs) Close() error {
	p.once.Do(func() { close(p.done) })
	p.ended.Wait()
	return nil
}

// stereoEar keeps the newest half second of what is played.
type stereoEar struct {
	device.Playback
	mu   sync.Mutex
	last [2][]float32
}

func (e *stereoEar) Start(f func(block []float32)) error {
	return e.Playback.Start(func(block []float32) {
		f(block)
		e.mu.Lock()
		defer e.mu.Unlock()
		for i := 0; i+1 < len(block); i += 2 {
			e.last[0], e.last[1] = append(e.last[0], block[i]), append(e.last[1], block[i+1])
		}
		for c := range e.last {
			e.last[c] = e.last[c][max(0, len(e.last[c])-device.SampleRate/2):]
		}
	})
}

func (e *stereoEar) tone(channel int, hz float64) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.last[channel]) < device.SampleRate/2 {
		return 0
	}
	return audio.ToneLevel(e.last[channel], hz)
}

// A screen with sound is heard in both channels, each by itself, and ends with it.
func TestScreenWithSound(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.OpenSystemSound = func() (device.Capture, error) {
		return &programs{left: 440, right: 880, done: make(chan struct{})}, nil
	}
	ann := m.join(c)
	silent, err := device.OpenSpeaker(device.None)
	if err != nil {
		t.Fatal(err)
	}
	ear := &stereoEar{Playback: silent}
	d := m.config("guest", "Bob")
	d.OpenSpeaker = func(string) (device.Playback, error) { return ear, nil }
	bob := m.join(d)
	share := func() {
		t.Helper()
		if err := ann.ShareScreen(context.Background(), device.Test, call.ShareOptions{Sound: true}); err != nil {
			t.Fatal(err)
		}
		await(t, ann, "sharing with sound", func(s call.Snapshot) bool { return s.Local.Sharing && s.Local.SharingSound })
		await(t, bob, "the screen and its sound", func(s call.Snapshot) bool {
			p, ok := other(s, "Ann")
			return ok && p.Has(call.Screen) && p.Has(call.ScreenAudio)
		})
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(30 * time.Second); ear.tone(0, 440) < 0.2 || ear.tone(1, 880) < 0.2; <-tick.C {
			if time.Now().After(end) {
				t.Fatalf("440 Hz to the left by %.3f, 880 Hz to the right by %.3f", ear.tone(0, 440), ear.tone(1, 880))
			}
		}
		if l, r := ear.tone(0, 880), ear.tone(1, 440); l > 0.02 || r > 0.02 {
			t.Errorf("the channels run over: %.3f and %.3f", l, r)
		}
	}
	share()
	for _, s := range ann.Stats().Tracks {
		if s.Sent && s.Source == call.ScreenAudio && s.Packets == 0 {
			t.Error("the statistics have no packets of the shared sound")
		}
	}
	ann.StopShare()
	await(t, bob, "both to go", func(s call.Snapshot) bool {
		p, ok := other(s, "Ann")
		return ok && !p.Has(call.Screen) && !p.Has(call.ScreenAudio)
	})
	await(t, ann, "the end", func(s call.Snapshot) bool { return !s.Local.SharingSound })
	share() // again
}

// Our own screen is seen here a few times a second, as it is sent.
func TestOurOwnScreenIsSeenSlowly(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.OpenScreen = func(string, device.ScreenOptions) (video.Reader, error) { return video.NewCardReader(320, 180, 30) }
	ann := m.join(c)
	seen := newCards()
	ann.Watch(ann.Snapshot().Me.Identity, call.Screen, seen, 320, 180)
	if err := ann.ShareScreen(context.Background(), "screen", call.ShareOptions{Window: "Mail"}); err != nil {
		t.Fatal(err)
	}
	await(t, ann, "its title", func(s call.Snapshot) bool { return s.Local.Sharing && s.Local.SharedWindow == "Mail" })
	first := seen.next(t, 1)
	last := seen.next(t, 5)
	if n := last.n - first.n; n < 25 {
		t.Errorf("five pictures of ours are %d of the screen's 30 a second, want 30", n)
	}
	ann.StopShare()
	await(t, ann, "the end", func(s call.Snapshot) bool { return !s.Local.Sharing && s.Local.SharedWindow == "" })
}

// Where the system's sound is out of reach the screen goes alone, and that is said.
func TestScreenWithoutTheSound(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.OpenSystemSound = func() (device.Capture, error) { return nil, device.ErrUnsupported }
	ann := m.join(c)
	if err := ann.ShareScreen(context.Background(), device.Test, call.ShareOptions{Sound: true}); err != nil {
		t.Fatal(err)
	}
	await(t, ann, "the screen alone", func(s call.Snapshot) bool {
		return s.Local.Sharing && !s.Local.SharingSound && errors.Is(s.Local.ShareSoundError, device.ErrUnsupported)
	})
}

// A voice and the sound of a screen go side by side, whichever the server has heard
// of first: it takes one codec of each, and they are not the same.
func TestScreenSoundBesideAVoice(t *testing.T) {
	for _, first := range []call.Source{call.Microphone, call.ScreenAudio} {
		t.Run(string(first)+" first", func(t *testing.T) {
			m := newMeeting(t)
			c := m.config("host", "Ann")
			c.OpenSystemSound = func() (device.Capture, error) {
				return &programs{left: 440, right: 880, done: make(chan struct{})}, nil
			}
			c.Microphone, c.OpenMicrophone = device.Default, microphoneOf(1)
			if first == call.ScreenAudio {
				c.Microphone = device.None
			}
			ann := m.join(c)
			silent, err := device.OpenSpeaker(device.None)
			if err != nil {
				t.Fatal(err)
			}
			ear := &stereoEar{Playback: silent}
			d := m.config("guest", "Bob")
			d.OpenSpeaker = func(string) (device.Playback, error) { return ear, nil }
			bob := m.join(d)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			until := func(what string, ok func() bool) {
				t.Helper()
				for end := time.Now().Add(30 * time.Second); !ok(); <-tick.C {
					if time.Now().After(end) {
						t.Fatalf("waited too long for %s; Bob has %+v", what, bob.Stats().Tracks)
					}
				}
			}
			voice := func() {
				t.Helper()
				ann.UseMicrophone(device.Default)
				ann.SetMicrophone(true)
				until("the voice", func() bool { s, ok := soundOf(bob, false); return ok && s.Packets > 300 && s.Level > 0.1 })
			}
			if first == call.Microphone {
				voice()
			}
			if err := ann.ShareScreen(context.Background(), device.Test, call.ShareOptions{Sound: true}); err != nil {
				t.Fatal(err)
			}
			until("the sound of the screen, in stereo", func() bool {
				l, r := ear.tone(0, 440), ear.tone(1, 880)
				return l > 0.05 && r > 0.05 && ear.tone(0, 880) < l/10 && ear.tone(1, 440) < r/10
			})
			voice()
		})
	}
}
