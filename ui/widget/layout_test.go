package widget

import (
	"math"
	"testing"
)

func TestFitFindsTheLargestTiles(t *testing.T) {
	for _, c := range []struct {
		n          int
		w, h       float32
		cols, rows int
	}{
		{1, 1280, 720, 1, 1},
		{2, 1280, 720, 2, 1},
		{2, 600, 900, 1, 2},
		{3, 1280, 720, 2, 2},
		{4, 1280, 720, 2, 2},
		{5, 1280, 720, 3, 2},
		{9, 1280, 720, 3, 3},
		{10, 1280, 720, 4, 3},
		{25, 1280, 720, 5, 5},
		{4, 2000, 200, 4, 1},
		{4, 200, 2000, 1, 4},
	} {
		cols, rows, w, h := Fit(c.n, c.w, c.h, 8)
		if cols != c.cols || rows != c.rows {
			t.Errorf("Fit(%d, %vx%v) = %d by %d, want %d by %d", c.n, c.w, c.h, cols, rows, c.cols, c.rows)
		}
		if math.Abs(float64(w/h-Aspect)) > 0.01 {
			t.Errorf("Fit(%d, %vx%v): tile %vx%v is not 16:9", c.n, c.w, c.h, w, h)
		}
	}
	if cols, rows, _, _ := Fit(0, 100, 100, 8); cols != 0 || rows != 0 {
		t.Errorf("no tiles in %d by %d", cols, rows)
	}
}

// No grid of any other number of columns has larger tiles, and all of them fit.
func TestGridFitsAndIsBest(t *testing.T) {
	for _, size := range [][2]float32{{1280, 592}, {800, 472}, {2560, 1312}, {500, 900}, {320, 240}, {480, 232}} {
		for n := 1; n <= 25; n++ {
			for _, scale := range []float32{1, 1.5, 2} {
				space := Rect{8, 48, size[0], size[1]}
				tiles := Grid(n, space, 8, scale)
				if len(tiles) != n {
					t.Fatalf("%d tiles asked, %d placed", n, len(tiles))
				}
				for i, a := range tiles {
					const slack = 1
					if a.X < space.X-slack || a.Y < space.Y-slack || a.X+a.W > space.X+space.W+slack || a.Y+a.H > space.Y+space.H+slack {
						t.Errorf("%d in %v: tile %d %v is outside", n, size, i, a)
					}
					for _, v := range []float32{a.X, a.Y, a.W, a.H} {
						if d := v * scale; math.Abs(float64(d)-math.Round(float64(d))) > 1e-3 {
							t.Errorf("%d in %v at scale %v: %v is off the pixel grid", n, size, scale, a)
						}
					}
					for _, b := range tiles[:i] {
						if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
							t.Errorf("%d in %v: tiles overlap", n, size)
						}
					}
				}
				for c := 1; c <= n; c++ {
					r := (n + c - 1) / c
					w := min((size[0]-8*float32(c-1))/float32(c), (size[1]-8*float32(r-1))/float32(r)*Aspect)
					if w > tiles[0].W+1.1 {
						t.Errorf("%d in %v: %d columns would give %v, got %v", n, size, c, w, tiles[0].W)
					}
				}
			}
		}
	}
}

func TestLastRowIsCentred(t *testing.T) {
	tiles := Grid(5, Rect{0, 0, 1280, 720}, 8, 1)
	left, right := tiles[3].X, 1280-tiles[4].X-tiles[4].W
	if math.Abs(float64(left-right)) > 1 || left < 100 {
		t.Errorf("last row of two begins at %v and ends %v before the edge", left, right)
	}
}

func TestSpotlight(t *testing.T) {
	wide, strip, room := Spotlight(20, true, Rect{8, 48, 1264, 592}, 8, 1)
	if len(strip) != room || room < 3 || room > 5 {
		t.Errorf("wide: strip of %d, room for %d", len(strip), room)
	}
	for _, s := range strip {
		if s.X < wide.X+wide.W+8 || s.Y < 48 || s.Y+s.H > 48+592 {
			t.Errorf("wide: strip tile %v with main %v", s, wide)
		}
	}
	if wide.W < 1264*0.75 || wide.H != 592 {
		t.Errorf("wide: main is %v", wide)
	}
	tall, strip, _ := Spotlight(3, true, Rect{0, 0, 500, 900}, 8, 1)
	if len(strip) != 3 || strip[0].Y < tall.Y+tall.H || strip[0].Y != strip[2].Y {
		t.Errorf("tall: main %v, strip %v", tall, strip)
	}
	alone, strip, _ := Spotlight(0, false, Rect{0, 0, 1000, 1000}, 8, 1)
	if len(strip) != 0 || alone.W != 1000 || alone.Y < 200 {
		t.Errorf("alone: main %v, strip %v", alone, strip)
	}
	if tiny, _, _ := Spotlight(3, false, Rect{0, 0, 20, 10}, 8, 1); tiny.W < 1 || tiny.H < 1 {
		t.Errorf("tiny: main %v", tiny)
	}
}
