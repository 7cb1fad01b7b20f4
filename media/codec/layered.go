package codec

import (
	"fmt"
	"sync"
	"time"

	"foyer/media/video"
)

// MaxSpatial and MaxTemporal bound a layered stream, as three simulcast layers do.
const (
	MaxSpatial  = 3
	MaxTemporal = 3
)

// LayeredConfig describes a stream that carries several sizes of a picture (SVC):
// whoever forwards it sends each receiver as many layers as it wants.
type LayeredConfig struct {
	Width, Height int     // pixels, even, of the largest layer; each smaller one has half the sides
	FrameRate     float64 // frames per second expected, at most
	// BitRates are those of the sizes by themselves, smallest first, in bits per
	// second: a receiver of the second one gets the sum of the first two. Their
	// number, 1 to MaxSpatial, is the number of sizes; 0 switches a size off.
	BitRates []int
	Temporal int // frame rates to choose from, each half of the next, 1 to MaxTemporal
	Threads  int // 0 lets the codec choose
}

// LayerFrame is one size of a picture. Data is valid until the next call.
type LayerFrame struct {
	Data          []byte
	Spatial       int // 0 is the smallest
	Width, Height int // pixels
	// Below says that it is predicted from the next smaller size of the same picture.
	Below bool
}

// Layered is one encoded picture in all its sizes, smallest first. Together, or as
// many from the front as one likes, they are one access unit.
type Layered struct {
	Frames []LayerFrame // valid until the next call
	// Key pictures need nothing before them. Only in these a larger size depends on
	// a smaller one (the WebRTC scalability modes L1T1 to L3T3_KEY).
	Key      bool
	Temporal int       // 0 is in every frame rate
	Captured time.Time // of the frame it encodes
}

// LayeredEncoder turns frames into pictures of several sizes. Not safe for use by
// several goroutines, but SetBitRates, SetFrameRate and ForceKeyFrame are.
type LayeredEncoder interface {
	// Encode encodes f, which has the configured size. ok is false when the encoder
	// dropped the frame to keep its bit rate.
	Encode(f *video.Frame) (p Layered, ok bool, err error)
	// SetBitRates changes LayeredConfig.BitRates, of the same number. Sizes are
	// switched off from the largest down: what follows a 0 is off too, and the
	// smallest never is. Switching one on makes a key frame.
	SetBitRates(bitsPerSecond []int)
	SetFrameRate(framesPerSecond float64)
	ForceKeyFrame() // the next encoded picture is one
	// Implementation is as an Encoder's.
	Implementation() (name string, hardware bool)
	Close() error
}

// NewLayeredEncoder opens an encoder for a codec with layers in one stream, which
// here are VP9 and AV1. Errors wrap ErrUnsupported where there is none.
//
// BenchmarkLayers720p on two cores, 320x180, 640x360 and 1280x720 at 30 fps and 2.3
// Mbit/s together, one thread; PSNR of the largest and the smallest size:
//
//	VP9 L3T3_KEY     13.7 ms   42.7 / 42.2 dB
//	VP9 L3T1_KEY     18.7 ms   43.2 / 42.9 dB
//	AV1 L3T3_KEY     28.6 ms   41.3 / 38.1 dB
//	AV1 L3T2_KEY     25.9 ms   42.6 / 39.4 dB
//	AV1 L3T1_KEY     24.3 ms   42.9 / 39.9 dB
//	VP8 simulcast    15.6 ms   42.2 / 41.6 dB
//	H.264 simulcast  10.4 ms   41.4 / 40.8 dB
//	VP9 simulcast    16.1 ms   42.9 / 43.3 dB
//
// AV1's smallest size is worse than it is by this measure: libaom scales with an
// offset of a pixel and a half of the largest size.
func NewLayeredEncoder(n Name, c LayeredConfig) (LayeredEncoder, error) {
	fail := func(err error) (LayeredEncoder, error) {
		return nil, fmt.Errorf("open layered %s encoder at %dx%d: %w", n, c.Width, c.Height, err)
	}
	opens, ok := layeredEngines[n]
	if !ok {
		return fail(ErrUnsupported)
	}
	if len(c.BitRates) < 1 || len(c.BitRates) > MaxSpatial || c.Temporal < 1 || c.Temporal > MaxTemporal {
		return fail(fmt.Errorf("%d sizes and %d frame rates: %w", len(c.BitRates), c.Temporal, ErrUnsupported))
	}
	// The smallest size, too, must be one that encoders take.
	if least := 16 << (len(c.BitRates) - 1); c.Width < least || c.Height < least || c.Width > maxSide || c.Height > maxSide || c.Width&1 != 0 || c.Height&1 != 0 {
		return fail(errSize)
	}
	if c.Threads == 0 {
		c.Threads = threads(c.Width, c.Height)
	}
	e := &layeredEncoder{codec: n, config: c, name: softwareName(n, Motion), key: true}
	e.setRates(c.BitRates)
	e.SetFrameRate(c.FrameRate)
	e.told = e.wanted
	var err error
	if e.engine, err = opens(c, e.told); err != nil {
		return fail(err)
	}
	return e, nil
}

// layeredEngine is one library's encoder of several sizes, driven by a
// layeredEncoder on one goroutine.
type layeredEngine interface {
	setRates(layerRates) error
	// encode encodes f, of the configured size, in the on smallest sizes. The times are
	// in 1/90000 s; pts rises with each call. It gives no frames where the picture was
	// dropped. What it gives is valid until the next call.
	encode(f *video.Frame, pts, duration int64, key bool, on int) (Layered, error)
	close()
}

// layeredEngines open the engines that there are, by codec.
var layeredEngines = map[Name]func(LayeredConfig, layerRates) (layeredEngine, error){VP9: openVPXLayered, AV1: openAOMLayered}

// layerRates are bits per second by size, smallest first; 0 is off.
type layerRates [MaxSpatial]int

// on is how many sizes are on.
func (r layerRates) on() (n int) {
	for n < len(r) && r[n] > 0 {
		n++
	}
	return n
}

// layeredEncoder keeps the time and the settings that change while running.
type layeredEncoder struct {
	codec   Name
	config  LayeredConfig
	name    string
	engine  layeredEngine // nil when closed
	started time.Time
	lastPTS int64
	told    layerRates // what the engine was told

	mu        sync.Mutex // guards what follows
	wanted    layerRates
	frameRate float64
	key       bool
}

func (e *layeredEncoder) SetBitRates(bitsPerSecond []int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.setRates(bitsPerSecond)
}

func (e *layeredEncoder) setRates(bitsPerSecond []int) {
	before := e.wanted.on()
	e.wanted = layerRates{}
	for i, r := range bitsPerSecond[:min(len(bitsPerSecond), len(e.config.BitRates))] {
		if i > 0 && r <= 0 {
			break
		}
		e.wanted[i] = max(r, minBitRate)
	}
	if e.wanted.on() > before {
		e.key = true // nothing before it in the stream is of its size
	}
}

func (e *layeredEncoder) SetFrameRate(framesPerSecond float64) {
	if !(framesPerSecond > 0) {
		framesPerSecond = 30
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frameRate = min(max(framesPerSecond, 0.1), 240)
}

func (e *layeredEncoder) ForceKeyFrame() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.key = true
}

func (e *layeredEncoder) Implementation() (string, bool) { return e.name, false }

func (e *layeredEncoder) Encode(f *video.Frame) (Layered, bool, error) {
	fail := func(err error) (Layered, bool, error) {
		return Layered{}, false, fmt.Errorf("encode layered %s: %w", e.codec, err)
	}
	if e.engine == nil {
		return fail(errClosed)
	}
	if f.Width != e.config.Width || f.Height != e.config.Height {
		return fail(fmt.Errorf("%dx%d given, %dx%d configured: %w", f.Width, f.Height, e.config.Width, e.config.Height, errSize))
	}
	e.mu.Lock()
	rates, frameRate, key := e.wanted, e.frameRate, e.key
	e.key = false
	e.mu.Unlock()
	if rates != e.told {
		if err := e.engine.setRates(rates); err != nil {
			return fail(err)
		}
		e.told = rates
	}
	// Encoders spend bits by the time stamps: they must be the capture's own.
	if e.started.IsZero() {
		e.started, e.lastPTS = f.Captured, -1
	}
	e.lastPTS = max(int64(f.Captured.Sub(e.started)/time.Microsecond)*9/100, e.lastPTS+1)
	p, err := e.engine.encode(f, e.lastPTS, int64(90_000/frameRate), key, rates.on())
	if err != nil {
		e.ForceKeyFrame()
		return fail(err)
	}
	if len(p.Frames) == 0 {
		if key {
			e.ForceKeyFrame() // dropped: the next one then
		}
		return Layered{}, false, nil
	}
	p.Captured = f.Captured
	return p, true, nil
}

func (e *layeredEncoder) Close() error {
	if e.engine != nil {
		e.engine.close()
		e.engine = nil
	}
	return nil
}
