package call

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// report tells that packets from a sequence number on have come, at times since
// the receiver's clock began; a negative time is a loss.
func report(first uint16, arrivals ...time.Duration) *rtcp.TransportLayerCC {
	f := &rtcp.TransportLayerCC{BaseSequenceNumber: first, PacketStatusCount: uint16(len(arrivals)), ReferenceTime: uint32(arrivals[0] / (64 * time.Millisecond))}
	at := time.Duration(f.ReferenceTime) * 64 * time.Millisecond
	var symbols []uint16
	for _, a := range arrivals {
		if a < 0 {
			symbols = append(symbols, rtcp.TypeTCCPacketNotReceived)
			continue
		}
		symbols = append(symbols, rtcp.TypeTCCPacketReceivedLargeDelta)
		f.RecvDeltas = append(f.RecvDeltas, &rtcp.RecvDelta{Type: rtcp.TypeTCCPacketReceivedLargeDelta, Delta: (a - at).Microseconds()})
		at = a
	}
	f.PacketChunks = []rtcp.PacketStatusChunk{&rtcp.StatusVectorChunk{SymbolSize: rtcp.TypeTCCSymbolSizeTwoBit, SymbolList: symbols}}
	return f
}

func TestAQueueThatStandsIsSeen(t *testing.T) {
	w := &waiting{}
	epoch := time.Unix(5000, 0)
	at := func(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }
	clock := func(ms int) time.Duration { return time.Duration(90_000+ms) * time.Millisecond } // the receiver's
	seq := uint16(65534)
	exchange := func(ms, delay int) transit {
		for i := range 4 {
			w.send(seq+uint16(i), 1000, at(ms+10*i))
		}
		f := report(seq, clock(ms+delay), -1, clock(ms+20+delay), clock(ms+30+delay+5))
		seq += 4
		way, ok := w.feedback(f, at(ms+100))
		if !ok {
			t.Fatal("a report that tells nothing")
		}
		return way
	}
	if got, want := exchange(0, 40), (transit{last: 5 * time.Millisecond, bytes: 3000}); got != want {
		t.Errorf("of the first packets is told %+v; want %+v", got, want)
	}
	for i := 1; i < 50; i++ {
		if got := exchange(100*i, 240); got.wait != 200*time.Millisecond || got.swelling {
			t.Fatalf("behind a queue of 200 ms is told %+v", got)
		}
	}
	if got := exchange(5000, 30); got.wait != 0 {
		t.Errorf("after the queue packets waited %v", got.wait)
	}
	// A longer route is taken for a queue only for a time.
	var got transit
	for i := range 250 {
		got = exchange(5100+100*i, 90)
	}
	if got.wait != 0 {
		t.Errorf("on a longer route packets waited %v", got.wait)
	}
	w.accept()
	exchange(31000, 140)
	w.accept()
	if got := exchange(31100, 140); got.wait != 0 {
		t.Errorf("on a route that was accepted packets waited %v", got.wait)
	}
	if _, ok := w.feedback(report(9, clock(0)), epoch); ok {
		t.Error("a report on packets that were never sent tells something")
	}
}

func TestAQueueThatFillsIsSeenInOneReport(t *testing.T) {
	w := &waiting{}
	epoch := time.Unix(5000, 0)
	told := func(first uint16, waits ...int) transit {
		var arrivals []time.Duration
		for i, ms := range waits {
			sent := int(first)*10 + 10*i
			w.send(first+uint16(i), 1000, epoch.Add(time.Duration(sent)*time.Millisecond))
			arrivals = append(arrivals, time.Duration(90_000+sent+ms)*time.Millisecond)
		}
		way, ok := w.feedback(report(first, arrivals...), epoch.Add(time.Duration(first)*10*time.Millisecond))
		if !ok {
			t.Fatal("a report that tells nothing")
		}
		return way
	}
	told(0, 0, 0, 0)
	if got := told(10, 0, 18, 36, 54, 72, 90); !got.swelling || got.wait != 0 || got.last != 90*time.Millisecond {
		t.Errorf("of a queue that fills is told %+v", got)
	}
	if got := told(20, 90, 80, 70, 60, 50, 40); got.swelling {
		t.Errorf("a pause that is over is taken for a queue that fills: %+v", got)
	}
	if got := told(30, 0, 20, 0, 20, 10, 20); got.swelling {
		t.Errorf("jitter is taken for a queue that fills: %+v", got)
	}
}

// A line that becomes narrow delays the next report: that tells before the report does.
func TestAReportThatIsLateTells(t *testing.T) {
	w := &waiting{}
	epoch := time.Unix(5000, 0)
	at := func(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }
	count := uint8(250)
	tell := func(first uint16, ms int) {
		var arrivals []time.Duration
		for i := range 20 {
			arrivals = append(arrivals, 90*time.Second+time.Duration(5*(int(first)+i))*time.Millisecond)
		}
		f := report(first, arrivals...)
		f.FbPktCount = count
		count++
		if _, ok := w.feedback(f, at(ms)); !ok {
			t.Fatal("a report that tells nothing")
		}
	}
	seq := uint16(0)
	send := func(until int) { // a packet every 5 ms
		for ; 5*int(seq) < until; seq++ {
			w.send(seq, 1000, at(5*int(seq)))
			if w.overdue(at(5 * int(seq))) {
				t.Fatalf("a report is late at %d ms", 5*int(seq))
			}
		}
	}
	for i := range 30 {
		send(100*i + 110)
		tell(uint16(20*i), 100*i+110)
	}
	send(3150)
	for ; seq < 660; seq++ {
		w.send(seq, 1000, at(5*int(seq)))
	}
	if w.overdue(at(3150)) || !w.overdue(at(3190)) || w.overdue(at(3400)) {
		t.Error("the report due after 3110 ms is not late just between 60 and 250 ms after that")
	}
	count++ // one is lost
	tell(600, 3195)
	for ; seq < 680; seq++ {
		w.send(seq, 1000, at(5*int(seq)))
	}
	if w.overdue(at(3290)) || !w.overdue(at(3450)) {
		t.Error("where reports are lost one must be late by more")
	}
}
