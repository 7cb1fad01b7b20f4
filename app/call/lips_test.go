package call_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// clapper is a microphone that is loud in the first 100 ms of each half second of
// the wall clock.
type clapper struct {
	device.Capture
	tone *audio.Tone
}

func (c *clapper) Start(f func([]float32)) error {
	return c.Capture.Start(func(b []float32) {
		c.tone.Fill(b)
		if time.Now().UnixMilli()%500 >= 100 {
			clear(b)
		}
		f(b)
	})
}

// claps listens for the beginning of each clap, and tells how late it is.
type claps struct {
	device.Playback
	late chan time.Duration
}

func (c *claps) Start(f func([]float32)) error {
	quiet := 0
	return c.Playback.Start(func(b []float32) {
		f(b)
		if audio.Perceived(b) < 0.4 {
			quiet++
			return
		}
		if quiet > 15 {
			select {
			case c.late <- time.Duration(time.Now().UnixMilli()%500) * time.Millisecond:
			default:
			}
		}
		quiet = 0
	})
}

// lateness tells how late each card is shown.
type lateness struct{ late chan time.Duration }

func (l *lateness) Push(f *video.Frame) {
	if _, at, ok := video.ReadCard(f); ok {
		select {
		case l.late <- time.Since(at):
		default:
		}
	}
}

// A picture and its sound come together to within 40 ms, though sound is held back
// by its jitter buffer. (What the two devices add is not in it.)
func TestPicturesWaitForTheirSound(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Camera, c.CameraOn, c.MicrophoneOn = device.Test, true, true
	c.OpenMicrophone = func(string) (device.Capture, error) {
		p, err := device.OpenMicrophone(device.Test)
		return &clapper{p, audio.NewTone(700, 0.4)}, err
	}
	ann := m.join(c)
	c = m.config("guest", "Bob")
	ears := &claps{late: make(chan time.Duration, 1000)}
	c.OpenSpeaker = func(string) (device.Playback, error) {
		p, err := device.OpenSpeaker(device.None)
		ears.Playback = p
		return ears, err
	}
	bob := m.join(c)
	eyes := &lateness{make(chan time.Duration, 10_000)}
	bob.Watch(ann.Snapshot().Me.Identity, call.Camera, eyes, 640, 360)

	// Sender reports come about once a second; the clocks are known after a few.
	drain := func(from chan time.Duration) (list []time.Duration) {
		for len(from) > 0 {
			list = append(list, <-from)
		}
		slices.Sort(list)
		return list
	}
	var differ time.Duration
	late := time.Now().Add(25 * time.Second)
	for good := 0; good < 2; {
		if time.Now().After(late) {
			t.Fatalf("pictures and sound stay %v apart", differ)
		}
		for range 6 { // three seconds
			<-ears.late
		}
		heard, seen := drain(ears.late), drain(eyes.late)
		for len(heard) < 6 {
			heard = append(heard, <-ears.late)
			slices.Sort(heard)
		}
		seen = append(seen, drain(eyes.late)...)
		slices.Sort(seen)
		if len(seen) < 30 {
			good = 0
			continue
		}
		differ = heard[len(heard)/2] - seen[len(seen)/2]
		if differ > -40*time.Millisecond && differ < 40*time.Millisecond {
			good++
		} else {
			good = 0
		}
	}
	fmt.Printf("figure: lip-sync-ms %d\n", differ.Milliseconds())
}
