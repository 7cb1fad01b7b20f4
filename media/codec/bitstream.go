package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

var errBitstream = errors.New("malformed bitstream")

// inspect looks at an access unit before any library does: whether it can be
// decoded with nothing before it, and whether it asks for too large a picture.
func inspect(n Name, data []byte) (key bool, err error) {
	if len(data) == 0 {
		return false, fmt.Errorf("no data: %w", errKeyFrameNeeded)
	}
	switch n {
	case VP8:
		return inspectVP8(data)
	case VP9:
		return inspectVP9(data)
	case H264:
		return inspectH264(data), nil
	case AV1:
		return inspectAV1(data), nil
	}
	return false, ErrUnsupported
}

func checkSize(w, h int) error {
	if w < 2 || h < 2 || w > maxSide || h > maxSide {
		return fmt.Errorf("%dx%d: %w", w, h, errSize)
	}
	return nil
}

// inspectVP8 reads a frame header (RFC 6386, 9.1).
func inspectVP8(b []byte) (key bool, err error) {
	switch {
	case len(b) < 3:
		return false, fmt.Errorf("%d bytes: %w", len(b), errKeyFrameNeeded)
	case b[0]&1 != 0:
		return false, nil
	case len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a:
		return false, fmt.Errorf("key frame header: %w", errBitstream)
	}
	w, h := binary.LittleEndian.Uint16(b[6:])&0x3fff, binary.LittleEndian.Uint16(b[8:])&0x3fff
	return true, checkSize(int(w), int(h))
}

// inspectVP9 reads the headers of a frame, or of each frame of a superframe (VP9
// bitstream specification, annex B). The first one decides about key: a
// superframe that begins with a key frame needs nothing before it.
func inspectVP9(b []byte) (key bool, err error) {
	sizes, each := vp9Index(b)
	if sizes == nil {
		return inspectVP9Frame(b)
	}
	b = b[:len(b)-len(sizes)-2]
	for i := 0; len(sizes) > 0; i++ {
		size := 0
		for j := range each {
			size |= int(sizes[j]) << (8 * j)
		}
		sizes = sizes[each:]
		if size > len(b) {
			return false, fmt.Errorf("superframe index: %w", errBitstream)
		}
		if size == 0 {
			continue
		}
		k, err := inspectVP9Frame(b[:size])
		if err != nil {
			return false, err
		}
		key = key || i == 0 && k
		b = b[size:]
	}
	return key, nil
}

// vp9Index returns the sizes at a superframe's end, of so many bytes each; nil
// where there are none.
func vp9Index(b []byte) (sizes []byte, each int) {
	last := b[len(b)-1]
	frames, each := int(last&7)+1, int(last>>3&3)+1
	index := 2 + frames*each
	if last&0xe0 != 0xc0 || len(b) < index || b[len(b)-index] != last {
		return nil, 0
	}
	return b[len(b)-index+1 : len(b)-1], each
}

// asSuperframe appends a frame to buf as a superframe of its own. Without an
// index, libvpx decodes whatever lies behind a frame too, unseen by inspect.
func asSuperframe(buf, frame []byte) []byte {
	const marker = 0xc0 | 3<<3 // one frame, its size in four bytes
	buf = append(append(buf, frame...), marker)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(frame)))
	return append(buf, marker)
}

// inspectVP9Frame reads an uncompressed header (6.2) up to the frame's size.
func inspectVP9Frame(b []byte) (key bool, err error) {
	r := bits{b: b}
	if r.read(2) != 2 {
		return false, fmt.Errorf("frame marker: %w", errBitstream)
	}
	if profile := r.read(1) | r.read(1)<<1; profile != 0 {
		return false, fmt.Errorf("profile %d: %w", profile, ErrUnsupported)
	}
	if r.read(1) == 1 { // show_existing_frame
		return false, nil
	}
	inter, shown, resilient := r.read(1) == 1, r.read(1) == 1, r.read(1) == 1
	if !inter {
		if r.read(24) != 0x498342 {
			return false, fmt.Errorf("sync code: %w", errBitstream)
		}
		const rgb = 7
		if r.read(3) == rgb {
			return false, fmt.Errorf("RGB: %w", ErrUnsupported)
		}
		r.read(1) // colour range
		return true, r.vp9Size()
	}
	intraOnly := !shown && r.read(1) == 1
	if !resilient {
		r.read(2) // reset_frame_context
	}
	if intraOnly {
		if r.read(24) != 0x498342 {
			return false, fmt.Errorf("sync code: %w", errBitstream)
		}
		r.read(8) // refresh_frame_flags
		return false, r.vp9Size()
	}
	r.read(8 + 3*4) // refresh_frame_flags, three references with their sign biases
	for range 3 {
		if r.read(1) == 1 { // the size of a reference
			return false, r.err
		}
	}
	return false, r.vp9Size()
}

// vp9Size reads frame_size (7.2.3).
func (r *bits) vp9Size() error {
	w, h := r.read(16)+1, r.read(16)+1
	if r.err != nil {
		return r.err
	}
	return checkSize(w, h)
}

// bits reads a bitstream, most significant bit first.
type bits struct {
	b   []byte
	at  int
	err error
}

func (r *bits) read(n int) int {
	v := 0
	for range n {
		if r.at>>3 >= len(r.b) {
			r.err = fmt.Errorf("header ends early: %w", errBitstream)
			return 0
		}
		v = v<<1 | int(r.b[r.at>>3]>>(7-r.at&7)&1)
		r.at++
	}
	return v
}

// Kinds of H.264 NAL units (ITU-T H.264, table 7-1).
const (
	nalIDR = 5
	nalSPS = 7
)

// inspectH264 finds an IDR picture or the parameter sets that a recovery point
// (intra refresh) brings along.
func inspectH264(b []byte) (key bool) {
	for {
		i := bytes.Index(b, []byte{0, 0, 1})
		if i < 0 || i+3 >= len(b) {
			return false
		}
		switch b[i+3] & 0x1f {
		case nalIDR, nalSPS:
			return true
		}
		b = b[i+3:]
	}
}

// Kinds of OBUs (AV1, 6.2.2).
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuFrameHeader       = 3
	obuTileGroup         = 4
	obuFrame             = 6
)

// inspectAV1 finds a sequence header, which libaom and WebRTC put before key
// frames and nowhere else.
func inspectAV1(b []byte) (key bool) {
	for len(b) > 0 {
		kind, size := obu(b)
		if kind == obuSequenceHeader {
			return true
		}
		b = b[size:]
	}
	return false
}

// obu tells the kind and whole length of the first OBU of b, which is not empty.
func obu(b []byte) (kind, size int) {
	kind = int(b[0] >> 3 & 0xf)
	at := 1
	if b[0]&4 != 0 { // extension
		at++
	}
	if b[0]&2 == 0 || at >= len(b) { // no size: it takes the rest
		return kind, len(b)
	}
	n, used := binary.Uvarint(b[at:]) // leb128
	if used <= 0 || n > uint64(len(b)-at-used) {
		return kind, len(b)
	}
	return kind, at + used + int(n)
}

// firstSize is how much of an AV1 temporal unit belongs to its smallest size (SVC):
// all of it where there is one.
func firstSize(b []byte) int {
	first := -1
	for at := 0; at < len(b); {
		kind, size := obu(b[at:])
		switch kind {
		case obuFrameHeader, obuTileGroup, obuFrame:
			spatial := 0
			if b[at]&4 != 0 && at+1 < len(b) {
				spatial = int(b[at+1] >> 3 & 3)
			}
			if first >= 0 && spatial != first {
				return at
			}
			first = spatial
		}
		at += size
	}
	return len(b)
}

// withoutDelimiter is an AV1 temporal unit without its temporal delimiter.
func withoutDelimiter(b []byte) []byte {
	for len(b) > 0 {
		kind, size := obu(b)
		if kind != obuTemporalDelimiter {
			break
		}
		b = b[size:]
	}
	return b
}
