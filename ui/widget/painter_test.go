package widget

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type counted struct {
	painted int
	live    bool
}

func (c *counted) paint()       { c.painted++ }
func (c *counted) moving() bool { return c.live }

func TestPainterPaintsWhatIsDirtyAndNothingElse(t *testing.T) {
	q := newQueue()
	p := NewPainter(q.do)
	defer p.Close()
	var a, b counted
	ma, mb := p.add(&a), p.add(&b)
	ma.set()
	ma.set()
	q.until(t, func() bool { return a.painted > 0 })
	if a.painted != 1 || b.painted != 0 {
		t.Errorf("painted %d and %d times", a.painted, b.painted)
	}
	mb.set()
	q.until(t, func() bool { return b.painted > 0 })
	p.remove(ma)
	ma.set()
	mb.set()
	q.until(t, func() bool { return b.painted > 1 })
	if a.painted != 1 {
		t.Errorf("a removed tile was painted")
	}
}

// Many decoders mark at once; the UI goroutine is visited once a tick at most.
func TestPainterVisitsOnceATick(t *testing.T) {
	for _, tiles := range []int{1, 9} {
		q := newQueue()
		p := NewPainter(q.do)
		var targets []*counted
		var marks []*mark
		for range tiles {
			c := &counted{live: true}
			targets, marks = append(targets, c), append(marks, p.add(c))
		}
		stop := make(chan struct{})
		var work sync.WaitGroup
		var set atomic.Int64
		for _, m := range marks {
			work.Add(1)
			go func() {
				defer work.Done()
				for {
					select {
					case <-stop:
						return
					default:
						m.set()
						set.Add(1)
						time.Sleep(time.Millisecond)
					}
				}
			}()
		}
		began := time.Now()
		q.until(t, func() bool { return p.Rounds() >= 10 })
		took := time.Since(began)
		close(stop)
		work.Wait()
		tick := Tick
		if tiles >= many {
			tick = manyTick
		}
		if took < 9*tick-5*time.Millisecond {
			t.Errorf("%d tiles: 10 rounds in %v, want no more than one in %v", tiles, took, tick)
		}
		for _, c := range targets {
			if c.painted < 5 {
				t.Errorf("%d tiles: one was painted %d times in 10 rounds", tiles, c.painted)
			}
		}
		p.Close()
	}
}

func TestIdlePainterRests(t *testing.T) {
	visits := make(chan func(), 1)
	p := NewPainter(func(f func()) { visits <- f })
	p.add(&counted{live: true})
	select {
	case <-visits:
		t.Error("the painter came with nothing to paint")
	case <-time.After(5 * Tick):
	}
	p.Close()
}

// A UI goroutine that is busy is asked once, and Close does not wait for it.
func TestBusyUIIsAskedOnce(t *testing.T) {
	var asked atomic.Int64
	first := make(chan struct{}, 1)
	p := NewPainter(func(func()) {
		asked.Add(1)
		first <- struct{}{}
	})
	m := p.add(&counted{})
	m.set()
	<-first
	for range 100 {
		m.dirty.Store(false)
		m.set()
	}
	p.Close()
	p.Close()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestMarkingAllocatesNothing(t *testing.T) {
	q := newQueue()
	p := NewPainter(q.do)
	defer p.Close()
	c := &counted{}
	m := p.add(c)
	if n := testing.AllocsPerRun(1000, func() { m.set(); m.dirty.Store(false) }); n != 0 {
		t.Errorf("a mark allocates %v times", n)
	}
}
