package device

import (
	"image"

	"github.com/jezek/xgb/xproto"
)

const (
	// requestArea is how many pixels could be fetched and converted in the time
	// that one more request takes.
	requestArea = 24_000
	// maxParts bounds the requests for one frame.
	maxParts = 24
	// partAlign keeps the edges of parts where vector instructions like them.
	partAlign = 16
)

// damagedParts appends to dst the parts of a surface that rects touch, as few
// as is cheap, relative to its area and with even edges. Parts may overlap.
func damagedParts(dst []image.Rectangle, rects []xproto.Rectangle, s x11Surface) []image.Rectangle {
	whole := image.Rectangle{Max: s.area.Size()}
	for _, x := range rects {
		r := image.Rect(int(x.X), int(x.Y), int(x.X)+int(x.Width), int(x.Y)+int(x.Height)).Add(s.damage).Sub(s.area.Min)
		dst = addPart(dst, aligned(r, whole))
	}
	return dst
}

// aligned grows r to good edges, within whole.
func aligned(r, whole image.Rectangle) image.Rectangle {
	r = r.Intersect(whole)
	if r.Empty() {
		return image.Rectangle{}
	}
	r.Min.X &^= partAlign - 1
	r.Max.X = min((r.Max.X+partAlign-1)&^(partAlign-1), whole.Max.X)
	r.Min.Y &^= 1
	r.Max.Y = min((r.Max.Y+1)&^1, whole.Max.Y)
	return r
}

// addPart appends r, joined with parts where one request for both is cheaper.
func addPart(dst []image.Rectangle, r image.Rectangle) []image.Rectangle {
	if r.Empty() {
		return dst
	}
	for i := 0; i < len(dst); i++ {
		u := dst[i].Union(r)
		if area(u) <= area(dst[i])+area(r)+requestArea {
			r = u
			dst[i] = dst[len(dst)-1]
			dst = dst[:len(dst)-1]
			i = -1 // the larger r may reach those passed already
		}
	}
	if len(dst) < maxParts {
		return append(dst, r)
	}
	best, grows := 0, 0
	for i, d := range dst {
		if g := area(d.Union(r)) - area(d); i == 0 || g < grows {
			best, grows = i, g
		}
	}
	dst[best] = dst[best].Union(r)
	return dst
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// totalArea counts where parts overlap twice.
func totalArea(parts []image.Rectangle) (n int) {
	for _, r := range parts {
		n += area(r)
	}
	return n
}
