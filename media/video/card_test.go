package video

import (
	"errors"
	"image"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var cardSizes = []struct{ w, h int }{
	{48, 32}, {50, 34}, {64, 36}, {80, 60}, {96, 54}, {160, 90}, {240, 136}, {320, 180}, {426, 240},
	{640, 360}, {640, 480}, {1280, 720}, {1366, 768}, {1920, 1080}, {180, 320}, {720, 1280}, {640, 32}, {48, 480},
}

func drawn(w, h int, n uint32, at time.Time) *Frame {
	var p Pool
	f := p.Get(w, h)
	NewCard(w, h).Draw(f, n, at)
	return f
}

func TestCardIsReadBack(t *testing.T) {
	for _, size := range cardSizes {
		c := NewCard(size.w, size.h)
		f := testFrame(size.w, size.h, 6, 2)
		img := image.NewRGBA(image.Rect(0, 0, size.w+20, size.h+10))
		area := image.Rect(13, 7, 13+size.w, 7+size.h)
		for i, n := range []uint32{0, 1, 0x55555555, 0xaaaaaaaa, 1<<32 - 1} {
			at := time.UnixMilli([]int64{0, 1, 1_700_000_000_123, 0x5555_5555_5555, 1<<48 - 1}[i]).Add(999 * time.Microsecond)
			c.Draw(f, n, at)
			if !f.Captured.Equal(at) {
				t.Errorf("%v: captured at %v; want %v", size, f.Captured, at)
			}
			got, when, ok := ReadCard(f)
			if !ok || got != n || when.UnixMilli() != at.UnixMilli() {
				t.Errorf("%v: card %d of %d ms reads as %d of %d ms, %v", size, n, at.UnixMilli(), got, when.UnixMilli(), ok)
			}
			if err := f.ToRGBA(img, area); err != nil {
				t.Fatal(err)
			}
			got, when, ok = ReadCardRGBA(img, area)
			if !ok || got != n || when.UnixMilli() != at.UnixMilli() {
				t.Errorf("%v: in RGBA card %d of %d ms reads as %d of %d ms, %v", size, n, at.UnixMilli(), got, when.UnixMilli(), ok)
			}
			if worst := BarsError(f); worst != 0 {
				t.Errorf("%v: a fresh card's bars are off by %g", size, worst)
			}
		}
		untouched(t, f)
	}
}

func TestCardOutlivesScaling(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	big := drawn(1280, 720, 4711, at)
	for _, size := range cardSizes {
		if size.w < 96 || size.h < 54 {
			continue // cells of less than five pixels are read only as drawn
		}
		small := testFrame(size.w, size.h, 0, 0)
		Scale(small, big)
		if n, when, ok := ReadCard(small); !ok || n != 4711 || !when.Equal(at) {
			t.Errorf("scaled to %v: read as %d of %v, %v", size, n, when, ok)
		}
		if worst := BarsError(small); worst > 3 {
			t.Errorf("scaled to %v: bars are off by %g", size, worst)
		}
	}
}

func TestOddCardsGrow(t *testing.T) {
	c := NewCard(321, 179)
	f := testFrame(322, 180, 0, 0)
	c.Draw(f, 5, time.UnixMilli(77))
	if n, _, ok := ReadCard(f); !ok || n != 5 {
		t.Errorf("read as %d, %v", n, ok)
	}
}

func TestCardIsDrawnOnlyOnItsOwnSize(t *testing.T) {
	c := NewCard(320, 180)
	for _, f := range []*Frame{testFrame(322, 180, 0, 0), testFrame(320, 178, 0, 0), {Width: 320, Height: 180}} {
		c.Draw(f, 1, time.Now())
		if !f.Captured.IsZero() {
			t.Errorf("drawn on %dx%d", f.Width, f.Height)
		}
		for _, v := range f.Y {
			if v != guard {
				t.Fatalf("drawn on %dx%d", f.Width, f.Height)
			}
		}
	}
}

func TestADamagedMarkerIsRefused(t *testing.T) {
	f := drawn(320, 180, 123456, time.UnixMilli(1_700_000_000_123))
	invert := func(r image.Rectangle) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				f.Y[y*f.YStride+x] = 251 - f.Y[y*f.YStride+x] // 16 and 235 change places
			}
		}
	}
	for row := range markerRows {
		for col := range markerCols {
			r := markerCell(320, 180, row, col)
			invert(r)
			if n, at, ok := ReadCard(f); ok {
				t.Errorf("with cell %d,%d inverted it reads as %d of %v", row, col, n, at)
			}
			invert(r)
		}
	}
	if _, _, ok := ReadCard(f); !ok {
		t.Error("the mended marker is refused")
	}
	// A smudge smaller than a cell does no harm.
	r := markerCell(320, 180, 2, 3)
	invert(image.Rect(r.Min.X, r.Min.Y, r.Min.X+3, r.Max.Y))
	if _, _, ok := ReadCard(f); !ok {
		t.Error("a smudged marker is refused")
	}
}

func TestWhatIsNoCardIsRefused(t *testing.T) {
	for _, b := range Bars {
		f := testFrame(320, 180, 0, 0)
		flat(f, b)
		if n, _, ok := ReadCard(f); ok {
			t.Errorf("a picture of luma %d reads as card %d", b.Y, n)
		}
	}
	for _, size := range []struct{ w, h int }{{46, 32}, {48, 26}, {2, 2}} {
		f := testFrame(size.w, size.h, 0, 0)
		flat(f, Bars[0])
		if _, _, ok := ReadCard(f); ok {
			t.Errorf("a card was read in %v", size)
		}
		BarsError(f) // must not leave the picture
	}
	for _, f := range malformedFrames() {
		if _, _, ok := ReadCard(f); ok {
			t.Errorf("a card was read in a malformed frame %+v", f)
		}
		if worst := BarsError(f); worst != 255 {
			t.Errorf("the bars of a malformed frame are off by %g; want 255", worst)
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for _, area := range []image.Rectangle{{}, image.Rect(1, 0, 321, 180), image.Rect(-1, 0, 100, 100), image.Rect(0, 0, 40, 40), img.Rect} {
		if _, _, ok := ReadCardRGBA(img, area); ok {
			t.Errorf("a card was read in %v of a black image", area)
		}
	}
}

func TestAMirroredCardIsNotRead(t *testing.T) {
	f := drawn(640, 360, 99, time.UnixMilli(1_700_000_000_123))
	img := image.NewRGBA(image.Rect(0, 0, 640, 360))
	if err := f.ToRGBA(img, img.Rect); err != nil {
		t.Fatal(err)
	}
	mirror(img, img.Rect)
	if n, _, ok := ReadCardRGBA(img, img.Rect); ok {
		t.Errorf("a mirrored card reads as %d", n)
	}
	mirror(img, img.Rect)
	if n, _, ok := ReadCardRGBA(img, img.Rect); !ok || n != 99 {
		t.Errorf("a card mirrored twice reads as %d, %v", n, ok)
	}
}

func TestMarkerChecksum(t *testing.T) {
	// CRC-16/CCITT-FALSE of "12345678".
	if got := crc16([]uint16{0x3132, 0x3334, 0x3536, 0x3738}); got != 0xa12b {
		t.Errorf("got %#04x; want 0xa12b", got)
	}
}

func TestBarsErrorFindsOneWrongBar(t *testing.T) {
	f := drawn(640, 360, 1, time.UnixMilli(1))
	for i := range Bars {
		middle := image.Rect(640*i/8, 360*barsY/135, 640*(i+1)/8, 360*(barsY+barsH)/135)
		for name, change := range map[string]func(b *Bar){
			"Y": func(b *Bar) { b.Y += 20 }, "U": func(b *Bar) { b.U -= 20 }, "V": func(b *Bar) { b.V -= 20 },
		} {
			b := Bars[i]
			change(&b)
			fill(f, middle, b)
			if got := BarsError(f); got != 20 {
				t.Errorf("%s of bar %d is off by 20 and is found off by %g", name, i, got)
			}
			fill(f, middle, Bars[i])
		}
	}
	if got := BarsError(f); got != 0 {
		t.Errorf("mended bars are off by %g", got)
	}
}

func TestCardMovesAndTellsTheTime(t *testing.T) {
	for _, size := range []struct{ w, h int }{{640, 360}, {360, 640}} {
		c := NewCard(size.w, size.h)
		a, b := testFrame(size.w, size.h, 0, 0), testFrame(size.w, size.h, 0, 0)
		at := time.UnixMilli(1_700_000_000_000)
		c.Draw(a, 1, at)
		c.Draw(b, 1, at.Add(time.Second))
		differ := func(from, to int) bool {
			for y := size.h * from / 135; y < size.h*to/135; y++ {
				for x := range size.w {
					if a.Y[y*a.YStride+x] != b.Y[y*b.YStride+x] {
						return true
					}
				}
			}
			return false
		}
		if !differ(102, 110) {
			t.Errorf("%v: the box stands still", size)
		}
		if !differ(121, 135) {
			t.Errorf("%v: the clock stands still", size)
		}
		if differ(barsY, barsY+barsH) {
			t.Errorf("%v: the bars move", size)
		}
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	c := NewCard(320, 180)
	f := testFrame(320, 180, 0, 0)
	at := time.UnixMilli(1_700_000_000_123)
	n := uint32(0)
	if a := testing.AllocsPerRun(50, func() {
		n++
		at = at.Add(33 * time.Millisecond)
		c.Draw(f, n, at)
	}); a != 0 {
		t.Errorf("%v allocations a picture", a)
	}
}

func TestCardReaderPlaysInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := NewCardReader(159, 90, 25)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		start := time.Now()
		for i := range 50 {
			f, err := r.Read()
			if err != nil {
				t.Fatal(err)
			}
			want := start.Add(time.Duration(i) * 40 * time.Millisecond)
			n, at, ok := ReadCard(f)
			if !ok || n != uint32(i+1) || at.UnixMilli() != want.UnixMilli() || !f.Captured.Equal(want) || f.Width != 160 || f.Height != 90 {
				t.Fatalf("picture %d of %dx%d is card %d of %v, %v, captured %v; want %v", i, f.Width, f.Height, n, at, ok, f.Captured, want)
			}
			if !time.Now().Equal(want) {
				t.Fatalf("picture %d came at %v; want %v", i, time.Since(start), want.Sub(start))
			}
			f.Release()
		}
	})
}

func TestCardReaderAllocatesNothing(t *testing.T) {
	r, err := NewCardReader(64, 36, 120)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.(*cardReader).pace = NewPace(10 * time.Microsecond) // as fast as it can
	if n := testing.AllocsPerRun(50, func() {
		f, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		f.Release()
	}); n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}

func TestClosedCardReaderEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := NewCardReader(64, 36, 0.001)
		if err != nil {
			t.Fatal(err)
		}
		f, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := r.Read(); !errors.Is(err, io.EOF) {
				t.Errorf("a Read that Close ended returned %v; want io.EOF", err)
			}
		})
		synctest.Wait() // until Read waits for its slot
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		wg.Wait()
		if d := time.Since(start); d != 0 {
			t.Errorf("Close ended Read after %v", d)
		}
		if g, err := r.Read(); g != nil || !errors.Is(err, io.EOF) {
			t.Errorf("Read after Close returned %v, %v; want io.EOF", g, err)
		}
		// What was read before outlives the reader.
		if n, _, ok := ReadCard(f); !ok || n != 1 {
			t.Errorf("the picture in hand reads as %d, %v", n, ok)
		}
		f.Release()
	})
}

func TestCardReaderRefusesWhatItCannotPlay(t *testing.T) {
	for _, c := range []struct {
		w, h int
		rate float64
	}{{46, 32, 30}, {48, 30, 30}, {7682, 100, 30}, {100, 4322, 30}, {640, 360, 0}, {640, 360, -1}, {640, 360, 121}, {0, 0, 30}} {
		if r, err := NewCardReader(c.w, c.h, c.rate); r != nil || !errors.Is(err, errMalformed) {
			t.Errorf("%+v: %v, %v", c, r, err)
		}
	}
}

func BenchmarkDraw720p(b *testing.B) {
	c := NewCard(1280, 720)
	f := testFrame(1280, 720, 0, 0)
	at := time.UnixMilli(1_700_000_000_123)
	b.ReportAllocs()
	for b.Loop() {
		c.Draw(f, 1, at)
	}
}
