package codec

// #include "ffmpeg.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unsafe"

	"foyer/media/video"
)

// ErrMalformedFile says that a file holds no video that can be played.
var ErrMalformedFile = errors.New("not a video file that can be played")

// fileReader plays a file in real time, over and over.
type fileReader struct {
	pool video.Pool
	pace *video.Pace

	mu   sync.Mutex // Read against Close
	c    *C.foyer_av
	path string
}

// OpenFile plays a Y4M, MJPEG, MP4 or WebM file in real time, over and over, in any
// layout of pixels, as the file wants it shown: turned, in square pixels.
// Errors wrap ErrMalformedFile, or what the file system said.
func OpenFile(path string) (video.Reader, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var (
		fps  C.double
		code C.int
	)
	c := C.foyer_av_open_file(p, &fps, &code)
	if c == nil {
		return nil, fmt.Errorf("open %s: %w: %w", path, avErr(code), ErrMalformedFile)
	}
	rate := float64(fps)
	if rate <= 0 || rate > 120 {
		rate = 30
	}
	r := &fileReader{c: c, path: path, pace: video.NewPace(time.Duration(float64(time.Second) / rate))}
	// The first picture tells whether there will be any.
	f, err := r.next()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%w: %w", err, ErrMalformedFile)
	}
	f.Release()
	C.foyer_av_rewind(c)
	return r, nil
}

func (r *fileReader) Read() (*video.Frame, error) {
	at, ok := r.pace.Wait()
	if !ok {
		return nil, io.EOF
	}
	f, err := r.next()
	if err != nil {
		return nil, err
	}
	f.Captured = at
	return f, nil
}

func (r *fileReader) next() (*video.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for rewound := false; ; rewound = true {
		if r.c == nil {
			return nil, io.EOF
		}
		switch n := C.foyer_av_next(r.c); {
		case n < 0:
			return nil, fmt.Errorf("play %s: %w", r.path, avErr(n))
		case n == 1:
			f, err := r.take()
			if err != nil {
				return nil, fmt.Errorf("play %s: %w", r.path, err)
			}
			return f, nil
		case rewound:
			return nil, fmt.Errorf("play %s: %w", r.path, ErrMalformedFile)
		}
		if n := C.foyer_av_rewind(r.c); n < 0 {
			return nil, fmt.Errorf("rewind %s: %w", r.path, avErr(n))
		}
	}
}

// take is take, and does to the picture what the file asks for.
func (r *fileReader) take() (*video.Frame, error) {
	f, err := take(r.c, &r.pool)
	if err != nil {
		return nil, err
	}
	if C.foyer_av_full_range(r.c) != 0 {
		f.Limit()
	}
	aspect := C.foyer_av_aspect(r.c)
	if w, h := squarePixels(f.Width, f.Height, int(aspect.num), int(aspect.den)); w != f.Width || h != f.Height {
		square := r.pool.Get(w, h)
		video.Scale(square, f)
		f.Release()
		f = square
	}
	if degrees := int(C.foyer_av_rotation(r.c)); degrees != 0 {
		w, h := f.Width, f.Height
		if degrees != 180 {
			w, h = h, w
		}
		turned := r.pool.Get(w, h)
		err := video.Rotate(turned, f, degrees)
		f.Release()
		if err != nil {
			turned.Release()
			return nil, err
		}
		f = turned
	}
	return f, nil
}

// squarePixels is the size of a picture of w x h pixels that are num wide and den high,
// when they are made square; none is lost. Shapes that no camera has are left alone.
func squarePixels(w, h, num, den int) (int, int) {
	switch {
	case num <= 0 || den <= 0 || num > 8*den || den > 8*num:
		return w, h
	case num > den:
		if wide := (w*num + den/2) / den; wide <= maxSide {
			return (wide + 1) &^ 1, h
		}
	case den > num:
		if high := (h*den + num/2) / num; high <= maxSide {
			return w, (high + 1) &^ 1
		}
	}
	return w, h
}

func (r *fileReader) Close() error {
	r.pace.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.c != nil {
		C.foyer_av_close(r.c)
		r.c = nil
	}
	return nil
}
