package device

import (
	"fmt"
	"os"

	"github.com/gen2brain/malgo"

	"foyer/media/audio"
)

// Capture is an open microphone: mono blocks of BlockSamples.
type Capture interface {
	// Start delivers blocks to f on the device's own thread until Close. f must
	// not block, lock or allocate, and must not keep the slice.
	Start(f func(block []float32)) error
	// Close stops and waits until f is not running. Idempotent.
	Close() error
}

// Health is implemented by captures and playbacks of real devices: Err says why
// they are silent at the moment, nil when they are not.
type Health interface{ Err() error }

// OpenMicrophone opens a microphone by ID (or Test, or a WAV file, played over and
// over). It follows the default device, and comes back by itself after the sound
// server died. Errors: ErrNoDevice for None, and where there is no microphone.
func OpenMicrophone(id string) (Capture, error) {
	switch id {
	case None:
		return nil, fmt.Errorf("open microphone: %w", ErrNoDevice)
	case Test:
		return newToneMicrophone(), nil
	}
	if isFile(id) {
		return openWAVMicrophone(id)
	}
	ctx, err := openContext()
	if err != nil {
		return nil, fmt.Errorf("open microphone: %w", err)
	}
	all, err := ctx.Devices(malgo.Capture)
	closeContext(ctx)
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("open microphone: %w", ErrNoDevice)
	}
	return newSound(malgo.Capture, id, 1), nil
}

// recorded plays samples as a microphone.
type recorded struct {
	*clocked
	next func(block []float32)
}

func (r *recorded) Start(f func(block []float32)) error {
	block := make([]float32, BlockSamples)
	r.start(func() {
		r.next(block)
		f(block)
	})
	return nil
}

// newToneMicrophone sounds a soft tone of 440 Hz, 800 ms on, 200 ms off.
func newToneMicrophone() Capture {
	tone := audio.NewTone(440, 0.1)
	n := 0
	return &recorded{newClocked(), func(block []float32) {
		tone.Fill(block)
		if n = (n + 1) % 100; n >= 80 {
			clear(block)
		}
	}}
}

func openWAVMicrophone(path string) (Capture, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open microphone: %w: %w", ErrNoDevice, err)
	}
	defer f.Close()
	samples, err := audio.ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("open microphone %s: %w", path, err)
	}
	if len(samples) == 0 {
		return nil, fmt.Errorf("open microphone %s: %w", path, audio.ErrMalformedWAV)
	}
	at := 0
	return &recorded{newClocked(), func(block []float32) {
		for n := 0; n < len(block); {
			c := copy(block[n:], samples[at:])
			n += c
			at = (at + c) % len(samples)
		}
	}}, nil
}
