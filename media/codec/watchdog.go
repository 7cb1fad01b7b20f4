package codec

import (
	"errors"
	"time"

	"foyer/media/video"
)

// errHangs says that a driver does not answer. What it was asked stays asked.
var errHangs = errors.New("the driver does not answer")

// How long a driver may take: for a picture, and where it opens something, as at the
// first picture and where a new rate opens an encoder anew.
var (
	hangsAfter = 500 * time.Millisecond
	opensIn    = 3 * time.Second
)

// watchdog runs a driver's calls on a goroutine of its own, one at a time, so that
// one that never returns costs a moment and not the call. Such a goroutine is left
// behind on purpose, with all that it holds: nothing can end it, and freeing what it
// uses would crash. When it does return, it closes the driver and ends.
type watchdog struct {
	start  chan func() // what to run; closed: nothing more
	done   chan struct{}
	timer  *time.Timer
	ended  chan struct{}
	hanged bool
}

// newWatchdog starts the goroutine. closes runs at its very end.
func newWatchdog(closes func()) *watchdog {
	w := &watchdog{start: make(chan func()), done: make(chan struct{}, 1), ended: make(chan struct{}), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	go func() {
		defer close(w.ended)
		for f := range w.start {
			f()
			w.done <- struct{}{}
		}
		closes()
	}()
	return w
}

// run calls f on the goroutine. It fails with errHangs where f takes longer than
// limit, and from then on.
func (w *watchdog) run(limit time.Duration, f func()) error {
	if w.hanged {
		return errHangs
	}
	w.start <- f
	w.timer.Reset(limit)
	select {
	case <-w.done:
		w.timer.Stop()
		return nil
	case <-w.timer.C:
		w.hanged = true
		close(w.start)
		return errHangs
	}
}

// close ends the goroutine and waits for it, unless it hangs.
func (w *watchdog) close() {
	if w.hanged {
		return
	}
	w.hanged = true
	close(w.start)
	w.timer.Reset(opensIn)
	select {
	case <-w.ended:
		w.timer.Stop()
	case <-w.timer.C:
	}
}

// watchedEncoder is a driver's encoder behind a watchdog.
type watchedEncoder struct {
	dog    *watchdog
	engine encodeEngine // of the watchdog's goroutine
	warm   bool         // it has encoded a picture

	// The arguments and results of the call that runs, and the functions that use them:
	// made once, so that a picture allocates nothing.
	frame             *video.Frame
	pts, duration, is int64
	key, isKey        bool
	data              []byte
	rate              int
	frames            float64
	err               error
	encodes, sets     func()
}

// watchEncoder opens an encoder behind a watchdog.
func watchEncoder(open func(EncoderConfig) (encodeEngine, error), c EncoderConfig) (encodeEngine, error) {
	e := &watchedEncoder{}
	e.dog = newWatchdog(func() {
		if e.engine != nil {
			e.engine.close()
		}
	})
	e.encodes = func() {
		e.data, e.isKey, e.err = e.engine.encode(e.frame, e.pts, e.duration, e.key)
		e.is = e.pts
		if d, ok := e.engine.(delayedEngine); ok && len(e.data) > 0 {
			e.is = d.at()
		}
		e.frame.Release() // now, too, when nobody waits any more
	}
	e.sets = func() { e.err = e.engine.setRate(e.rate, e.frames) }
	if err := e.dog.run(opensIn, func() {
		if engine, err := open(c); err != nil {
			e.err = err
		} else {
			e.engine = engine
		}
	}); err != nil {
		return nil, err
	}
	if e.err != nil {
		e.dog.close()
		return nil, e.err
	}
	return e, nil
}

func (e *watchedEncoder) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	if e.dog.hanged {
		return nil, false, errHangs
	}
	f.Retain()
	e.frame, e.pts, e.duration, e.key = f, pts, duration, key
	limit := hangsAfter
	if !e.warm {
		limit = opensIn
	}
	if err := e.dog.run(limit, e.encodes); err != nil {
		return nil, false, err
	}
	e.frame, e.warm = nil, true
	return e.data, e.isKey, e.err
}

func (e *watchedEncoder) setRate(bitsPerSecond int, framesPerSecond float64) error {
	if e.dog.hanged {
		return errHangs
	}
	e.rate, e.frames = bitsPerSecond, framesPerSecond
	if err := e.dog.run(opensIn, e.sets); err != nil {
		return err
	}
	return e.err
}

// at implements delayedEngine.
func (e *watchedEncoder) at() int64 { return e.is }

func (e *watchedEncoder) close() { e.dog.close() }

// watchedDecoder is a driver's decoder behind a watchdog.
type watchedDecoder struct {
	dog    *watchdog
	engine decodeEngine // of the watchdog's goroutine
	warm   bool

	data    []byte
	pool    *video.Pool
	frame   *video.Frame
	err     error
	decodes func()
	most    int // pixels
}

// watchDecoder opens a decoder behind a watchdog.
func watchDecoder(open func() (decodeEngine, error)) (decodeEngine, error) {
	d := &watchedDecoder{}
	d.dog = newWatchdog(func() {
		if d.engine != nil {
			d.engine.close()
		}
	})
	d.decodes = func() {
		if d.most > 0 {
			d.engine.limit(d.most)
		}
		d.frame, d.err = d.engine.decode(d.data, d.pool)
	}
	if err := d.dog.run(opensIn, func() {
		if engine, err := open(); err != nil {
			d.err = err
		} else {
			d.engine = engine
		}
	}); err != nil {
		return nil, err
	}
	if d.err != nil {
		d.dog.close()
		return nil, d.err
	}
	return d, nil
}

// decode lends data to the driver. One that hangs may see other bytes in it later,
// which harms nobody: what it decodes is not shown.
func (d *watchedDecoder) decode(data []byte, pool *video.Pool) (*video.Frame, error) {
	if d.dog.hanged {
		return nil, errHangs
	}
	d.data, d.pool, d.frame = data, pool, nil
	limit := hangsAfter
	if !d.warm {
		limit = opensIn
	}
	if err := d.dog.run(limit, d.decodes); err != nil {
		return nil, err
	}
	d.warm = true
	f := d.frame
	d.frame, d.data = nil, nil
	return f, d.err
}

func (d *watchedDecoder) limit(pixels int) { d.most = pixels }

func (d *watchedDecoder) close() { d.dog.close() }
