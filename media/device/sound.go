package device

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"
)

// Sound is 48 kHz float32 in [-1, 1], in blocks of 10 ms.
const (
	SampleRate   = 48000 // Hz
	BlockSamples = 480   // samples per channel in 10 ms

	blockLength = 10 * time.Millisecond
)

// Times of a sound device's life.
const (
	stallAfter  = 600 * time.Millisecond // no callback: the sound server is gone
	reopenEvery = 500 * time.Millisecond
	closeWait   = time.Second // longer than that, and Uninit hangs for ever
)

// openContext opens the system's sound. Errors wrap ErrNoDevice.
func openContext() (*malgo.AllocatedContext, error) {
	c := malgo.ContextConfig{ThreadPriority: malgo.ThreadPriorityRealtime}
	ctx, err := initContext(c)
	if err != nil {
		return nil, fmt.Errorf("reach the sound server: %w: %w", ErrNoDevice, err)
	}
	return ctx, nil
}

func closeContext(ctx *malgo.AllocatedContext) {
	_ = ctx.Uninit()
	ctx.Free()
}

func soundID(id malgo.DeviceID) string {
	return strings.TrimRight(hex.EncodeToString(id[:]), "0")
}

// soundDevices lists microphones and speakers. The monitors of speakers, which
// PulseAudio counts among the sources, are left out.
func soundDevices() (microphones, speakers []Info) {
	ctx, err := openContext()
	if err != nil {
		return nil, nil
	}
	defer closeContext(ctx)
	list := func(t malgo.DeviceType, k Kind) []Info {
		all, err := ctx.Devices(t)
		if err != nil {
			return nil
		}
		var infos []Info
		for _, d := range all {
			if k == Microphone && strings.HasPrefix(d.Name(), "Monitor of ") {
				continue
			}
			infos = append(infos, Info{Kind: k, ID: soundID(d.ID), Name: d.Name(), Default: d.IsDefault != 0})
		}
		return infos
	}
	return list(malgo.Capture, Microphone), list(malgo.Playback, Speaker)
}

// sound is a malgo device that is kept alive: when its callbacks stop, or it
// cannot be opened, a new one is opened until Close. A device that was asked for
// by ID and is gone is replaced by the default one.
type sound struct {
	kind  malgo.DeviceType
	id    string
	block func(block []float32) // the user's, on the device thread

	// The device thread's own.
	buf  []float32
	fill int // capture: samples in buf; playback: samples of buf not yet played

	beats   atomic.Uint64
	closed  atomic.Bool
	inside  atomic.Int32
	err     atomic.Pointer[error]
	done    chan struct{}
	once    sync.Once
	waiting sync.WaitGroup
}

func newSound(kind malgo.DeviceType, id string, channels int) *sound {
	return &sound{kind: kind, id: id, buf: make([]float32, channels*BlockSamples), done: make(chan struct{})}
}

// Err says why the device is silent at the moment, nil when it is not.
func (s *sound) Err() error {
	if p := s.err.Load(); p != nil {
		return *p
	}
	return nil
}

func (s *sound) setErr(err error) {
	if err == nil {
		s.err.Store(nil)
		return
	}
	s.err.Store(&err)
}

// Start implements Capture and Playback.
func (s *sound) Start(f func(block []float32)) error {
	s.block = f
	dev, err := s.open()
	s.setErr(err)
	s.waiting.Add(1)
	go s.keep(dev)
	return nil
}

// Close implements Capture and Playback.
func (s *sound) Close() error {
	s.once.Do(func() {
		s.closed.Store(true)
		close(s.done)
	})
	s.waiting.Wait()
	return nil
}

// running is one opened device and its context.
type running struct {
	ctx *malgo.AllocatedContext
	dev *malgo.Device
}

// close gives the device back. A dead sound server makes that hang: then it is
// left to its goroutine, which ends if the library ever returns.
func (r *running) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		r.dev.Uninit()
		closeContext(r.ctx)
	}()
	t := time.NewTimer(closeWait)
	defer t.Stop()
	select {
	case <-closed:
	case <-t.C:
	}
}

// keep watches the device and opens another when it stalls.
func (s *sound) keep(dev *running) {
	defer s.waiting.Done()
	tick := time.NewTicker(stallAfter / 4)
	defer tick.Stop()
	beats, since := s.beats.Load(), time.Now()
	for {
		select {
		case <-s.done:
			// Nothing calls the user from here on, even when the device is left behind.
			for s.inside.Load() != 0 {
				time.Sleep(time.Millisecond) // a block takes microseconds; there is nothing to wait on
			}
			if dev != nil {
				dev.close()
			}
			return
		case now := <-tick.C:
			if dev != nil {
				if n := s.beats.Load(); n != beats {
					beats, since = n, now
					s.setErr(nil)
					continue
				}
				if now.Sub(since) < stallAfter {
					continue
				}
				s.setErr(fmt.Errorf("the sound server stopped answering: %w", ErrGone))
				dev.close()
				dev, since = nil, now.Add(-reopenEvery)
			}
			if now.Sub(since) < reopenEvery {
				continue
			}
			since = now
			d, err := s.open()
			if err != nil {
				s.setErr(err)
				continue
			}
			dev, beats, since = d, s.beats.Load(), time.Now()
		}
	}
}

func (s *sound) open() (*running, error) {
	ctx, err := openContext()
	if err != nil {
		return nil, err
	}
	channels := uint32(len(s.buf) / BlockSamples)
	c := malgo.DefaultDeviceConfig(s.kind)
	c.SampleRate = SampleRate
	c.PeriodSizeInFrames = BlockSamples
	c.Periods = 2
	c.PerformanceProfile = malgo.LowLatency
	c.NoClip = 1
	c.Capture.Format, c.Playback.Format = malgo.FormatF32, malgo.FormatF32
	c.Capture.Channels, c.Playback.Channels = channels, channels
	all, err := ctx.Devices(s.kind)
	if err != nil || len(all) == 0 {
		closeContext(ctx)
		return nil, fmt.Errorf("find a sound device: %w", ErrNoDevice)
	}
	for _, d := range all {
		if s.id != Default && soundID(d.ID) == s.id {
			if s.kind == malgo.Capture {
				c.Capture.DeviceID = d.ID.Pointer()
			} else {
				c.Playback.DeviceID = d.ID.Pointer()
			}
		}
	}
	s.fill = 0
	data := s.capture
	if s.kind == malgo.Playback {
		data = s.playback
	}
	dev, err := malgo.InitDevice(ctx.Context, c, malgo.DeviceCallbacks{Data: data})
	if err != nil {
		closeContext(ctx)
		return nil, fmt.Errorf("open a sound device: %w: %w", ErrBusy, err)
	}
	if err := dev.Start(); err != nil {
		dev.Uninit()
		closeContext(ctx)
		return nil, fmt.Errorf("start a sound device: %w: %w", ErrBusy, err)
	}
	return &running{ctx, dev}, nil
}

// floats sees the device's bytes, which are C memory, as samples.
func floats(b []byte) []float32 {
	if len(b) < 4 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// capture runs on the device thread.
func (s *sound) capture(_, in []byte, _ uint32) {
	s.beats.Add(1)
	s.inside.Add(1)
	defer s.inside.Add(-1)
	if s.closed.Load() {
		return
	}
	for x := floats(in); len(x) > 0; {
		n := copy(s.buf[s.fill:], x)
		x = x[n:]
		if s.fill += n; s.fill == len(s.buf) {
			s.fill = 0
			s.block(s.buf)
		}
	}
}

// playback runs on the device thread.
func (s *sound) playback(out, _ []byte, _ uint32) {
	s.beats.Add(1)
	s.inside.Add(1)
	defer s.inside.Add(-1)
	x := floats(out)
	if s.closed.Load() {
		clear(x)
		return
	}
	for len(x) > 0 {
		if s.fill == 0 {
			clear(s.buf)
			s.block(s.buf)
			s.fill = len(s.buf)
		}
		n := copy(x, s.buf[len(s.buf)-s.fill:])
		s.fill -= n
		x = x[n:]
	}
}
