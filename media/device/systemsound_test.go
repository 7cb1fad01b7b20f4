package device

import (
	"testing"
	"time"
)

// A program that comes in bunches and one at a steady pace are added up whole;
// silence keeps its time.
func TestBlend(t *testing.T) {
	var b blend
	var heard []float32
	b.start(func(block []float32) { heard = append(heard, block...) })
	b.add(1)
	b.add(2)
	one, other := make([]float32, 2*BlockSamples), make([]float32, 8*BlockSamples)
	for i := range one {
		one[i] = 0.25
	}
	for i := range other {
		other[i] = 0.5
	}
	const blocks = 100
	for i := range blocks {
		if i%4 == 0 {
			b.put(2, other)
		}
		b.put(1, one)
	}
	if n := len(heard) / len(one); n < blocks-4 || n > blocks {
		t.Fatalf("%d blocks of %d", n, blocks)
	}
	both := 0
	for _, x := range heard {
		if x == 0.75 {
			both++
		}
	}
	if both < len(heard)*9/10 {
		t.Errorf("of %d samples %d are of both", len(heard), both)
	}
	// Silence goes on by the clock, after what was held back.
	b.remove(1)
	b.remove(2)
	heard = heard[:0]
	b.tick(b.last.Add(100 * time.Millisecond))
	if n := len(heard) / len(one); n != 8 {
		t.Errorf("%d blocks in 100 ms of silence, of which 30 are waited for", n)
	}
	for _, x := range heard {
		if x != 0 {
			t.Fatalf("%g in silence", x)
		}
	}
	// A machine that slept does not catch up.
	heard = heard[:0]
	b.tick(b.last.Add(time.Hour))
	if n := len(heard) / len(one); n > 3 {
		t.Errorf("%d blocks after an hour's sleep", n)
	}
	// Too loud a sum is cut, and the mix allocates nothing.
	b.out = func(block []float32) {
		if block[0] > 1 {
			t.Errorf("%g", block[0])
		}
	}
	b.add(1)
	for i := range one {
		one[i] = 3
	}
	if n := testing.AllocsPerRun(100, func() { b.put(1, one) }); n != 0 {
		t.Errorf("%g allocations a block", n)
	}
}
