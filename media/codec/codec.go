package codec

import (
	"errors"
	"fmt"
	"time"

	"foyer/media/video"
)

// Name is a video codec, as in SDP without the "video/" prefix.
type Name string

const (
	VP8  Name = "VP8"
	VP9  Name = "VP9"
	H264 Name = "H264"
	AV1  Name = "AV1"
)

// Names are all codecs, the oldest first.
var Names = [...]Name{VP8, H264, VP9, AV1}

// ErrUnsupported says that this build or machine has no such codec.
var ErrUnsupported = errors.New("video codec not supported")

// ErrTooLarge says that a picture was refused before any memory was taken for it.
var ErrTooLarge = errors.New("picture is too large")

// PixelsMax bounds what any stream can make a decoder allocate: 4K, in either of its
// widths, with what codecs add at the edges.
const PixelsMax = 4096 * 2304

// referencesMax is how many pictures of the largest size a decoder keeps for those to
// come. Of smaller ones it may keep more, up to what the codec allows.
const referencesMax = 8

// Content is what the pictures show; it decides what gives way when bits are short.
type Content int

const (
	Motion Content = iota // camera: keep the frame rate
	Detail                // screen: keep the resolution
)

// EncoderConfig describes one encoder (one simulcast layer).
type EncoderConfig struct {
	Width, Height int     // pixels, even
	FrameRate     float64 // frames per second expected, at most
	BitRate       int     // bits per second
	Content       Content
	Threads       int // 0 lets the codec choose
	// HighProfile says that whoever gets it takes H.264 in High profile. Else, and
	// where the encoder has no use for it, it is Constrained Baseline, which is a part
	// of that.
	HighProfile bool
}

// Packet is one encoded picture (access unit). Data is valid until the next call.
type Packet struct {
	// Data is a VP8 or VP9 frame, H.264 Annex B with 4-byte start codes and the
	// parameter sets before each key frame, or an AV1 temporal unit in the
	// low-overhead format (AV1 5.2) without its temporal delimiter, as RTP wants it.
	Data     []byte
	Key      bool
	Captured time.Time // of the frame it encodes
}

// Encoder turns frames into packets. Not safe for use by several goroutines,
// but SetBitRate, SetFrameRate and ForceKeyFrame are.
type Encoder interface {
	// Encode encodes f, which has the configured size. ok is false when the
	// encoder dropped the frame to keep its bit rate; whoever shows a screen that
	// then stands still offers its last picture again.
	Encode(f *video.Frame) (p Packet, ok bool, err error)
	SetBitRate(bitsPerSecond int)
	SetFrameRate(framesPerSecond float64)
	ForceKeyFrame() // the next encoded frame is a key frame
	// Implementation names the library or driver at work. It may change while
	// running, when hardware fails. Safe from any goroutine.
	Implementation() (name string, hardware bool)
	Close() error
}

// Decoder turns packets into frames. Not safe for use by several goroutines.
type Decoder interface {
	// Decode decodes one access unit. The frame is nil when none is ready; the
	// caller releases it. An error means that a key frame is needed; the
	// decoder stays usable. ErrTooLarge says that this one was beyond the limit.
	Decode(data []byte) (*video.Frame, error)
	// Admit asks about each new size, within the decoder's own limit, before memory is
	// taken for it: how many pixels count, with those of the pictures that are kept.
	// Where the answer is no, Decode fails with ErrTooLarge.
	Admit(ask func(pixels int) bool)
	// Implementation is as an Encoder's.
	Implementation() (name string, hardware bool)
	Close() error
}

// NewEncoder opens the best encoder for the codec: hardware that Probe found to
// work, where Configure allows it, else software. Hardware that fails later, or
// does not answer for half a second, gives way to software with a key frame as the next
// packet. Errors wrap ErrUnsupported
// where there is none.
func NewEncoder(n Name, c EncoderConfig) (Encoder, error) {
	if c.Width < 16 || c.Height < 16 || c.Width > maxSide || c.Height > maxSide || c.Width&1 != 0 || c.Height&1 != 0 {
		return nil, fmt.Errorf("open %s encoder at %dx%d: %w", n, c.Width, c.Height, errSize)
	}
	e := &encoder{codec: n, config: c}
	e.SetBitRate(c.BitRate)
	e.SetFrameRate(c.FrameRate)
	if e.openHardware() {
		return e, nil
	}
	if err := e.openSoftware(); err != nil {
		return nil, err
	}
	return e, nil
}

// NewDecoder opens a software decoder, which hands over to hardware at the first
// large picture where Probe found some that works, and takes back when that
// fails, which costs a key frame at most. Errors wrap ErrUnsupported where there is none.
//
// It takes pictures of at most so many pixels (ErrTooLarge), and no more than PixelsMax.
func NewDecoder(n Name, pixels int) (Decoder, error) {
	d := &decoder{codec: n, most: min(pixels, PixelsMax)}
	if err := d.openSoftware(); err != nil {
		return nil, err
	}
	return d, nil
}

// implementation is what Implementation tells.
type implementation struct {
	name     string
	hardware bool
}
