package device

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gen2brain/malgo"

	"foyer/media/audio"
)

// Playback is an open speaker: interleaved stereo blocks of 2*BlockSamples.
type Playback interface {
	// Start asks f to fill blocks (zeroed beforehand) on the device's own thread
	// until Close. f must not block, lock or allocate, and must not keep the slice.
	Start(f func(block []float32)) error
	// Close stops and waits until f is not running. Idempotent.
	Close() error
}

// OpenSpeaker opens a speaker by ID. None gives a silent one driven by the
// clock, so that the pipeline runs; so does a machine without sound, until its
// sound server appears. A path ending in .wav records what would be heard. It
// follows the default device, and comes back by itself after the sound server died.
func OpenSpeaker(id string) (Playback, error) {
	if id == None {
		return &silence{newClocked()}, nil
	}
	if strings.HasSuffix(id, ".wav") {
		return openRecorder(id)
	}
	return newFallback(newSound(malgo.Playback, id, 2)), nil
}

// silence plays to nobody.
type silence struct{ *clocked }

func (s *silence) Start(f func(block []float32)) error {
	block := make([]float32, 2*BlockSamples)
	s.start(func() {
		clear(block)
		f(block)
	})
	return nil
}

// fallback drains the pipeline by the clock while the device is away: voices
// keep their time, and nothing stale is heard when it comes back.
type fallback struct {
	*sound
	clock *clocked
	mu    sync.Mutex // device thread against clock, which meet only at a change
}

func newFallback(s *sound) *fallback { return &fallback{sound: s, clock: newClocked()} }

func (p *fallback) Start(f func(block []float32)) error {
	spare := make([]float32, 2*BlockSamples)
	if err := p.sound.Start(func(block []float32) {
		if p.mu.TryLock() { // the device thread waits for nobody
			f(block)
			p.mu.Unlock()
		}
	}); err != nil {
		return err
	}
	p.clock.start(func() {
		if p.Err() == nil || !p.mu.TryLock() {
			return
		}
		clear(spare)
		f(spare)
		p.mu.Unlock()
	})
	return nil
}

func (p *fallback) Close() error { return errors.Join(p.clock.Close(), p.sound.Close()) }

// recorder writes what would be heard to a WAV file.
type recorder struct {
	*clocked
	file *os.File
	wav  *audio.WAVWriter
	once sync.Once
	err  error
}

func openRecorder(path string) (Playback, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("record to %s: %w", path, err)
	}
	w, err := audio.NewWAVWriter(f, 2)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("record to %s: %w", path, err)
	}
	return &recorder{clocked: newClocked(), file: f, wav: w}, nil
}

func (r *recorder) Start(f func(block []float32)) error {
	block := make([]float32, 2*BlockSamples)
	r.start(func() {
		clear(block)
		f(block)
		if r.err == nil {
			r.err = r.wav.Write(block)
		}
	})
	return nil
}

func (r *recorder) Close() error {
	r.clocked.Close()
	r.once.Do(func() { r.err = errors.Join(r.err, r.wav.Close(), r.file.Close()) })
	return r.err
}
