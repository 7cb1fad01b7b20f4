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

// Spotlight places one large thing and a strip of small tiles: at its side in a
// wide space, below it in a tall one. strip has at most n places; room says how
// many the strip could hold. fill gives main all of its room (a shared screen);
// otherwise it is 16:9. n of 0 has no strip.
func Spotlight(n int, fill bool, space Rect, gap, scale float32) (main Rect, strip []Rect, room int) {
	main = space
	if n > 0 {
		if space.W >= space.H*1.1 {
			w := floor(clamp(space.W*0.2, 136, 264), scale)
			h := floor(w/Aspect, scale)
			room = max(1, int((space.H+gap)/(h+gap)))
			n = min(n, room)
			main.W -= w + gap
			top := space.Y + (space.H-float32(n)*(h+gap)+gap)/2
			for i := 0; i < n; i++ {
				strip = append(strip, Rect{snap(space.X+space.W-w, scale), snap(top+float32(i)*(h+gap), scale), w, h})
			}
		} else {
			w := floor(clamp((space.W-2*gap)/3, 112, 240), scale)
			h := floor(w/Aspect, scale)
			room = max(1, int((space.W+gap)/(w+gap)))
			n = min(n, room)
			main.H -= h + gap
			left := space.X + (space.W-float32(n)*(w+gap)+gap)/2
			for i := 0; i < n; i++ {
				strip = append(strip, Rect{snap(left+float32(i)*(w+gap), scale), snap(space.Y+space.H-h, scale), w, h})
			}
		}
	}
	if !fill {
		main = Grid(1, main, gap, scale)[0]
	}
	main = Rect{snap(main.X, scale), snap(main.Y, scale), floor(max(main.W, 1), scale), floor(max(main.H, 1), scale)}
	return main, strip, room
}

func clamp(v, low, high float32) float32 { return min(max(v, low), high) }

func snap(v, scale float32) float32 {
	return float32(math.Round(float64(v*scale))) / scale
}

func floor(v, scale float32) float32 {
	return float32(math.Floor(float64(v*scale)+1e-3)) / scale
}
