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
	wide := Spotlight(20, true, Rect{8, 48, 1264, 592}, 8, 1, 32)
	if len(wide.Strip) != wide.Room || wide.Room < 3 || wide.Room > 5 || wide.Below {
		t.Errorf("wide: strip of %d, room for %d", len(wide.Strip), wide.Room)
	}
	for _, s := range wide.Strip {
		if s.X < wide.Main.X+wide.Main.W+8 || s.Y < 48 || s.Y+s.H > wide.Turn.Y+1 {
			t.Errorf("wide: strip tile %v with main %v, turned at %v", s, wide.Main, wide.Turn)
		}
	}
	if wide.Main.W < 1264*0.75 || wide.Main.H != 592 {
		t.Errorf("wide: main is %v", wide.Main)
	}
	tall := Spotlight(3, true, Rect{0, 0, 500, 900}, 8, 1, 32)
	if len(tall.Strip) != 3 || !tall.Below || tall.Strip[0].Y < tall.Main.Y+tall.Main.H || tall.Strip[0].Y != tall.Strip[2].Y {
		t.Errorf("tall: %+v", tall)
	}
	alone := Spotlight(0, false, Rect{0, 0, 1000, 1000}, 8, 1, 32)
	if len(alone.Strip) != 0 || alone.Main.W != 1000 || alone.Main.Y < 200 {
		t.Errorf("alone: %+v", alone)
	}
	if tiny := Spotlight(3, false, Rect{0, 0, 20, 10}, 8, 1, 32); tiny.Main.W < 1 || tiny.Main.H < 1 {
		t.Errorf("tiny: main %v", tiny.Main)
	}
}

// The strip stands where the large picture loses least, and is away where it would
// lose too much; its pages are turned beside it.
func TestTheStripGoesWhereRoomIs(t *testing.T) {
	for _, c := range []struct {
		name    string
		n       int
		w, h    float32
		strip   int
		below   bool
		turning bool
	}{
		{"800x600 with the panel open", 3, 476, 476, 3, true, false},
		{"the same with many", 12, 476, 476, 3, true, true},
		{"800x600", 3, 784, 476, 3, false, false},
		{"800x600 with many", 12, 784, 476, 4, false, true},
		{"1280x720 with the panel open", 3, 910, 596, 3, true, false},
		{"1280x720", 12, 1264, 596, 3, false, true},
		{"tall", 5, 544, 776, 3, true, true},
		{"the smallest window", 3, 384, 196, 0, false, false},
		{"a low window", 3, 784, 130, 1, false, true},
	} {
		space := Rect{8, 0, c.w, c.h}
		s := Spotlight(c.n, true, space, 8, 1, 32)
		if len(s.Strip) != c.strip || len(s.Strip) > 0 && s.Below != c.below || (s.Turn.W > 0) != c.turning {
			t.Errorf("%s: %d tiles below %v, turning at %v, main %v; want %d, %v, %v", c.name, len(s.Strip), s.Below, s.Turn, s.Main, c.strip, c.below, c.turning)
		}
		if a, whole := pictureArea(s.Main), pictureArea(space); a < stripCosts*whole-1 {
			t.Errorf("%s: the picture keeps %.0f %% of its area", c.name, 100*a/whole)
		}
		for i, r := range append(s.Strip, s.Turn) {
			if r.W == 0 {
				continue
			}
			if r.X < space.X-1 || r.Y < -1 || r.X+r.W > space.X+space.W+1 || r.Y+r.H > space.H+1 {
				t.Errorf("%s: %d at %v is outside of %v", c.name, i, r, space)
			}
			if m := s.Main; r.X < m.X+m.W && m.X < r.X+r.W && r.Y < m.Y+m.H && m.Y < r.Y+r.H {
				t.Errorf("%s: %d at %v covers the picture at %v", c.name, i, r, m)
			}
		}
	}
}

// A last page keeps the size of the tiles of the others.
func TestALastPageIsNotGiant(t *testing.T) {
	space := Rect{8, 0, 1264, 596}
	full := Grid(25, space, 8, 1)
	for n := 1; n <= 25; n++ {
		tiles := GridOf(n, 25, space, 8, 1)
		if len(tiles) != n {
			t.Fatalf("%d tiles of %d", len(tiles), n)
		}
		last := tiles[n-1]
		if tiles[0].W != full[0].W || tiles[0].H != full[0].H || tiles[0].Y < 0 || last.Y+last.H > 597 {
			t.Errorf("%d: %v to %v, want tiles of %v", n, tiles[0], last, full[0])
		}
		if n == 1 && (tiles[0].X < 400 || tiles[0].Y < 200) {
			t.Errorf("one tile is at %v", tiles[0])
		}
	}
}

func TestPageSize(t *testing.T) {
	for _, c := range []struct {
		w, h float32
		want int
	}{{1264, 596, 25}, {784, 476, 25}, {484, 776, 25}, {384, 196, 9}, {100, 50, 1}} {
		n := PageSize(25, Rect{0, 0, c.w, c.h}, 8, 104)
		if n != c.want {
			t.Errorf("%vx%v: %d, want %d", c.w, c.h, n, c.want)
		}
	}
}
