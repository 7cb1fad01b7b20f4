package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"foyer/media/video"
)

// Scene draws a picture that is a function of its number alone. Draw is for one
// goroutine.
type Scene interface {
	Draw(f *video.Frame, n int)
}

// natural is a picture with the spectrum of a photograph (amplitude falls with
// frequency), that pans, with somebody moving in front and a camera's noise: what
// an encoder has to do with it is near to what a webcam's picture asks.
type natural struct {
	w, h       int
	back, face []uint8 // wide textures, panned
	cb, cr     []uint8
	side       int
	noise      []int8
}

// NewNatural makes the scene for pictures of the size.
func NewNatural(width, height int) Scene {
	const margin = 64
	s := &natural{w: width, h: height, side: max(width, height) + 2*margin}
	random := rand.New(rand.NewPCG(1, 2))
	s.back = texture(random, s.side, 0.8)
	s.face = texture(random, s.side, 1.1)
	s.cb, s.cr = texture(random, s.side/2, 1.6), texture(random, s.side/2, 1.6)
	s.noise = make([]int8, 1<<16+s.side)
	for i := range s.noise {
		s.noise[i] = int8(math.Round(random.NormFloat64() * 1.1))
	}
	return s
}

// texture is value noise in octaves, each persistence weaker than what is twice
// as coarse.
func texture(random *rand.Rand, side int, falloff float64) []uint8 {
	sum := make([]float64, side*side)
	for cell, weight := 256, 1.0; cell >= 2; cell, weight = cell/2, weight*math.Pow(0.5, falloff) {
		n := side/cell + 2
		grid := make([]float64, n*n)
		for i := range grid {
			grid[i] = random.Float64()*2 - 1
		}
		for y := range side {
			gy, fy := y/cell, smooth(float64(y%cell)/float64(cell))
			for x := range side {
				gx, fx := x/cell, smooth(float64(x%cell)/float64(cell))
				a := grid[gy*n+gx]*(1-fx) + grid[gy*n+gx+1]*fx
				b := grid[(gy+1)*n+gx]*(1-fx) + grid[(gy+1)*n+gx+1]*fx
				sum[y*side+x] += weight * (a*(1-fy) + b*fy)
			}
		}
	}
	low, high := sum[0], sum[0]
	for _, v := range sum {
		low, high = min(low, v), max(high, v)
	}
	out := make([]uint8, len(sum))
	for i, v := range sum {
		out[i] = uint8(30 + 190*(v-low)/(high-low))
	}
	return out
}

func smooth(t float64) float64 { return t * t * (3 - 2*t) }

// Draw implements Scene.
func (s *natural) Draw(f *video.Frame, n int) {
	// A hand-held camera's sway, a whole number of times in a Loop.
	t := 2 * math.Pi * float64(n) / Loop
	bx, by := 32+int(24*math.Sin(t)), 32+int(10*math.Sin(2*t))
	fx, fy := 32+int(20*math.Sin(2*t+1)), 32+int(8*math.Sin(3*t))
	cx, cy := float64(s.w)*(0.5+0.06*math.Sin(2*t+1)), float64(s.h)*(0.62+0.02*math.Sin(3*t))
	rx, ry := float64(s.h)*0.30, float64(s.h)*0.44
	grain := s.noise[(n%Loop)*7919&0x7fff:]
	for y := range s.h {
		row := f.Y[y*f.YStride : y*f.YStride+s.w]
		back, face := s.back[(y+by)*s.side+bx:], s.face[(y+fy)*s.side+fx:]
		dy := (float64(y) - cy) / ry
		half := 0.0
		if dy*dy < 1 {
			half = rx * math.Sqrt(1-dy*dy)
		}
		x0, x1 := int(cx-half), int(cx+half)
		g := grain[(y*1031)&0x7fff:]
		for x := range row {
			v := back[x]
			if x >= x0 && x < x1 {
				v = face[x]/2 + 90
			}
			row[x] = uint8(int(v) + int(g[x]))
		}
	}
	for y := range s.h / 2 {
		from := (y+by/2)*(s.side/2) + bx/2
		for x := range s.w / 2 {
			f.U[y*f.CStride+x] = 96 + s.cb[from+x]/4
			f.V[y*f.CStride+x] = 100 + s.cr[from+x]/4
		}
	}
	Mark(f, n)
}

// page is a text that scrolls.
type page struct {
	w, h int
	text *image.Gray // one Loop of it, repeated down the picture
}

// Scroll is how many rows a page moves in a picture: at 30 a second that is the
// pace of somebody skimming.
const Scroll = 2

// NewPage makes a scrolling page: a column of text on white, in a size for reading.
func NewPage(width, height int) (Scene, error) {
	s := &page{w: width, h: height, text: image.NewGray(image.Rect(0, 0, width, Scroll*Loop))}
	draw.Draw(s.text, s.text.Rect, image.NewUniform(color.Gray{235}), image.Point{}, draw.Src)
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("draw a page: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 17, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("draw a page: %w", err)
	}
	defer face.Close()
	random := rand.New(rand.NewPCG(3, 4))
	d := font.Drawer{Dst: s.text, Src: image.NewUniform(color.Gray{30}), Face: face}
	const line = 24
	left, column := width/4, fixed.I(width/2)
	for y := line - 6; y < Scroll*Loop; y += line {
		var text []byte
		for d.MeasureBytes(text) < column-fixed.I(60) {
			for range 2 + random.IntN(9) {
				text = append(text, byte('a'+random.IntN(26)))
			}
			text = append(text, ' ')
		}
		d.Dot = fixed.P(left, y)
		d.DrawBytes(text)
	}
	return s, nil
}

// Draw implements Scene.
func (s *page) Draw(f *video.Frame, n int) {
	rows := s.text.Rect.Dy()
	for y := range s.h {
		copy(f.Y[y*f.YStride:y*f.YStride+s.w], s.text.Pix[(n*Scroll+y)%rows*s.text.Stride:])
	}
	for y := range s.h / 2 {
		u, v := f.U[y*f.CStride:y*f.CStride+s.w/2], f.V[y*f.CStride:y*f.CStride+s.w/2]
		for x := range u {
			u[x], v[x] = 128, 128
		}
	}
	Mark(f, n)
}
