package video

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The tests run on synctest's clock, which moves only when all wait: pacing is
// exact there, however busy the machine is.

func TestPaceLetsThroughOncePerInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = time.Second / 30
		p := NewPace(interval)
		start := time.Now()
		for i := range 100 {
			at, ok := p.Wait()
			want := start.Add(time.Duration(i) * interval)
			if !ok || !at.Equal(want) {
				t.Fatalf("slot %d is %v, %v; want %v", i, at.Sub(start), ok, want.Sub(start))
			}
			if now := time.Now(); !now.Equal(want) {
				t.Fatalf("slot %d came at %v; want %v", i, now.Sub(start), want.Sub(start))
			}
			time.Sleep(interval / 3) // work, which must not add up
		}
	})
}

func TestPaceSkipsTheSlotsThatWereMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 100 * time.Millisecond
		p := NewPace(interval)
		start := time.Now()
		for _, c := range []struct{ work, slot, came time.Duration }{
			{0, 0, 0},
			{350 * time.Millisecond, 300 * time.Millisecond, 350 * time.Millisecond}, // slots 1 and 2 are lost, 3 is late
			{0, 400 * time.Millisecond, 400 * time.Millisecond},                      // in step again
			{150 * time.Millisecond, 500 * time.Millisecond, 550 * time.Millisecond}, // late by half a slot: none is lost
			{0, 600 * time.Millisecond, 600 * time.Millisecond},
			{time.Hour, 600*time.Millisecond + time.Hour, 600*time.Millisecond + time.Hour}, // a suspended machine
			{0, 700*time.Millisecond + time.Hour, 700*time.Millisecond + time.Hour},
		} {
			time.Sleep(c.work)
			at, ok := p.Wait()
			if slot, came := at.Sub(start), time.Since(start); !ok || slot != c.slot || came != c.came {
				t.Errorf("after %v of work: slot %v came at %v, %v; want %v at %v", c.work, slot, came, ok, c.slot, c.came)
			}
		}
	})
}

func TestStopEndsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(time.Hour)
		if _, ok := p.Wait(); !ok {
			t.Fatal("the first Wait was stopped")
		}
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, ok := p.Wait(); ok {
				t.Error("a stopped Wait let its reader through")
			}
		})
		synctest.Wait() // until the goroutine waits
		p.Stop()
		p.Stop()
		wg.Wait()
		if d := time.Since(start); d != 0 {
			t.Errorf("Stop ended Wait after %v", d)
		}
		for range 3 {
			if _, ok := p.Wait(); ok {
				t.Error("Wait lets through after Stop")
			}
		}
	})
}

func TestStopBeforeTheFirstWait(t *testing.T) {
	p := NewPace(time.Hour)
	p.Stop()
	if _, ok := p.Wait(); ok {
		t.Error("Wait lets through after Stop")
	}
}

func TestPaceOfNoIntervalDoesNotWait(t *testing.T) {
	for _, interval := range []time.Duration{0, -time.Second} {
		p := NewPace(interval)
		for range 100 {
			if _, ok := p.Wait(); !ok {
				t.Fatal("stopped by itself")
			}
		}
	}
}

func TestPaceAllocatesNothing(t *testing.T) {
	p := NewPace(10 * time.Microsecond)
	if n := testing.AllocsPerRun(100, func() { p.Wait() }); n != 0 {
		t.Errorf("%v allocations a slot", n)
	}
}
