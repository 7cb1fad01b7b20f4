package device

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"foyer/media/audio"
)

// SoundCheckMax is how long a sound check records at most.
const SoundCheckMax = 4 * time.Second

// ErrQuiet says that a microphone gave nothing to be heard.
var ErrQuiet = errors.New("the microphone is silent")

// quietBelow is the level that nothing recorded has reached, as audio.Perceived: -54 dBov.
const quietBelow = 0.1

// checkSlack is how much later than its samples a device may be.
const checkSlack = 2 * time.Second

// CheckProgress is where a sound check stands.
type CheckProgress struct {
	Playing bool    // it plays what it has recorded
	Done    float64 // of the recording or the playing, 0 to 1
	Level   float64 // of what was last recorded or played, 0 to 1, as audio.Perceived
}

// loudest keeps the loudest level between two looks, without locks.
type loudest struct{ bits atomic.Uint64 }

func (l *loudest) add(block []float32) {
	if x := audio.Perceived(block); x > math.Float64frombits(l.bits.Load()) {
		l.bits.Store(math.Float64bits(x))
	}
}

func (l *loudest) take() float64 { return math.Float64frombits(l.bits.Swap(0)) }

// SoundCheck records from in for SoundCheckMax, or until enough is closed, and plays
// that on out. It closes both, and returns when it is over or ctx ends. told hears of
// it twenty times a second, on the goroutine of the caller. Errors: ErrQuiet, where
// nothing is played; what Health says of a device.
func SoundCheck(ctx context.Context, in Capture, open func() (Playback, error), enough <-chan struct{}, told func(CheckProgress)) error {
	samples := make([]float32, SoundCheckMax*SampleRate/time.Second)
	var at atomic.Int64
	var level loudest
	err := in.Start(func(block []float32) {
		n := at.Load()
		at.Store(n + int64(copy(samples[n:], block)))
		level.add(block)
	})
	most := 0.0
	look := func(playing bool, of int) func() bool {
		return func() bool {
			now := level.take()
			if !playing {
				most = max(most, now)
			}
			told(CheckProgress{Playing: playing, Done: float64(min(at.Load(), int64(of))) / float64(max(of, 1)), Level: now})
			return int(at.Load()) >= of
		}
	}
	if err == nil {
		err = checkUntil(ctx, enough, SoundCheckMax+checkSlack, look(false, len(samples)))
	}
	broken := health(in)
	_ = in.Close()
	samples = samples[:at.Load()]
	switch {
	case err != nil:
		return err
	case len(samples) == 0 && broken != nil:
		return broken
	case most < quietBelow:
		return ErrQuiet
	}

	out, err := open()
	if err != nil {
		return err
	}
	at.Store(0)
	err = out.Start(func(block []float32) {
		n := int(at.Load())
		part := samples[min(n, len(samples)):min(n+BlockSamples, len(samples))]
		for i, x := range part {
			block[2*i], block[2*i+1] = x, x
		}
		if n < len(samples) {
			level.add(part)
		}
		at.Store(int64(n + BlockSamples))
	})
	if err == nil {
		length := time.Duration(len(samples)) * time.Second / SampleRate
		// The device still holds what it was given last.
		err = checkUntil(ctx, nil, length+checkSlack, look(true, len(samples)+SampleRate/5))
	}
	broken = health(out)
	return errors.Join(err, broken, out.Close())
}

func health(device any) error {
	if h, ok := device.(Health); ok {
		return h.Err()
	}
	return nil
}

// checkUntil looks until look says that it is over, enough is closed, or the time is up.
func checkUntil(ctx context.Context, enough <-chan struct{}, most time.Duration, look func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		select {
		case <-tick.C:
			if look() {
				return nil
			}
		case <-enough:
			return nil
		case <-late.C:
			return nil // a stalled device; its health tells
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
