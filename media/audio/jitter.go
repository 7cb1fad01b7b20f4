package audio

import "time"

// slots is how many packets a jitter buffer can hold: over two seconds.
const slots = 128

// packet is one Opus packet in a jitter buffer.
type packet struct {
	seq     int64 // extended past 16 bits
	time    int64 // RTP timestamp, extended past 32 bits, at 48 kHz
	payload []byte
	full    bool
}

// JitterBuffer puts packets into order and says what is due. Pure state: no
// clock, no network, no decoder. It belongs to one goroutine or thread; it
// allocates only while payloads grow.
type JitterBuffer struct {
	ring    [slots]packet
	started bool
	next    int64 // sequence number that is due
	newest  int64 // highest seen
	lastSeq int64
	lastTS  int64
	taken   int64 // timestamp of what was taken last
	count   int

	Received, Discarded uint64 // packets; discarded ones came late, twice or out of range
	Lost                uint64 // passed over without having come
}

// usualPayload is what nearly every Opus packet fits into, in bytes.
const usualPayload = 512

// Reserve makes room for usual packets beforehand, so that Put on a device
// thread allocates for longer ones only, and once.
func (b *JitterBuffer) Reserve() {
	all := make([]byte, slots*usualPayload)
	for i := range b.ring {
		b.ring[i].payload = all[i*usualPayload : i*usualPayload : (i+1)*usualPayload]
	}
}

// extend returns the full number nearest to last whose low bits are v.
func extend(last int64, v uint32, bits uint) int64 {
	span := int64(1) << bits
	n := last&^(span-1) | int64(v)
	switch {
	case n-last > span/2:
		n -= span
	case last-n > span/2:
		n += span
	}
	return n
}

// Put stores a copy of a packet. It says false when the packet is too late, is
// there already, or is so far off that the stream must have begun anew.
func (b *JitterBuffer) Put(seq uint16, timestamp uint32, payload []byte) bool {
	b.Received++
	if !b.started {
		b.started = true
		b.next, b.newest = int64(seq)+1<<32, int64(seq)+1<<32
		b.lastSeq, b.lastTS = b.next, int64(timestamp)+1<<40
	}
	n := extend(b.lastSeq, uint32(seq), 16)
	ts := extend(b.lastTS, timestamp, 32)
	if n < b.next || n >= b.next+slots {
		b.Discarded++
		return false
	}
	p := &b.ring[n%slots]
	if p.full {
		b.Discarded++
		return false
	}
	p.seq, p.time, p.full = n, ts, true
	p.payload = append(p.payload[:0], payload...)
	b.count++
	b.newest = max(b.newest, n)
	b.lastSeq, b.lastTS = n, ts
	return true
}

// Far says that a sequence number lies outside of what the buffer could take:
// the sender has begun anew, or was away for long.
func (b *JitterBuffer) Far(seq uint16) bool {
	if !b.started {
		return false
	}
	n := extend(b.lastSeq, uint32(seq), 16)
	return n >= b.next+slots || n < b.next-1000
}

// Take returns the packet that is due and steps on. ok is false when it has not
// come; then nothing is stepped over. The payload is valid until the next Put.
func (b *JitterBuffer) Take() (payload []byte, ok bool) {
	p := &b.ring[b.next%slots]
	if !b.started || !p.full || p.seq != b.next {
		return nil, false
	}
	p.full = false
	b.count--
	b.next++
	b.taken = p.time
	return p.payload, true
}

// After returns the packet behind the one that is due, if it is there: it may
// carry the missing one's sound as FEC (RFC 6716, 2.1.7).
func (b *JitterBuffer) After() (payload []byte, ok bool) {
	p := &b.ring[(b.next+1)%slots]
	if !b.started || !p.full || p.seq != b.next+1 {
		return nil, false
	}
	return p.payload, true
}

// Skip steps over the packet that is due and has not come.
func (b *JitterBuffer) Skip() {
	b.Lost++
	b.next++
}

// SkipToFirst steps over what is missing before the oldest packet that is there.
func (b *JitterBuffer) SkipToFirst() {
	if b.count == 0 {
		return
	}
	for !b.ring[b.next%slots].full {
		b.Skip()
	}
}

// Waiting is how many packets are there.
func (b *JitterBuffer) Waiting() int { return b.count }

// Span is how many packets there would be from the due one to the newest, were
// none missing.
func (b *JitterBuffer) Span() int {
	if !b.started || b.count == 0 {
		return 0
	}
	return int(b.newest - b.next + 1)
}

// Reset forgets the packets and where the stream stood, but no counters.
func (b *JitterBuffer) Reset() {
	for i := range b.ring {
		b.ring[i].full = false
	}
	b.started, b.count = false, 0
}

// mediaTime is a 48 kHz timestamp as a duration.
func mediaTime(ts int64) time.Duration { return time.Duration(ts) * time.Second / SampleRate }
