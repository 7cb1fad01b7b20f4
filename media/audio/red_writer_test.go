package audio

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

type redBlock struct {
	offset  uint32
	payload []byte
}

// unpackRED reads a RED payload by the text of RFC 2198.
func unpackRED(tb testing.TB, b []byte) (list []redBlock) {
	tb.Helper()
	for b[0]&0x80 != 0 {
		head := binary.BigEndian.Uint32(b)
		if pt := head >> 24 & 0x7f; pt != 111 {
			tb.Fatalf("block of payload type %d", pt)
		}
		list = append(list, redBlock{head >> 10 & 0x3fff, make([]byte, head&0x3ff)})
		b = b[4:]
	}
	if b[0] != 111 {
		tb.Fatalf("primary block of payload type %d", b[0])
	}
	b = b[1:]
	for _, l := range list {
		b = b[copy(l.payload, b):]
	}
	return append(list, redBlock{0, b})
}

func TestREDCarriesEarlierPackets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := NewREDWriter(111)
	var sent []redBlock
	ts := uint32(0xffffff00) // wraps
	for i := range 1000 {
		step := uint32(960)
		switch {
		case i%97 == 0:
			step = 48000 // a pause
		case i%3 == 0:
			step = 480
		}
		ts += step
		payload := make([]byte, 1+r.IntN(200))
		if i%50 == 0 {
			payload = make([]byte, 1275)
		}
		for j := range payload {
			payload[j] = byte(r.Uint32())
		}
		redundancy := r.IntN(3)
		got := unpackRED(t, w.Pack(payload, ts, redundancy))
		if !bytes.Equal(got[len(got)-1].payload, payload) {
			t.Fatal("the primary block is another")
		}
		back := got[:len(got)-1]
		if len(back) > redundancy {
			t.Fatalf("%d redundant blocks, %d were asked for", len(back), redundancy)
		}
		for j, b := range back {
			was := sent[len(sent)-len(back)+j]
			if !bytes.Equal(b.payload, was.payload) || b.offset != ts-was.offset {
				t.Fatalf("packet %d: block %d is not the packet before", i, j)
			}
		}
		if redundancy > 0 && i > 0 && step < 16384 && i%50 != 0 && i%50 != 1 && len(back) == 0 {
			t.Fatalf("packet %d carries nothing of before", i)
		}
		sent = append(sent, redBlock{ts, payload})
	}
}

func TestREDAllocatesNothing(t *testing.T) {
	w := NewREDWriter(111)
	payload, ts := make([]byte, 80), uint32(0)
	if a := testing.AllocsPerRun(100, func() {
		ts += 960
		w.Pack(payload, ts, 2)
	}); a > 0 {
		t.Errorf("%.1f allocations a packet, want none", a)
	}
}
