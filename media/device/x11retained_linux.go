package device

import (
	"image"

	"foyer/media/video"
)

const (
	// pictureAges is how many frames back a used frame may be, to be brought up
	// to date part by part.
	pictureAges = 8
	// mostly is the part of a picture, in percent, from which on all of it is
	// dealt with at once.
	mostly = 75
)

// retained makes the frames of a screen out of the parts that changed. Frames
// that come back from their readers still hold an older picture, so that only
// what changed since has to be copied.
type retained struct {
	pool    video.Pool // ours alone: what comes out is what next once made
	last    *video.Frame
	number  int                            // of last
	changed [pictureAges][]image.Rectangle // by number: where a frame differs from the one before
	made    [2 * pictureAges]struct {
		buf    *byte // of the luma
		number int   // of the frame that it holds
	}
	under under
}

// next starts a frame that shows what last does, without the cursor. With fresh,
// its pixels are undefined instead, and all of them must be set. The caller sets
// what else changed, and calls finish.
func (p *retained) next(w, h int, fresh bool) *video.Frame {
	if p.last != nil && (p.last.Width != w || p.last.Height != h) {
		p.reset()
	}
	f := p.pool.Get(w, h)
	held := p.take(f)
	if fresh || p.last == nil {
		return f
	}
	if !p.catchUp(f, held) {
		_ = video.Copy(f, p.last) // the sizes are the same
	}
	p.under.restore(f)
	return f
}

// take says which frame f still holds, 0 for none. Until finish it holds none.
func (p *retained) take(f *video.Frame) (number int) {
	for i := range p.made {
		if m := &p.made[i]; m.buf == &f.Y[0] {
			number = m.number
			m.buf, m.number = nil, 0
			return number
		}
	}
	return 0
}

// catchUp makes f, which holds the frame with a number, equal to last, and says
// whether that was cheaper than a copy.
func (p *retained) catchUp(f *video.Frame, held int) bool {
	if held == 0 || p.number-held >= pictureAges {
		return false
	}
	todo := 0
	for n := held + 1; n <= p.number; n++ {
		todo += totalArea(p.changed[n%pictureAges])
	}
	if todo > f.Width*f.Height*mostly/100 {
		return false
	}
	for n := held + 1; n <= p.number; n++ {
		for _, r := range p.changed[n%pictureAges] {
			copyPart(f, p.last, r)
		}
	}
	return true
}

// finish draws the cursor, nil for none, over a frame that differs from last in
// parts, and makes it the last one. The frame then has a reference for the
// caller and one for the picture.
func (p *retained) finish(f *video.Frame, parts []image.Rectangle, c *cursor) {
	whole := image.Rect(0, 0, f.Width, f.Height)
	p.number++
	list := append(p.changed[p.number%pictureAges][:0], parts...)
	list = addPart(list, p.under.at) // where the cursor was
	p.under.at = image.Rectangle{}
	if c != nil {
		p.under.save(f, aligned(c.at, whole))
		c.draw(f)
	}
	p.changed[p.number%pictureAges] = addPart(list, p.under.at)
	oldest := 0
	for i, m := range p.made {
		if m.number < p.made[oldest].number {
			oldest = i
		}
	}
	p.made[oldest].buf, p.made[oldest].number = &f.Y[0], p.number
	if p.last != nil {
		p.last.Release()
	}
	f.Retain()
	p.last = f
}

// reset forgets all frames.
func (p *retained) reset() {
	if p.last != nil {
		p.last.Release()
		p.last = nil
	}
	p.under.at = image.Rectangle{}
	clear(p.made[:])
}

// under is what the cursor hides.
type under struct {
	at      image.Rectangle // even edges
	y, u, v []byte          // rows without padding
}

func (s *under) save(f *video.Frame, r image.Rectangle) {
	s.at = r
	s.y, s.u, s.v = s.y[:0], s.u[:0], s.v[:0]
	for y := r.Min.Y; y < r.Max.Y; y++ {
		s.y = append(s.y, f.Y[y*f.YStride+r.Min.X:y*f.YStride+r.Max.X]...)
	}
	for y := r.Min.Y / 2; y < r.Max.Y/2; y++ {
		s.u = append(s.u, f.U[y*f.CStride+r.Min.X/2:y*f.CStride+r.Max.X/2]...)
		s.v = append(s.v, f.V[y*f.CStride+r.Min.X/2:y*f.CStride+r.Max.X/2]...)
	}
}

func (s *under) restore(f *video.Frame) {
	r := s.at
	w := r.Dx()
	for i := range r.Dy() {
		copy(f.Y[(r.Min.Y+i)*f.YStride+r.Min.X:], s.y[i*w:(i+1)*w])
	}
	w /= 2
	for i := range r.Dy() / 2 {
		at := (r.Min.Y/2+i)*f.CStride + r.Min.X/2
		copy(f.U[at:], s.u[i*w:(i+1)*w])
		copy(f.V[at:], s.v[i*w:(i+1)*w])
	}
}

// part is a view of r, which has even edges and lies in f.
func part(f *video.Frame, r image.Rectangle) video.Frame {
	c := r.Min.Y/2*f.CStride + r.Min.X/2
	return video.Frame{
		Width: r.Dx(), Height: r.Dy(), YStride: f.YStride, CStride: f.CStride,
		Y: f.Y[r.Min.Y*f.YStride+r.Min.X:], U: f.U[c:], V: f.V[c:],
	}
}

// copyPart copies r from one frame to another of the same size.
func copyPart(dst, src *video.Frame, r image.Rectangle) {
	d, s := part(dst, r), part(src, r)
	_ = video.Copy(&d, &s) // the sizes are the same
}
