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
	latest           time.Duration // the last trip

	newest uint16 // sent
	told   uint16 // the last one that a report told of
	known  bool   // that there is one
	reports
}

// reports is how reports usually come.
type reports struct {
	age     time.Duration // of the oldest packet that one tells of, when it comes
	packets float64       // on their way then
	count   uint8         // of the last one
	missed  time.Time     // when one was lost
}

// transit is what one report tells of the way.
type transit struct {
	wait     time.Duration // in queues, of the luckiest packet
	last     time.Duration // of the last one
	swelling bool          // the queue grew all the while, and fast
	bytes    int           // that have come
	carried  float64       // bits per second between the first and the last of them; 0 where that says nothing
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
	w.newest = seq
}

const (
	overdueBy   = 60 * time.Millisecond
	overdueMost = 250 * time.Millisecond // a report may wait for packets that we hold back, or be lost
	missedFor   = 5 * time.Second
	carriedOver = 100 * time.Millisecond
)

// overdue says that the next report is late, and so what it tells of: a line that
// became narrow is noticed before it has carried enough for a report.
func (w *waiting) overdue(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.known || w.packets == 0 || float64(w.newest-w.told) < 1.25*w.packets+2 {
		return false
	}
	d := w.sent[int(w.told+1)%len(w.sent)]
	if d.seq != w.told+1 || d.at.IsZero() {
		return false
	}
	usual := w.age
	if now.Sub(w.missed) < missedFor { // the next one may be missing too
		usual *= 2
	}
	late := now.Sub(d.at) - usual
	return late > overdueBy && late < overdueMost
}

// note learns from a report how reports come.
func (w *waiting) note(f *rtcp.TransportLayerCC, now time.Time) {
	if w.known && f.FbPktCount-w.count != 1 {
		w.missed = now
	}
	w.count = f.FbPktCount
	last := f.BaseSequenceNumber + f.PacketStatusCount - 1
	if w.known && int16(last-w.told) <= 0 {
		return
	}
	if d := w.sent[int(w.told+1)%len(w.sent)]; w.known && d.seq == w.told+1 && !d.at.IsZero() {
		const part = 8
		age, packets := now.Sub(d.at), float64(w.newest-w.told)
		if w.packets == 0 {
			w.age, w.packets = age, packets
		}
		w.age += (age - w.age) / part
		w.packets += (packets - w.packets) / part
	}
	w.told, w.known = last, true
}

// feedback reads a report; ok is false where it tells nothing.
func (w *waiting) feedback(f *rtcp.TransportLayerCC, now time.Time) (t transit, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(f, now)
	arrived := time.Duration(f.ReferenceTime) * 64 * time.Millisecond
	seq, next, came := f.BaseSequenceNumber, 0, 0
	var first, least, most, last time.Duration // trips
	var began time.Duration                    // when the first one came
	head := 0                                  // its bytes
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
		last = arrived - time.Duration(d.at.UnixNano())
		if came == 0 {
			first, least, most = last, last, last
			began, head = arrived, d.bytes
		}
		least, most = min(least, last), max(most, last)
		came++
		t.bytes += d.bytes
		d.at = time.Time{}
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
	if came == 0 {
		return transit{}, false
	}
	switch {
	case w.since.IsZero():
		w.shortest, w.before, w.since = least, least, now
	case now.Sub(w.since) > shortestFor:
		w.shortest, w.before, w.since = least, w.shortest, now
	default:
		w.shortest = min(w.shortest, least)
	}
	w.latest = last
	shortest := min(w.shortest, w.before)
	t.wait, t.last = least-shortest, last-shortest
	// Behind a pause the first packet waits longest; in a queue that fills, the last.
	t.swelling = came >= swellMost && last == most && last-first > swellBy
	if d := arrived - began; d > carriedOver {
		t.carried = float64((t.bytes-head)*8) / d.Seconds()
	}
	return t, true
}

// accept takes the way's present length for one without queues.
func (w *waiting) accept() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shortest, w.before = w.latest, w.latest
}
