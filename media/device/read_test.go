package device

import (
	"image"
	"image/color"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"foyer/media/video"
)

// noLeaks fails the test when goroutines outlive it.
func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// readFrame reads one frame, which must come within the limit.
func readFrame(t testing.TB, r video.Reader, limit time.Duration) *video.Frame {
	t.Helper()
	type result struct {
		f   *video.Frame
		err error
	}
	got := make(chan result, 1)
	go func() {
		f, err := r.Read()
		got <- result{f, err}
	}()
	select {
	case g := <-got:
		if g.err != nil {
			t.Fatalf("Read: %v", g.err)
		}
		return g.f
	case <-time.After(limit):
		r.Close()
		t.Fatalf("no frame within %v", limit)
		return nil
	}
}

// colourAt is the colour of a frame's pixel.
func colourAt(f *video.Frame, x, y int) color.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	if err := f.ToRGBA(img, img.Rect); err != nil {
		panic(err)
	}
	return img.RGBAAt(x, y)
}

func near(a, b color.RGBA) bool {
	d := func(x, y uint8) bool { return int(x)-int(y) <= 8 && int(y)-int(x) <= 8 }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B)
}

// closeEndsRead closes r while a Read waits.
func closeEndsRead(t *testing.T, r video.Reader) {
	t.Helper()
	got := make(chan error)
	begun := make(chan struct{})
	go func() {
		close(begun)
		for {
			f, err := r.Read()
			if err != nil {
				got <- err
				return
			}
			f.Release()
		}
	}()
	<-begun
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-got:
		if err != io.EOF {
			t.Errorf("Read ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Close did not end Read")
	}
}
