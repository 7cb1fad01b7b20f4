package codec

import (
	"errors"
	"fmt"
	"sync/atomic"

	"foyer/media/video"
)

var errKeyFrameNeeded = errors.New("a key frame is needed")

// decodeEngine is one library's decoder, driven by a decoder on one goroutine.
type decodeEngine interface {
	// limit bounds the pixels of a picture from here on.
	limit(pixels int)
	// decode decodes one access unit into a frame of the pool, nil where none is
	// ready. After an error the engine waits for a key frame.
	decode(data []byte, pool *video.Pool) (*video.Frame, error)
	close()
}

// decoder is what all decoders share: checks, and software behind hardware.
type decoder struct {
	codec  Name
	engine decodeEngine // nil when closed
	is     atomic.Pointer[implementation]
	pool   video.Pool
	// failed is told when hardware gave way to software; nil for software.
	failed func(error)
	tried  bool // hardware
	silent int  // packets since a picture came out
	// started is set by the first key frame: nothing before it can be shown.
	started bool
	most    int // pixels of a picture
	ask     func(pixels int) bool
	asked   int // what was admitted last
}

func (d *decoder) use(engine decodeEngine, is implementation) {
	d.engine = engine
	d.is.Store(&is)
}

func (d *decoder) openSoftware() error {
	engine, name, err := openSoftwareDecoder(d.codec, d.most)
	if err != nil {
		return fmt.Errorf("open %s decoder: %w", d.codec, err)
	}
	d.use(engine, implementation{name: name})
	return nil
}

func openSoftwareDecoder(n Name, pixels int) (decodeEngine, string, error) {
	switch n {
	case VP8, VP9:
		e, err := openVPXDecoder(n)
		return e, "libvpx " + vpxVersion(), err
	case H264, AV1:
		return openAVDecoder(n, pixels)
	}
	return nil, "", ErrUnsupported
}

func (d *decoder) Implementation() (string, bool) {
	is := d.is.Load()
	return is.name, is.hardware
}

// silentMax is how many packets hardware may take without a picture.
const silentMax = 30

func (d *decoder) Decode(data []byte) (*video.Frame, error) {
	if d.engine == nil {
		return nil, fmt.Errorf("decode %s: %w", d.codec, errClosed)
	}
	u, err := inspect(d.codec, data)
	if err == nil {
		err = d.fits(u)
	}
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.codec, err)
	}
	key := u.key
	d.started = d.started || key
	if !d.started {
		return nil, fmt.Errorf("decode %s: %w", d.codec, errKeyFrameNeeded)
	}
	f, err := d.engine.decode(data, &d.pool)
	if d.failed != nil {
		f, err = d.judge(data, key, f, err)
	}
	if err != nil {
		d.started = false
		return nil, fmt.Errorf("decode %s: %w", d.codec, err)
	}
	if key && !d.tried && f != nil && f.Width*f.Height >= hardwareDecodes {
		d.tried = true
		d.openHardware(data)
	}
	return f, nil
}

// fits refuses what would take too much memory. Pictures that build on a refused one
// are refused too.
func (d *decoder) fits(u unitInfo) error {
	if pixels := u.width * u.height; pixels > d.most || pixels*u.references > d.most*referencesMax {
		d.started = false
		return fmt.Errorf("%dx%d with %d references: %w", u.width, u.height, u.references, ErrTooLarge)
	}
	pixels := u.width * u.height * max(u.references, usualReferences) / usualReferences
	if pixels == 0 || pixels == d.asked || d.ask == nil {
		return nil
	}
	if d.asked = pixels; !d.ask(pixels) {
		d.asked, d.started = 0, false
		return fmt.Errorf("%dx%d: %w: there is no room for it beside others", u.width, u.height, ErrTooLarge)
	}
	return nil
}

// usualReferences is how many pictures a decoder keeps for one that counts once.
const usualReferences = 4

// Admit implements Decoder.
func (d *decoder) Admit(ask func(pixels int) bool) { d.ask = ask }

// judge tells failing hardware from a damaged stream: an error on a key frame,
// which needs nothing before it, is the hardware's when software decodes it. An
// error elsewhere brings a key frame, and so the proof.
func (d *decoder) judge(data []byte, key bool, f *video.Frame, err error) (*video.Frame, error) {
	if f != nil {
		d.silent = 0
		return f, nil
	}
	d.silent++
	if err == nil && d.silent > silentMax {
		err = errSilent
	}
	if err == nil || !key && !errors.Is(err, errSilent) && !errors.Is(err, errHangs) {
		return nil, err
	}
	failed := d.failed
	d.failed = nil
	d.engine.close()
	d.engine = nil
	if openErr := d.openSoftware(); openErr != nil {
		return nil, openErr
	}
	if !key {
		failed(err)
		return nil, fmt.Errorf("%w: %w", err, errKeyFrameNeeded)
	}
	f, softErr := d.engine.decode(data, &d.pool)
	if softErr == nil {
		failed(err)
	}
	return f, softErr
}

var errSilent = errors.New("no picture comes out")

func (d *decoder) Close() error {
	if d.engine != nil {
		d.engine.close()
		d.engine = nil
	}
	return nil
}
