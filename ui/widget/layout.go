package widget

import "math"

// Rect is a place in Fyne's units.
type Rect struct{ X, Y, W, H float32 }

// Aspect is the shape of tiles.
const Aspect float32 = 16.0 / 9

// Fit finds the grid of n tiles of 16:9 that makes them largest in a space of w
// by h, with a gap between them. Fewer columns win a tie. Tiles are at least 1 by 1.
func Fit(n int, w, h, gap float32) (cols, rows int, tileW, tileH float32) {
	if n < 1 {
		return 0, 0, 0, 0
	}
	for c := 1; c <= n; c++ {
		r := (n + c - 1) / c
		tw := (w - gap*float32(c-1)) / float32(c)
		th := (h - gap*float32(r-1)) / float32(r)
		tw = min(tw, th*Aspect)
		if tw > tileW+0.01 || cols == 0 {
			cols, rows, tileW = c, r, tw
		}
	}
	tileW = max(tileW, 1)
	return cols, rows, tileW, max(tileW/Aspect, 1)
}

// Grid places n tiles in the middle of a space, row by row, the last row
// centred. Edges lie on multiples of 1/scale, that is, on device pixels.
func Grid(n int, space Rect, gap, scale float32) []Rect {
	cols, rows, w, h := Fit(n, space.W, space.H, gap)
	return gridIn(n, cols, rows, w, h, space, gap, scale)
}

func gridIn(n, cols, rows int, w, h float32, space Rect, gap, scale float32) []Rect {
	w, h = floor(w, scale), floor(h, scale)
	out := make([]Rect, 0, n)
	top := space.Y + (space.H-h*float32(rows)-gap*float32(rows-1))/2
	for r := 0; r < rows; r++ {
		in := min(cols, n-r*cols)
		left := space.X + (space.W-w*float32(in)-gap*float32(in-1))/2
		for c := 0; c < in; c++ {
			out = append(out, Rect{
				snap(left+float32(c)*(w+gap), scale),
				snap(top+float32(r)*(h+gap), scale), w, h,
			})
		}
	}
	return out
}

// GridOf is Grid whose tiles are as large as those of a grid of as many: the last
// page of a long grid keeps the size of the others.
func GridOf(n, as int, space Rect, gap, scale float32) []Rect {
	if as <= n {
		return Grid(n, space, gap, scale)
	}
	cols, _, w, h := Fit(as, space.W, space.H, gap)
	cols = min(cols, n)
	rows := (n + cols - 1) / max(cols, 1)
	// Just the room that the tiles of this size take, in the middle.
	tight := Rect{W: w*float32(cols) + gap*float32(cols-1), H: h*float32(rows) + gap*float32(rows-1)}
	tight.X, tight.Y = space.X+(space.W-tight.W)/2, space.Y+(space.H-tight.H)/2
	return gridIn(n, cols, rows, w, h, tight, gap, scale)
}

// PageSize is how many tiles, at most most, a page of a grid holds whose tiles are at
// least so wide.
func PageSize(most int, space Rect, gap, least float32) int {
	for n := most; n > 1; n-- {
		if _, _, w, _ := Fit(n, space.W, space.H, gap); w >= least {
			return n
		}
	}
	return 1
}

// Spot is one large tile with a strip of small ones.
type Spot struct {
	Main  Rect
	Strip []Rect // at most as many as asked for
	Room  int    // how many the strip holds; 0: it has no room, and is away
	Turn  Rect   // where the strip's pages are turned; empty where there is one page
	Below bool   // the strip is below the large tile, and the arrows at its ends
}

// Spotlight places one large tile and a strip of up to n small ones where the large
// one loses least: at its side or below it. Where it would lose too much the strip
// goes away. fill gives the large tile all of its room (a shared screen); else it is
// 16:9. turn is the size of a button that turns pages.
func Spotlight(n int, fill bool, space Rect, gap, scale, turn float32) Spot {
	best := Spot{Main: space}
	if n > 0 {
		whole := pictureArea(space)
		side, below := stripAside(n, space, gap, scale, turn), stripBelow(n, space, gap, scale, turn)
		if side.Room == 0 || pictureArea(below.Main) > pictureArea(side.Main) {
			side = below
		}
		if side.Room > 0 && pictureArea(side.Main) >= stripCosts*whole {
			best = side
		}
	}
	if !fill {
		best.Main = Grid(1, best.Main, gap, scale)[0]
	}
	m := best.Main
	best.Main = Rect{snap(m.X, scale), snap(m.Y, scale), floor(max(m.W, 1), scale), floor(max(m.H, 1), scale)}
	return best
}

// stripCosts is the share of its area that the large picture keeps beside a strip.
const stripCosts = 0.55

// pictureArea is the area of the largest picture of 16:9 in a room.
func pictureArea(r Rect) float32 {
	w := min(r.W, r.H*Aspect)
	return max(0, w) * max(0, w) / Aspect
}

func stripAside(n int, space Rect, gap, scale, turn float32) Spot {
	w := floor(clamp(space.W*0.2, 136, 264), scale)
	h := floor(w/Aspect, scale)
	s := Spot{Main: space, Room: int((space.H + gap) / (h + gap))}
	s.Main.W -= w + gap
	high := space.H
	if n > s.Room {
		high -= turn
		s.Room = int((high + gap) / (h + gap))
	}
	at := min(n, s.Room)
	x, top := space.X+space.W-w, space.Y+(high-float32(at)*(h+gap)+gap)/2
	for i := range at {
		s.Strip = append(s.Strip, Rect{snap(x, scale), snap(top+float32(i)*(h+gap), scale), w, h})
	}
	if n > s.Room {
		s.Turn = Rect{x, top + float32(at)*(h+gap) - gap, w, turn}
	}
	return s
}

func stripBelow(n int, space Rect, gap, scale, turn float32) Spot {
	w := floor(clamp((space.W-2*gap)/3, 112, 240), scale)
	h := floor(w/Aspect, scale)
	s := Spot{Main: space, Room: int((space.W + gap) / (w + gap)), Below: true}
	s.Main.H -= h + gap
	if n > s.Room { // the arrows stand at the strip's ends: its tiles become smaller, not fewer
		s.Room = max(1, s.Room)
		w = floor(min(w, (space.W-2*turn-gap*float32(s.Room-1))/float32(s.Room)), scale)
		h = floor(w/Aspect, scale)
		s.Main.H = space.H - h - gap
	}
	at := min(n, s.Room)
	wide := float32(at)*(w+gap) - gap
	left, y := space.X+(space.W-wide)/2, space.Y+space.H-h
	for i := range at {
		s.Strip = append(s.Strip, Rect{snap(left+float32(i)*(w+gap), scale), snap(y, scale), w, h})
	}
	if n > s.Room {
		s.Turn = Rect{left - turn, y, wide + 2*turn, h}
	}
	return s
}

// Inset is where a small tile stands over the lower right corner of a space.
func Inset(space Rect, gap, scale float32) Rect {
	w := floor(min(clamp(space.W*0.18, 112, 240), space.W/2), scale)
	h := floor(w/Aspect, scale)
	return Rect{snap(space.X+space.W-w-gap, scale), snap(space.Y+space.H-h-gap, scale), w, h}
}

func clamp(v, low, high float32) float32 { return min(max(v, low), high) }

func snap(v, scale float32) float32 {
	return float32(math.Round(float64(v*scale))) / scale
}

func floor(v, scale float32) float32 {
	return float32(math.Floor(float64(v*scale)+1e-3)) / scale
}
