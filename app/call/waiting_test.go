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
	exchange := func(ms, delay int) (time.Duration, int) {
		for i := range 4 {
			w.send(seq+uint16(i), 1000, at(ms+10*i))
		}
		f := report(seq, clock(ms+delay), -1, clock(ms+20+delay), clock(ms+30+delay+5))
		seq += 4
		wait, bytes, ok := w.feedback(f, at(ms+100))
		if !ok {
			t.Fatal("a report that tells nothing")
		}
		return wait, bytes
	}
	if wait, bytes := exchange(0, 40); wait != 0 || bytes != 3000 {
		t.Errorf("the first packets waited %v, %d bytes came; want 0 and 3000", wait, bytes)
	}
	for i := 1; i < 50; i++ {
		if wait, _ := exchange(100*i, 240); wait != 200*time.Millisecond {
			t.Fatalf("behind a queue of 200 ms packets waited %v", wait)
		}
	}
	if wait, _ := exchange(5000, 30); wait != 0 {
		t.Errorf("after the queue packets waited %v", wait)
	}
	// A longer route is taken for a queue only for a time.
	var wait time.Duration
	for i := range 250 {
		wait, _ = exchange(5100+100*i, 90)
	}
	if wait != 0 {
		t.Errorf("on a longer route packets waited %v", wait)
	}
	if _, _, ok := w.feedback(report(9, clock(0)), epoch); ok {
		t.Error("a report on packets that were never sent tells something")
	}
}
