package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

var errBitstream = errors.New("malformed bitstream")

// unitInfo is what an access unit asks of a decoder.
type unitInfo struct {
	key bool // it can be decoded with nothing before it
	// width and height are of the largest picture that it announces; 0 where it
	// announces none, and those before it hold.
	width, height int
	references    int // how many pictures the decoder is to keep; 0 where it does not say
}

// add takes in another announcement of the same unit.
func (u *unitInfo) add(w, h, references int) error {
	if err := checkSize(w, h); err != nil {
		return err
	}
	if w*h > u.width*u.height {
		u.width, u.height = w, h
	}
	u.references = max(u.references, references)
	return nil
}

// inspect looks at an access unit before any library does, so that none takes memory
// for what is refused.
func inspect(n Name, data []byte) (u unitInfo, err error) {
	if len(data) == 0 {
		return u, fmt.Errorf("no data: %w", errKeyFrameNeeded)
	}
	switch n {
	case VP8:
		err = u.inspectVP8(data)
	case VP9:
		err = u.inspectVP9(data)
	case H264:
		err = u.inspectH264(data)
	case AV1:
		err = u.inspectAV1(data)
	default:
		err = ErrUnsupported
	}
	return u, err
}

func checkSize(w, h int) error {
	if w > maxSide || h > maxSide {
		return fmt.Errorf("%dx%d: %w: %w", w, h, errSize, ErrTooLarge)
	}
	if w < 2 || h < 2 {
		return fmt.Errorf("%dx%d: %w", w, h, errSize)
	}
	return nil
}

// inspectVP8 reads a frame header (RFC 6386, 9.1).
func (u *unitInfo) inspectVP8(b []byte) error {
	switch {
	case len(b) < 3:
		return fmt.Errorf("%d bytes: %w", len(b), errKeyFrameNeeded)
	case b[0]&1 != 0:
		return nil
	case len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a:
		return fmt.Errorf("key frame header: %w", errBitstream)
	}
	w, h := binary.LittleEndian.Uint16(b[6:])&0x3fff, binary.LittleEndian.Uint16(b[8:])&0x3fff
	u.key = true
	return u.add(int(w), int(h), 3)
}

// inspectVP9 reads the headers of a frame, or of each frame of a superframe (VP9
// bitstream specification, annex B). The first one decides about key: a
// superframe that begins with a key frame needs nothing before it.
func (u *unitInfo) inspectVP9(b []byte) error {
	sizes, each := vp9Index(b)
	if sizes == nil {
		key, err := u.inspectVP9Frame(b)
		u.key = key
		return err
	}
	b = b[:len(b)-len(sizes)-2]
	for i := 0; len(sizes) > 0; i++ {
		size := 0
		for j := range each {
			size |= int(sizes[j]) << (8 * j)
		}
		sizes = sizes[each:]
		if size > len(b) {
			return fmt.Errorf("superframe index: %w", errBitstream)
		}
		if size == 0 {
			continue
		}
		key, err := u.inspectVP9Frame(b[:size])
		if err != nil {
			return err
		}
		u.key = u.key || i == 0 && key
		b = b[size:]
	}
	return nil
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
func (u *unitInfo) inspectVP9Frame(b []byte) (key bool, err error) {
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
		return true, u.vp9Size(&r)
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
		return false, u.vp9Size(&r)
	}
	r.read(8 + 3*4) // refresh_frame_flags, three references with their sign biases
	for range 3 {
		if r.read(1) == 1 { // the size of a reference
			return false, r.err
		}
	}
	return false, u.vp9Size(&r)
}

// vp9Size reads frame_size (7.2.3).
func (u *unitInfo) vp9Size(r *bits) error {
	w, h := r.read(16)+1, r.read(16)+1
	if r.err != nil {
		return r.err
	}
	return u.add(w, h, 8)
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
// (intra refresh) brings along, and reads those.
func (u *unitInfo) inspectH264(b []byte) error {
	for {
		i := bytes.Index(b, []byte{0, 0, 1})
		if i < 0 || i+3 >= len(b) {
			return nil
		}
		b = b[i+3:]
		switch b[0] & 0x1f {
		case nalIDR:
			u.key = true
		case nalSPS:
			u.key = true
			end := len(b)
			if next := bytes.Index(b, []byte{0, 0, 1}); next >= 0 {
				end = next
			}
			if err := u.inspectSPS(b[1:end]); err != nil {
				return err
			}
		}
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
// frames and nowhere else. Frames are no larger than it says: libaom checks that, and
// dav1d is given the same bound.
func (u *unitInfo) inspectAV1(b []byte) error {
	for len(b) > 0 {
		kind, size := obu(b)
		if kind == obuSequenceHeader {
			u.key = true
			if err := u.inspectSequence(obuPayload(b[:size])); err != nil {
				return err
			}
		}
		b = b[size:]
	}
	return nil
}

// obuPayload is what stands behind an OBU's header.
func obuPayload(b []byte) []byte {
	at := 1
	if b[0]&4 != 0 {
		at++
	}
	if b[0]&2 != 0 && at < len(b) {
		if _, used := binary.Uvarint(b[at:]); used > 0 {
			at += used
		}
	}
	return b[min(at, len(b)):]
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
