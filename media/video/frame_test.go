package video

import (
	"sync"
	"testing"
	"time"
)

// testFrame is a frame of no pool whose planes have padding after each row.
// Every byte that is no pixel is guard; padding tells whether one was touched.
func testFrame(w, h, yPad, cPad int) *Frame {
	f := &Frame{Width: w, Height: h, YStride: w + yPad, CStride: w/2 + cPad}
	f.Y = guarded(f.YStride * h)
	f.U = guarded(f.CStride * h / 2)
	f.V = guarded(f.CStride * h / 2)
	f.refs.Store(1)
	return f
}

const (
	guard      = 0xA5
	guardBytes = 64
)

// guarded is n guard bytes, with as many again behind them as SIMD could spoil.
func guarded(n int) []byte {
	b := make([]byte, n+guardBytes)
	for i := range b {
		b[i] = guard
	}
	return b[:n]
}

// untouched fails the test if a byte outside f's pixels has changed.
func untouched(t *testing.T, f *Frame) {
	t.Helper()
	for name, p := range map[string]struct {
		b               []byte
		stride, w, rows int
	}{
		"Y": {f.Y, f.YStride, f.Width, f.Height},
		"U": {f.U, f.CStride, f.Width / 2, f.Height / 2},
		"V": {f.V, f.CStride, f.Width / 2, f.Height / 2},
	} {
		for i, v := range p.b[:len(p.b)+guardBytes] {
			if row, col := i/p.stride, i%p.stride; v != guard && (row >= p.rows || col >= p.w) {
				t.Errorf("%dx%d: byte %d of %s, outside the picture, was written", f.Width, f.Height, i, name)
				return
			}
		}
	}
}

// paint fills f with what at says of each luma and chroma sample.
func paint(f *Frame, luma, u, v func(x, y int) uint8) {
	for y := range f.Height {
		for x := range f.Width {
			f.Y[y*f.YStride+x] = luma(x, y)
		}
	}
	for y := range f.Height / 2 {
		for x := range f.Width / 2 {
			f.U[y*f.CStride+x] = u(x, y)
			f.V[y*f.CStride+x] = v(x, y)
		}
	}
}

func always(v uint8) func(x, y int) uint8 { return func(int, int) uint8 { return v } }

// flat fills f with one colour.
func flat(f *Frame, b Bar) { paint(f, always(b.Y), always(b.U), always(b.V)) }

func TestPoolGivesWholeFrames(t *testing.T) {
	var p Pool
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{2, 2, 2, 2}, {1, 1, 2, 2}, {639, 359, 640, 360}, {640, 360, 640, 360}, {3, 8, 4, 8}, {1920, 1080, 1920, 1080},
	} {
		f := p.Get(c.w, c.h)
		if f.Width != c.wantW || f.Height != c.wantH || !f.whole() {
			t.Errorf("Get(%d, %d) gives %dx%d, whole: %v", c.w, c.h, f.Width, f.Height, f.whole())
		}
		if len(f.Y) != c.wantW*c.wantH || len(f.U) != len(f.Y)/4 || len(f.V) != len(f.Y)/4 {
			t.Errorf("Get(%d, %d) has planes of %d, %d, %d bytes", c.w, c.h, len(f.Y), len(f.U), len(f.V))
		}
		// The planes must not overlap.
		flat(f, Bar{1, 2, 3})
		for i := range f.U {
			if f.U[i] != 2 || f.V[i] != 3 {
				t.Fatalf("Get(%d, %d): chroma %d is %d, %d", c.w, c.h, i, f.U[i], f.V[i])
			}
		}
		for i := range f.Y {
			if f.Y[i] != 1 {
				t.Fatalf("Get(%d, %d): luma %d is %d", c.w, c.h, i, f.Y[i])
			}
		}
		f.Release()
	}
}

func TestPoolReusesReleasedFrames(t *testing.T) {
	var p Pool
	a := p.Get(64, 36)
	a.Captured = time.Now()
	b := p.Get(64, 36)
	if a == b {
		t.Fatal("one frame was handed out twice")
	}
	a.Release()
	c := p.Get(32, 18) // a smaller picture fits too
	if c != a {
		t.Error("a released frame was not handed out again")
	}
	if !c.Captured.IsZero() || c.Width != 32 || c.Height != 18 || c.YStride != 32 || c.CStride != 16 || !c.whole() {
		t.Errorf("a reused frame keeps what it was: %dx%d, strides %d and %d, captured %v", c.Width, c.Height, c.YStride, c.CStride, c.Captured)
	}
	if d := p.Get(64, 36); d == b || d == c {
		t.Error("a frame in use was handed out again")
	}
}

func TestFrameLivesUntilItsLastRelease(t *testing.T) {
	var p Pool
	f := p.Get(16, 16)
	f.Retain()
	f.Retain()
	f.Release()
	f.Release()
	if len(p.free) != 0 {
		t.Fatal("a retained frame went back to its pool")
	}
	f.Release()
	if len(p.free) != 1 {
		t.Fatal("a released frame did not go back to its pool")
	}
}

func TestReleasingTooOftenPanics(t *testing.T) {
	var p Pool
	pooled := p.Get(16, 16)
	for name, f := range map[string]*Frame{"of a pool": pooled, "of no pool": testFrame(16, 16, 0, 0)} {
		f.Release()
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a frame %s was released twice and nothing panicked", name)
				}
			}()
			f.Release()
		}()
	}
	if len(p.free) != 1 {
		t.Errorf("the pool keeps one frame %d times", len(p.free))
	}
}

func TestPoolKeepsABoundedNumber(t *testing.T) {
	var p Pool
	var fs []*Frame
	for range 3 * poolDepth {
		fs = append(fs, p.Get(16, 16))
	}
	for _, f := range fs {
		f.Release()
	}
	if len(p.free) != poolDepth {
		t.Errorf("the pool keeps %d frames; want %d", len(p.free), poolDepth)
	}
}

func TestPoolAllocatesNothingInSteadyState(t *testing.T) {
	var p Pool
	if n := testing.AllocsPerRun(100, func() {
		a, b := p.Get(320, 180), p.Get(640, 360)
		a.Retain()
		a.Release()
		a.Release()
		b.Release()
	}); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

// A tile that is dragged larger leaves frames that are too small for the next
// size. They must not fill the pool, or each later picture allocates its frame.
func TestPoolOutgrowsSmallFrames(t *testing.T) {
	var p Pool
	for i := range 2 * poolDepth {
		p.Get(100+10*i, 100).Release()
	}
	if len(p.free) != 1 {
		t.Errorf("the pool keeps %d frames of one that grew", len(p.free))
	}
	var fs []*Frame
	for range poolDepth {
		fs = append(fs, p.Get(16, 16))
	}
	for _, f := range fs {
		f.Release()
	}
	if n := testing.AllocsPerRun(100, func() { p.Get(1280, 720).Release() }); n != 0 {
		t.Errorf("%v allocations a run among frames that are too small", n)
	}
}

func TestPoolIsSafeForManyGoroutines(t *testing.T) {
	var p Pool
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				f := p.Get(16+2*(i%5), 16)
				flat(f, Bar{uint8(g), uint8(g), uint8(g)})
				f.Retain()
				var reader sync.WaitGroup
				reader.Go(func() {
					defer f.Release()
					for _, v := range f.Y {
						if v != uint8(g) {
							t.Errorf("a frame of goroutine %d holds %d", g, v)
							return
						}
					}
				})
				f.Release()
				reader.Wait()
			}
		})
	}
	wg.Wait()
	if len(p.free) == 0 || len(p.free) > 4 {
		t.Errorf("the pool keeps %d frames of 4 in flight", len(p.free))
	}
}
