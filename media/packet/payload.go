package packet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"foyer/media/codec"
)

var (
	errShort       = errors.New("RTP payload is too short")
	errPacketType  = errors.New("RTP payload of an unknown kind")
	errUnsupported = errors.New("codec has no RTP format here")
)

// payload is how one codec's access units lie in RTP.
type payload interface {
	// start says that a payload begins an access unit which can be decoded with
	// nothing before it.
	start(b []byte) bool
	// append adds a payload's part of the access unit to unit. A new access unit
	// begins with an empty one.
	append(unit, b []byte) ([]byte, error)
}

// finisher is a payload with something to add behind a whole access unit.
type finisher interface{ finish(unit []byte) []byte }

func payloadOf(n codec.Name) (payload, error) {
	switch n {
	case codec.VP8:
		return &vp8{}, nil
	case codec.H264:
		return &h264{}, nil
	case codec.VP9:
		return &vp9{}, nil
	case codec.AV1:
		return &av1{}, nil
	}
	return nil, fmt.Errorf("%s: %w", n, errUnsupported)
}

// vp8 is RFC 7741.
type vp8 struct{ p codecs.VP8Packet }

func (v *vp8) start(b []byte) bool {
	data, err := v.p.Unmarshal(b)
	return err == nil && v.p.S == 1 && v.p.PID == 0 && len(data) > 0 && data[0]&1 == 0
}

func (v *vp8) append(unit, b []byte) ([]byte, error) {
	data, err := v.p.Unmarshal(b)
	if err != nil {
		return unit, fmt.Errorf("VP8 payload: %w", err)
	}
	return append(unit, data...), nil
}

// vp9 is RFC 9628. A picture of several sizes (SVC) is a layer frame for each.
type vp9 struct {
	p      codecs.VP9Packet
	starts []int // of the access unit's layer frames
}

// parse reads a payload descriptor. What pion appends to would grow for ever.
func (v *vp9) parse(b []byte) ([]byte, error) {
	v.p.PDiff, v.p.PGTID, v.p.PGU, v.p.PGPDiff = v.p.PDiff[:0], v.p.PGTID[:0], v.p.PGU[:0], v.p.PGPDiff[:0]
	return v.p.Unmarshal(b)
}

func (v *vp9) start(b []byte) bool {
	_, err := v.parse(b)
	return err == nil && v.p.B && !v.p.P && (!v.p.L || v.p.SID == 0)
}

func (v *vp9) append(unit, b []byte) ([]byte, error) {
	data, err := v.parse(b)
	if err != nil {
		return unit, fmt.Errorf("VP9 payload: %w", err)
	}
	if len(unit) == 0 {
		v.starts = v.starts[:0]
	}
	if v.p.B {
		v.starts = append(v.starts, len(unit))
	}
	return append(unit, data...), nil
}

// maxSuperframe is how many frames a superframe can have.
const maxSuperframe = 8

// finish makes layer frames a superframe (VP9 bitstream specification, annex B):
// without the index at its end a decoder takes the first one for all.
func (v *vp9) finish(unit []byte) []byte {
	n := len(v.starts)
	if n < 2 || n > maxSuperframe {
		return unit
	}
	const each = 4 // bytes of a size
	marker := byte(0xc0 | (each-1)<<3 | (n - 1))
	end := len(unit)
	unit = append(unit, marker)
	for i, at := range v.starts {
		next := end
		if i+1 < n {
			next = v.starts[i+1]
		}
		unit = binary.LittleEndian.AppendUint32(unit, uint32(next-at))
	}
	return append(unit, marker)
}

// h264 is RFC 6184 in packetization mode 1: single NAL units, STAP-A, FU-A. Units
// come out in Annex B form with start codes of 4 bytes.
type h264 struct{}

// Kinds of NAL units: ITU-T H.264 table 7-1, RFC 6184 5.2.
const (
	nalIDR   = 5
	nalSPS   = 7
	nalSTAPA = 24
	nalFUA   = 28
)

// start: whoever sends to WebRTC puts the parameter sets before each IDR picture.
func (*h264) start(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch b[0] & 0x1f {
	case nalSPS:
		return true
	case nalSTAPA:
		for b = b[1:]; len(b) > 2; {
			n := int(binary.BigEndian.Uint16(b))
			if n == 0 || len(b) < 2+n {
				return false
			}
			if b[2]&0x1f == nalSPS {
				return true
			}
			b = b[2+n:]
		}
	}
	return false
}

func (*h264) append(unit, b []byte) ([]byte, error) {
	if len(b) < 2 {
		return unit, fmt.Errorf("H.264 payload of %d bytes: %w", len(b), errShort)
	}
	switch kind := b[0] & 0x1f; {
	case kind > 0 && kind < nalSTAPA:
		return append(append(unit, 0, 0, 0, 1), b...), nil
	case kind == nalSTAPA:
		for b = b[1:]; len(b) > 0; {
			if len(b) < 2 {
				return unit, fmt.Errorf("H.264 STAP-A: %w", errShort)
			}
			n := int(binary.BigEndian.Uint16(b))
			if n == 0 || len(b) < 2+n {
				return unit, fmt.Errorf("H.264 STAP-A: %w", errShort)
			}
			unit = append(append(unit, 0, 0, 0, 1), b[2:2+n]...)
			b = b[2+n:]
		}
		return unit, nil
	case kind == nalFUA:
		if b[1]&0x80 != 0 { // the first fragment tells the header
			unit = append(unit, 0, 0, 0, 1, b[0]&0xe0|b[1]&0x1f)
		}
		return append(unit, b[2:]...), nil
	default:
		return unit, fmt.Errorf("H.264 payload of kind %d: %w", kind, errPacketType)
	}
}

// Payloader cuts a codec's access units into RTP payloads.
func Payloader(n codec.Name) (rtp.Payloader, error) {
	switch n {
	case codec.VP8:
		return &codecs.VP8Payloader{EnablePictureID: true}, nil
	case codec.H264:
		return &codecs.H264Payloader{}, nil
	case codec.VP9:
		return &codecs.VP9Payloader{}, nil
	case codec.AV1:
		return &codecs.AV1Payloader{}, nil
	}
	return nil, fmt.Errorf("%s: %w", n, errUnsupported)
}

// clockRate of video in RTP, in Hz.
const clockRate = 90_000

var feedback = []webrtc.RTCPFeedback{
	{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}, {Type: "goog-remb"}, {Type: "transport-cc"},
}

// Capability is how a codec is offered in SDP.
func Capability(n codec.Name) (webrtc.RTPCodecCapability, error) {
	c := webrtc.RTPCodecCapability{ClockRate: clockRate, RTCPFeedback: feedback}
	switch n {
	case codec.VP8:
		c.MimeType = webrtc.MimeTypeVP8
	case codec.H264:
		// Constrained Baseline, level 3.1: LiveKit's server takes High (640032) out of
		// every publisher's answer, as not all browsers decode it. What it forwards in
		// High nevertheless is received: pion's codecs have 64001f.
		c.MimeType, c.SDPFmtpLine = webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
	case codec.VP9:
		c.MimeType, c.SDPFmtpLine = webrtc.MimeTypeVP9, "profile-id=0"
	case codec.AV1:
		c.MimeType = webrtc.MimeTypeAV1
	default:
		return c, fmt.Errorf("%s: %w", n, errUnsupported)
	}
	return c, nil
}
