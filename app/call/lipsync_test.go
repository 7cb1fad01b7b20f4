package call

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestClockFollowsReports(t *testing.T) {
	var c clock
	if _, ok := c.wall(1); ok {
		t.Error("a clock that nobody has set")
	}
	c.set(&rtcp.SenderReport{NTPTime: 100<<32 | 1<<31, RTPTime: 1<<32 - 9000}, 90_000)
	for ts, want := range map[uint32]time.Duration{1<<32 - 9000: 100*time.Second + 500*time.Millisecond, 0: 100*time.Second + 600*time.Millisecond, 1<<32 - 18_000: 100*time.Second + 400*time.Millisecond} {
		if got, ok := c.wall(ts); !ok || got != want {
			t.Errorf("%d is at %v, want %v", ts, got, want)
		}
	}
}

func TestFreezesAreCounted(t *testing.T) {
	var s smoothness
	now := time.Unix(0, 0)
	step := func(d time.Duration) { now = now.Add(d); s.add(now, 5*time.Millisecond) }
	for range 60 {
		step(33 * time.Millisecond)
	}
	step(66 * time.Millisecond) // one left out
	if n, _ := s.frozenFor(); n != 0 {
		t.Errorf("%d freezes at 30 a second", n)
	}
	step(400 * time.Millisecond)
	if n, d := s.frozenFor(); n != 1 || d != 400*time.Millisecond {
		t.Errorf("%d freezes of %v", n, d)
	}
	step(time.Minute)
	s.pause()
	now = now.Add(time.Second)
	step(0)
	if n, _ := s.frozenFor(); n != 1 {
		t.Errorf("%d freezes: pauses count", n)
	}
	if _, l := s.last(); l != 5*time.Millisecond {
		t.Errorf("latency %v", l)
	}
}

func TestJitter(t *testing.T) {
	var j jitter
	now := time.Unix(0, 0)
	ts := uint32(1<<32 - 9000)
	for i := range 300 {
		j.add(now.Add(time.Duration(i%2)*10*time.Millisecond), ts)
		j.add(now.Add(20*time.Millisecond), ts) // more of the same picture
		now = now.Add(time.Second / 30)
		ts += 3000
	}
	if got := j.get(); got < 9*time.Millisecond || got > 11*time.Millisecond {
		t.Errorf("jitter %v, want 10 ms", got)
	}
}
