package testcall

import (
	"io"
	"math"
	"time"

	"foyer/media/video"
)

// The echo's picture, in pixels and pictures a second.
const (
	faceWidth, faceHeight = 640, 360
	faceRate              = 15
)

// How the face moves: it nods, and blinks now and then, so that it is seen to be live.
const (
	nodEvery   = 4 * time.Second
	blinkEvery = 3 * time.Second
	blinkFor   = 180 * time.Millisecond
)

// colour is one of the picture's, limited range BT.601.
type colour struct{ y, u, v float64 }

var (
	wall = colour{52, 138, 112}
	skin = colour{186, 74, 152} // of the face: a warm yellow
	ink  = colour{40, 126, 132}
)

// faceReader plays a smiling face in real time.
type faceReader struct {
	pool video.Pool
	pace *video.Pace
}

func newFaceReader() *faceReader {
	return &faceReader{pace: video.NewPace(time.Second / faceRate)}
}

// Read implements video.Reader.
func (r *faceReader) Read() (*video.Frame, error) {
	at, ok := r.pace.Wait()
	if !ok {
		return nil, io.EOF
	}
	f := r.pool.Get(faceWidth, faceHeight)
	f.Captured = at
	drawFace(f, at)
	return f, nil
}

// Close implements video.Reader.
func (r *faceReader) Close() error {
	r.pace.Stop()
	return nil
}

// drawFace draws the face as it is at a time.
func drawFace(f *video.Frame, at time.Time) {
	ms := at.UnixMilli()
	phase := func(every time.Duration) float64 {
		return float64(ms%every.Milliseconds()) / float64(every.Milliseconds())
	}
	p := face{
		x: float64(f.Width) / 2, y: float64(f.Height) * (0.5 + 0.03*math.Sin(2*math.Pi*phase(nodEvery))),
		r: float64(f.Height) * 0.3, shut: time.Duration(ms%blinkEvery.Milliseconds())*time.Millisecond < blinkFor,
	}
	for y := range f.Height {
		row := f.Y[y*f.YStride:][:f.Width]
		for x := range row {
			row[x] = uint8(p.at(float64(x)+0.5, float64(y)+0.5, float64(f.Height)).y)
		}
	}
	for y := range f.Height / 2 {
		u, v := f.U[y*f.CStride:][:f.Width/2], f.V[y*f.CStride:][:f.Width/2]
		for x := range u {
			c := p.at(float64(2*x)+1, float64(2*y)+1, float64(f.Height))
			u[x], v[x] = uint8(c.u), uint8(c.v)
		}
	}
}

// face is where it is: its middle and its radius.
type face struct {
	x, y, r float64
	shut    bool
}

// at is the colour of a point of a picture of that height.
func (p face) at(x, y, height float64) colour {
	back := wall
	back.y += 36 * y / height
	dx, dy := (x-p.x)/p.r, (y-p.y)/p.r
	if dx*dx+dy*dy > 1.1 {
		return back
	}
	edge := 1 / p.r // a pixel
	cover := func(d float64) float64 { return min(1, max(0, 0.5-d/edge)) }
	c := mix(back, skin, cover(math.Hypot(dx, dy)-1))
	for _, side := range []float64{-0.34, 0.34} {
		high := 0.15
		if p.shut {
			high = 0.025
		}
		d := math.Hypot((dx-side)/0.1, (dy+0.22)/high) - 1
		c = mix(c, ink, cover(d*min(0.1, high)))
	}
	// The mouth: the lower part of a ring.
	if d := math.Abs(math.Hypot(dx, dy-0.08)-0.5) - 0.05; dy > 0.28 {
		c = mix(c, ink, cover(d)*min(1, (dy-0.28)/edge))
	}
	return c
}

func mix(a, b colour, part float64) colour {
	return colour{a.y + (b.y-a.y)*part, a.u + (b.u-a.u)*part, a.v + (b.v-a.v)*part}
}
