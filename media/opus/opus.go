package opus

/*
#cgo pkg-config: opus
#include <opus.h>

// The controls take arguments of any number, which cgo does not call.
static int set_bit_rate(OpusEncoder *e, opus_int32 v) { return opus_encoder_ctl(e, OPUS_SET_BITRATE(v)); }
static int set_complexity(OpusEncoder *e, opus_int32 v) { return opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(v)); }
static int set_dtx(OpusEncoder *e, opus_int32 v) { return opus_encoder_ctl(e, OPUS_SET_DTX(v)); }
static int set_fec(OpusEncoder *e, opus_int32 v) { return opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(v)); }
static int set_loss(OpusEncoder *e, opus_int32 v) { return opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(v)); }
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// SampleRate is in samples per second and channel.
const SampleRate = 48000

// Error is what libopus returned.
type Error int

// What callers can do wrong before libopus sees it.
const (
	ErrBadArg        = Error(C.OPUS_BAD_ARG)
	ErrInvalidPacket = Error(C.OPUS_INVALID_PACKET)
)

func (e Error) Error() string { return "opus: " + C.GoString(C.opus_strerror(C.int(e))) }

func failed(code C.int) error {
	if code < 0 {
		return Error(code)
	}
	return nil
}

// Application is what an encoder is for.
type Application int

const (
	VoIP  = Application(C.OPUS_APPLICATION_VOIP)  // speech
	Audio = Application(C.OPUS_APPLICATION_AUDIO) // music
)

// Encoder encodes one stream. It belongs to one goroutine.
type Encoder struct {
	// Libopus takes memory that others give it, and keeps no pointer into it: so there
	// is nothing to close.
	state    []byte
	channels int
}

// NewEncoder makes an encoder of 1 or 2 channels.
func NewEncoder(channels int, a Application) (*Encoder, error) {
	size := C.opus_encoder_get_size(C.int(channels))
	if size <= 0 {
		return nil, fmt.Errorf("encode %d channels: %w", channels, ErrBadArg)
	}
	e := &Encoder{make([]byte, size), channels}
	if err := failed(C.opus_encoder_init(e.c(), SampleRate, C.int(channels), C.int(a))); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Encoder) c() *C.OpusEncoder {
	return (*C.OpusEncoder)(unsafe.Pointer(unsafe.SliceData(e.state)))
}

// SetBitRate takes bits per second.
func (e *Encoder) SetBitRate(rate int) error {
	return failed(C.set_bit_rate(e.c(), C.opus_int32(rate)))
}

// SetComplexity takes 0 to 10.
func (e *Encoder) SetComplexity(n int) error {
	return failed(C.set_complexity(e.c(), C.opus_int32(n)))
}

// SetDTX lets pauses be sent in few packets.
func (e *Encoder) SetDTX(on bool) error { return failed(C.set_dtx(e.c(), flag(on))) }

// SetFEC lets packets carry the one before, where loss is expected.
func (e *Encoder) SetFEC(on bool) error { return failed(C.set_fec(e.c(), flag(on))) }

// SetExpectedLoss takes percent.
func (e *Encoder) SetExpectedLoss(percent int) error {
	return failed(C.set_loss(e.c(), C.opus_int32(percent)))
}

func flag(on bool) C.opus_int32 {
	if on {
		return 1
	}
	return 0
}

// Encode writes a packet of interleaved pcm to out, and returns its length. pcm is as
// long as a packet can be: 2.5, 5, 10, 20, 40 or 60 ms.
func (e *Encoder) Encode(pcm []float32, out []byte) (int, error) {
	if len(pcm) == 0 || len(pcm)%e.channels != 0 || len(out) == 0 {
		return 0, ErrBadArg
	}
	n := C.opus_encode_float(e.c(), (*C.float)(unsafe.SliceData(pcm)), C.int(len(pcm)/e.channels),
		(*C.uchar)(unsafe.SliceData(out)), C.opus_int32(len(out)))
	return max(int(n), 0), failed(C.int(n))
}

// Decoder decodes one stream. It belongs to one goroutine.
type Decoder struct {
	state    []byte
	channels int
}

// NewDecoder makes a decoder whose sound has 1 or 2 channels, whatever the packets'.
func NewDecoder(channels int) (*Decoder, error) {
	size := C.opus_decoder_get_size(C.int(channels))
	if size <= 0 {
		return nil, fmt.Errorf("decode %d channels: %w", channels, ErrBadArg)
	}
	d := &Decoder{make([]byte, size), channels}
	c := (*C.OpusDecoder)(unsafe.Pointer(unsafe.SliceData(d.state)))
	if err := failed(C.opus_decoder_init(c, SampleRate, C.int(channels))); err != nil {
		return nil, err
	}
	return d, nil
}

// Decode writes a packet's interleaved sound to pcm, and returns how many samples
// each channel has.
func (d *Decoder) Decode(packet []byte, pcm []float32) (int, error) {
	if len(packet) == 0 { // libopus would conceal a loss
		return 0, ErrInvalidPacket
	}
	return d.decode(packet, pcm, 0)
}

// DecodeFEC fills pcm with the packet before this one, which was lost.
func (d *Decoder) DecodeFEC(packet []byte, pcm []float32) error {
	if len(packet) == 0 {
		return ErrInvalidPacket
	}
	_, err := d.decode(packet, pcm, 1)
	return err
}

// Conceal fills pcm with what could follow what was decoded last; it is a multiple of
// 2.5 ms long.
func (d *Decoder) Conceal(pcm []float32) error {
	_, err := d.decode(nil, pcm, 0)
	return err
}

func (d *Decoder) decode(packet []byte, pcm []float32, fec C.int) (int, error) {
	if len(pcm) < d.channels {
		return 0, ErrBadArg
	}
	c := (*C.OpusDecoder)(unsafe.Pointer(unsafe.SliceData(d.state)))
	n := C.opus_decode_float(c, (*C.uchar)(unsafe.SliceData(packet)), C.opus_int32(len(packet)),
		(*C.float)(unsafe.SliceData(pcm)), C.int(len(pcm)/d.channels), fec)
	return max(int(n), 0), failed(n)
}
