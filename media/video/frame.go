package video

import (
	"sync"
	"sync/atomic"
	"time"
)

// Frame is one picture in I420: 8 bits a sample, chroma halved both ways,
// limited range BT.601 unless a decoder says otherwise.
//
// A Frame comes from a Pool with one reference. Whoever keeps it past the call
// that handed it over takes another with Retain; the last Release gives the
// memory back. A Frame is read-only once it has been pushed to a Sink.
type Frame struct {
	Width, Height int // pixels, even
	Y, U, V       []byte
	YStride       int // bytes
	CStride       int // bytes, of U and V alike

	// Captured is when the picture was taken (send side) or is due to be
	// shown (receive side), on the local monotonic clock.
	Captured time.Time

	refs atomic.Int32
	pool *Pool
	buf  []byte
}

// Retain takes one more reference. Safe from any goroutine that holds one.
func (f *Frame) Retain() { f.refs.Add(1) }

// At is the same picture at another time. It shares f's pixels and is good while
// the caller holds f; it is not to be retained or released.
func (f *Frame) At(captured time.Time) Frame {
	return Frame{Width: f.Width, Height: f.Height, Y: f.Y, U: f.U, V: f.V, YStride: f.YStride, CStride: f.CStride, Captured: captured}
}

// Release gives one reference back. The Frame must not be touched afterwards.
func (f *Frame) Release() {
	n := f.refs.Add(-1)
	switch {
	case n < 0:
		panic("video: Frame released more often than retained")
	case n == 0 && f.pool != nil:
		f.pool.put(f)
	}
}

// Pool hands out Frames and takes them back; steady state allocates nothing.
// The zero value is ready. Safe for use by several goroutines.
type Pool struct {
	mu   sync.Mutex
	free []*Frame
}

// poolDepth bounds what an idle pool keeps: enough for one pipeline in flight.
const poolDepth = 16

// Get returns a Frame of the size with one reference; its pixels are undefined.
// Odd sizes are rounded up to even.
func (p *Pool) Get(width, height int) *Frame {
	width, height = (width+1)&^1, (height+1)&^1
	need := width * height * 3 / 2
	p.mu.Lock()
	var f *Frame
	for i := len(p.free) - 1; i >= 0; i-- {
		if cap(p.free[i].buf) >= need {
			f = p.free[i]
			last := len(p.free) - 1
			p.free[i] = p.free[last]
			p.free[last] = nil
			p.free = p.free[:last]
			break
		}
	}
	if last := len(p.free) - 1; f == nil && last >= 0 {
		// All are too small: one makes way, or they would fill the pool for good.
		f, p.free[last] = p.free[last], nil
		p.free = p.free[:last]
		f.buf = nil
	}
	p.mu.Unlock()
	if f == nil {
		f = &Frame{pool: p}
	}
	if f.buf == nil {
		f.buf = make([]byte, need)
	}
	b := f.buf[:need]
	luma, chroma := width*height, width*height/4
	f.Width, f.Height = width, height
	f.YStride, f.CStride = width, width/2
	f.Y, f.U, f.V = b[:luma:luma], b[luma:luma+chroma:luma+chroma], b[luma+chroma:]
	f.Captured = time.Time{}
	f.refs.Store(1)
	return f
}

func (p *Pool) put(f *Frame) {
	p.mu.Lock()
	if len(p.free) < poolDepth {
		p.free = append(p.free, f)
	}
	p.mu.Unlock()
}

// Sink takes frames, one at a time. Push returns quickly and does not keep f
// unless it retains it.
type Sink interface {
	Push(f *Frame)
}

// Reader is a source of frames. Read blocks for the next one, which the caller
// releases; it returns io.EOF after Close. A source that has nothing new, as a
// still screen, may block for hours: who needs its picture again keeps the last
// frame. Close may be called from any goroutine, ends a Read in progress, and is
// idempotent.
type Reader interface {
	Read() (*Frame, error)
	Close() error
}
