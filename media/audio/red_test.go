package audio

import (
	"bytes"
	"errors"
	"testing"
)

func TestREDRoundTrip(t *testing.T) {
	w := NewREDWriter(111, 2)
	var r RED
	payloads := [][]byte{{1}, {2, 2}, {}, {4, 4, 4}, {5}, bytes.Repeat([]byte{6}, 1100), {7}, {8}, bytes.Repeat([]byte{9}, 700), bytes.Repeat([]byte{10}, 500), {11}}
	timestamps := []uint32{0xfffffc00, 0xffffffc0, 896, 1856, 2816, 3776, 4736, 5696, 6656, 7616, 8576}
	blocks := []int{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2} // an empty packet, and one over 1023 bytes, are not carried
	for i, p := range payloads {
		got, err := r.Parse(w.Append(nil, timestamps[i], p))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != blocks[i] {
			t.Fatalf("packet %d has %d blocks, want %d", i, len(got), blocks[i])
		}
		for j, b := range got {
			of := i - (len(got) - 1 - j)
			if b.PayloadType != 111 || b.Offset != timestamps[i]-timestamps[of] || !bytes.Equal(b.Payload, payloads[of]) {
				t.Fatalf("packet %d, block %d: %+v", i, j, b)
			}
		}
	}
	// After a pause there is nothing to carry.
	if got, err := r.Parse(w.Append(nil, 8576+maxREDOffset+1, []byte{1})); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	w.Reset()
	if got, err := r.Parse(w.Append(nil, 8576+maxREDOffset+1+960, []byte{1})); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
}

func TestREDWriterAllocatesNothing(t *testing.T) {
	w := NewREDWriter(111, 2)
	var r RED
	dst, payload, ts := make([]byte, 0, 1280), make([]byte, 200), uint32(0)
	if a := testing.AllocsPerRun(100, func() {
		ts += packetSamples
		if _, err := r.Parse(w.Append(dst, ts, payload)); err != nil {
			t.Fatal(err)
		}
	}); a > 0 {
		t.Errorf("%.1f allocations a packet, want none", a)
	}
}

func FuzzRED(f *testing.F) {
	f.Add([]byte{111, 1, 2, 3})
	f.Add([]byte{0x80 | 111, 0x0f, 0x00, 0x02, 111, 1, 2, 3})
	f.Fuzz(func(t *testing.T, payload []byte) {
		var r RED
		blocks, err := r.Parse(payload)
		if err != nil {
			if !errors.Is(err, ErrMalformedRED) {
				t.Fatal(err)
			}
			return
		}
		size := 1 + 4*(len(blocks)-1)
		for _, b := range blocks {
			size += len(b.Payload)
		}
		if size != len(payload) || blocks[len(blocks)-1].Offset != 0 {
			t.Fatalf("%d bytes of %d found: %+v", size, len(payload), blocks)
		}
	})
}
