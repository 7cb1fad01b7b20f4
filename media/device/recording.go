package device

import (
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	mvideo "github.com/pion/mediadevices/pkg/io/video"

	"foyer/media/video"
)

// maxBadFrames is how many broken pictures in a row a camera may send, or how
// many times it may keep silent, before it counts as gone.
const maxBadFrames = 30

// recording is an open driver as a video.Reader. Exactly one of frames and
// images is set: our drivers hand frames through, others give images to copy.
type recording struct {
	driver driver.Driver
	frames video.Reader
	images mvideo.Reader
	thin   thin
	pool   video.Pool
	once   sync.Once
	closed atomic.Bool
	end    func()
}

// Read implements video.Reader. Errors: ErrGone.
func (r *recording) Read() (*video.Frame, error) {
	if r.frames != nil {
		f, err := r.frames.Read()
		if err == nil && f.Captured.IsZero() {
			f.Captured = time.Now()
		}
		return f, err
	}
	for bad := 0; ; {
		f, err := r.copyNext()
		var number syscall.Errno
		switch {
		case r.closed.Load() || errors.Is(err, io.EOF):
			if f != nil {
				f.Release()
			}
			return nil, io.EOF
		case err == nil && f != nil:
			return f, nil
		case err == nil: // thinned out
		case errors.As(err, &number) && number != syscall.EAGAIN && number != syscall.EINTR,
			bad >= maxBadFrames, !cameraThere(r.driver.Info().Label):
			return nil, fmt.Errorf("read %s: %w: %v", cameraName(r.driver.Info()), ErrGone, err)
		default:
			bad++
		}
	}
}

// copyNext copies the driver's picture, which it reuses. Neither frame nor
// error means that it came too early.
func (r *recording) copyNext() (*video.Frame, error) {
	img, release, err := r.images.Read()
	if err != nil {
		return nil, err
	}
	if release != nil {
		defer release()
	}
	now := time.Now()
	if !r.thin.keep(now) {
		return nil, nil
	}
	b := img.Bounds()
	if b.Dx() < 2 || b.Dy() < 2 {
		return nil, errors.New("empty picture")
	}
	f := r.pool.Get(b.Dx()&^1, b.Dy()&^1)
	if err := fill(f, img); err != nil {
		f.Release()
		return nil, err
	}
	f.Captured = now
	return f, nil
}

// thin drops frames of a camera that is faster than asked.
type thin struct {
	gap  time.Duration // between frames, 0 for all of them
	next time.Time
}

// keep says whether a frame taken now is wanted.
func (t *thin) keep(now time.Time) bool {
	if t.gap == 0 {
		return true
	}
	// A quarter early is still in time: cameras do not keep their rate exactly.
	if now.Before(t.next.Add(-t.gap / 4)) {
		return false
	}
	if t.next = t.next.Add(t.gap); t.next.Before(now) {
		t.next = now.Add(t.gap)
	}
	return true
}

// fill converts a picture of at least f's size into f.
func fill(f *video.Frame, img image.Image) error {
	switch m := img.(type) {
	case *image.YCbCr:
		return f.FromYCbCr(m)
	case *image.RGBA:
		return f.FromRGBA(m.Pix, m.Stride)
	}
	b := img.Bounds()
	m := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			m.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return f.FromRGBA(m.Pix, m.Stride)
}

// Close implements video.Reader.
func (r *recording) Close() (err error) {
	r.once.Do(func() {
		r.closed.Store(true)
		err = r.driver.Close()
		r.end()
	})
	return err
}
