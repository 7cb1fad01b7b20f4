package device

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/blackjack/webcam"
	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/video"
)

// mediadevices finds V4L2 cameras and their formats. For the usual formats a
// driver of ours then reads them: it converts straight from the kernel's buffer
// with libyuv, at a seventh of the cost for MJPEG and a hundredth for YUYV.

// fourCCs are the formats that v4l2Source reads.
var fourCCs = map[frame.Format]webcam.PixelFormat{
	frame.FormatI420:  fourCC("YU12"),
	frame.FormatYUYV:  fourCC("YUYV"),
	frame.FormatMJPEG: fourCC("MJPG"),
}

func fourCC(s string) webcam.PixelFormat {
	return webcam.PixelFormat(uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24)
}

// recordCamera opens a camera that mediadevices found. end runs once, after the
// reader is closed.
func recordCamera(d driver.Driver, want CameraFormat, end func()) (video.Reader, error) {
	path := filepath.Join(devFolder, cameraNode(d.Info().Label))
	if s, err := os.Stat(path); err != nil || s.Mode()&os.ModeCharDevice == 0 {
		return record(d, want, end)
	}
	if err := d.Open(); err != nil {
		return nil, sentinel(err)
	}
	p, ok := nearest(d.Properties(), want)
	if err := d.Close(); err != nil {
		return nil, sentinel(err)
	}
	if _, known := fourCCs[p.FrameFormat]; !ok || !known {
		return record(d, want, end)
	}
	s := &v4l2Source{path: path, format: p}
	if want.FrameRate > 0 && float64(p.FrameRate) > want.FrameRate*1.2 {
		s.thin.gap = time.Duration(float64(time.Second) / want.FrameRate)
	}
	return openSource(driver.Camera, cameraName(d.Info()), s, want, end)
}

// v4l2Source is a camera's node in one of its formats.
type v4l2Source struct {
	path   string
	format prop.Media
	thin   thin
	camera *webcam.Webcam
}

// v4l2Buffers is how many pictures the kernel may hold for us: enough that a
// late reader loses none at 30 per second.
const v4l2Buffers = 4

func (s *v4l2Source) formats() ([]prop.Media, error) {
	c, err := webcam.Open(s.path)
	if err != nil {
		return nil, err
	}
	s.camera = c
	return []prop.Media{s.format}, nil
}

func (s *v4l2Source) record(p prop.Media) (video.Reader, error) {
	if err := s.camera.SetBufferCount(v4l2Buffers); err != nil {
		return nil, err
	}
	if _, _, _, err := s.camera.SetImageFormat(fourCCs[p.FrameFormat], uint32(p.Width), uint32(p.Height)); err != nil {
		return nil, fmt.Errorf("set format %v %dx%d: %w", p.FrameFormat, p.Width, p.Height, err)
	}
	if p.FrameRate > 0 {
		// Not every driver can; then it gives what it gives.
		_ = s.camera.SetFramerate(p.FrameRate)
	}
	if err := s.camera.StartStreaming(); err != nil {
		return nil, err
	}
	return &v4l2Reader{path: s.path, camera: s.camera, format: p, thin: s.thin}, nil
}

func (s *v4l2Source) close() {
	if s.camera != nil {
		s.camera.Close()
	}
}

// v4l2Reader is a streaming camera.
type v4l2Reader struct {
	path    string
	stopped atomic.Bool

	mu     sync.Mutex // held by Read; guards what follows
	camera *webcam.Webcam
	format prop.Media
	sized  bool // format has the size that the pictures have
	thin   thin
	pool   video.Pool
}

// maxSilence is how many seconds a camera may give nothing. Some take several
// to start.
const maxSilence = 10

// Read implements video.Reader. Errors: ErrGone.
func (r *v4l2Reader) Read() (*video.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for bad, silent := 0, 0; ; {
		if r.stopped.Load() {
			return nil, io.EOF
		}
		var timeout *webcam.Timeout
		if err := r.camera.WaitForFrame(1); errors.As(err, &timeout) {
			if _, err := os.Stat(r.path); err != nil || silent >= maxSilence {
				return nil, fmt.Errorf("read %s: %w: no picture for %d s", r.path, ErrGone, silent+1)
			}
			silent++
			continue
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w: %v", r.path, ErrGone, err)
		}
		f, err := r.next()
		switch {
		case f != nil:
			return f, nil
		case err == nil: // thinned out
			bad, silent = 0, 0
		case errors.Is(err, syscall.ENODEV) || bad >= maxBadFrames:
			return nil, fmt.Errorf("read %s: %w: %v", r.path, ErrGone, err)
		default:
			bad++
		}
	}
}

// next converts the picture that waits. Neither frame nor error means that it
// came too early.
func (r *v4l2Reader) next() (*video.Frame, error) {
	b, index, err := r.camera.GetFrame()
	if err != nil {
		return nil, err
	}
	defer r.camera.ReleaseFrame(index)
	now := time.Now()
	if len(b) == 0 {
		return nil, errors.New("empty picture")
	}
	if !r.thin.keep(now) {
		return nil, nil
	}
	if !r.sized {
		if err := r.measure(b); err != nil {
			return nil, err
		}
	}
	f := r.pool.Get(r.format.Width&^1, r.format.Height&^1)
	if err := convert(f, b, r.format); err != nil {
		f.Release()
		return nil, err
	}
	f.Captured = now
	return f, nil
}

// measure takes the size from a JPEG: cameras give another one than was set
// when they cannot do that one.
func (r *v4l2Reader) measure(b []byte) error {
	if r.format.FrameFormat == frame.FormatMJPEG {
		c, err := jpeg.DecodeConfig(bytes.NewReader(b))
		if err != nil {
			return err
		}
		if c.Width < 2 || c.Height < 2 {
			return errors.New("empty picture")
		}
		r.format.Width, r.format.Height = c.Width, c.Height
	}
	r.sized = true
	return nil
}

// convert fills f with a picture as V4L2 lays it out. Rows may be padded.
func convert(f *video.Frame, b []byte, p prop.Media) error {
	w, h := p.Width, p.Height
	switch p.FrameFormat {
	case frame.FormatMJPEG:
		return f.FromMJPEG(b)
	case frame.FormatYUYV:
		return f.FromYUYV(b, max(len(b)/h, w*2))
	case frame.FormatI420:
		stride := max(len(b)*2/3/h, w)
		luma, chroma := stride*h, stride/2*(h/2)
		if len(b) < luma+2*chroma {
			return fmt.Errorf("picture of %d bytes is too short", len(b))
		}
		return f.FromYCbCr(&image.YCbCr{Y: b[:luma], Cb: b[luma : luma+chroma], Cr: b[luma+chroma : luma+2*chroma],
			YStride: stride, CStride: stride / 2, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, w, h)})
	}
	return fmt.Errorf("pictures of format %v: %w", p.FrameFormat, ErrUnsupported)
}

// Close implements video.Reader. It may wait a second for a camera that is silent.
func (r *v4l2Reader) Close() error {
	if r.stopped.Swap(true) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.camera.Close(); err != nil {
		return fmt.Errorf("close %s: %w", r.path, err)
	}
	return nil
}
