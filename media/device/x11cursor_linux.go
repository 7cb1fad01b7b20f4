package device

import (
	"image"
	"slices"

	"github.com/jezek/xgb/xfixes"

	"foyer/media/video"
)

// cursor is the pointer's picture, and where it lies on the monitor.
type cursor struct {
	at     image.Rectangle // relative to the monitor; may reach out of it
	serial uint32          // the display's name for this picture
	argb   []uint32        // premultiplied, rows of at.Dx()
}

// set takes the display's answer, and says whether the frame looks different
// from before.
func (c *cursor) set(r *xfixes.GetCursorImageReply, monitor image.Rectangle) bool {
	w, h := int(r.Width), int(r.Height)
	if len(r.CursorImage) < w*h {
		return false
	}
	at := image.Rect(0, 0, w, h).Add(image.Pt(int(r.X)-int(r.Xhot), int(r.Y)-int(r.Yhot))).Sub(monitor.Min)
	if at == c.at && r.CursorSerial == c.serial && len(c.argb) == w*h {
		return false
	}
	area := image.Rect(0, 0, monitor.Dx(), monitor.Dy())
	seen := at.Overlaps(area) || c.at.Overlaps(area)
	if seen && at == c.at && slices.Equal(c.argb, r.CursorImage) {
		seen = false
	}
	c.at, c.serial, c.argb = at, r.CursorSerial, r.CursorImage
	return seen
}

// hide takes the cursor off the monitor, and says whether the frame looks
// different from before.
func (c *cursor) hide(monitor image.Rectangle) bool {
	seen := c.at.Overlaps(image.Rect(0, 0, monitor.Dx(), monitor.Dy()))
	c.at, c.serial, c.argb = image.Rectangle{}, 0, nil
	return seen
}

// draw lays the cursor over a frame of the monitor.
func (c *cursor) draw(f *video.Frame) {
	r := c.at.Intersect(image.Rect(0, 0, f.Width, f.Height))
	if r.Empty() {
		return
	}
	w := c.at.Dx()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.argb[(y-c.at.Min.Y)*w : (y-c.at.Min.Y+1)*w]
		luma := f.Y[y*f.YStride : y*f.YStride+f.Width]
		for x := r.Min.X; x < r.Max.X; x++ {
			p := row[x-c.at.Min.X]
			a := int(p >> 24)
			if a == 0 {
				continue
			}
			red, green, blue := int(p>>16&255), int(p>>8&255), int(p&255)
			v := (66*red+129*green+25*blue+128)>>8 + (16*a+127)/255
			luma[x] = clamp(v + (int(luma[x])*(255-a)+127)/255)
		}
	}
	// A chroma sample covers four pixels; those outside the cursor are clear.
	for cy := r.Min.Y / 2; cy <= (r.Max.Y-1)/2; cy++ {
		for cx := r.Min.X / 2; cx <= (r.Max.X-1)/2; cx++ {
			var a, red, green, blue int
			for i := range 4 {
				q := image.Pt(cx*2+i&1, cy*2+i>>1)
				if q.In(r) {
					p := c.argb[(q.Y-c.at.Min.Y)*w+q.X-c.at.Min.X]
					a, red, green, blue = a+int(p>>24), red+int(p>>16&255), green+int(p>>8&255), blue+int(p&255)
				}
			}
			if a == 0 {
				continue
			}
			i := cy*f.CStride + cx
			u := (-38*red-74*green+112*blue+512)>>10 + (128*a+510)/1020
			v := (112*red-94*green-18*blue+512)>>10 + (128*a+510)/1020
			f.U[i] = clamp(u + (int(f.U[i])*(1020-a)+510)/1020)
			f.V[i] = clamp(v + (int(f.V[i])*(1020-a)+510)/1020)
		}
	}
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }
