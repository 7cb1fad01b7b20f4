package audio

import "sync/atomic"

const (
	arrivalSlots = 256      // packets
	arrivalBytes = 64 << 10 // of payload: some two seconds of anything that speaks
	maxPayload   = 1500     // bytes
)

// arrival is one packet on its way from Push to the speaker's thread.
type arrival struct {
	seq     uint16
	ts      uint32
	ssrc    uint32
	red     bool // its payload is redundant audio
	at, n   int  // where its payload lies in the ring's bytes
	behind  uint64
	payload []byte // valid until done
}

// arrivals carries packets from one goroutine to the speaker's thread, without
// locks. The zero value is ready.
type arrivals struct {
	slots       [arrivalSlots]arrival
	bytes       [arrivalBytes]byte
	read, write atomic.Uint64 // packets
	freed       atomic.Uint64 // bytes, those skipped at the ring's end included
	used        uint64        // bytes; the writer's
}

// put copies a packet; false where it does not fit. One writer.
func (q *arrivals) put(a arrival, payload []byte) bool {
	w := q.write.Load()
	if w-q.read.Load() >= arrivalSlots || len(payload) > maxPayload {
		return false
	}
	at := int(q.used % arrivalBytes)
	used := q.used
	if at+len(payload) > arrivalBytes { // payloads lie in one piece
		used += uint64(arrivalBytes - at)
		at = 0
	}
	if used += uint64(len(payload)); used-q.freed.Load() > arrivalBytes {
		return false
	}
	a.at, a.n, a.behind = at, copy(q.bytes[at:], payload), used
	q.used = used
	q.slots[w%arrivalSlots] = a
	q.write.Store(w + 1)
	return true
}

// next returns the oldest packet, nil where there is none. One reader, which says
// done before it asks for another.
func (q *arrivals) next() *arrival {
	r := q.read.Load()
	if r == q.write.Load() {
		return nil
	}
	a := &q.slots[r%arrivalSlots]
	a.payload = q.bytes[a.at : a.at+a.n]
	return a
}

// done gives the packet that next returned back.
func (q *arrivals) done(a *arrival) {
	q.freed.Store(a.behind)
	q.read.Store(q.read.Load() + 1)
}
