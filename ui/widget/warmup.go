package widget

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// NewWarmup makes an object that draws nothing that is seen, in all the ways that a
// meeting's tiles, icons and texts are drawn. A driver translates each way when it
// first meets it, which takes some 30 ms without a GPU: better before a meeting than
// at its first picture. It waits for what else the window draws first.
//
// drawn and warm are called once each: when the window has drawn for the first time,
// and when all is warm. The object is to be taken away by then. do runs a function on
// the UI goroutine, not before what is being drawn is; nil means by fyne.Do.
func NewWarmup(w fyne.Window, do func(func()), drawn, warm func()) fyne.CanvasObject {
	if do == nil {
		do = func(f func()) { go fyne.Do(f) } // on the UI goroutine fyne.Do does not wait
	}
	c := &fyne.Container{}
	c.Add(newWarmth(nil, func() {
		do(func() {
			drawn()
			c.Objects = warmths(w, func() { do(warm) })
			c.Refresh()
		})
	}))
	return c
}

// warmths are all ways of drawing, with the last one telling.
func warmths(w fyne.Window, warm func()) (all []fyne.CanvasObject) {
	// Drivers tell powers of two from other sizes.
	for _, size := range [][2]int{{16, 16}, {16, 19}, {19, 16}, {19, 19}} {
		for _, scale := range []canvas.ImageScale{canvas.ImageScaleSmooth, canvas.ImageScalePixels} {
			i := canvas.NewImageFromImage(image.NewNRGBA(image.Rect(0, 0, size[0], size[1])))
			i.ScaleMode = scale
			i.Resize(fyne.NewSize(float32(size[0]), float32(size[1])))
			all = append(all, i)
		}
	}
	if window, ok := w.(glWindow); ok && blitting {
		b := &blit{picture: picture{img: image.NewRGBA(image.Rect(0, 0, 3, 3)), fresh: true, to: [2]int{1, 1}}, copier: copierOf(window)}
		b.blended = true
		all = append(all, newWarmth(b, nil))
		b = &blit{picture: picture{img: image.NewRGBA(image.Rect(0, 0, 3, 3)), fresh: true}, copier: b.copier} // would be seen: is drawn in no size
		all = append(all, newWarmth(b, nil))
	}
	return append(all, newWarmth(nil, warm))
}

// warmth is the colour of a rectangle that draws a blit once, and tells.
type warmth struct {
	blit  *blit
	drawn func()
}

func newWarmth(b *blit, drawn func()) fyne.CanvasObject {
	r := canvas.NewRectangle(&warmth{b, drawn})
	r.Resize(fyne.NewSquareSize(1))
	return r
}

var _ color.Color = (*warmth)(nil)

// RGBA implements color.Color, and draws.
func (w *warmth) RGBA() (red, green, blue, alpha uint32) {
	if w.blit != nil {
		w.blit.RGBA()
		if w.blit.texture != 0 {
			freeTextures([]uint32{w.blit.texture})
		}
		w.blit = nil
	}
	if w.drawn != nil {
		w.drawn()
		w.drawn = nil
	}
	return 0, 0, 0, 0
}
