//go:build unix

package display

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"time"

	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

// Card is a test card (video.Card) seen on a screen.
type Card struct {
	Area   image.Rectangle // where it lies; edges that a tile cuts away count too
	Number uint32
	Drawn  time.Time // to the millisecond
}

// The card's bars, by which channels are lit: red 4, green 2, blue 1.
var barOrder = [6]byte{6, 3, 2, 5, 4, 1} // yellow, cyan, green, magenta, red, blue

const (
	unlit  = 90  // a dark channel is below
	lit    = 130 // a lit one above
	noBar  = 255
	minBar = 4 // pixels
	// Where the bars' middle lies, of the card's height.
	barsMiddle = 83.0 / 135
)

func barColour(p []byte) byte {
	c := byte(0)
	for i := range 3 {
		switch {
		case p[i] > lit:
			c |= 4 >> i
		case p[i] >= unlit:
			return noBar
		}
	}
	return c
}

type run struct {
	colour byte
	x0, x1 int
}

// Cards finds the readable cards in a picture, by their colour bars. A mirrored
// card (somebody's own picture) is none. The card's shape is taken to be 16:9.
func Cards(img *image.RGBA) []Card {
	var (
		found []Card
		runs  []run
		b     = img.Rect
	)
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		runs = runs[:0]
		for x := b.Min.X; x < b.Max.X; x++ {
			c := barColour(img.Pix[img.PixOffset(x, y):])
			if n := len(runs); n > 0 && runs[n-1].colour == c {
				runs[n-1].x1 = x + 1
				continue
			}
			// Blurred edges are no run of their own.
			if n := len(runs); n > 0 && runs[n-1].x1-runs[n-1].x0 < minBar {
				runs = runs[:n-1]
				if n > 1 && runs[n-2].colour == c {
					runs[n-2].x1 = x + 1
					continue
				}
			}
			runs = append(runs, run{c, x, x + 1})
		}
	next:
		for i := 0; i+len(barOrder) <= len(runs); i++ {
			bars := runs[i : i+len(barOrder)]
			for j, want := range barOrder {
				if bars[j].colour != want {
					continue next
				}
			}
			step := float64(bars[5].x0-bars[1].x0) / 4
			for j := 1; j < len(bars); j++ {
				if w := float64(bars[j].x0 - bars[j-1].x0); step < minBar || w < step*0.8-2 || w > step*1.2+2 {
					continue next
				}
			}
			// The inner edges tell the place best: yellow may be cut.
			x0 := float64(bars[1].x0) - 2*step
			w := 8 * step
			top, bottom := y, y
			x := (bars[2].x0 + bars[2].x1) / 2
			for top > b.Min.Y && barColour(img.Pix[img.PixOffset(x, top-1):]) == barOrder[2] {
				top--
			}
			for bottom+1 < b.Max.Y && barColour(img.Pix[img.PixOffset(x, bottom+1):]) == barOrder[2] {
				bottom++
			}
			h := w * 9 / 16
			y0 := float64(top+bottom+1)/2 - h*barsMiddle
			area := image.Rect(int(x0+0.5), int(y0+0.5), int(x0+w+0.5), int(y0+h+0.5))
			if known(found, area) {
				continue
			}
			if c, ok := read(img, area); ok {
				found = append(found, c)
			}
		}
	}
	return found
}

func known(found []Card, area image.Rectangle) bool {
	for _, c := range found {
		if both := c.Area.Intersect(area); both.Dx()*both.Dy()*2 > area.Dx()*area.Dy() {
			return true
		}
	}
	return false
}

// read reads a card whose edges may lie outside the picture.
func read(img *image.RGBA, area image.Rectangle) (Card, bool) {
	if !area.In(img.Rect) {
		wide := image.NewRGBA(area.Union(img.Rect))
		draw.Draw(wide, img.Rect, img, img.Rect.Min, draw.Src)
		img = wide
	}
	n, at, ok := video.ReadCardRGBA(img, area)
	return Card{area, n, at}, ok
}

// PaintCards shows a running card on the display until ctx ends, a picture
// every period, and returns what went wrong, or nil.
func (d *Display) PaintCards(ctx context.Context, r image.Rectangle, period time.Duration) error {
	p, err := d.Show(r, "card")
	if err != nil {
		return err
	}
	defer p.Close()
	var (
		pool video.Pool
		card = video.NewCard(r.Dx(), r.Dy())
		img  = image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
		tick = time.NewTicker(period)
	)
	defer tick.Stop()
	for n := uint32(1); ; n++ {
		f := pool.Get(r.Dx(), r.Dy())
		card.Draw(f, n, time.Now())
		err := f.ToRGBA(img, img.Rect)
		f.Release()
		if err != nil {
			return fmt.Errorf("paint card %d: %w", n, err)
		}
		if err := p.Paint(img); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// MirroredCards finds the cards that a picture shows left and right swapped,
// as people see themselves.
func MirroredCards(img *image.RGBA) []Card {
	b := img.Rect
	flipped := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		from, to := img.Pix[(y-b.Min.Y)*img.Stride:], flipped.Pix[(y-b.Min.Y)*flipped.Stride:]
		for x := range b.Dx() {
			copy(to[4*x:4*x+4], from[4*(b.Dx()-1-x):])
		}
	}
	cards := Cards(flipped)
	for i, c := range cards {
		cards[i].Area.Min.X, cards[i].Area.Max.X = b.Min.X+b.Max.X-c.Area.Max.X, b.Min.X+b.Max.X-c.Area.Min.X
	}
	return cards
}

// CardReader reads one place of the screen, again and again, for the card there.
// It asks for the rows in which the marker's cells have their middle, and for no
// others, so that it can look hundreds of times a second. One goroutine.
type CardReader struct {
	d    *Display
	area image.Rectangle
	img  *image.RGBA
	rows []image.Rectangle
}

// Watch makes a reader of the card that lies in an area, whole on the screen.
func (d *Display) Watch(area image.Rectangle) (*CardReader, error) {
	if !area.In(image.Rect(0, 0, d.Width, d.Height)) || area.Empty() {
		return nil, fmt.Errorf("watch the card at %v: it is not on the screen", area)
	}
	r := &CardReader{d: d, area: area, img: image.NewRGBA(image.Rect(0, 0, area.Dx(), area.Dy()))}
	const cells, top, height, whole = 6, 10.0, 48.0, 135.0 // see package video's card.go
	for i := range cells {
		y := int((top + height*(float64(i)+0.5)/cells) / whole * float64(area.Dy()))
		r.rows = append(r.rows, image.Rect(0, y-2, area.Dx(), y+3).Intersect(r.img.Rect))
	}
	return r, nil
}

// Read looks now. ok is false when there is no readable card, as when the rows
// belong to two pictures.
func (r *CardReader) Read() (c Card, ok bool, err error) {
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	var asked [8]xproto.GetImageCookie
	for i, row := range r.rows {
		at := row.Add(r.area.Min)
		asked[i] = xproto.GetImage(r.d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(r.d.root),
			int16(at.Min.X), int16(at.Min.Y), uint16(at.Dx()), uint16(at.Dy()), ^uint32(0))
	}
	for i, row := range r.rows {
		got, err := asked[i].Reply()
		if err != nil {
			return Card{}, false, fmt.Errorf("watch the card at %v: %w", r.area, err)
		}
		to := r.img.Pix[r.img.PixOffset(0, row.Min.Y) : r.img.PixOffset(0, row.Max.Y-1)+4*row.Dx()]
		if len(got.Data) < len(to) {
			return Card{}, false, fmt.Errorf("watch the card at %v: %d bytes where %d are due", r.area, len(got.Data), len(to))
		}
		for i := 0; i < len(to); i += 4 { // BGRX to RGBA
			to[i], to[i+1], to[i+2], to[i+3] = got.Data[i+2], got.Data[i+1], got.Data[i], 255
		}
	}
	n, at, ok := video.ReadCardRGBA(r.img, r.img.Rect)
	return Card{r.area, n, at}, ok, nil
}
