package widget

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"foyer/ui/theme"
)

// NewPlate is a large rectangle with round corners, in a colour of the theme.
//
// Fyne computes a canvas.Rectangle anew for each of its pixels whenever
// anything in the window moves; without a GPU that costs several times what a
// picture does. A plate is drawn once and then copied. Refresh it after a change
// of theme.
func NewPlate(name fyne.ThemeColorName, radius float32) *canvas.Raster {
	var r *canvas.Raster
	r = canvas.NewRaster(func(w, h int) image.Image {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(img, img.Bounds(), image.NewUniform(theme.Color(name)), image.Point{}, draw.Src)
		if s := r.Size(); s.Width > 0 {
			var m cornerMask
			m.apply(img, radius*float32(w)/s.Width)
		}
		return img
	})
	r.ScaleMode = canvas.ImageScalePixels
	return r
}

// cornerMask rounds the corners of pictures: it keeps how much of each pixel of
// a corner is covered, so that a picture costs a few hundred multiplications.
// A radius is in pixels.
type cornerMask struct {
	radius float32
	side   int
	cover  []uint32 // of the upper left corner, row by row, 0 to 256
}

func (m *cornerMask) prepare(radius float32) {
	if m.radius == radius {
		return
	}
	m.radius, m.side = radius, int(math.Ceil(float64(radius)))
	m.cover = make([]uint32, m.side*m.side)
	for y := range m.side {
		for x := range m.side {
			d := math.Hypot(float64(radius)-float64(x)-0.5, float64(radius)-float64(y)-0.5)
			m.cover[y*m.side+x] = uint32(256 * math.Max(0, math.Min(1, float64(radius)-d+0.5)))
		}
	}
}

// apply rounds the corners of img, whose colours are premultiplied.
func (m *cornerMask) apply(img *image.RGBA, radius float32) {
	m.prepare(radius)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	side := min(m.side, w/2, h/2)
	for y := range side {
		top, bottom := img.Pix[y*img.Stride:], img.Pix[(h-1-y)*img.Stride:]
		for x, c := range m.cover[y*m.side : y*m.side+side] {
			if c >= 256 {
				break
			}
			fade(top[4*x:4*x+4], c)
			fade(top[4*(w-1-x):4*(w-1-x)+4], c)
			fade(bottom[4*x:4*x+4], c)
			fade(bottom[4*(w-1-x):4*(w-1-x)+4], c)
		}
	}
}

// blend rounds the corners of an opaque picture that lies on a colour, and leaves
// it opaque. bgra says that the picture has blue in red's place.
func (m *cornerMask) blend(img *image.RGBA, radius float32, on color.Color, bgra bool) {
	m.prepare(radius)
	red, green, blue, _ := on.RGBA()
	if bgra {
		red, blue = blue, red
	}
	under := [4]uint32{red >> 8, green >> 8, blue >> 8, 255}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	side := min(m.side, w/2, h/2)
	for y := range side {
		top, bottom := img.Pix[y*img.Stride:], img.Pix[(h-1-y)*img.Stride:]
		for x, c := range m.cover[y*m.side : y*m.side+side] {
			if c >= 256 {
				break
			}
			for i, u := range under {
				u *= 256 - c
				left, right := 4*x+i, 4*(w-1-x)+i
				top[left] = uint8((uint32(top[left])*c + u) >> 8)
				top[right] = uint8((uint32(top[right])*c + u) >> 8)
				bottom[left] = uint8((uint32(bottom[left])*c + u) >> 8)
				bottom[right] = uint8((uint32(bottom[right])*c + u) >> 8)
			}
		}
	}
}

func fade(pixel []uint8, cover uint32) {
	for i, v := range pixel {
		pixel[i] = uint8(uint32(v) * cover >> 8)
	}
}

// ring is an outline with round corners. It is made of thin pieces: a stroked
// rectangle would be computed for all pixels within it.
type ring struct {
	edges   [4]*canvas.Rectangle
	corners [4]*canvas.Raster
	width   float32
	radius  float32
}

func newRing(name fyne.ThemeColorName, width, radius float32) *ring {
	r := &ring{width: width, radius: radius}
	for i := range r.edges {
		r.edges[i] = canvas.NewRectangle(theme.Color(name))
		r.corners[i] = canvas.NewRaster(func(w, h int) image.Image { return r.corner(i, w, theme.Color(name)) })
		r.corners[i].ScaleMode = canvas.ImageScalePixels
	}
	r.show(false)
	return r
}

// corner draws a quarter of the ring, side pixels wide; 0 is upper left, then
// clockwise.
func (r *ring) corner(i, side int, c color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	p := color.NRGBAModel.Convert(c).(color.NRGBA)
	radius := float64(side)
	width := float64(r.width) * radius / float64(r.radius)
	for y := range side {
		for x := range side {
			fx, fy := float64(x)+0.5, float64(y)+0.5
			if i == 0 || i == 3 {
				fx = radius - fx
			}
			if i == 0 || i == 1 {
				fy = radius - fy
			}
			d := math.Hypot(fx, fy)
			cover := math.Min(radius-d+0.5, d-(radius-width)+0.5)
			p.A = uint8(255 * math.Max(0, math.Min(1, cover)))
			img.SetNRGBA(x, y, p)
		}
	}
	return img
}

func (r *ring) objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for i := range r.edges {
		out = append(out, r.edges[i], r.corners[i])
	}
	return out
}

func (r *ring) visible() bool { return r.edges[0].Visible() }

func (r *ring) show(on bool) {
	for i := range r.edges {
		show(r.edges[i], on)
		show(r.corners[i], on)
	}
}

func (r *ring) recolor(c color.Color) {
	for i := range r.edges {
		r.edges[i].FillColor = c
		r.edges[i].Refresh()
		r.corners[i].Refresh()
	}
}

// place puts the ring around a thing of a size, its outer edge out of it by some.
func (r *ring) place(out float32, size fyne.Size) {
	d, t := r.radius, r.width
	x, y, w, h := -out, -out, size.Width+2*out, size.Height+2*out
	place(r.corners[0], x, y, d, d)
	place(r.corners[1], x+w-d, y, d, d)
	place(r.corners[2], x+w-d, y+h-d, d, d)
	place(r.corners[3], x, y+h-d, d, d)
	place(r.edges[0], x+d, y, w-2*d, t)
	place(r.edges[1], x+w-t, y+d, t, h-2*d)
	place(r.edges[2], x+d, y+h-t, w-2*d, t)
	place(r.edges[3], x, y+d, t, h-2*d)
}
