package codec

// #include "ffmpeg.h"
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"foyer/media/video"
)

// avEncoder encodes by one of libavcodec's encoders: hardware's, or libx264.
type avEncoder struct {
	c      *C.foyer_av_enc
	codec  Name
	how    avHow
	config EncoderConfig // as the encoder was opened
	opened int64         // pts of the first picture since
	last   int64         // pts
	mute   int           // pictures since a packet came out
	fixed  []byte        // H.264 with long start codes
}

// avHow is how FFmpeg's encoder is opened.
type avHow struct {
	name    string // FFmpeg's
	variant string // where the same one is tried in several ways
	device  string // FFmpeg's name for its kind; empty where it takes pictures from memory
	options string // key=value:key=value
	// profiles are the options' words for H.264's; none where the encoder has none.
	profiles profiles
	buffer   int // milliseconds of rate that a key frame may take ahead; 0: a second
	// reopens says that the rate cannot change while it runs: it is opened anew,
	// which costs a key frame, and so not for small changes.
	reopens bool
}

func openAVEncoder(n Name, how avHow, c EncoderConfig) (encodeEngine, error) {
	e := &avEncoder{codec: n, how: how, config: c}
	if err := e.open(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *avEncoder) open() error {
	chosen := e.how.options
	profile := 0
	if e.codec == H264 {
		word := e.how.profiles.baseline
		profile = profileBaseline
		if e.config.HighProfile {
			word, profile = e.how.profiles.high, profileHigh
		}
		if word != "" {
			chosen += ":profile=" + word
		}
	}
	name, device, options := C.CString(e.how.name), C.CString(e.how.device), C.CString(chosen)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(device))
	defer C.free(unsafe.Pointer(options))
	conf := (*C.foyer_av_config)(C.calloc(1, C.sizeof_foyer_av_config))
	defer C.free(unsafe.Pointer(conf))
	conf.width, conf.height, conf.kbps = C.int(e.config.Width), C.int(e.config.Height), C.int(e.config.BitRate/1000)
	conf.profile, conf.threads, conf.buffer_ms = C.int(profile), C.int(e.config.Threads), 1000
	if e.how.buffer > 0 {
		conf.buffer_ms = C.int(e.how.buffer)
	}
	conf.fps, conf.device, conf.options = C.double(e.config.FrameRate), device, options
	var code C.int
	if e.c = C.foyer_av_enc_open(name, conf, &code); e.c == nil {
		return avErr(code)
	}
	e.opened, e.mute = -1, 0
	return nil
}

// profiles are an encoder's own words for Constrained Baseline and High.
type profiles struct{ baseline, high string }

// profile_idc (ITU-T H.264, A.2); FFmpeg puts constraint_set1_flag at bit 9. Its
// names for these are others from version 8 on.
const (
	profileBaseline = 66 | 1<<9
	profileHigh     = 100
)

// How soon an encoder that must be opened anew for its rate may be: at once for
// less, so that no link overflows, later for more.
const (
	reopenDown = 90_000 / 2 // 1/90000 s
	reopenUp   = 90_000 * 5
)

func (e *avEncoder) setRate(bitsPerSecond int, framesPerSecond float64) error {
	e.config.FrameRate = framesPerSecond
	if !e.how.reopens {
		e.config.BitRate = bitsPerSecond
		C.foyer_av_enc_rate(e.c, C.int(bitsPerSecond/1000), C.double(framesPerSecond))
		return nil
	}
	if e.opened < 0 {
		return nil
	}
	age := e.last - e.opened
	switch was := e.config.BitRate; {
	case bitsPerSecond < was*85/100 && age >= reopenDown, bitsPerSecond > was*125/100 && age >= reopenUp:
		C.foyer_av_enc_close(e.c)
		e.c = nil
		e.config.BitRate = bitsPerSecond
		return e.open()
	}
	return errRateLater
}

// qsvReopens: Quick Sync's rate changes while running from FFmpeg 6 on.
const qsvReopens = C.LIBAVCODEC_VERSION_MAJOR < 60

// errRateLater says that setRate is to be called again.
var errRateLater = errors.New("the bit rate changes later")

// muteMax is how many pictures an encoder may swallow before it counts as failed.
const muteMax = 10

func (e *avEncoder) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	if e.c == nil {
		return nil, false, errClosed
	}
	if e.opened < 0 {
		e.opened = pts
	}
	e.last = pts
	n := C.foyer_av_enc_frame(e.c, (*C.uint8_t)(unsafe.SliceData(f.Y)), (*C.uint8_t)(unsafe.SliceData(f.U)), (*C.uint8_t)(unsafe.SliceData(f.V)),
		C.int(f.YStride), C.int(f.CStride), C.int64_t(pts), C.int64_t(duration), flag(key))
	switch {
	case n < 0:
		return nil, false, avErr(n)
	case n == 0:
		if e.mute++; e.mute > muteMax {
			return nil, false, errSilent
		}
		return nil, false, nil
	}
	e.mute = 0
	pkt := e.c.pkt
	data := unsafe.Slice((*byte)(pkt.data), int(pkt.size))
	isKey := pkt.flags&C.AV_PKT_FLAG_KEY != 0
	switch e.codec {
	case H264:
		e.fixed = longStarts(e.fixed[:0], data)
		data = e.fixed
	case AV1:
		data = withoutDelimiter(data)
	}
	return data, isKey, nil
}

// longStarts appends an Annex B stream to buf with each start code of 4 bytes.
func longStarts(buf, data []byte) []byte {
	for len(data) > 0 {
		i := bytes.Index(data, startCode)
		if i < 0 {
			return append(buf, data...)
		}
		head := i
		if head > 0 && data[head-1] == 0 {
			head--
		}
		buf = append(append(append(buf, data[:head]...), 0), startCode...)
		data = data[i+len(startCode):]
	}
	return buf
}

var startCode = []byte{0, 0, 1}

// at implements delayedEngine.
func (e *avEncoder) at() int64 { return int64(e.c.pkt.pts) }

func (e *avEncoder) close() {
	C.foyer_av_enc_close(e.c)
	e.c = nil
}

// avEncode is a hardware encoder of FFmpeg's.
func avEncode(n Name, how avHow, missing func() string) candidate {
	id := how.name
	if how.variant != "" {
		id += "+" + how.variant
	}
	return candidate{
		id: id, codec: n, direction: encoding,
		implementation: "FFmpeg " + ffmpegVersion() + " " + id,
		missing: func() string {
			if !avHasEncoder(how.name) {
				return fmt.Sprintf("FFmpeg %s was built without it", ffmpegVersion())
			}
			return missing()
		},
		encoder: func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(n, how, c) },
	}
}

// avDecode is a hardware decoder of FFmpeg's: one of its own name, or its
// software decoder's with a device behind it.
func avDecode(n Name, name, device string, missing func() string) candidate {
	id := name
	if device != "" {
		id = name + "+" + device
	}
	return candidate{
		id: "decode:" + id, codec: n, direction: decoding,
		implementation: "FFmpeg " + ffmpegVersion() + " " + id,
		missing: func() string {
			if !avHasDecoder(name) {
				return fmt.Sprintf("FFmpeg %s was built without it", ffmpegVersion())
			}
			return missing()
		},
		decoder: func() (decodeEngine, error) { return openAVDecoderNamed(name, device, PixelsMax) },
	}
}
