package audio

import (
	"sync/atomic"
	"time"
)

// Tap carries blocks of one size from a device thread to one goroutine, each with
// the time of its callback: from these times the reader knows how two devices'
// clocks run against each other. A block that does not fit is dropped, and counted.
type Tap struct {
	blocks      [][]float32
	times       []atomic.Int64 // since the epoch
	read, write atomic.Uint64  // blocks since the beginning
	overruns    atomic.Uint64
}

// tapBlocks is what a tap holds: half a second and more.
const tapBlocks = 64

// epoch is when all taps' clocks begin: their times are compared.
var epoch = time.Now()

// Now is the time on the taps' clock.
func Now() time.Duration { return time.Since(epoch) }

// NewTap makes a tap for blocks of n samples.
func NewTap(n int) *Tap {
	t := &Tap{blocks: make([][]float32, tapBlocks), times: make([]atomic.Int64, tapBlocks)}
	all := make([]float32, n*tapBlocks)
	for i := range t.blocks {
		t.blocks[i] = all[i*n : (i+1)*n : (i+1)*n]
	}
	return t
}

// Write copies a block, which came or was asked for just now. One writer; it
// neither blocks, locks nor allocates.
func (t *Tap) Write(block []float32) bool { return t.WriteAt(block, Now()) }

// WriteAt is Write of a block that came at another time, for simulations.
func (t *Tap) WriteAt(block []float32, at time.Duration) bool {
	w := t.write.Load()
	if w-t.read.Load() >= tapBlocks || len(block) != len(t.blocks[0]) {
		t.overruns.Add(1)
		return false
	}
	copy(t.blocks[w%tapBlocks], block)
	t.times[w%tapBlocks].Store(int64(at))
	t.write.Store(w + 1)
	return true
}

// next is the oldest block and when it was written, since the epoch; done gives
// it back. nil when there is none. One reader.
func (t *Tap) next() (block []float32, at time.Duration) {
	r := t.read.Load()
	if r == t.write.Load() {
		return nil, 0
	}
	return t.blocks[r%tapBlocks], time.Duration(t.times[r%tapBlocks].Load())
}

func (t *Tap) done() { t.read.Store(t.read.Load() + 1) }

// Len is how many blocks wait.
func (t *Tap) Len() int { return int(t.write.Load() - t.read.Load()) }
