package audio

import (
	"errors"
	"fmt"
)

// ErrMalformedRED says that a payload is no redundant audio data.
var ErrMalformedRED = errors.New("malformed redundant audio")

// Limits of a redundant block's header (RFC 2198, 3).
const (
	maxREDOffset = 1<<14 - 1 // samples
	maxREDLength = 1<<10 - 1 // bytes
)

const (
	// REDDepth is how many earlier packets a packet may carry: as many as LiveKit's
	// server reads out of one.
	REDDepth = 2
	// maxREDBlocks is how many blocks are read of one packet.
	maxREDBlocks = 8
	// maxREDPayload keeps a packet below the usual MTU, in bytes.
	maxREDPayload = 1150
)

// REDBlock is one packet inside of another (RFC 2198).
type REDBlock struct {
	PayloadType uint8
	Offset      uint32 // samples that it is older than the packet that carries it; 0 for the packet's own
	Payload     []byte // part of what was parsed
}

// RED is what a redundant packet holds, oldest block first and its own last. The
// zero value is ready; Parse uses it again and allocates nothing.
type RED struct {
	blocks [maxREDBlocks]REDBlock
	n      int
}

// Parse takes an RTP payload apart and returns its blocks, valid until the next
// call and as long as payload is. Errors wrap ErrMalformedRED.
func (r *RED) Parse(payload []byte) ([]REDBlock, error) {
	r.n = 0
	rest, total := payload, 0
	var length [maxREDBlocks]int
	for {
		if len(rest) == 0 {
			return nil, fmt.Errorf("%w: its headers are cut", ErrMalformedRED)
		}
		if r.n == maxREDBlocks {
			return nil, fmt.Errorf("%w: it has over %d blocks", ErrMalformedRED, maxREDBlocks)
		}
		if rest[0]&0x80 == 0 {
			r.blocks[r.n] = REDBlock{PayloadType: rest[0]}
			rest = rest[1:]
			break
		}
		if len(rest) < 4 {
			return nil, fmt.Errorf("%w: its headers are cut", ErrMalformedRED)
		}
		r.blocks[r.n] = REDBlock{PayloadType: rest[0] & 0x7f, Offset: uint32(rest[1])<<6 | uint32(rest[2])>>2}
		length[r.n] = int(rest[2]&3)<<8 | int(rest[3])
		total += length[r.n]
		rest = rest[4:]
		r.n++
	}
	if len(rest) < total {
		return nil, fmt.Errorf("%w: its blocks are cut", ErrMalformedRED)
	}
	length[r.n] = len(rest) - total
	r.n++
	for i := range r.n {
		r.blocks[i].Payload, rest = rest[:length[i]], rest[length[i]:]
	}
	return r.blocks[:r.n], nil
}

// REDWriter packs each packet together with the ones before it (RFC 2198). For one
// goroutine.
type REDWriter struct {
	payloadType uint8
	depth       int
	earlier     [REDDepth]struct {
		timestamp uint32
		payload   [maxREDLength]byte
		n         int // bytes; 0: none, or one that was too long
	}
	last int // index of the newest in earlier
}

// NewREDWriter makes a writer. payloadType is Opus's in the SDP, not RED's own;
// depth is how many earlier packets each one carries, 0 to REDDepth.
func NewREDWriter(payloadType uint8, depth int) *REDWriter {
	w := &REDWriter{payloadType: payloadType & 0x7f}
	w.SetDepth(depth)
	return w
}

// SetDepth changes how many earlier packets each packet carries, 0 to REDDepth,
// e.g. by the loss that is reported.
func (w *REDWriter) SetDepth(depth int) { w.depth = min(max(depth, 0), REDDepth) }

// Append appends the payload of an audio/red packet to dst and returns it; it
// allocates only where dst lacks room (1280 bytes do, unless payload is longer).
// Each call must be one RTP packet, sent under the next sequence number: receivers
// count blocks back by it. Earlier packets are left out, oldest first, where the
// header cannot describe them (over 341 ms older, as after DTX; over 1023 bytes)
// or the packet would grow past a usual MTU.
func (w *REDWriter) Append(dst []byte, timestamp uint32, payload []byte) []byte {
	depth, size := 0, 1+len(payload)
	for depth < w.depth {
		e := &w.earlier[(w.last+REDDepth-depth)%REDDepth]
		if size += 4 + e.n; e.n == 0 || timestamp-e.timestamp > maxREDOffset || timestamp == e.timestamp || size > maxREDPayload {
			break
		}
		depth++
	}
	for i := depth - 1; i >= 0; i-- {
		e := &w.earlier[(w.last+REDDepth-i)%REDDepth]
		offset := timestamp - e.timestamp
		dst = append(dst, 0x80|w.payloadType, byte(offset>>6), byte(offset<<2)|byte(e.n>>8), byte(e.n))
	}
	dst = append(dst, w.payloadType)
	for i := depth - 1; i >= 0; i-- {
		e := &w.earlier[(w.last+REDDepth-i)%REDDepth]
		dst = append(dst, e.payload[:e.n]...)
	}
	w.last = (w.last + 1) % REDDepth
	e := &w.earlier[w.last]
	if e.timestamp, e.n = timestamp, 0; len(payload) <= maxREDLength {
		e.n = copy(e.payload[:], payload)
	}
	return append(dst, payload...)
}

// Reset forgets the earlier packets: the stream begins anew, or goes on after a
// pause with nothing before it that anyone misses.
func (w *REDWriter) Reset() {
	for i := range w.earlier {
		w.earlier[i].n = 0
	}
}
