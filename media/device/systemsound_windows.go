package device

import (
	"fmt"

	"github.com/gen2brain/malgo"

	"foyer/media/audio"
)

// Not tested on Windows yet. WASAPI's loopback records all that the default
// speaker plays, our own part included: people who talk while somebody shares
// sound would hear themselves. To leave a process out takes Windows 10 2004's
// process loopback, which the library does not offer.

func openSystemSound() (Capture, error) {
	ctx, err := openContext()
	if err != nil {
		return nil, err
	}
	return &loopback{clocked: newClocked(), ctx: ctx, ring: audio.NewRing(SampleRate)}, nil
}

// loopback is what the default speaker plays. Nothing comes while nothing plays:
// the clock sets the pace.
type loopback struct {
	*clocked
	ctx  *soundContext
	dev  *malgo.Device
	ring *audio.Ring
}

// Start implements Capture.
func (l *loopback) Start(f func(block []float32)) error {
	c := malgo.DefaultDeviceConfig(malgo.Loopback)
	c.SampleRate = SampleRate
	c.PeriodSizeInFrames = BlockSamples
	c.NoClip = 1
	c.Capture.Format, c.Capture.Channels = malgo.FormatF32, 2
	dev, err := malgo.InitDevice(l.ctx.Context, c, malgo.DeviceCallbacks{
		Data: func(_, in []byte, _ uint32) { l.ring.Write(floats(in)) },
	})
	if err != nil {
		return fmt.Errorf("open the speaker's loopback: %w: %w", ErrBusy, err)
	}
	if err := dev.Start(); err != nil {
		dev.Uninit()
		return fmt.Errorf("start the speaker's loopback: %w: %w", ErrBusy, err)
	}
	l.dev = dev
	block := make([]float32, 2*BlockSamples)
	l.start(func() {
		if !l.ring.Read(block) {
			clear(block)
		}
		f(block)
	})
	return nil
}

// Close implements Capture.
func (l *loopback) Close() error {
	err := l.clocked.Close()
	if l.dev != nil {
		l.dev.Uninit()
		l.dev = nil
	}
	if l.ctx != nil {
		closeContext(l.ctx)
		l.ctx = nil
	}
	return err
}
