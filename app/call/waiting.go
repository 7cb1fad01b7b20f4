package call

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// waiting measures how long packets wait in queues on their way: the time each
// takes by transport-wide feedback, less the shortest time seen lately. Where
// pion's filter sees queues grow, this sees one that stands. Safe for use by
// several goroutines.
type waiting struct {
	mu   sync.Mutex
	sent [4096]departure

	shortest, before time.Duration // trips of this stretch of time and the one before
	since            time.Time
}

// departure is one packet that was sent.
type departure struct {
	seq   uint16
	bytes int
	at    time.Time
}

// shortestFor is how long the shortest trip counts, at least. Routes change.
const shortestFor = 10 * time.Second

// send notes a packet by its transport-wide sequence number.
func (w *waiting) send(seq uint16, bytes int, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[int(seq)%len(w.sent)] = departure{seq, bytes, now}
}

// feedback returns how long the luckiest of the packets that a report tells of
// waited, and how many bytes have come; ok is false where it tells nothing.
func (w *waiting) feedback(f *rtcp.TransportLayerCC, now time.Time) (wait time.Duration, bytes int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	arrived := time.Duration(f.ReferenceTime) * 64 * time.Millisecond
	seq, next, trip := f.BaseSequenceNumber, 0, time.Duration(0)
	left := int(f.PacketStatusCount)
	take := func(symbol uint16) {
		if left <= 0 {
			return
		}
		left--
		seq++
		if symbol != rtcp.TypeTCCPacketReceivedSmallDelta && symbol != rtcp.TypeTCCPacketReceivedLargeDelta || next >= len(f.RecvDeltas) {
			return
		}
		arrived += time.Duration(f.RecvDeltas[next].Delta) * time.Microsecond
		next++
		d := &w.sent[int(seq-1)%len(w.sent)]
		if d.seq != seq-1 || d.at.IsZero() {
			return
		}
		// The two clocks have nothing to do with each other: only differences count.
		if one := arrived - time.Duration(d.at.UnixNano()); !ok || one < trip {
			trip = one
		}
		bytes += d.bytes
		d.at = time.Time{}
		ok = true
	}
	for _, c := range f.PacketChunks {
		switch c := c.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				take(c.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			for _, s := range c.SymbolList {
				take(s)
			}
		}
	}
	if !ok {
		return 0, 0, false
	}
	switch {
	case w.since.IsZero():
		w.shortest, w.before, w.since = trip, trip, now
	case now.Sub(w.since) > shortestFor:
		w.shortest, w.before, w.since = trip, w.shortest, now
	default:
		w.shortest = min(w.shortest, trip)
	}
	return trip - min(w.shortest, w.before), bytes, true
}
