package video

import (
	"fmt"
	"image"
	"io"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The card's marker is a grid of black and white cells near the top:
// a frame number of 32 bits, a wall clock in milliseconds of 48 bits, and a
// CRC of 16 bits, row by row, most significant bit first. Cells are large, so
// that the marker outlives compression, scaling and conversion.
const (
	markerCols = 16
	markerRows = 6
	// The marker's place, in 1/240 of the width and 1/135 of the height.
	markerX, markerY, markerW, markerH = 24, 10, 192, 48
	barsY, barsH                       = 66, 34 // colour bars, over the whole width
)

// Bar is one colour of the card's bars, limited range BT.601.
type Bar struct{ Y, U, V uint8 }

// Bars are the colours from left to right: white, yellow, cyan, green,
// magenta, red, blue, black, at 75 % (SMPTE EG 1).
var Bars = [8]Bar{
	{180, 128, 128}, {162, 44, 142}, {131, 156, 44}, {112, 72, 58},
	{84, 184, 198}, {65, 100, 212}, {35, 212, 114}, {16, 128, 128},
}

// Card is a moving test picture: colour bars, a clock, a sliding box, and a
// marker that machines read back with ReadCard.
type Card struct {
	w, h  int
	text  *image.Gray // the clock's line, drawn small and enlarged
	line  []byte
	scale int
}

// NewCard makes a card for pictures of the size.
func NewCard(width, height int) *Card {
	scale := max(1, min(height*14/100/13, width/(7*12)))
	return &Card{w: even(width), h: even(height), text: image.NewGray(image.Rect(0, 0, 7*12, 13)), scale: scale}
}

// Draw fills f, of the card's size, with picture number n taken at a time.
func (c *Card) Draw(f *Frame, n uint32, at time.Time) {
	if !f.whole() || f.Width != c.w || f.Height != c.h {
		return
	}
	f.Captured = at
	fill(f, image.Rect(0, 0, c.w, c.h), Bar{40, 134, 122})
	for i, b := range Bars {
		fill(f, image.Rect(c.w*i/8, c.h*barsY/135, c.w*(i+1)/8, c.h*(barsY+barsH)/135), b)
	}
	white, black := Bar{235, 128, 128}, Bar{16, 128, 128}
	fill(f, image.Rect(c.w*(markerX-4)/240, c.h*(markerY-4)/135, c.w*(markerX+markerW+4)/240, c.h*(markerY+markerH+4)/135), Bar{126, 128, 128})
	bits := encodeMarker(n, at)
	for row := range markerRows {
		for col := range markerCols {
			colour := black
			if bits[row]&(1<<(markerCols-1-col)) != 0 {
				colour = white
			}
			fill(f, markerCell(c.w, c.h, row, col), colour)
		}
	}
	// A box that crosses the picture every four seconds shows stutter to the eye.
	side := c.h / 10 &^ 1
	x := int(at.UnixMilli()%4000) * (c.w - side) / 4000
	fill(f, image.Rect(x, c.h*102/135, x+side, c.h*102/135+side), Bar{190, 90, 160})
	c.clock(f, at)
}

// clock writes hh:mm:ss.mmm at the lower edge.
func (c *Card) clock(f *Frame, at time.Time) {
	clear(c.text.Pix)
	c.line = at.AppendFormat(c.line[:0], "15:04:05.000")
	d := font.Drawer{Dst: c.text, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(0, 11)}
	d.DrawBytes(c.line)
	w, h := 7*12*c.scale, 13*c.scale
	x0, y0 := (c.w-w)/2, c.clockTop()
	if x0 < 0 || y0 < 0 {
		return
	}
	for y := range h {
		row := f.Y[(y0+y)*f.YStride+x0:]
		from := c.text.Pix[y/c.scale*c.text.Stride:]
		for x := range w {
			if from[x/c.scale] > 127 {
				row[x] = 235
			}
		}
	}
}

// clockTop is the clock's uppermost line; negative where there is no room for it.
func (c *Card) clockTop() int { return c.h - 13*c.scale - c.h/60 }

// fill paints r, clipped to f.
func fill(f *Frame, r image.Rectangle, b Bar) {
	r = r.Intersect(image.Rect(0, 0, f.Width, f.Height))
	if r.Empty() {
		return
	}
	set(f.Y, f.YStride, r, b.Y)
	half := image.Rect((r.Min.X+1)/2, (r.Min.Y+1)/2, (r.Max.X+1)/2, (r.Max.Y+1)/2)
	half = half.Intersect(image.Rect(0, 0, f.Width/2, f.Height/2))
	if !half.Empty() {
		set(f.U, f.CStride, half, b.U)
		set(f.V, f.CStride, half, b.V)
	}
}

func set(plane []byte, stride int, r image.Rectangle, v byte) {
	first := plane[r.Min.Y*stride+r.Min.X : r.Min.Y*stride+r.Max.X]
	for i := range first {
		first[i] = v
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(plane[y*stride+r.Min.X:y*stride+r.Max.X], first)
	}
}

// markerCell is where a cell lies in a card of the size.
func markerCell(w, h, row, col int) image.Rectangle {
	x := func(col int) int { return w * (markerX*markerCols + col*markerW) / (240 * markerCols) }
	y := func(row int) int { return h * (markerY*markerRows + row*markerH) / (135 * markerRows) }
	return image.Rect(x(col), y(row), x(col+1), y(row+1))
}

func encodeMarker(n uint32, at time.Time) [markerRows]uint16 {
	ms := uint64(at.UnixMilli()) & (1<<48 - 1)
	m := [markerRows]uint16{uint16(n >> 16), uint16(n), uint16(ms >> 32), uint16(ms >> 16), uint16(ms)}
	m[5] = crc16(m[:5])
	return m
}

// crc16 is CRC-16/CCITT-FALSE over big-endian words.
func crc16(words []uint16) uint16 {
	crc := uint16(0xffff)
	for _, w := range words {
		crc ^= w
		for range 16 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// ReadCard reads the marker of a card that fills f: its number and when it was
// drawn, to the millisecond. ok is false where there is none, or it is damaged.
func ReadCard(f *Frame) (number uint32, at time.Time, ok bool) {
	if !f.whole() {
		return 0, time.Time{}, false
	}
	return readMarker(image.Rect(0, 0, f.Width, f.Height), func(x, y int) int {
		return int(f.Y[y*f.YStride+x])
	})
}

// ReadCardRGBA reads the marker of a card that fills area of img, as on a screenshot.
func ReadCardRGBA(img *image.RGBA, area image.Rectangle) (number uint32, at time.Time, ok bool) {
	if !area.In(img.Rect) {
		return 0, time.Time{}, false
	}
	return readMarker(area, func(x, y int) int {
		p := img.Pix[img.PixOffset(x, y):]
		return (int(p[0])*77 + int(p[1])*150 + int(p[2])*29) >> 8
	})
}

func readMarker(r image.Rectangle, luma func(x, y int) int) (uint32, time.Time, bool) {
	var m [markerRows]uint16
	w, h := r.Dx(), r.Dy()
	if w < 48 || h < 27 {
		return 0, time.Time{}, false
	}
	for row := range markerRows {
		for col := range markerCols {
			// The middle of the cell, averaged over a small cross that stays in it.
			c := markerCell(w, h, row, col).Add(r.Min)
			x, y := (c.Min.X+c.Max.X)/2, (c.Min.Y+c.Max.Y)/2
			dx, dy := min(1, c.Dx()/3), min(1, c.Dy()/3)
			sum := 2*luma(x, y) + luma(x-dx, y) + luma(x+dx, y) + luma(x, y-dy) + luma(x, y+dy)
			if sum/6 > 126 {
				m[row] |= 1 << (markerCols - 1 - col)
			}
		}
	}
	if m[5] != crc16(m[:5]) {
		return 0, time.Time{}, false
	}
	ms := uint64(m[2])<<32 | uint64(m[3])<<16 | uint64(m[4])
	return uint32(m[0])<<16 | uint32(m[1]), time.UnixMilli(int64(ms)), true
}

// BarsError is the largest difference, in 8-bit steps over Y, U and V, between
// the card's bars in f (their inner parts, averaged) and what they should be.
func BarsError(f *Frame) float64 {
	if !f.whole() {
		return 255
	}
	worst := 0.0
	for i, b := range Bars {
		r := image.Rect(f.Width*(4*i+1)/32, f.Height*(4*barsY+barsH)/540, f.Width*(4*i+3)/32, f.Height*(4*barsY+3*barsH)/540)
		half := image.Rect(r.Min.X/2, r.Min.Y/2, max(r.Max.X/2, r.Min.X/2+1), max(r.Max.Y/2, r.Min.Y/2+1))
		for _, p := range []struct {
			plane  []byte
			stride int
			r      image.Rectangle
			want   uint8
		}{{f.Y, f.YStride, r, b.Y}, {f.U, f.CStride, half, b.U}, {f.V, f.CStride, half, b.V}} {
			sum, n := 0, 0
			for y := p.r.Min.Y; y < p.r.Max.Y; y++ {
				for x := p.r.Min.X; x < p.r.Max.X; x++ {
					sum += int(p.plane[y*p.stride+x])
					n++
				}
			}
			if n > 0 {
				worst = max(worst, abs(float64(sum)/float64(n)-float64(p.want)))
			}
		}
	}
	return worst
}

func abs(x float64) float64 { return max(x, -x) }

// cardReader plays the card in real time.
type cardReader struct {
	pool Pool
	pace *Pace
	card *Card
	n    uint32
}

// NewCardReader plays a card of the size at frameRate pictures a second.
func NewCardReader(width, height int, frameRate float64) (Reader, error) {
	if width < 48 || height < 32 || width > 7680 || height > 4320 || frameRate <= 0 || frameRate > 120 {
		return nil, fmt.Errorf("test card of %dx%d at %g fps: %w", width, height, frameRate, errMalformed)
	}
	return &cardReader{pace: NewPace(time.Duration(float64(time.Second) / frameRate)), card: NewCard(width, height)}, nil
}

func (r *cardReader) Read() (*Frame, error) {
	at, ok := r.pace.Wait()
	if !ok {
		return nil, io.EOF
	}
	f := r.pool.Get(r.card.w, r.card.h)
	r.n++
	r.card.Draw(f, r.n, at)
	return f, nil
}

func (r *cardReader) Close() error {
	r.pace.Stop()
	return nil
}
