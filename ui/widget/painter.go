package widget

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
)

// Tick is the shortest time between two rounds of a Painter: one display frame.
const Tick = time.Second / 60

// While several tiles move, each comes at a moment of its own, and every round
// draws the whole window: rounds then come about as often as the fastest of them,
// so that all are shown and none is waited for long.
const (
	slowestTick = 70 * time.Millisecond
	countFor    = 500 * time.Millisecond // how long pictures are counted for their rate
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
	painted chan painted
	stop    chan struct{}
	done    chan struct{}
	rounds  atomic.Uint64

	// UI goroutine only.
	marks   []*mark
	tick    time.Duration
	counted time.Time // since when the marks count
	unseen  bool      // the window is minimised or covered
	stale   bool      // a tile has another picture, and the canvas has not heard of it
	window  glWindow  // draws pictures directly; nil
	canvas  interface{ SetDirty() }
	retired []uint32 // textures of tiles that are gone
	copier  *copier  // for all blits
}

// painted is a round that is over.
type painted struct {
	at   time.Time
	tick time.Duration // to the next one
}

// glWindow is what Fyne's windows drawn with OpenGL can do.
type glWindow interface{ RunWithContext(func()) }

// target is what a painter paints.
type target interface {
	paint()       // swap the picture; UI goroutine
	seen(on bool) // the window can be seen, or no more; UI goroutine
}

// mark is a target's place in a painter.
type mark struct {
	p     *Painter
	t     target
	dirty atomic.Bool
	count atomic.Uint32 // pictures since the last look
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
		painted: make(chan painted, 1),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
		tick:    Tick,
	}
	go p.run()
	return p
}

// DrawOn says which window the tiles are in. Where OpenGL draws it, pictures go
// straight to the screen; else, and without DrawOn, they are Fyne's images. UI
// goroutine, before there are tiles.
func (p *Painter) DrawOn(w fyne.Window) {
	window, ok := w.(glWindow)
	canvas, also := w.Canvas().(interface{ SetDirty() })
	if blitting && ok && also {
		p.window, p.canvas, p.copier = window, canvas, copierOf(window)
	}
}

// SetSeen says whether anything of the window can be seen. While it cannot, all
// surfaces have size 0x0, as those of hidden tiles have. UI goroutine.
func (p *Painter) SetSeen(on bool) {
	if p.unseen == !on {
		return
	}
	p.unseen = !on
	for _, m := range p.marks {
		m.t.seen(on)
	}
}

// Seen is what SetSeen said last; true at first.
func (p *Painter) Seen() bool { return !p.unseen }

func (p *Painter) direct() bool { return p.window != nil }

// retire takes a blit's texture, to be freed at the next round, or with the painter:
// a tile may be closed while the window draws.
func (p *Painter) retire(b *blit) {
	if b.texture != 0 {
		p.retired = append(p.retired, b.texture)
		b.texture = 0
	}
}

// Close stops the painter and waits for its goroutine. Idempotent; UI goroutine.
func (p *Painter) Close() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	<-p.done
	if p.window != nil && len(p.retired) > 0 {
		p.window.RunWithContext(p.free)
	}
}

// Forget drops what is kept for the painter's window, which closes too. After Close.
func (p *Painter) Forget() {
	if p.window != nil {
		forgetCopier(p.window)
	}
}

// Rounds is how many times the painter has been to the UI goroutine.
func (p *Painter) Rounds() uint64 { return p.rounds.Load() }

func (p *Painter) run() {
	defer close(p.done)
	pause := time.NewTimer(0)
	defer pause.Stop()
	round := p.round
	var due time.Time
	for {
		select {
		case <-p.stop:
			return
		case <-p.wake:
		}
		if now := time.Now(); due.Before(now) {
			due = now
		}
		pause.Reset(time.Until(due))
		select { // the rest of the last tick
		case <-p.stop:
			return
		case <-pause.C:
		}
		p.do(round)
		select { // a busy UI is not given a queue of rounds
		case <-p.stop:
			return
		case last := <-p.painted:
			due = last.next(due)
		}
	}
}

// next is when the round after this one is due, which was due itself at a time.
// After a round that came late the next one keeps to the beat: rounds that are each a
// little late would be fewer than the pictures.
func (l painted) next(due time.Time) time.Time {
	due = due.Add(l.tick)
	if soonest := l.at.Add(Tick); due.Before(soonest) {
		return soonest
	}
	return due
}

// round runs on the UI goroutine.
func (p *Painter) round() {
	select {
	case <-p.stop:
		return
	default:
	}
	p.rounds.Add(1)
	now := time.Now()
	if p.counted.IsZero() || now.Sub(p.counted) >= countFor {
		p.tick = p.pace(now)
	}
	for _, m := range p.marks {
		if m.dirty.Swap(false) {
			m.t.paint()
		}
	}
	if p.stale {
		p.stale = false
		p.canvas.SetDirty()
	}
	if len(p.retired) > 0 {
		p.window.RunWithContext(p.free)
	}
	p.painted <- painted{now, p.tick}
}

func (p *Painter) free() {
	freeTextures(p.retired)
	p.retired = p.retired[:0]
}

// pace looks at how often pictures came since the last time, and says how long a
// tick is now.
func (p *Painter) pace(now time.Time) time.Duration {
	took := now.Sub(p.counted)
	p.counted = now
	moving, most := 0, uint32(0)
	for _, m := range p.marks {
		if n := m.count.Swap(0); n > 1 { // one alone has no rate
			moving++
			most = max(most, n)
		}
	}
	if moving < 2 || took > 4*countFor { // alone, or all was still
		return Tick
	}
	return max(Tick, min(took/time.Duration(most)*39/40, slowestTick))
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

// again says that there is more, for the next round. UI goroutine.
func (m *mark) again() {
	m.dirty.Store(true)
	select {
	case m.p.wake <- struct{}{}:
	default:
	}
}

// set says that there is something new. Any goroutine; does not block.
func (m *mark) set() {
	m.count.Add(1)
	if m.dirty.Swap(true) {
		return
	}
	select {
	case m.p.wake <- struct{}{}:
	default:
	}
}
