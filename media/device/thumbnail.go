package device

import (
	"fmt"
	"image"
	"strings"
	"time"

	"foyer/media/video"
)

// settle is how long a window that was covered gets to draw itself anew.
const settle = 150 * time.Millisecond

// Thumbnail is a small picture of a monitor or a window, without the cursor and
// at most max pixels wide, for the picker. It takes a moment for a window.
// Errors: those of OpenScreen.
func Thumbnail(id string, max int) (*image.RGBA, error) {
	r, err := OpenScreen(id, ScreenOptions{HideCursor: true})
	if err != nil {
		return nil, fmt.Errorf("thumbnail: %w", err)
	}
	defer r.Close()
	f, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("thumbnail of %q: %w", id, err)
	}
	if strings.HasPrefix(id, windowPrefix) {
		f = settled(r, f)
	}
	defer f.Release()
	w, h := thumbnailSize(f.Width, f.Height, max)
	var pool video.Pool
	small := pool.Get(w, h)
	defer small.Release()
	video.Scale(small, f)
	img := image.NewRGBA(image.Rect(0, 0, small.Width, small.Height))
	if err := small.ToRGBA(img, img.Rect); err != nil {
		return nil, fmt.Errorf("thumbnail of %q: %w", id, err)
	}
	return img, nil
}

// settled takes over a reader and its first frame, and returns its last one
// before settle is over.
func settled(r video.Reader, f *video.Frame) *video.Frame {
	limit := time.AfterFunc(settle, func() { r.Close() })
	defer limit.Stop()
	for {
		next, err := r.Read()
		if err != nil {
			return f
		}
		f.Release()
		f = next
	}
}

// thumbnailSize keeps the shape, and never enlarges. Both sides are even.
func thumbnailSize(width, height, max int) (w, h int) {
	w, h = width, height
	if max < 2 {
		max = 2
	}
	if w > max {
		w, h = max, (height*max+width/2)/width
	}
	w, h = w&^1, h&^1
	if h < 2 {
		h = 2
	}
	return w, h
}
