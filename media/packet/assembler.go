package packet

import (
	"time"

	"github.com/pion/rtp"

	"foyer/media/codec"
)

const (
	// slots is how many packets wait for a lost one: 2.5 MB, or one second at 20 Mbit/s.
	slots = 2048
	// patience is how long a lost packet may take to be sent again before a key
	// frame is asked for.
	patience = 200 * time.Millisecond
	// skipAfter is how long a lost packet holds up a key frame that has come whole:
	// packets that only overtook each other are in order again by then.
	skipAfter = 50 * time.Millisecond
)

// Unit is one access unit: an encoded picture with all its layers.
type Unit struct {
	Data      []byte // valid until the next call of Next
	Timestamp uint32 // of its RTP packets
	Key       bool   // can be decoded with nothing before it
}

// Assembler puts the RTP packets of one stream in order and gives access units as
// soon as they are whole: a picture waits for no packet behind it. Behind a gap
// it waits until the missing packets come, or goes on with the next key frame.
//
// It is plain state with no clock. It belongs to one goroutine; steady state
// allocates nothing.
type Assembler struct {
	payload payload
	ring    [slots]slot
	unit    []byte

	started bool  // next is known
	next    int64 // first packet that has not been given out, extended sequence number
	newest  int64
	any     bool // newest is known

	stuck time.Time // since when packets wait behind a gap; zero when none do
	lost  uint64
}

// slot holds one packet's payload.
type slot struct {
	seq       int64
	full      bool
	marker    bool
	timestamp uint32
	data      []byte
}

// NewAssembler makes one for a codec. It fails where the codec has no RTP format here.
func NewAssembler(n codec.Name) (*Assembler, error) {
	p, err := payloadOf(n)
	if err != nil {
		return nil, err
	}
	return &Assembler{payload: p}, nil
}

// Push takes one packet, in whatever order, and copies what it keeps of it.
// Packets without payload (padding, probes) fill their place.
func (a *Assembler) Push(p *rtp.Packet, now time.Time) {
	seq := a.extend(p.SequenceNumber)
	if a.any && (seq > a.newest+slots || seq < a.newest-slots) {
		a.restart() // another stream, or an outage longer than memory
		seq = int64(p.SequenceNumber)
	}
	if a.started && seq < a.next {
		return // given out already, or given up
	}
	if a.any && seq <= a.newest-slots {
		return
	}
	s := &a.ring[seq&(slots-1)]
	if s.full && s.seq == seq {
		return // a duplicate
	}
	if a.started && seq >= a.next+slots {
		// No room for what waits: it is given up.
		a.forget(seq - slots + 1)
	}
	*s = slot{seq: seq, full: true, marker: p.Marker, timestamp: p.Timestamp, data: append(s.data[:0], p.Payload...)}
	if !a.any || seq > a.newest {
		a.newest, a.any = seq, true
	}
}

// extend gives a sequence number its place in a count that does not wrap.
func (a *Assembler) extend(seq uint16) int64 {
	if !a.any {
		return int64(seq) + 1<<16 // packets before the first have room below it
	}
	return a.newest + int64(int16(seq-uint16(a.newest)))
}

func (a *Assembler) restart() {
	for i := range a.ring {
		a.ring[i].full = false
	}
	a.started, a.any, a.stuck = false, false, time.Time{}
}

func (a *Assembler) has(seq int64) bool {
	s := &a.ring[seq&(slots-1)]
	return s.full && s.seq == seq
}

// forget gives up every packet before seq and looks for a key frame.
func (a *Assembler) forget(seq int64) {
	for ; a.next < seq; a.next++ {
		if s := &a.ring[a.next&(slots-1)]; s.full && s.seq == a.next {
			s.full = false
		} else {
			a.lost++
		}
	}
	a.started = false
}

// Next returns the next access unit; ok is false when none is whole. Errors tell
// of a malformed one, which is left out; Next can be called again.
func (a *Assembler) Next(now time.Time) (u Unit, ok bool, err error) {
	if !a.any {
		return Unit{}, false, nil
	}
	if a.started {
		end, whole := a.whole(a.next)
		if whole {
			return a.give(a.next, end)
		}
		if end > a.newest {
			a.stuck = time.Time{} // the rest is on its way
		} else if a.stuck.IsZero() {
			a.stuck = now
		}
	}
	if a.started && (a.stuck.IsZero() || now.Sub(a.stuck) < skipAfter) {
		return Unit{}, false, nil
	}
	// Behind a gap, or at the very beginning, a whole key frame is as good.
	first := max(a.newest-slots+1, 0)
	if a.started {
		first = a.next
	}
	for seq := first; seq <= a.newest; seq++ {
		s := &a.ring[seq&(slots-1)]
		if !s.full || s.seq != seq || !a.payload.start(s.data) {
			continue
		}
		if end, whole := a.whole(seq); whole {
			if a.started {
				a.forget(seq)
			}
			return a.give(seq, end)
		}
	}
	return Unit{}, false, nil
}

// whole says where the access unit that begins at seq ends, itself included, or
// which packet has not come where it is not whole.
func (a *Assembler) whole(seq int64) (end int64, ok bool) {
	var timestamp uint32
	begun := false
	for ; seq <= a.newest && a.has(seq); seq++ {
		s := &a.ring[seq&(slots-1)]
		if len(s.data) == 0 {
			continue
		}
		if begun && s.timestamp != timestamp {
			return seq - 1, true // whoever sent it sets no markers
		}
		begun, timestamp = true, s.timestamp
		if s.marker {
			return seq, true
		}
	}
	return seq, false
}

// give takes the packets from first to last out and makes a unit of them.
func (a *Assembler) give(first, last int64) (u Unit, ok bool, err error) {
	a.unit = a.unit[:0]
	for seq := first; seq <= last; seq++ {
		s := &a.ring[seq&(slots-1)]
		s.full = false
		if len(s.data) == 0 || err != nil {
			continue
		}
		if len(a.unit) == 0 {
			u.Timestamp = s.timestamp
			u.Key = a.payload.start(s.data)
		}
		a.unit, err = a.payload.append(a.unit, s.data)
	}
	if f, ok := a.payload.(finisher); ok && err == nil {
		a.unit = f.finish(a.unit)
	}
	a.started, a.next = true, last+1
	a.stuck = time.Time{}
	u.Data = a.unit
	return u, err == nil, err
}

// Starving says that a key frame is what helps: none has come yet, or a lost
// packet was not sent again in time.
func (a *Assembler) Starving(now time.Time) bool {
	if !a.started {
		return a.any
	}
	return !a.stuck.IsZero() && now.Sub(a.stuck) > patience
}

// Lost is how many packets were given up.
func (a *Assembler) Lost() uint64 { return a.lost }
