package widget

import (
	"image"
	"image/color"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/media/video"
	"foyer/ui/theme"
)

type counted struct{ painted int }

func (c *counted) paint()    { c.painted++ }
func (c *counted) seen(bool) {}

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
			c := &counted{}
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
		if took < 9*Tick-5*time.Millisecond {
			t.Errorf("%d tiles: 10 rounds in %v, want no more than one in %v", tiles, took, Tick)
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
	p.add(&counted{})
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

// Several moving tiles are drawn about as often as the fastest of them; a single
// one at once.
func TestPaceFollowsTheFastestTile(t *testing.T) {
	p := NewPainter(newQueue().do)
	defer p.Close()
	a, b := p.add(&counted{}), p.add(&counted{})
	now := time.Now()
	p.counted = now
	for _, c := range []struct {
		took time.Duration
		a, b uint32
		want time.Duration
	}{
		{500 * time.Millisecond, 15, 15, 500 * time.Millisecond / 15 * 39 / 40},
		{500 * time.Millisecond, 15, 30, Tick},
		{500 * time.Millisecond, 15, 1, Tick},
		{500 * time.Millisecond, 7, 5, 500 * time.Millisecond / 7 * 39 / 40},
		{500 * time.Millisecond, 2, 2, slowestTick},
		{time.Minute, 15, 15, Tick}, // they have just begun
	} {
		a.count.Store(c.a)
		b.count.Store(c.b)
		now = now.Add(c.took)
		if got := p.pace(now); got != c.want {
			t.Errorf("%d and %d pictures in %v: a tick of %v, want %v", c.a, c.b, c.took, got, c.want)
		}
	}
}

func TestALateRoundKeepsTheBeat(t *testing.T) {
	const tick = 33 * time.Millisecond
	due := time.Now()
	for _, c := range []struct{ late, want time.Duration }{
		{0, tick},
		{10 * time.Millisecond, tick},
		{20 * time.Millisecond, 20*time.Millisecond + Tick}, // but not two at once
		{time.Second, time.Second + Tick},
	} {
		if got := (painted{due.Add(c.late), tick}).next(due).Sub(due); got != c.want {
			t.Errorf("%v late, the next is due after %v, want %v", c.late, got, c.want)
		}
	}
}

type fakeGL struct{ dirty int }

func (f *fakeGL) RunWithContext(do func()) { do() }
func (f *fakeGL) SetDirty()                { f.dirty++ }

// A picture's way from a decoder to the window: scaled, swapped in and given to
// OpenGL, all in memory that is there already.
func TestAPictureAllocatesNothing(t *testing.T) {
	themed(t, theme.Dark)
	window := &fakeGL{}
	q := newQueue()
	p := NewPainter(q.do)
	p.Close() // rounds come from here
	p.stop = make(chan struct{})
	p.window, p.canvas = window, window
	tiles := []*VideoTile{NewVideoTile(p, video.Cover), NewVideoTile(p, video.Contain)}
	for _, x := range tiles {
		w := test.NewTempWindow(t, x)
		w.Resize(fyne.NewSize(320, 200))
		x.Set(TileState{Identity: "a", Name: "Ada", Picture: true})
	}
	var pool video.Pool
	f := pool.Get(640, 360)
	defer f.Release()
	round := func() {
		for _, x := range tiles {
			x.Surface().Push(f)
		}
		p.round()
		<-p.painted
	}
	for range 4 { // three buffers each
		round()
	}
	drawn, before := window.dirty, tiles[0].Frames()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("a round with two pictures allocates %v times", n)
	}
	if got := tiles[0].Frames() - before; got != 101 {
		t.Errorf("%d pictures shown, want 101", got)
	}
	if got := window.dirty - drawn; got != 101 {
		t.Errorf("the window was to be drawn %d times in 101 rounds", got)
	}
	p.round()
	<-p.painted
	if got := window.dirty - drawn; got != 101 {
		t.Error("a round without pictures draws the window")
	}
}

// Where OpenGL draws, the ground of a tile without a picture is made once for its
// size and colour, and is copied too.
func TestATileWithoutAPictureIsFilled(t *testing.T) {
	themed(t, theme.Dark)
	p := NewPainter(newQueue().do)
	defer p.Close()
	window := &fakeGL{}
	p.window, p.canvas = window, window
	x := NewVideoTile(p, video.Cover)
	w := test.NewTempWindow(t, x)
	w.Resize(fyne.NewSize(320, 200))
	x.Set(TileState{Identity: "a", Name: "Ada"})
	if !x.ground.Visible() || x.back.Visible() {
		t.Fatal("it is not filled by a blit")
	}
	img := x.filling.img
	width, height := w.Canvas().PixelCoordinateForPosition(fyne.NewPos(x.Size().Width, x.Size().Height))
	if img.Rect.Dx() != width || img.Rect.Dy() != height {
		t.Errorf("its ground is %v, want %dx%d", img.Rect, width, height)
	}
	r, g, b, _ := theme.Color(theme.ColorTile).RGBA()
	want := color.RGBA{uint8(b >> 8), uint8(g >> 8), uint8(r >> 8), 255} // BGRA
	if got := img.RGBAAt(width/2, height/2); got != want {
		t.Errorf("its middle is %v, want %v", got, want)
	}
	x.Set(TileState{Identity: "a", Name: "Ada", Muted: true})
	if x.filling.img != img {
		t.Error("another state makes another ground")
	}
	x.Resize(fyne.NewSize(200, 120))
	if x.filling.img == img {
		t.Error("another size keeps the ground")
	}
	f := new(video.Pool).Get(64, 36)
	defer f.Release()
	x.Set(TileState{Identity: "a", Name: "Ada", Picture: true})
	x.Surface().Push(f)
	x.paint()
	if x.ground.Visible() || x.back.Visible() || !x.direct.Visible() {
		t.Error("a picture has a ground under it")
	}
}

// What nobody sees has no size, and comes back with it.
func TestUnseenTilesRest(t *testing.T) {
	themed(t, theme.Dark)
	p := NewPainter(newQueue().do)
	defer p.Close()
	x := NewVideoTile(p, video.Cover)
	w := test.NewTempWindow(t, x)
	w.Resize(fyne.NewSize(320, 200))
	x.Set(TileState{Identity: "a", Name: "Ada", Picture: true})
	was, _ := x.Surface().Size()
	p.SetSeen(false)
	if w, h := x.Surface().Size(); w != 0 || h != 0 || p.Seen() {
		t.Errorf("an unseen tile asks for %dx%d", w, h)
	}
	x.Hide()
	x.Show()
	if w, _ := x.Surface().Size(); w != 0 {
		t.Error("shown behind a minimised window, it asks for pictures")
	}
	p.SetSeen(true)
	if w, _ := x.Surface().Size(); w != was || w == 0 {
		t.Errorf("seen again it is %d wide, was %d", w, was)
	}
}

// Blended on a colour, corners stay opaque, and the picture's middle is left alone.
func TestBlendedCorners(t *testing.T) {
	for order, want := range map[bool]color.RGBA{false: {10, 20, 30, 255}, true: {30, 20, 10, 255}} {
		img := image.NewRGBA(image.Rect(0, 0, 40, 30))
		for i := range img.Pix {
			img.Pix[i] = 255
		}
		var m cornerMask
		m.blend(img, 8, color.NRGBA{R: 10, G: 20, B: 30, A: 255}, order)
		for _, at := range []image.Point{{0, 0}, {39, 0}, {0, 29}, {39, 29}} {
			if got := img.RGBAAt(at.X, at.Y); got.A < 254 || got.R > want.R+10 || got.R+1 < want.R || got.B > want.B+10 || got.B+1 < want.B {
				t.Errorf("BGRA %v: the corner %v is %v", order, at, got)
			}
		}
		if got := img.RGBAAt(20, 0); got != (color.RGBA{255, 255, 255, 255}) {
			t.Errorf("the edge is %v", got)
		}
	}
}
