package packet

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"foyer/media/codec"
)

// picture is an access unit and its RTP packets.
type picture struct {
	data    []byte
	packets []*rtp.Packet
}

// pictures makes n access units of a codec; each tenth is a key frame.
func pictures(n codec.Name, count int, firstSeq uint16, firstTime uint32) []picture {
	r := rand.New(rand.NewPCG(1, 2))
	pack, err := Payloader(n)
	if err != nil {
		panic(err)
	}
	seq := firstSeq
	var list []picture
	for i := range count {
		body := make([]byte, 20+r.IntN(5000))
		for j := range body {
			body[j] = byte(1 + r.IntN(255)) // no start codes
		}
		var data []byte
		switch key := i%10 == 0; {
		case n == codec.H264 && key:
			data = slices.Concat([]byte{0, 0, 0, 1, 0x67, 0x42, 1, 2}, []byte{0, 0, 0, 1, 0x68, 0xce, 3}, []byte{0, 0, 0, 1, 0x65}, body)
		case n == codec.H264:
			data = slices.Concat([]byte{0, 0, 0, 1, 0x41}, body)
		case n == codec.VP9 && key: // a frame header that says so
			data = append([]byte{0x82, 0x49, 0x83, 0x42, 0x20, 0x04, 0xff, 0x02, 0xcf, 0x00}, body...)
		case n == codec.VP9:
			data = append([]byte{0x86}, body...)
		case n == codec.AV1:
			if key {
				data = []byte{1<<3 | 2, 3, 9, 9, 9} // a sequence header
			}
			data = append(data, 6<<3|2, byte(len(body)&0x7f|0x80), byte(len(body)>>7))
			if len(body) < 128 {
				data = append(data[:len(data)-2], byte(len(body)))
			}
			data = append(data, body...)
		default:
			data = body
			data[0] |= 1
			if key {
				data[0] &^= 1
			}
		}
		p := picture{data: data}
		parts := pack.Payload(1100, data)
		for k, part := range parts {
			p.packets = append(p.packets, &rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: firstTime + uint32(i)*3000, Marker: k == len(parts)-1}, Payload: part})
			seq++
		}
		list = append(list, p)
	}
	return list
}

func drain(t *testing.T, a *Assembler, now time.Time) (units []Unit) {
	t.Helper()
	for {
		u, ok, err := a.Next(now)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return units
		}
		u.Data = bytes.Clone(u.Data)
		units = append(units, u)
	}
}

func assembler(tb testing.TB, n codec.Name) *Assembler {
	tb.Helper()
	a, err := NewAssembler(n)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

var all = []codec.Name{codec.VP8, codec.H264, codec.VP9, codec.AV1}

func TestEachPictureComesWithItsLastPacket(t *testing.T) {
	for _, n := range all {
		a := assembler(t, n)
		now := time.Unix(0, 0)
		for i, p := range pictures(n, 60, 65_500, 1<<32-50_000) { // both counts wrap
			for k, q := range p.packets {
				a.Push(q, now)
				got := drain(t, a, now)
				if k < len(p.packets)-1 {
					if len(got) != 0 {
						t.Fatalf("%s %d came before its last packet", n, i)
					}
					continue
				}
				if len(got) != 1 || !bytes.Equal(got[0].Data, p.data) || got[0].Timestamp != q.Timestamp || got[0].Key != (i%10 == 0) {
					t.Fatalf("%s %d: %d units", n, i, len(got))
				}
			}
		}
		if a.Lost() != 0 {
			t.Errorf("%s: %d lost", n, a.Lost())
		}
	}
}

// Whatever the order, with duplicates and padding between, each comes once and in order.
func TestAnyOrder(t *testing.T) {
	for _, n := range all {
		for seed := range uint64(30) {
			r := rand.New(rand.NewPCG(seed, 3))
			list := pictures(n, 40, 65_400, 7)
			var packets []*rtp.Packet
			for _, p := range list {
				packets = append(packets, p.packets...)
			}
			first, rest := packets[0], packets[1:]
			// A packet moves by at most 30 places.
			at := make([]int, len(rest))
			for i := range at {
				at[i] = i + r.IntN(30)
			}
			order := make([]int, len(rest))
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(x, y int) int { return at[x] - at[y] })
			a := assembler(t, n)
			now := time.Unix(0, 0)
			a.Push(first, now)
			got := drain(t, a, now)
			for _, i := range order {
				a.Push(rest[i], now)
				if r.IntN(4) == 0 {
					a.Push(rest[r.IntN(len(rest))], now) // early, late or again
				}
				got = append(got, drain(t, a, now)...)
			}
			if len(got) != len(list) {
				t.Fatalf("%s seed %d: %d of %d pictures", n, seed, len(got), len(list))
			}
			for i := range got {
				if !bytes.Equal(got[i].Data, list[i].data) {
					t.Fatalf("%s seed %d: picture %d differs", n, seed, i)
				}
			}
		}
	}
}

func TestPaddingFillsItsPlace(t *testing.T) {
	a := assembler(t, codec.VP8)
	now := time.Unix(0, 0)
	list := pictures(codec.VP8, 10, 100, 0)
	seq := uint16(100)
	for i, p := range list {
		for _, q := range p.packets {
			q := *q
			q.SequenceNumber = seq
			seq++
			a.Push(&q, now)
		}
		if got := drain(t, a, now); len(got) != 1 || !bytes.Equal(got[0].Data, p.data) {
			t.Fatalf("picture %d: %d units", i, len(got))
		}
		for range 3 { // probes
			a.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: p.packets[0].Timestamp}}, now)
			seq++
		}
	}
	if a.Starving(now.Add(time.Hour)) || a.Lost() != 0 {
		t.Errorf("starving %v, %d lost", a.Starving(now.Add(time.Hour)), a.Lost())
	}
}

func TestALostPacketIsWaitedForThenAKeyFrameHelps(t *testing.T) {
	for _, n := range all {
		list := pictures(n, 21, 9, 0)
		a := assembler(t, n)
		now := time.Unix(100, 0)
		push := func(p picture, but int) {
			for k, q := range p.packets {
				if k != but {
					a.Push(q, now)
				}
			}
			now = now.Add(33 * time.Millisecond)
		}
		push(list[0], -1)
		push(list[1], -1)
		if got := drain(t, a, now); len(got) != 2 {
			t.Fatalf("%s: %d units", n, len(got))
		}
		// Sent again in time: nothing is missing.
		push(list[2], 0)
		push(list[3], -1)
		if got := drain(t, a, now); len(got) != 0 {
			t.Fatalf("%s: %d units out of order", n, len(got))
		}
		if a.Starving(now) {
			t.Errorf("%s: starves at once", n)
		}
		a.Push(list[2].packets[0], now)
		if got := drain(t, a, now); len(got) != 2 || !bytes.Equal(got[0].Data, list[2].data) || !bytes.Equal(got[1].Data, list[3].data) {
			t.Fatalf("%s: %d units after repair", n, len(got))
		}
		// Never sent again: the next key frame goes on.
		push(list[4], 0)
		for _, p := range list[5:10] {
			push(p, -1)
			if got := drain(t, a, now); len(got) != 0 {
				t.Fatalf("%s: a picture behind a gap", n)
			}
		}
		now = now.Add(patience)
		if !a.Starving(now) {
			t.Errorf("%s: does not starve", n)
		}
		push(list[10], -1)
		push(list[11], -1)
		got := drain(t, a, now)
		if len(got) != 2 || !got[0].Key || !bytes.Equal(got[0].Data, list[10].data) || !bytes.Equal(got[1].Data, list[11].data) {
			t.Fatalf("%s: %d units after the key frame", n, len(got))
		}
		if a.Starving(now) || a.Lost() != 1 {
			t.Errorf("%s: starving %v, %d lost", n, a.Starving(now), a.Lost())
		}
	}
}

func TestTheFirstPictureIsAKeyFrame(t *testing.T) {
	for _, n := range all {
		list := pictures(n, 21, 9, 0)
		a := assembler(t, n)
		now := time.Unix(0, 0)
		for _, p := range list[3:] {
			for _, q := range p.packets {
				a.Push(q, now)
			}
		}
		got := drain(t, a, now)
		if len(got) != 11 || !bytes.Equal(got[0].Data, list[10].data) {
			t.Fatalf("%s: %d units, want those from the key frame on", n, len(got))
		}
	}
}

func TestAnotherStreamStartsAnew(t *testing.T) {
	a := assembler(t, codec.VP8)
	now := time.Unix(0, 0)
	for _, first := range []uint16{10, 30_000} {
		list := pictures(codec.VP8, 5, first, uint32(first)*7)
		var got []Unit
		for _, p := range list {
			for _, q := range p.packets {
				a.Push(q, now)
				got = append(got, drain(t, a, now)...)
			}
		}
		if len(got) != 5 {
			t.Fatalf("from %d: %d of 5 pictures", first, len(got))
		}
	}
}

func TestMalformedPicturesAreLeftOut(t *testing.T) {
	a := assembler(t, codec.H264)
	now := time.Unix(0, 0)
	for _, p := range pictures(codec.H264, 1, 1, 0) {
		for _, q := range p.packets {
			a.Push(q, now)
		}
		a.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: p.packets[len(p.packets)-1].SequenceNumber + 1, Timestamp: 3000, Marker: true}, Payload: []byte{31, 1}}, now)
	}
	drained, bad := 0, error(nil)
	for {
		_, ok, err := a.Next(now)
		if err != nil {
			bad = err
			continue
		}
		if !ok {
			break
		}
		drained++
	}
	if drained != 1 || !errors.Is(bad, errPacketType) {
		t.Errorf("%d units, %v", drained, bad)
	}
	if _, err := NewAssembler("MP3"); err == nil {
		t.Error("an assembler for MP3")
	}
}

func TestAssemblerAllocatesNothing(t *testing.T) {
	for _, n := range all {
		a := assembler(t, n)
		now := time.Unix(0, 0)
		list := pictures(n, 30, 0, 0)
		run := func() {
			for _, p := range list {
				for _, q := range p.packets {
					a.Push(q, now)
				}
				if _, ok, err := a.Next(now); !ok || err != nil {
					t.Fatal(ok, err)
				}
			}
			a.restart()
		}
		run()
		if got := testing.AllocsPerRun(5, run); got != 0 {
			t.Errorf("%s: %.0f allocations in 30 pictures", n, got)
		}
	}
}

func FuzzAssembler(f *testing.F) {
	for _, n := range all {
		for _, p := range pictures(n, 2, 65_535, 0) {
			f.Add(string(n), p.packets[0].Payload, uint16(3), true)
		}
	}
	f.Add("H264", []byte{24, 0, 200, 1}, uint16(1), true)
	f.Add("H264", []byte{28, 0x85}, uint16(65_535), false)
	f.Add("AV1", []byte{0xc8, 0x05}, uint16(1), false)
	f.Fuzz(func(t *testing.T, n string, b []byte, jump uint16, marker bool) {
		a, err := NewAssembler(codec.Name(n))
		if err != nil {
			return
		}
		now := time.Unix(0, 0)
		seq := uint16(0)
		for i := range 20 {
			a.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: uint32(i / 3), Marker: marker}, Payload: b}, now)
			seq += jump
			for range 50 {
				if _, ok, err := a.Next(now); !ok && err == nil {
					break
				}
			}
			a.Starving(now.Add(time.Second))
		}
	})
}

// A packet lost within a picture, not before it, is missed like any other.
func TestAHoleWithinAPictureIsNoticed(t *testing.T) {
	list := pictures(codec.VP8, 21, 100, 0)
	whole := func(p picture) bool { return len(p.packets) >= 3 }
	at := 1
	for !whole(list[at]) {
		at++
	}
	if at >= 10 {
		t.Fatal("no picture of three packets before the second key frame")
	}
	a := assembler(t, codec.VP8)
	now := time.Unix(0, 0)
	got := 0
	for i, p := range list {
		for j, q := range p.packets {
			if i == at && j == 1 {
				continue
			}
			now = now.Add(10 * time.Millisecond)
			a.Push(q, now)
			got += len(drain(t, a, now))
		}
		if i == 9 && at < 8 && !a.Starving(now.Add(patience)) {
			t.Error("nobody notices that a packet within a picture is lost")
		}
	}
	if want := at + 11; got < want {
		t.Errorf("%d pictures came; want %d, with the key frame and those behind it", got, want)
	}
}
