package call

import (
	"sync"
	"time"

	"foyer/media/audio"
)

// smoothness follows how a track's pictures come to be shown. Safe for use by
// several goroutines.
type smoothness struct {
	mu       sync.Mutex
	shown    time.Time
	interval time.Duration // smoothed
	latency  time.Duration // from the last packet to showing, smoothed
	freezes  uint64
	frozen   time.Duration
}

// pausedAfter is a gap that is a pause, not a freeze: muted, or nobody looked.
const pausedAfter = 10 * time.Second

// add takes one shown picture. A freeze is a gap of three times the usual one, or
// 150 ms more than it, whichever is longer (webrtc-stats, freezeCount).
func (s *smoothness) add(now time.Time, latency time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown.IsZero() {
		s.latency = latency
	} else if gap := now.Sub(s.shown); gap < pausedAfter {
		if s.interval > 0 && gap > max(3*s.interval, s.interval+150*time.Millisecond) {
			s.freezes++
			s.frozen += gap
		}
		if s.interval == 0 {
			s.interval = gap
		}
		s.interval += (gap - s.interval) / 16
	}
	s.latency += (latency - s.latency) / 16
	s.shown = now
}

// pause says that the next gap is meant.
func (s *smoothness) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = time.Time{}
}

// last is when a picture was last shown, and how far behind its packets.
func (s *smoothness) last() (time.Time, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown, s.latency
}

func (s *smoothness) frozenFor() (times uint64, in time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.freezes, s.frozen
}

// jitter is the interarrival jitter of a stream (RFC 3550, 6.4.1). One writer;
// safe to read from any goroutine.
type jitter struct {
	mu      sync.Mutex
	rate    uint32
	begun   bool
	arrived time.Time
	ts      uint32
	value   time.Duration
}

func (j *jitter) add(arrived time.Time, timestamp uint32) {
	j.mu.Lock()
	defer j.mu.Unlock()
	rate := j.rate
	if rate == 0 {
		rate = videoClock
	}
	if j.begun && timestamp == j.ts {
		return // the same picture
	}
	if j.begun {
		d := arrived.Sub(j.arrived) - time.Duration(int32(timestamp-j.ts))*time.Second/time.Duration(rate)
		if d = max(d, -d); d < time.Second { // else it paused
			j.value += (d - j.value) / 16
		}
	}
	j.begun, j.arrived, j.ts = true, arrived, timestamp
}

func (j *jitter) get() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.value
}

func newVoiceJitter() *jitter { return &jitter{rate: audio.SampleRate} }
