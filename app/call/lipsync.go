package call

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// clock maps a stream's RTP timestamps to its sender's wall clock, by its sender
// reports (RFC 3550, 6.4.1). Safe for use by several goroutines.
type clock struct {
	mu   sync.Mutex
	ok   bool
	ntp  time.Duration // since 1900
	rtp  uint32
	rate time.Duration // Hz
}

func (c *clock) set(r *rtcp.SenderReport, rate int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ok, c.rtp, c.rate = true, r.RTPTime, time.Duration(rate)
	c.ntp = time.Duration(r.NTPTime>>32)*time.Second + time.Duration(r.NTPTime&0xffffffff)*time.Second>>32
}

// wall is the sender's time of a timestamp; ok is false until it has told.
func (c *clock) wall(timestamp uint32) (t time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ok {
		return 0, false
	}
	return c.ntp + time.Duration(int32(timestamp-c.rtp))*time.Second/c.rate, true
}

const (
	// holdMax bounds how long a picture waits for its sound.
	holdMax = 300 * time.Millisecond
	// speakerDelay is what a sound takes from the mixer to the ear, about, less what a
	// picture takes from a surface to the eye.
	speakerDelay = 10 * time.Millisecond
)

// lipSync says how long a picture has to wait for the sound that goes with it: a
// voice is held back by its jitter buffer, and pictures are not. Sound never waits
// for pictures. 0 where the person is not heard, or their clock is not known.
func (k *Call) lipSync(v *remoteVideo, timestamp uint32) time.Duration {
	seen, ok := v.clock.wall(timestamp)
	if !ok {
		return 0
	}
	with := Microphone
	if v.source == Screen {
		with = ScreenAudio
	}
	var voice *remoteVoice
	k.mu.Lock()
	for _, o := range k.voices {
		if o.identity == v.identity && o.source == with {
			voice = o
		}
	}
	k.mu.Unlock()
	if voice == nil {
		return 0
	}
	played, at, ok := voice.voice.Playing()
	if !ok {
		return 0
	}
	heard, ok := voice.clock.wall(played)
	if !ok {
		return 0
	}
	ahead := seen - heard - time.Since(at) + speakerDelay
	if ahead <= 0 || ahead > 2*time.Second { // clocks that have nothing to do with each other
		return 0
	}
	return min(ahead, holdMax)
}
