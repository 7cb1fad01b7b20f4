package video

import (
	"image"
	"sync"
	"sync/atomic"
)

// Fit says how a picture is laid into a tile of another shape.
type Fit int

const (
	Contain Fit = iota // whole picture, transparent bars around it (screens)
	Cover              // tile filled, edges cut (cameras)
)

// Surface is where a decoder or a camera shows frames: it scales and converts
// each pushed frame once (libyuv) to the tile's pixel size, into a back buffer,
// on the pushing goroutine; the window's painter swaps buffers. Where two pictures
// come between two swaps, and none between the next two, both are shown. A Surface
// of size 0x0 is hidden and costs nothing.
//
// Push, Resize, SetMirror, SetFit, SetOrder and Clear may be called from any goroutine;
// Swap from one goroutine (the painter), which never waits for a conversion.
type Surface struct {
	dirty func()

	// write is held while a picture is being made; order: write before mu.
	write sync.Mutex
	last  *Frame // newest frame, to be laid out again when the tile changes

	mu     sync.Mutex // guards what follows, for moments only
	width  int
	height int
	mirror bool
	fit    Fit
	order  Order
	front  *picture   // the painter's
	ready  []*picture // wait for Swap, the oldest first
	idle   []*picture // to be drawn again; there are four pictures in all at most
	blank  bool       // Clear was called and the painter has not heard of it

	shown atomic.Uint64
}

// picture is one buffer and where the frame lies in it.
type picture struct {
	img  *image.RGBA
	area image.Rectangle
}

// NewSurface makes a hidden surface. dirty, if not nil, is called on the
// pushing goroutine when a new picture waits to be swapped; it must not block.
func NewSurface(dirty func()) *Surface { return &Surface{dirty: dirty} }

// Push implements Sink. It keeps f until the next Push or Clear, so that a
// still picture can be laid out again when the tile changes its size.
func (s *Surface) Push(f *Frame) {
	if !f.whole() {
		return
	}
	f.Retain()
	s.write.Lock()
	defer s.write.Unlock()
	if s.last != nil {
		s.last.Release()
	}
	s.last = f
	s.render(false)
}

// Resize sets the tile's size in device pixels; 0,0 hides the surface.
func (s *Surface) Resize(width, height int) {
	s.relayout(func() bool {
		if s.width == width && s.height == height {
			return false
		}
		s.width, s.height = max(width, 0), max(height, 0)
		return true
	})
}

// SetMirror flips left and right, as people expect of their own picture.
func (s *Surface) SetMirror(on bool) {
	s.relayout(func() bool {
		was := s.mirror
		s.mirror = on
		return was != on
	})
}

// SetFit chooses between Contain and Cover.
func (s *Surface) SetFit(f Fit) {
	s.relayout(func() bool {
		was := s.fit
		s.fit = f
		return was != f
	})
}

// SetOrder chooses the order of bytes in the pictures. Those in BGRA lie in an
// image.RGBA all the same, which then takes blue for red. At first it is RGBA.
func (s *Surface) SetOrder(o Order) {
	s.relayout(func() bool {
		was := s.order
		s.order = o
		return was != o
	})
}

// relayout changes the layout under the lock and draws the last frame anew.
func (s *Surface) relayout(change func() bool) {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.Lock()
	changed := change()
	s.mu.Unlock()
	if changed {
		s.render(true)
	}
}

// Size returns the tile's size in device pixels.
func (s *Surface) Size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.width, s.height
}

// Clear forgets the picture, so that the tile falls back to its avatar.
func (s *Surface) Clear() {
	s.write.Lock()
	defer s.write.Unlock()
	if s.last != nil {
		s.last.Release()
		s.last = nil
	}
	s.mu.Lock()
	s.skip()
	s.blank = true
	s.mu.Unlock()
	if s.dirty != nil {
		s.dirty()
	}
}

// Swap returns the next picture, at the tile's size, and whether it changed
// since the last Swap. The image stays valid until the next Swap. It is nil
// while there is no picture.
func (s *Surface) Swap() (img *image.RGBA, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) > 0 {
		if s.front != nil {
			s.idle = append(s.idle, s.front)
		}
		s.front = s.ready[0]
		last := copy(s.ready, s.ready[1:])
		s.ready[last] = nil
		s.ready = s.ready[:last]
		s.blank = false
		s.shown.Add(1)
		return s.front.img, true
	}
	if s.blank {
		s.blank = false
		had := s.front != nil
		if had {
			s.idle, s.front = append(s.idle, s.front), nil
		}
		return nil, had
	}
	if s.front == nil {
		return nil, false
	}
	return s.front.img, false
}

// Waiting says that another picture waits for Swap.
func (s *Surface) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready) > 0
}

// skip takes back what waits for Swap. It runs under s.mu.
func (s *Surface) skip() {
	s.idle = append(s.idle, s.ready...)
	clear(s.ready)
	s.ready = s.ready[:0]
}

// Shown is how many pictures Swap has handed to the painter.
func (s *Surface) Shown() uint64 { return s.shown.Load() }

// waitingMax is how many pictures wait for Swap: one more than there should be, so
// that a painter that is as fast as the pictures and comes late once loses none.
const waitingMax = 2

// render makes a picture of the last frame; anew, because the layout is another and
// what waits is outdated. It runs under s.write.
func (s *Surface) render(anew bool) {
	s.mu.Lock()
	w, h, flip, fit, order := s.width, s.height, s.mirror, s.fit, s.order
	if s.last == nil || w < 2 || h < 2 {
		s.mu.Unlock()
		return
	}
	var p *picture
	if last := len(s.idle) - 1; last >= 0 {
		p, s.idle[last] = s.idle[last], nil
		s.idle = s.idle[:last]
	}
	s.mu.Unlock()
	if p == nil || p.img.Rect.Dx() != w || p.img.Rect.Dy() != h {
		p = &picture{img: image.NewRGBA(image.Rect(0, 0, w, h))}
	}
	src, area := layout(s.last, w, h, fit)
	if area != p.area {
		clear(p.img.Pix) // bars are transparent
		p.area = area
	}
	var err error
	if src.Width == even(area.Dx()) && src.Height == even(area.Dy()) {
		err = src.to(p.img, area, order)
	} else {
		scaled := scratch.Get(area.Dx(), area.Dy())
		scaleToShow(scaled, &src)
		err = scaled.to(p.img, area, order)
		scaled.Release()
	}
	if err != nil {
		return
	}
	if flip {
		mirror(p.img, area)
	}
	s.mu.Lock()
	if anew || len(s.ready) == waitingMax { // or the painter is slower
		s.skip()
	}
	s.ready = append(s.ready, p)
	s.mu.Unlock()
	if s.dirty != nil {
		s.dirty()
	}
}

func even(n int) int { return (n + 1) &^ 1 }

// layout says which part of f fills which part of a w x h tile.
func layout(f *Frame, w, h int, fit Fit) (src Frame, area image.Rectangle) {
	// Compare f.Width/f.Height with w/h without division.
	wider := f.Width*h > w*f.Height
	if fit == Cover {
		cw, ch := f.Width, f.Height
		if wider {
			cw = max(2, f.Height*w/h&^1)
		} else {
			ch = max(2, f.Width*h/w&^1)
		}
		x, y := (f.Width-cw)/2, (f.Height-ch)/2
		return f.crop(image.Rect(x, y, x+cw, y+ch)), image.Rect(0, 0, w, h)
	}
	aw, ah := w, h
	if wider {
		ah = max(2, w*f.Height/f.Width)
	} else {
		aw = max(2, h*f.Width/f.Height)
	}
	x, y := (w-aw)/2, (h-ah)/2
	return f.crop(image.Rect(0, 0, f.Width, f.Height)), image.Rect(x, y, x+aw, y+ah)
}
