package widget

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
)

// Tick is the shortest time between two rounds of a Painter: one display frame.
const Tick = time.Second / 60

// manyTick is it while many pictures move. Each comes at a moment of its own, 30
// times a second at most, and every round draws the whole window: a tick a little
// shorter than a picture's time shows them all and draws half as often.
const (
	manyTick = 30 * time.Millisecond
	many     = 3
)

// Painter brings new pictures to one window. Decoders mark tiles dirty from any
// goroutine; at most once a Tick, and only when something is dirty, the painter
// goes to the UI goroutine once and lets the dirty tiles swap their pictures. An
// idle painter costs nothing.
//
// Close stops it. Tiles are added and removed on the UI goroutine.
type Painter struct {
	do      func(func())
	wake    chan struct{}
	painted chan time.Duration // how long to pause
	stop    chan struct{}
	done    chan struct{}
	marks   []*mark // UI goroutine only
	rounds  atomic.Uint64
}

// target is what a painter paints.
type target interface {
	paint()       // swap the picture; UI goroutine
	moving() bool // pictures are expected; UI goroutine
}

// mark is a target's place in a painter.
type mark struct {
	p     *Painter
	t     target
	dirty atomic.Bool
}

// NewPainter starts a painter. do runs a function on the UI goroutine, soon,
// without waiting for it; nil means fyne.Do.
func NewPainter(do func(func())) *Painter {
	if do == nil {
		do = fyne.Do
	}
	p := &Painter{
		do:      do,
		wake:    make(chan struct{}, 1),
		painted: make(chan time.Duration, 1),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	go p.run()
	return p
}

// Close stops the painter and waits for its goroutine. Idempotent; UI goroutine.
func (p *Painter) Close() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	<-p.done
}

// Rounds is how many times the painter has been to the UI goroutine.
func (p *Painter) Rounds() uint64 { return p.rounds.Load() }

func (p *Painter) run() {
	defer close(p.done)
	pause := time.NewTimer(0)
	defer pause.Stop()
	round := p.round
	for {
		select {
		case <-p.stop:
			return
		case <-p.wake:
		}
		select { // the rest of the last tick
		case <-p.stop:
			return
		case <-pause.C:
		}
		p.do(round)
		select { // a busy UI is not given a queue of rounds
		case <-p.stop:
			return
		case tick := <-p.painted:
			pause.Reset(tick)
		}
	}
}

// round runs on the UI goroutine.
func (p *Painter) round() {
	select {
	case <-p.stop:
		return
	default:
	}
	p.rounds.Add(1)
	moving := 0
	for _, m := range p.marks {
		if m.t.moving() {
			moving++
		}
		if m.dirty.Swap(false) {
			m.t.paint()
		}
	}
	tick := Tick
	if moving >= many {
		tick = manyTick
	}
	p.painted <- tick
}

func (p *Painter) add(t target) *mark {
	m := &mark{p: p, t: t}
	p.marks = append(p.marks, m)
	return m
}

func (p *Painter) remove(m *mark) {
	for i, x := range p.marks {
		if x == m {
			p.marks = append(p.marks[:i], p.marks[i+1:]...)
			return
		}
	}
}

// set says that there is something new. Any goroutine; does not block.
func (m *mark) set() {
	if m.dirty.Swap(true) {
		return
	}
	select {
	case m.p.wake <- struct{}{}:
	default:
	}
}
