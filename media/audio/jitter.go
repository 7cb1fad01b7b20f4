package audio

// slots is how many packets a jitter buffer can hold: over two seconds of 20 ms.
const slots = 128

// packet is one Opus packet in a jitter buffer.
type packet struct {
	seq       int64 // extended past 16 bits
	time      int64 // RTP timestamp, extended past 32 bits, at 48 kHz
	samples   int   // how long it plays, per channel
	seen      int64 // when it was put, on the clock of who did
	n         int   // bytes
	buffer    uint8
	redundant bool // it came in another packet
	full      bool
}

// JitterBuffer puts packets into order and says what is due. Pure state: no
// clock, no network, no decoder. It belongs to one goroutine or thread; it
// allocates once, with Reserve or the first packet. The zero value is ready.
type JitterBuffer struct {
	ring    [slots]packet
	bytes   *[slots][maxPayload]byte
	free    [slots]uint8 // a stack: few buffers are in use, and stay in the cache
	frees   int
	skipped [slots]int64 // sequence numbers passed over without having come
	started bool
	took    bool  // something was taken or passed over since it started
	next    int64 // sequence number that is due
	newest  int64 // highest seen
	lastTS  int64 // of the newest
	usual   int   // samples of a packet, as last seen
	count   int
	samples int // in all that is there

	Received  uint64 // packets, whatever became of them
	Discarded uint64 // came too late, twice or out of range
	Lost      uint64 // passed over and not come since
	Recovered uint64 // came in other packets alone
	Useless   uint64 // copies in other packets of what was there or over
}

// Reserve makes room beforehand, so that Put allocates nothing.
func (b *JitterBuffer) Reserve() {
	if b.bytes != nil {
		return
	}
	b.bytes = new([slots][maxPayload]byte)
	for i := range b.free {
		b.free[i] = uint8(i)
	}
	b.frees = slots
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
// there already, is no Opus packet, or is so far off that the stream must have
// begun anew.
func (b *JitterBuffer) Put(seq uint16, timestamp uint32, payload []byte) bool {
	_, ok := b.put(seq, timestamp, payload, false, 0)
	return ok
}

// put is Put with the time when it was, and returns the extended timestamp. A
// redundant packet came in another one.
func (b *JitterBuffer) put(seq uint16, timestamp uint32, payload []byte, redundant bool, seen int64) (ts int64, ok bool) {
	b.Reserve()
	if !redundant {
		b.Received++
	}
	samples := opusSamples(payload)
	if samples == 0 || len(payload) > maxPayload {
		return 0, b.refuse(redundant)
	}
	if !b.started {
		b.started, b.took = true, false
		b.next, b.newest = int64(seq)+1<<32, int64(seq)+1<<32
		b.lastTS = int64(timestamp) + 1<<40
	}
	n := extend(b.newest, uint32(seq), 16)
	ts = extend(b.lastTS, timestamp, 32)
	if n < b.next && !b.took && b.newest-n < slots/2 {
		b.next = n // out of order at the very beginning
	}
	if n < b.next || n >= b.next+slots {
		if n < b.next && !redundant && b.skipped[n&(slots-1)] == n {
			b.skipped[n&(slots-1)] = 0
			b.Lost--
		}
		return ts, b.refuse(redundant)
	}
	p := &b.ring[n%slots]
	if p.full {
		if p.redundant && !redundant {
			p.redundant = false // it comes by itself after all
			b.Recovered--
			b.Useless++
			return ts, true
		}
		return ts, b.refuse(redundant)
	}
	if redundant {
		b.Recovered++
	}
	b.frees--
	*p = packet{seq: n, time: ts, samples: samples, seen: seen, n: len(payload), buffer: b.free[b.frees], redundant: redundant, full: true}
	copy(b.bytes[p.buffer][:], payload)
	b.count++
	b.samples += samples
	if n >= b.newest {
		b.newest, b.lastTS, b.usual = n, ts, samples
	}
	return ts, true
}

func (b *JitterBuffer) refuse(redundant bool) bool {
	if redundant {
		b.Useless++
	} else {
		b.Discarded++
	}
	return false
}

// Far says that a sequence number lies outside of what the buffer could take:
// the sender has begun anew, or was away for long.
func (b *JitterBuffer) Far(seq uint16) bool {
	if !b.started {
		return false
	}
	n := extend(b.newest, uint32(seq), 16)
	return n >= b.next+slots || n < b.next-1000
}

// due is the packet that is due, nil where it has not come.
func (b *JitterBuffer) due() *packet {
	if p := &b.ring[b.next%slots]; b.started && p.full {
		return p
	}
	return nil
}

// first is the oldest packet that is there, nil where none is.
func (b *JitterBuffer) first() *packet {
	if b.count == 0 {
		return nil
	}
	for n := b.next; ; n++ {
		if p := &b.ring[n%slots]; p.full {
			return p
		}
	}
}

// Take returns the packet that is due and steps on. ok is false when it has not
// come; then nothing is stepped over. The payload is valid until the next Put.
func (b *JitterBuffer) Take() (payload []byte, ok bool) {
	p := b.due()
	if p == nil {
		return nil, false
	}
	return b.take(p), true
}

func (b *JitterBuffer) take(p *packet) []byte {
	p.full = false
	b.free[b.frees] = p.buffer
	b.frees++
	b.count--
	b.samples -= p.samples
	b.took = true
	b.next++
	return b.bytes[p.buffer][:p.n]
}

// After returns the packet behind the one that is due, if it is there: it may
// carry the missing one's sound as FEC (RFC 6716, 2.1.7).
func (b *JitterBuffer) After() (payload []byte, ok bool) {
	p := &b.ring[(b.next+1)%slots]
	if !b.started || !p.full {
		return nil, false
	}
	return b.bytes[p.buffer][:p.n], true
}

// Skip steps over the packet that is due and has not come.
func (b *JitterBuffer) Skip() {
	b.Lost++
	b.took = true
	b.skipped[b.next&(slots-1)] = b.next
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

// Samples is how long what is there plays, and what is missing between, per channel.
func (b *JitterBuffer) Samples() int {
	if b.count == 0 {
		return 0
	}
	return b.samples + (int(b.newest-b.next+1)-b.count)*b.usual
}

// Reset forgets the packets and where the stream stood, but no counters.
func (b *JitterBuffer) Reset() {
	for i := range b.ring {
		if p := &b.ring[i]; p.full {
			p.full = false
			b.free[b.frees] = p.buffer
			b.frees++
		}
	}
	b.skipped = [slots]int64{}
	b.started, b.count, b.samples = false, 0, 0
}
