package video

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// counter is a sink that counts.
type counter struct{ n atomic.Int64 }

func (c *counter) Push(*Frame) { c.n.Add(1) }

// gate is a sink whose Push waits to be let go.
type gate struct {
	entered, leave chan struct{}
	inside         atomic.Bool
}

func (g *gate) Push(*Frame) {
	g.inside.Store(true)
	g.entered <- struct{}{}
	<-g.leave
	g.inside.Store(false)
}

func TestTeePushesToWhatIsAttached(t *testing.T) {
	var tee Tee
	f := testFrame(2, 2, 0, 0)
	tee.Push(f) // to nobody
	var a, b counter
	tee.Remove(&a) // was never there
	tee.Add(&a)
	tee.Add(&a)
	tee.Add(&b)
	if tee.Len() != 2 {
		t.Errorf("%d sinks; want 2", tee.Len())
	}
	tee.Push(f)
	tee.Remove(&a)
	tee.Push(f)
	tee.Remove(&b)
	tee.Push(f)
	if a.n.Load() != 1 || b.n.Load() != 2 || tee.Len() != 0 {
		t.Errorf("the sinks got %d and %d frames, %d are left; want 1, 2 and 0", a.n.Load(), b.n.Load(), tee.Len())
	}
	if n := f.refs.Load(); n != 1 {
		t.Errorf("the frame has %d references after all; want 1", n)
	}
}

func TestTeeAllocatesNothing(t *testing.T) {
	var tee Tee
	var a, b counter
	tee.Add(&a)
	tee.Add(&b)
	f := testFrame(2, 2, 0, 0)
	if n := testing.AllocsPerRun(100, func() { tee.Push(f) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestRemoveWaitsForARunningPush(t *testing.T) {
	var tee Tee
	g := &gate{entered: make(chan struct{}), leave: make(chan struct{})}
	tee.Add(g)
	var wg sync.WaitGroup
	wg.Go(func() { tee.Push(testFrame(2, 2, 0, 0)) })
	<-g.entered
	removed := make(chan struct{})
	wg.Go(func() {
		defer close(removed)
		tee.Remove(g)
		if g.inside.Load() {
			t.Error("Remove returned while the sink was in Push")
		}
	})
	// A reader is refused from the moment that Remove waits for the lock.
	for tee.mu.TryRLock() {
		tee.mu.RUnlock()
		runtime.Gosched()
	}
	select {
	case <-removed:
		t.Error("Remove did not wait for Push")
	default:
	}
	close(g.leave)
	<-removed
	tee.Push(testFrame(2, 2, 0, 0)) // would block in the gate
	wg.Wait()
}

func TestTeeChangesWhileFramesFlow(t *testing.T) {
	var tee Tee
	var always counter
	tee.Add(&always)
	const frames = 500
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			f := testFrame(2, 2, 0, 0)
			for range frames {
				tee.Push(f)
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range frames {
				var c counter
				tee.Add(&c)
				tee.Remove(&c)
				n := c.n.Load()
				if tee.Len() < 1 {
					t.Error("the sink that stays is gone")
				}
				if m := c.n.Load(); m != n {
					t.Errorf("a sink got %d frames after Remove", m-n)
				}
			}
		})
	}
	wg.Wait()
	if n := always.n.Load(); n != 2*frames {
		t.Errorf("the sink that stays got %d frames; want %d", n, 2*frames)
	}
	if tee.Len() != 1 {
		t.Errorf("%d sinks are left; want 1", tee.Len())
	}
}
