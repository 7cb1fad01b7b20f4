package audio

import "encoding/binary"

// Limits of a redundant block's header (RFC 2198, 3).
const (
	redMaxOffset = 1<<14 - 1 // samples
	redMaxLength = 1<<10 - 1 // bytes
	redMaxPacket = 1100      // bytes: no packet grows beyond what networks carry
)

// MaxRedundancy is how many earlier packets one RED packet may carry.
const MaxRedundancy = 2

// REDWriter packs Opus packets together with those before them (RFC 2198). Packets
// must come in the order of consecutive sequence numbers: a receiver numbers the
// redundant ones backwards from the newest, as LiveKit's server does. For one
// goroutine; steady state allocates nothing.
type REDWriter struct {
	payloadType uint8 // of the blocks
	past        [MaxRedundancy]redPast
	known       int // in past, newest first
	out         []byte
}

type redPast struct {
	timestamp uint32
	payload   []byte
}

// NewREDWriter makes a writer for blocks of Opus' payload type, 0 to 127.
func NewREDWriter(payloadType uint8) *REDWriter {
	w := &REDWriter{payloadType: payloadType & 0x7f, out: make([]byte, 0, 1500)}
	for i := range w.past {
		w.past[i].payload = make([]byte, 0, redMaxLength)
	}
	return w
}

// Pack returns a RED payload of at most redundancy earlier packets, oldest first,
// and the given one. It is valid until the next call.
func (w *REDWriter) Pack(payload []byte, timestamp uint32, redundancy int) []byte {
	n, size := 0, len(payload)
	for n < min(redundancy, w.known) {
		p := &w.past[n]
		offset := timestamp - p.timestamp
		if offset > redMaxOffset || len(p.payload) == 0 || size+len(p.payload) > redMaxPacket {
			break // none beyond it either: they are numbered without gaps
		}
		size += len(p.payload)
		n++
	}
	w.out = w.out[:0]
	for i := n - 1; i >= 0; i-- {
		p := &w.past[i]
		head := 1<<31 | uint32(w.payloadType)<<24 | (timestamp-p.timestamp)<<10 | uint32(len(p.payload))
		w.out = binary.BigEndian.AppendUint32(w.out, head)
	}
	w.out = append(w.out, w.payloadType)
	for i := n - 1; i >= 0; i-- {
		w.out = append(w.out, w.past[i].payload...)
	}
	w.out = append(w.out, payload...)
	w.keep(payload, timestamp)
	return w.out
}

// keep remembers a packet for the next ones; one that is too long is remembered as missing.
func (w *REDWriter) keep(payload []byte, timestamp uint32) {
	last := w.past[MaxRedundancy-1]
	copy(w.past[1:], w.past[:MaxRedundancy-1])
	last.timestamp, last.payload = timestamp, last.payload[:0]
	if len(payload) <= redMaxLength {
		last.payload = append(last.payload, payload...)
	}
	w.past[0] = last
	w.known = min(w.known+1, MaxRedundancy)
}
