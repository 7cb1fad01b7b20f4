//go:build unix

package e2e

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"

	"golang.org/x/image/vector"
)

// portrait is somebody drawn, in a room, for pictures in documents.
type portrait struct {
	wall, floor, skin, hair, clothes color.RGBA
	long                             bool // hair to the shoulders
	room                             func(*paper)
}

var (
	adaPortrait = portrait{
		wall: color.RGBA{226, 188, 120, 255}, floor: color.RGBA{206, 164, 96, 255}, skin: color.RGBA{122, 78, 54, 255},
		hair: color.RGBA{38, 26, 24, 255}, clothes: color.RGBA{44, 110, 106, 255}, long: true, room: (*paper).shelf,
	}
	jonasPortrait = portrait{
		wall: color.RGBA{122, 158, 186, 255}, floor: color.RGBA{100, 136, 166, 255}, skin: color.RGBA{238, 196, 166, 255},
		hair: color.RGBA{170, 108, 56, 255}, clothes: color.RGBA{62, 70, 104, 255}, room: (*paper).outside,
	}
	samPortrait = portrait{
		wall: color.RGBA{148, 178, 146, 255}, floor: color.RGBA{124, 156, 124, 255}, skin: color.RGBA{204, 152, 112, 255},
		hair: color.RGBA{58, 42, 40, 255}, clothes: color.RGBA{190, 88, 72, 255}, room: (*paper).plant,
	}
)

// write makes a second of video of them, which a camera plays over and over.
func (p portrait) write(path string) error {
	const width, height = 1280, 720
	s := &paper{img: image.NewRGBA(image.Rect(0, 0, width, height)), pen: vector.NewRasterizer(width, height)}
	p.draw(s)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n", width, height)
	planes := s.planes()
	for range 25 {
		fmt.Fprint(w, "FRAME\n")
		_, _ = w.Write(planes) // Flush has the error
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func (p portrait) draw(s *paper) {
	s.box(p.wall, 0, 0, 1280, 720)
	s.box(p.floor, 0, 560, 1280, 160)
	p.room(s)
	shade := func(c color.RGBA, by float64) color.RGBA {
		return color.RGBA{uint8(float64(c.R) * by), uint8(float64(c.G) * by), uint8(float64(c.B) * by), 255}
	}
	if p.long {
		s.round(p.hair, 478, 150, 324, 440, 150)
	}
	s.round(p.clothes, 350, 540, 580, 400, 170)            // shoulders
	s.round(shade(p.skin, 0.86), 584, 440, 112, 160, 54)   // neck
	s.round(shade(p.clothes, 0.84), 560, 572, 160, 40, 20) // collar
	s.round(p.skin, 584, 540, 112, 46, 23)                 // below it
	s.oval(shade(p.skin, 0.92), 514, 350, 22, 34)          // ears
	s.oval(shade(p.skin, 0.92), 766, 350, 22, 34)          //
	s.round(p.skin, 520, 190, 240, 310, 118)               // face
	s.path(p.hair, 508, 330, 500, 110, 780, 110, 772, 330) // hair
	s.path(p.skin, 540, 332, 560, 214, 720, 214, 740, 332) // brow
	s.round(p.skin, 538, 324, 204, 60, 20)                 //
	for _, x := range []float32{590, 690} {
		s.round(shade(p.hair, 0.9), x-26, 312, 52, 9, 4)
		s.oval(color.RGBA{250, 248, 244, 255}, x, 350, 20, 13)
		s.oval(color.RGBA{46, 34, 30, 255}, x, 350, 11, 12)
	}
	s.round(shade(p.skin, 0.86), 630, 360, 20, 50, 10) // nose
	s.path(color.RGBA{150, 62, 62, 255}, 594, 430, 610, 472, 670, 472, 686, 430)
}

// paper is what is drawn on.
type paper struct {
	img *image.RGBA
	pen *vector.Rasterizer
}

func (s *paper) fill(c color.RGBA) {
	s.pen.Draw(s.img, s.img.Rect, image.NewUniform(c), image.Point{})
	s.pen.Reset(s.img.Rect.Dx(), s.img.Rect.Dy())
}

func (s *paper) box(c color.RGBA, x, y, w, h float32) {
	s.pen.MoveTo(x, y)
	s.pen.LineTo(x+w, y)
	s.pen.LineTo(x+w, y+h)
	s.pen.LineTo(x, y+h)
	s.pen.ClosePath()
	s.fill(c)
}

// bend is how far a curve's handles are from its ends in a quarter of a circle.
const bend = 0.5523

func (s *paper) round(c color.RGBA, x, y, w, h, r float32) {
	k := r * (1 - bend)
	s.pen.MoveTo(x+r, y)
	s.pen.LineTo(x+w-r, y)
	s.pen.CubeTo(x+w-k, y, x+w, y+k, x+w, y+r)
	s.pen.LineTo(x+w, y+h-r)
	s.pen.CubeTo(x+w, y+h-k, x+w-k, y+h, x+w-r, y+h)
	s.pen.LineTo(x+r, y+h)
	s.pen.CubeTo(x+k, y+h, x, y+h-k, x, y+h-r)
	s.pen.LineTo(x, y+r)
	s.pen.CubeTo(x, y+k, x+k, y, x+r, y)
	s.pen.ClosePath()
	s.fill(c)
}

func (s *paper) oval(c color.RGBA, x, y, rx, ry float32) {
	kx, ky := rx*bend, ry*bend
	s.pen.MoveTo(x-rx, y)
	s.pen.CubeTo(x-rx, y-ky, x-kx, y-ry, x, y-ry)
	s.pen.CubeTo(x+kx, y-ry, x+rx, y-ky, x+rx, y)
	s.pen.CubeTo(x+rx, y+ky, x+kx, y+ry, x, y+ry)
	s.pen.CubeTo(x-kx, y+ry, x-rx, y+ky, x-rx, y)
	s.pen.ClosePath()
	s.fill(c)
}

// path fills one curve from its first point to its last, and the line back.
func (s *paper) path(c color.RGBA, ax, ay, bx, by, cx, cy, dx, dy float32) {
	s.pen.MoveTo(ax, ay)
	s.pen.CubeTo(bx, by, cx, cy, dx, dy)
	s.pen.ClosePath()
	s.fill(c)
}

func (s *paper) shelf() {
	wood := color.RGBA{142, 92, 58, 255}
	books := []color.RGBA{{178, 74, 62, 255}, {56, 98, 130, 255}, {238, 226, 200, 255}, {86, 122, 84, 255}, {206, 130, 60, 255}}
	for i, y := range []float32{210, 420} {
		s.box(wood, 60, y, 330, 16)
		x := float32(76)
		for n := range 9 {
			w, h := float32(20+(n*7+i*5)%14), float32(96+(n*23+i*31)%48)
			s.box(books[(n*2+i)%len(books)], x, y-h, w, h)
			x += w + 5
		}
	}
	s.round(color.RGBA{246, 238, 222, 255}, 930, 110, 230, 290, 8)
	s.box(color.RGBA{92, 146, 150, 255}, 952, 132, 186, 246)
	s.oval(color.RGBA{240, 196, 92, 255}, 1045, 230, 50, 50)
	s.path(color.RGBA{54, 92, 96, 255}, 952, 378, 1000, 270, 1090, 270, 1138, 378)
}

func (s *paper) outside() {
	s.box(color.RGBA{240, 240, 236, 255}, 810, 70, 390, 400)
	s.box(color.RGBA{190, 222, 240, 255}, 828, 88, 354, 364)
	s.oval(color.RGBA{255, 255, 255, 255}, 930, 170, 60, 24)
	s.oval(color.RGBA{255, 255, 255, 255}, 970, 156, 44, 28)
	s.path(color.RGBA{126, 168, 118, 255}, 828, 452, 900, 300, 1080, 300, 1182, 452)
	s.box(color.RGBA{240, 240, 236, 255}, 998, 88, 14, 364)
	s.round(color.RGBA{86, 92, 104, 255}, 190, 0, 12, 130, 4)
	s.path(color.RGBA{242, 196, 92, 255}, 110, 214, 130, 90, 262, 90, 282, 214)
}

func (s *paper) plant() {
	s.round(color.RGBA{192, 110, 76, 255}, 130, 440, 160, 170, 24)
	leaf := color.RGBA{58, 106, 72, 255}
	for i := range 7 {
		a := math.Pi * (0.14 + 0.12*float64(i))
		x, y := 210+230*float32(math.Cos(a)), 460-290*float32(math.Sin(a))
		across := func(by float32) (float32, float32) {
			return (210+x)/2 + by*float32(math.Sin(a)), (460+y)/2 + by*float32(math.Cos(a))
		}
		bx, by := across(52)
		cx, cy := across(-52)
		s.pen.MoveTo(210, 460)
		s.pen.QuadTo(bx, by, x, y)
		s.pen.QuadTo(cx, cy, 210, 460)
		s.pen.ClosePath()
		s.fill(leaf)
	}
	s.round(color.RGBA{250, 246, 236, 255}, 930, 120, 240, 180, 6)
	s.box(color.RGBA{214, 128, 96, 255}, 948, 138, 204, 144)
	s.oval(color.RGBA{250, 220, 160, 255}, 1050, 226, 40, 40)
	s.box(color.RGBA{120, 84, 96, 255}, 948, 226, 204, 56)
}

// planes are the picture as I420, limited range BT.601.
func (s *paper) planes() []byte {
	w, h := s.img.Rect.Dx(), s.img.Rect.Dy()
	out := make([]byte, w*h*3/2)
	luma, blue, red := out[:w*h], out[w*h:w*h*5/4], out[w*h*5/4:]
	for y := range h {
		for x := range w {
			c := s.img.RGBAAt(x, y)
			l, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
			luma[y*w+x] = uint8(16 + int(l)*219/255)
			if y%2 == 0 && x%2 == 0 {
				i := y/2*(w/2) + x/2
				blue[i], red[i] = uint8(128+(int(cb)-128)*224/255), uint8(128+(int(cr)-128)*224/255)
			}
		}
	}
	return out
}
