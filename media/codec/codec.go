// Package codec encodes and decodes video, hardware first, software always.
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
	H264 Name = "H264"
)

// ErrUnsupported says that this build or machine has no such codec.
var ErrUnsupported = errors.New("video codec not supported")

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
}

// Packet is one encoded picture (access unit). Data is valid until the next call.
type Packet struct {
	Data     []byte // VP8 frame, or H.264 Annex B with 4-byte start codes
	Key      bool
	Captured time.Time // of the frame it encodes
}

// Encoder turns frames into packets. Not safe for use by several goroutines,
// but SetBitRate, SetFrameRate and ForceKeyFrame are.
type Encoder interface {
	// Encode encodes f, which has the configured size. ok is false when the
	// encoder dropped the frame to keep its bit rate.
	Encode(f *video.Frame) (p Packet, ok bool, err error)
	SetBitRate(bitsPerSecond int)
	SetFrameRate(framesPerSecond float64)
	ForceKeyFrame() // the next encoded frame is a key frame
	Close() error
}

// Decoder turns packets into frames. Not safe for use by several goroutines.
type Decoder interface {
	// Decode decodes one access unit. The frame is nil when none is ready; the
	// caller releases it. An error means that a key frame is needed; the
	// decoder stays usable.
	Decode(data []byte) (*video.Frame, error)
	Close() error
}

// NewEncoder opens the best encoder for the codec. Errors wrap ErrUnsupported
// where there is none.
func NewEncoder(n Name, c EncoderConfig) (Encoder, error) {
	switch n {
	case VP8:
		return newVP8Encoder(c)
	}
	return nil, fmt.Errorf("encode %s: %w", n, ErrUnsupported)
}

// NewDecoder opens the best decoder for the codec. Errors wrap ErrUnsupported
// where there is none.
func NewDecoder(n Name) (Decoder, error) {
	switch n {
	case VP8:
		return newVP8Decoder()
	case H264:
		return newH264Decoder()
	}
	return nil, fmt.Errorf("decode %s: %w", n, ErrUnsupported)
}
