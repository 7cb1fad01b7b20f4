package video

import (
	"fmt"
	"image"
	"image/color"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// halves fills f with one colour on the left and one on the right.
func halves(f *Frame, left, right Bar) {
	pick := func(w int, l, r uint8) func(x, y int) uint8 {
		return func(x, y int) uint8 {
			if x < w/2 {
				return l
			}
			return r
		}
	}
	paint(f, pick(f.Width, left.Y, right.Y), pick(f.Width/2, left.U, right.U), pick(f.Width/2, left.V, right.V))
}

func like(got color.RGBA, b Bar) bool {
	r, g, bl := toRGB(b.Y, b.U, b.V)
	return near(got.R, r, 4) && near(got.G, g, 4) && near(got.B, bl, 4) && got.A == 255
}

// shows fails the test unless img is b within area and transparent around it.
func shows(t *testing.T, what string, img *image.RGBA, area image.Rectangle, b Bar) {
	t.Helper()
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			switch got := img.RGBAAt(x, y); {
			case image.Pt(x, y).In(area) && !like(got, b):
				t.Errorf("%s: %d,%d is %v; want the colour %v", what, x, y, got, b)
				return
			case !image.Pt(x, y).In(area) && got != color.RGBA{}:
				t.Errorf("%s: %d,%d, outside %v, is %v", what, x, y, area, got)
				return
			}
		}
	}
}

func TestSurfaceFitsThePictureIntoTheTile(t *testing.T) {
	for _, c := range []struct {
		fw, fh, w, h int
		contain      image.Rectangle
	}{
		{64, 36, 64, 36, image.Rect(0, 0, 64, 36)},
		{64, 36, 128, 72, image.Rect(0, 0, 128, 72)},
		{64, 36, 32, 18, image.Rect(0, 0, 32, 18)},
		{64, 36, 64, 64, image.Rect(0, 14, 64, 50)},   // bars above and below
		{64, 36, 100, 36, image.Rect(18, 0, 82, 36)},  // bars left and right
		{36, 64, 160, 90, image.Rect(55, 0, 105, 90)}, // portrait in a wide tile
		{64, 36, 33, 37, image.Rect(0, 9, 33, 27)},    // odd tile
		{64, 36, 31, 17, image.Rect(0, 0, 30, 17)},
	} {
		f := testFrame(c.fw, c.fh, 6, 2)
		flat(f, Bars[1])
		for fit, area := range map[Fit]image.Rectangle{Contain: c.contain, Cover: image.Rect(0, 0, c.w, c.h)} {
			what := fmt.Sprintf("%dx%d into %dx%d, fit %d", c.fw, c.fh, c.w, c.h, fit)
			s := NewSurface(nil)
			s.SetFit(fit)
			s.Resize(c.w, c.h)
			s.Push(f)
			img, changed := s.Swap()
			if img == nil || !changed || img.Rect != image.Rect(0, 0, c.w, c.h) {
				t.Fatalf("%s: swapped %v, %v", what, img, changed)
			}
			shows(t, what, img, area, Bars[1])
		}
	}
}

func TestCoverCutsEvenlyAndContainCutsNothing(t *testing.T) {
	// Three vertical stripes: 20 red, 60 green, 20 blue of 100 pixels.
	f := testFrame(100, 40, 0, 0)
	stripes := func(w int, of func(Bar) uint8) func(x, y int) uint8 {
		return func(x, y int) uint8 {
			switch {
			case x < w/5:
				return of(Bars[5])
			case x < w*4/5:
				return of(Bars[3])
			}
			return of(Bars[6])
		}
	}
	paint(f, stripes(100, func(b Bar) uint8 { return b.Y }), stripes(50, func(b Bar) uint8 { return b.U }), stripes(50, func(b Bar) uint8 { return b.V }))
	s := NewSurface(nil)
	s.Resize(60, 40)
	s.Push(f)
	img, _ := s.Swap() // 60x24, from row 8
	for _, c := range []struct {
		x int
		b Bar
	}{{2, Bars[5]}, {30, Bars[3]}, {57, Bars[6]}} {
		if got := img.RGBAAt(c.x, 20); !like(got, c.b) {
			t.Errorf("contained: column %d is %v; want %v", c.x, got, c.b)
		}
	}
	s.SetFit(Cover) // the middle 60 columns: green alone
	img, changed := s.Swap()
	if !changed {
		t.Fatal("another fit changes nothing")
	}
	shows(t, "covered", img, img.Rect, Bars[3])
}

// The pictures go round: what an earlier shape left must not shine through.
func TestBarsStayTransparentWhenTheShapeChanges(t *testing.T) {
	wide, tall := testFrame(64, 36, 0, 0), testFrame(36, 64, 0, 0)
	flat(wide, Bars[1])
	flat(tall, Bars[2])
	s := NewSurface(nil)
	s.Resize(60, 60)
	next := func(what string, f *Frame, b Bar) {
		t.Helper()
		_, area := layout(f, 60, 60, s.fit)
		img, changed := s.Swap()
		if !changed {
			t.Fatalf("%s: no picture", what)
		}
		shows(t, what, img, area, b)
	}
	for range 4 {
		s.Push(wide)
		next("wide", wide, Bars[1])
		s.Push(tall)
		next("tall", tall, Bars[2])
		s.SetFit(Cover)
		next("covered", tall, Bars[2])
		s.Push(wide)
		next("covered", wide, Bars[1])
		s.SetFit(Contain)
		next("contained", wide, Bars[1])
	}
}

func TestEveryShapeFitsIntoEveryTile(t *testing.T) {
	sizes := []image.Point{{2, 2}, {2, 4}, {4, 2}, {6, 10}, {2, 500}, {500, 2}, {16, 16}, {64, 36}, {36, 64}}
	tiles := append([]image.Point{{3, 2}, {2, 3}, {5, 5}, {7, 3}, {33, 17}, {1000, 3}, {3, 1000}}, sizes...)
	for _, size := range sizes {
		f := testFrame(size.X, size.Y, 2, 2)
		flat(f, Bars[0])
		for _, tile := range tiles {
			for _, fit := range []Fit{Contain, Cover} {
				src, area := layout(f, tile.X, tile.Y, fit)
				whole := image.Rectangle{Max: tile}
				if !src.whole() || !area.In(whole) || area.Dx() < 2 && tile.X >= 2 || area.Dy() < 2 && tile.Y >= 2 || fit == Cover && area != whole {
					t.Fatalf("%v in %v, fit %d: %dx%d goes to %v", size, tile, fit, src.Width, src.Height, area)
				}
				s := NewSurface(nil)
				s.SetFit(fit)
				s.Resize(tile.X, tile.Y)
				s.Push(f)
				img, changed := s.Swap()
				if !changed || img == nil || img.Rect != whole {
					t.Fatalf("%v in %v, fit %d: swapped %v, %v", size, tile, fit, img != nil, changed)
				}
				if got := img.RGBAAt(tile.X/2, tile.Y/2); !like(got, Bars[0]) {
					t.Errorf("%v in %v, fit %d: the middle is %v", size, tile, fit, got)
				}
			}
		}
	}
}

func TestMirrorFlipsThePicture(t *testing.T) {
	f := testFrame(64, 36, 0, 0)
	noise(f)
	for _, tile := range []image.Point{{64, 36}, {32, 18}, {49, 27}, {90, 36}} {
		plain, flipped := NewSurface(nil), NewSurface(nil)
		flipped.SetMirror(true)
		for _, s := range []*Surface{plain, flipped} {
			s.Resize(tile.X, tile.Y)
			s.Push(f)
		}
		a, _ := plain.Swap()
		b, _ := flipped.Swap()
		_, area := layout(f, tile.X, tile.Y, Contain)
		for y := range tile.Y {
			for x := range tile.X {
				from := x
				if image.Pt(x, y).In(area) {
					from = area.Min.X + area.Max.X - 1 - x
				}
				if a.RGBAAt(from, y) != b.RGBAAt(x, y) {
					t.Fatalf("%v: %d,%d is %v; want %v", tile, x, y, b.RGBAAt(x, y), a.RGBAAt(from, y))
				}
			}
		}
	}
}

func TestAStillPictureIsLaidOutAgain(t *testing.T) {
	dirty := 0
	s := NewSurface(func() { dirty++ })
	f := testFrame(64, 36, 0, 0)
	halves(f, Bars[5], Bars[6])
	s.Resize(64, 36)
	s.Push(f)
	s.Swap()
	for _, c := range []struct {
		name   string
		change func()
		w, h   int
		left   Bar
	}{
		{"a larger tile", func() { s.Resize(128, 72) }, 128, 72, Bars[5]},
		{"a smaller tile", func() { s.Resize(32, 18) }, 32, 18, Bars[5]},
		{"a mirror", func() { s.SetMirror(true) }, 32, 18, Bars[6]},
		{"no mirror", func() { s.SetMirror(false) }, 32, 18, Bars[5]},
		{"another shape", func() { s.Resize(64, 18) }, 64, 18, Bar{}},
		{"another fit", func() { s.SetFit(Cover) }, 64, 18, Bars[5]},
	} {
		was := dirty
		c.change()
		if dirty != was+1 {
			t.Errorf("%s: dirty was called %d times; want once", c.name, dirty-was)
		}
		img, changed := s.Swap()
		if !changed || img == nil || img.Rect != image.Rect(0, 0, c.w, c.h) {
			t.Fatalf("%s: swapped %v, %v", c.name, img, changed)
		}
		if got := img.RGBAAt(1, c.h/2); c.left == (Bar{}) && got != (color.RGBA{}) || c.left != (Bar{}) && !like(got, c.left) {
			t.Errorf("%s: the left is %v; want %v", c.name, got, c.left)
		}
		if w, h := s.Size(); w != c.w || h != c.h {
			t.Errorf("%s: the size is %dx%d", c.name, w, h)
		}
		// The same again is no change.
		c.change()
		if img2, changed := s.Swap(); changed || img2 != img || dirty != was+1 {
			t.Errorf("%s: said twice, it was done twice", c.name)
		}
	}
}

// Two pictures between two swaps are both shown; with a third, only the newest is.
func TestSurfaceKeepsOnePictureForALatePainter(t *testing.T) {
	s := NewSurface(nil)
	s.Resize(32, 18)
	push := func(bars ...int) {
		for _, b := range bars {
			f := testFrame(32, 18, 0, 0)
			flat(f, Bars[b])
			s.Push(f)
		}
	}
	take := func(bars ...int) {
		t.Helper()
		for _, b := range bars {
			img, changed := s.Swap()
			if !changed {
				t.Fatal("no picture")
			}
			shows(t, "swapped", img, img.Rect, Bars[b])
		}
		if img, changed := s.Swap(); changed || img == nil || s.Waiting() {
			t.Errorf("after the last one, swapped %v, %v", img != nil, changed)
		}
	}
	push(1)
	take(1)
	push(2, 3)
	if !s.Waiting() {
		t.Error("nothing waits")
	}
	take(2, 3)
	push(4, 5, 6)
	take(6)
	push(1, 2)
	s.SetMirror(true) // outdates both, which lay otherwise
	take(2)
	push(1, 2)
	s.Clear()
	if img, changed := s.Swap(); img != nil || !changed || s.Waiting() {
		t.Error("cleared, it shows a picture")
	}
}

func TestAHiddenSurfaceCostsNothing(t *testing.T) {
	for _, size := range []image.Point{{0, 0}, {-3, 5}, {100, 0}, {1, 1}} {
		dirty := 0
		s := NewSurface(func() { dirty++ })
		s.Resize(size.X, size.Y)
		f := testFrame(64, 36, 0, 0)
		flat(f, Bars[4])
		if n := testing.AllocsPerRun(20, func() { s.Push(f) }); n != 0 {
			t.Errorf("%v: %v allocations a frame", size, n)
		}
		if img, changed := s.Swap(); img != nil || changed || dirty != 0 || s.Shown() != 0 {
			t.Errorf("%v: swapped %v, %v, dirty %d times, shown %d", size, img, changed, dirty, s.Shown())
		}
		if s.front != nil || s.ready != nil || len(s.idle) != 0 {
			t.Errorf("%v: pictures were made", size)
		}
		// The last frame shows at once when the surface does.
		s.Resize(32, 18)
		img, changed := s.Swap()
		if !changed || dirty != 1 {
			t.Fatalf("%v: shown again, swapped %v, dirty %d times", size, changed, dirty)
		}
		shows(t, "shown again", img, img.Rect, Bars[4])
	}
}

func TestHidingKeepsThePictureInHand(t *testing.T) {
	s := NewSurface(nil)
	f := testFrame(64, 36, 0, 0)
	flat(f, Bars[4])
	s.Resize(32, 18)
	s.Push(f)
	img, _ := s.Swap()
	s.Resize(0, 0)
	for range 3 {
		s.Push(f)
	}
	shows(t, "in hand", img, img.Rect, Bars[4])
	if again, changed := s.Swap(); changed || again != img {
		t.Error("a hidden surface made a picture")
	}
}

func TestSwapTellsWhatChanged(t *testing.T) {
	s := NewSurface(nil)
	s.Resize(32, 18)
	if img, changed := s.Swap(); img != nil || changed {
		t.Errorf("before any picture: %v, %v", img, changed)
	}
	f := testFrame(64, 36, 0, 0)
	flat(f, Bars[1])
	s.Push(f)
	first, changed := s.Swap()
	if first == nil || !changed {
		t.Fatalf("after a picture: %v, %v", first, changed)
	}
	if img, changed := s.Swap(); img != first || changed {
		t.Errorf("after none more: another image: %v, changed: %v", img != first, changed)
	}

	// The image in hand stays as it is, however many come; the newest is swapped.
	for i := range 5 {
		g := testFrame(64, 36, 0, 0)
		flat(g, Bars[2+i])
		s.Push(g)
	}
	shows(t, "in hand", first, first.Rect, Bars[1])
	newest, changed := s.Swap()
	if newest == first || !changed {
		t.Fatal("the image in hand was swapped for itself")
	}
	shows(t, "newest", newest, newest.Rect, Bars[6])
	if n := s.Shown(); n != 2 {
		t.Errorf("%d pictures were shown; want 2", n)
	}
}

func TestClear(t *testing.T) {
	dirty := 0
	s := NewSurface(func() { dirty++ })
	s.Resize(32, 18)
	s.Clear() // nothing there
	if img, changed := s.Swap(); img != nil || changed {
		t.Errorf("cleared while empty: %v, %v", img, changed)
	}
	f := testFrame(64, 36, 0, 0)
	flat(f, Bars[1])

	s.Push(f)
	s.Swap()
	was := dirty
	s.Clear()
	if dirty != was+1 {
		t.Errorf("Clear called dirty %d times", dirty-was)
	}
	if n := f.refs.Load(); n != 1 {
		t.Errorf("a cleared surface holds %d references", n-1)
	}
	if img, changed := s.Swap(); img != nil || !changed {
		t.Errorf("cleared: %v, %v", img, changed)
	}
	if img, changed := s.Swap(); img != nil || changed {
		t.Errorf("cleared, second Swap: %v, %v", img, changed)
	}
	s.Resize(64, 36)
	if img, changed := s.Swap(); img != nil || changed {
		t.Error("a forgotten picture came back with another size")
	}

	// What waits is dropped too.
	s.Push(f)
	s.Clear()
	if img, changed := s.Swap(); img != nil || changed {
		t.Errorf("cleared before it was seen: %v, %v", img, changed)
	}
	// A picture after Clear is seen, whether the painter came between or not.
	for range 2 {
		s.Push(f)
		s.Swap()
		s.Clear()
		s.Push(f)
		img, changed := s.Swap()
		if img == nil || !changed {
			t.Fatalf("after Clear and a picture: %v, %v", img, changed)
		}
		shows(t, "after Clear", img, img.Rect, Bars[1])
		if again, changed := s.Swap(); again != img || changed {
			t.Error("Clear was heard after the picture that followed it")
		}
	}
}

func TestSurfaceKeepsTheLastFrameOnly(t *testing.T) {
	s := NewSurface(nil)
	s.Resize(32, 18)
	var p Pool
	var fs []*Frame
	for range 4 {
		f := p.Get(64, 36)
		flat(f, Bars[0])
		s.Push(f)
		fs = append(fs, f)
	}
	s.Push(fs[3]) // the same again
	for i, f := range fs {
		want := int32(1)
		if i == 3 {
			want = 2
		}
		if n := f.refs.Load(); n != want {
			t.Errorf("frame %d has %d references; want %d", i, n, want)
		}
		f.Release()
	}
	s.Clear()
	s.Clear()
	if len(p.free) != 4 {
		t.Errorf("%d of 4 frames came back", len(p.free))
	}
}

func TestSurfaceRefusesMalformedFrames(t *testing.T) {
	dirty := 0
	s := NewSurface(func() { dirty++ })
	s.Resize(32, 18)
	for i, f := range malformedFrames() {
		was := f.refs.Load()
		s.Push(f)
		if img, changed := s.Swap(); img != nil || changed || dirty != 0 || f.refs.Load() != was {
			t.Errorf("malformed frame %d: %v, %v, dirty %d times", i, img, changed, dirty)
		}
	}
}

// The window must not stutter while a large picture is converted: that happens
// under write, which Swap and Size do without.
func TestSwapNeverWaitsForConversion(t *testing.T) {
	var s *Surface
	var inDirty *image.RGBA
	s = NewSurface(func() { inDirty, _ = s.Swap() }) // write is held here
	s.Resize(32, 18)
	f := testFrame(64, 36, 0, 0)
	flat(f, Bars[0])
	s.Push(f)
	if inDirty == nil {
		t.Error("the picture does not wait for Swap when dirty is called")
	}
	s.write.Lock()
	defer s.write.Unlock()
	if img, _ := s.Swap(); img != inDirty {
		t.Error("another image without another picture")
	}
	s.Size()
	s.Shown()
}

func TestSurfaceAllocatesNothingInSteadyState(t *testing.T) {
	f, small := testFrame(64, 36, 0, 0), testFrame(32, 18, 0, 0)
	noise(f)
	noise(small)
	for _, fit := range []Fit{Contain, Cover} {
		for _, tile := range []image.Point{{64, 36}, {48, 27}, {100, 100}, {33, 17}} {
			s := NewSurface(func() {})
			s.SetFit(fit)
			s.SetMirror(true)
			s.Resize(tile.X, tile.Y)
			if n := testing.AllocsPerRun(20, func() {
				s.Push(f)
				s.Swap()
				s.Push(small) // simulcast changes layers
				s.Push(f)     // and the painter is slow
				s.Swap()
			}); n != 0 {
				t.Errorf("fit %d, tile %v: %v allocations", fit, tile, n)
			}
		}
	}
}

// A tile that is dragged through many sizes settles again.
func TestSurfaceAllocatesNothingAfterResizing(t *testing.T) {
	f := testFrame(64, 36, 0, 0)
	noise(f)
	s := NewSurface(nil)
	s.Push(f)
	for i := range 40 {
		s.Resize(20+4*i, 20+3*i)
		s.Swap()
	}
	if n := testing.AllocsPerRun(20, func() {
		s.Push(f)
		s.Swap()
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestSurfaceIsSafeForManyGoroutines(t *testing.T) {
	const pictures = 400
	var p Pool
	var calls atomic.Int64
	s := NewSurface(func() { calls.Add(1) })
	s.SetFit(Cover)
	sizes := []image.Point{{48, 27}, {0, 0}, {64, 36}, {33, 41}, {20, 12}}
	var writers sync.WaitGroup
	for g := range 2 {
		writers.Go(func() {
			for i := range pictures {
				f := p.Get(64, 36)
				flat(f, Bars[(i+g)%len(Bars)])
				s.Push(f)
				f.Release()
			}
		})
	}
	writers.Go(func() {
		for i := range pictures {
			size := sizes[i%len(sizes)]
			s.Resize(size.X, size.Y)
			s.Size()
			runtime.Gosched()
		}
	})
	writers.Go(func() {
		for i := range pictures {
			s.SetMirror(i%2 == 0)
			s.SetFit(Fit(i / 3 % 2))
			if i%20 == 0 {
				s.Clear()
			}
			runtime.Gosched()
		}
	})
	done := make(chan struct{})
	go func() {
		writers.Wait()
		close(done)
	}()

	// The painter sees whole pictures of one colour, of a size that was asked for.
	seen := uint64(0)
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		img, changed := s.Swap()
		if !changed || img == nil {
			runtime.Gosched()
			continue
		}
		seen++
		known := false
		for _, size := range sizes {
			known = known || img.Rect.Max == size
		}
		if !known {
			t.Fatalf("a picture of %v", img.Rect)
		}
		want := img.RGBAAt(img.Rect.Dx()/2, img.Rect.Dy()/2)
		if want.A != 255 {
			t.Fatalf("the middle is %v", want)
		}
		for i := 0; i < len(img.Pix); i += 4 {
			if got := (color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3]}); got != (color.RGBA{}) && got != want {
				t.Fatalf("a picture of %v has %v and %v", img.Rect, got, want)
			}
		}
	}
	if s.Shown() != seen {
		t.Errorf("%d pictures were shown, %d were seen", s.Shown(), seen)
	}
	if calls.Load() < int64(seen) {
		t.Errorf("%d pictures were seen, dirty was called %d times", seen, calls.Load())
	}

	all := len(s.idle) + len(s.ready)
	if s.front != nil {
		all++
	}
	if all > 4 {
		t.Errorf("%d pictures go round; want 4 at most", all)
	}

	// It works on, and gives all back.
	s.SetFit(Cover)
	s.SetMirror(false)
	s.Resize(30, 20)
	f := p.Get(64, 36)
	flat(f, Bars[3])
	s.Push(f)
	f.Release()
	img, changed := s.Swap()
	for s.Waiting() {
		img, changed = s.Swap()
	}
	if !changed {
		t.Fatal("no picture after all")
	}
	shows(t, "after all", img, img.Rect, Bars[3])
	s.Clear()
	for _, f := range p.free {
		if n := f.refs.Load(); n != 0 {
			t.Errorf("a free frame has %d references", n)
		}
	}
	if len(p.free) == 0 || len(p.free) > 4 {
		t.Errorf("%d frames came back of 2 to 4", len(p.free))
	}
}

func benchmarkPush(b *testing.B, fw, fh, w, h int, mirror bool) {
	f := testFrame(fw, fh, 0, 0)
	NewCard(fw, fh).Draw(f, 1, time.UnixMilli(1_700_000_000_123))
	s := NewSurface(func() {})
	s.SetMirror(mirror)
	s.Resize(w, h)
	for range 3 {
		s.Push(f)
		s.Swap()
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Push(f)
		s.Swap()
	}
}

func BenchmarkPush360pTo240p(b *testing.B)         { benchmarkPush(b, 640, 360, 426, 240, false) }
func BenchmarkPush360pTo174p(b *testing.B)         { benchmarkPush(b, 640, 360, 310, 174, false) }
func BenchmarkPush360pTo100p(b *testing.B)         { benchmarkPush(b, 640, 360, 177, 100, false) }
func BenchmarkPush360pTo240pMirrored(b *testing.B) { benchmarkPush(b, 640, 360, 426, 240, true) }
func BenchmarkPush720p(b *testing.B)               { benchmarkPush(b, 1280, 720, 1280, 720, false) }
