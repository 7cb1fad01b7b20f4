package device

import (
	"fmt"
	"sync"
	"time"

	"foyer/media/audio"
)

// OpenSystemSound records what other programs play, for a shared screen:
// interleaved stereo blocks of 2*BlockSamples, one per 10 ms also in silence. What
// this process plays is left out on Linux (PulseAudio or PipeWire), so that nobody
// hears themselves; on Windows it is not. It comes back by itself after the sound
// server died. Errors: ErrNoDevice without a sound server; ErrUnsupported elsewhere.
func OpenSystemSound() (Capture, error) {
	c, err := openSystemSound()
	if err != nil {
		return nil, fmt.Errorf("open the system's sound: %w", err)
	}
	return c, nil
}

// Times of a blend.
const (
	blendLead = 20 * time.Millisecond // held of each input: programs' blocks come in bunches
	blendWait = 30 * time.Millisecond // without sound for that long, the clock takes over
)

const blendLeadSamples = 2 * int(blendLead*SampleRate/time.Second)

// blend adds up the sounds of several programs, each of which comes at its own
// pace, some not at all. The one that is furthest sets the pace, so that sounds
// of one sound card are never resampled; in silence the clock does.
type blend struct {
	mu     sync.Mutex
	inputs map[uint32]*blendInput
	out    func(block []float32)
	block  [2 * BlockSamples]float32
	part   [2 * BlockSamples]float32
	last   time.Time // of the last block
}

type blendInput struct {
	ring    *audio.Ring
	playing bool // else it is filled up to its lead first
}

// start gives blocks to out, one at a time.
func (b *blend) start(out func(block []float32)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs, b.out, b.last = map[uint32]*blendInput{}, out, time.Now()
}

// add makes an input; remove forgets it.
func (b *blend) add(id uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs[id] = &blendInput{ring: audio.NewRing(2 * SampleRate)}
}

func (b *blend) remove(id uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inputs, id)
}

// put appends interleaved stereo to an input, if it is one.
func (b *blend) put(id uint32, samples []float32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.inputs[id]
	if in == nil {
		return
	}
	in.ring.Write(samples)
	if !in.playing && in.ring.Len() >= blendLeadSamples {
		in.playing = true
	}
	for in.ring.Len() >= blendLeadSamples+len(b.block) {
		b.next()
		b.last = time.Now()
	}
}

// tick keeps blocks coming while no input does; call it every 10 ms.
func (b *blend) tick(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.last) > time.Second { // the machine slept
		b.last = now.Add(-blendWait)
	}
	for now.Sub(b.last) >= blendWait {
		b.next()
		b.last = b.last.Add(blockLength)
	}
}

// next gives out one block.
func (b *blend) next() {
	clear(b.block[:])
	for _, in := range b.inputs {
		if !in.playing {
			continue
		}
		if in.playing = in.ring.Read(b.part[:]); in.playing {
			for i, x := range b.part {
				b.block[i] += x
			}
		}
	}
	for i, x := range b.block {
		b.block[i] = min(max(x, -1), 1)
	}
	b.out(b.block[:])
}
