package codec

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"foyer/media/video"
)

var (
	errClosed = errors.New("codec is closed")
	errSize   = errors.New("picture size is out of range")
)

// maxSide bounds what a stream can make a decoder allocate, in pixels.
const maxSide = 8192

// encodeEngine is one library's encoder, driven by an encoder on one goroutine.
type encodeEngine interface {
	// setRate is called before the next picture where either has changed.
	setRate(bitsPerSecond int, framesPerSecond float64) error
	// encode encodes f, of the configured size. The times are in 1/90000 s; pts
	// rises with each call. No data means that the picture was dropped. The data
	// is valid until the next call.
	encode(f *video.Frame, pts, duration int64, key bool) (data []byte, isKey bool, err error)
	close()
}

// delayedEngine is an encodeEngine whose packets may be of earlier pictures.
type delayedEngine interface {
	at() int64 // pts of the last packet
}

// sharpEngine is an encodeEngine that can be held to legible text, whatever bits
// that takes, or allowed to blur.
type sharpEngine interface {
	setSharp(on bool) error
	quantizer() int // of the last packet, as maxQuantizer's
}

// encoder is what all encoders share: checks, times, settings that change while
// running, and software behind hardware.
type encoder struct {
	codec  Name
	config EncoderConfig
	engine encodeEngine // nil when closed
	is     atomic.Pointer[implementation]
	// failed is told when hardware gave way to software; nil for software.
	failed func(error)

	started   time.Time
	lastPTS   int64
	debt      int64  // bits sent above the rate
	paying    bool   // less than the rate is spent
	blurred   bool   // Detail only: the engine was told so
	setRate   int64  // what the engine was told, bits per second
	setFrames uint64 // millihertz

	rate      atomic.Int64  // wanted, bits per second
	frameRate atomic.Uint64 // wanted, millihertz
	key       atomic.Bool
}

func (e *encoder) use(engine encodeEngine, is implementation) {
	e.engine, e.blurred = engine, false
	e.is.Store(&is)
	e.setRate, e.setFrames = int64(e.config.BitRate), e.frameRate.Load()
}

// openSoftware opens the software encoder at the rates wanted now.
func (e *encoder) openSoftware() error {
	c := e.config
	c.BitRate, c.FrameRate = int(e.rate.Load()), float64(e.frameRate.Load())/1000
	if c.Threads == 0 {
		c.Threads = threads(c.Width, c.Height)
	}
	engine, name, err := openSoftwareEncoder(e.codec, c)
	if err != nil {
		return fmt.Errorf("open %s encoder at %dx%d: %w", e.codec, c.Width, c.Height, err)
	}
	e.config = c
	e.use(engine, implementation{name: name})
	return nil
}

func openSoftwareEncoder(n Name, c EncoderConfig) (e encodeEngine, name string, err error) {
	switch n {
	case VP8, VP9:
		e, err = openVPXEncoder(n, c)
	case H264:
		return openSoftwareH264(c)
	case AV1:
		e, err = openAOM(c)
	default:
		err = ErrUnsupported
	}
	return e, softwareName(n, c.Content), err
}

// softwareName is the library that encodes in software.
func softwareName(n Name, c Content) string {
	switch n {
	case VP8, VP9:
		return "libvpx " + vpxVersion()
	case H264:
		if usesX264(c) {
			return x264Name()
		}
		return openH264Name()
	case AV1:
		return "libaom " + aomVersion()
	}
	return ""
}

// threads is how many threads pay for a picture of the size: one layer must not
// take the whole machine.
func threads(w, h int) int {
	switch cores := runtime.NumCPU(); {
	case w*h >= 1920*1080 && cores >= 8:
		return 4
	case w*h >= 1280*720 && cores > 2:
		return 2
	}
	return 1
}

// minBitRate is the least that encoders are told, in bits per second.
const minBitRate = 20_000

func (e *encoder) SetBitRate(bitsPerSecond int) {
	e.rate.Store(int64(max(bitsPerSecond, minBitRate)))
}

func (e *encoder) SetFrameRate(framesPerSecond float64) {
	if !(framesPerSecond > 0) {
		framesPerSecond = 30
	}
	e.frameRate.Store(uint64(max(min(framesPerSecond, 240)*1000, 1)))
}

func (e *encoder) ForceKeyFrame() { e.key.Store(true) }

func (e *encoder) Implementation() (string, bool) {
	is := e.is.Load()
	return is.name, is.hardware
}

func (e *encoder) Encode(f *video.Frame) (Packet, bool, error) {
	if e.engine == nil {
		return Packet{}, false, fmt.Errorf("encode %s: %w", e.codec, errClosed)
	}
	if f.Width != e.config.Width || f.Height != e.config.Height {
		return Packet{}, false, fmt.Errorf("encode %s: %dx%d given, %dx%d configured: %w",
			e.codec, f.Width, f.Height, e.config.Width, e.config.Height, errSize)
	}
	// Encoders spend bits by the time stamps: they must be the capture's own.
	if e.started.IsZero() {
		e.started, e.lastPTS = f.Captured, -1
	}
	pts := max(int64(f.Captured.Sub(e.started)/time.Microsecond)*9/100, e.lastPTS+1)
	passed := pts - e.lastPTS
	e.lastPTS = pts
	key := e.key.Swap(false)
	if !key && e.indebted(passed) {
		return Packet{}, false, nil
	}
	data, isKey, err := e.encode(f, pts, key)
	if err != nil && e.failed != nil {
		e.failed(err)
		e.failed = nil
		e.engine.close()
		e.engine = nil
		if err := e.openSoftware(); err != nil {
			return Packet{}, false, err
		}
		data, isKey, err = e.encode(f, pts, true)
	}
	if err != nil {
		return Packet{}, false, fmt.Errorf("encode %s: %w", e.codec, err)
	}
	if len(data) == 0 {
		if key {
			e.key.Store(true) // dropped: the next one then
		}
		return Packet{}, false, nil
	}
	if err := e.paid(len(data)); err != nil {
		return Packet{}, false, fmt.Errorf("encode %s: %w", e.codec, err)
	}
	p := Packet{Data: data, Key: isKey, Captured: f.Captured}
	if d, ok := e.engine.(delayedEngine); ok && d.at() != pts {
		p.Captured = e.started.Add(time.Duration(d.at()) * (time.Second / 1000) / 90)
	}
	return p, true, nil
}

// indebted says that a screen's picture must wait, and forgives what the time
// since the last one (1/90000 s) has paid. A page that is turned is sharp at once,
// whatever it takes; then pictures become blurred and get less than the rate until
// it is paid for. They become fewer only as a last resort: what scrolls is cheap
// from one picture to the next, and dear across a gap.
func (e *encoder) indebted(passed int64) bool {
	rate := e.rate.Load()
	e.debt = max(e.debt-rate*min(passed, 90_000*10)/90_000, 0)
	switch {
	case e.debt > rate/8:
		e.paying = true
	case e.debt < rate/32:
		e.paying = false
	}
	return e.config.Content == Detail && e.debt > 2*rate
}

// paid counts a packet of n bytes, and sets whether a screen's next one has to be
// sharp: no while there is much to pay, yes once the rate allows that by itself.
func (e *encoder) paid(n int) error {
	e.debt += int64(8 * n)
	if e.config.Content != Detail {
		return nil
	}
	s, ok := e.engine.(sharpEngine)
	if !ok {
		return nil
	}
	rate, blur := e.rate.Load(), e.blurred
	switch {
	case e.debt > rate/4:
		blur = true
	case e.debt < rate/8 && s.quantizer() <= sharpQuantizer:
		blur = false
	}
	if blur == e.blurred {
		return nil
	}
	e.blurred = blur
	return s.setSharp(!blur)
}

const sharpQuantizer = 36

// maxQuantizer bounds how coarse a screen's text becomes, on the scale of 0 to 63
// that libvpx and libaom share. A sharp first picture costs 1.4 bit a pixel in VP8
// at 36, 1.1 at 44: there must be rate to pay for it within a second or so.
func maxQuantizer(c EncoderConfig, sharp bool) int {
	switch {
	case !sharp:
		return 52
	case c.BitRate >= c.Width*c.Height:
		return sharpQuantizer
	}
	return 44
}

func (e *encoder) encode(f *video.Frame, pts int64, key bool) ([]byte, bool, error) {
	rate, frames := e.rate.Load(), e.frameRate.Load()
	switch {
	case e.paying && e.blurred:
		rate = max(rate*8/10, minBitRate)
	case e.paying:
		rate = max(rate*9/10, minBitRate)
	}
	if rate != e.setRate || frames != e.setFrames {
		switch err := e.engine.setRate(int(rate), float64(frames)/1000); {
		case err == nil:
			e.setRate, e.setFrames = rate, frames
		case !errors.Is(err, errRateLater):
			return nil, false, err
		}
	}
	return e.engine.encode(f, pts, int64(90_000_000/frames), key)
}

func (e *encoder) Close() error {
	if e.engine != nil {
		e.engine.close()
		e.engine = nil
	}
	return nil
}
