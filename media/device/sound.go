package device

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
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
	sightEvery  = 300 * time.Millisecond // whether the device that was asked for is there
	reopenEvery = 500 * time.Millisecond
	closeWait   = time.Second // longer than that, and Uninit hangs for ever
)

// soundContext is a connection to the system's sound.
type soundContext struct {
	*malgo.AllocatedContext
	pulse bool // it is PulseAudio or PipeWire
}

// openContext opens the system's sound. Errors wrap ErrNoDevice.
func openContext() (*soundContext, error) {
	c := malgo.ContextConfig{ThreadPriority: malgo.ThreadPriorityRealtime}
	ctx, pulse, err := initContext(c)
	if err != nil {
		return nil, fmt.Errorf("reach the sound server: %w: %w", ErrNoDevice, err)
	}
	return &soundContext{ctx, pulse}, nil
}

func closeContext(ctx *soundContext) {
	_ = ctx.Uninit()
	ctx.Free()
}

func soundID(id malgo.DeviceID) string {
	return strings.TrimRight(hex.EncodeToString(id[:]), "0")
}

// soundDevices lists microphones and speakers. The monitors of speakers, which
// PulseAudio counts among the sources, are left out. An error says that no sound
// server answers.
func soundDevices() (microphones, speakers []Info, err error) {
	ctx, err := openContext()
	if err != nil {
		return nil, nil, err
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
	return list(malgo.Capture, Microphone), list(malgo.Playback, Speaker), nil
}

// sound is a malgo device that is kept alive: when its callbacks stop, or it
// cannot be opened, a new one is opened until Close. A device that was asked for
// by ID and is gone is replaced by the default one until it is back, under its ID or,
// for Bluetooth, under that of another profile. The default device is followed by
// the sound server (PulseAudio from 14 on, PipeWire) or the library (Windows, macOS).
type sound struct {
	kind  malgo.DeviceType
	id    string
	block func(block []float32) // the user's, on the device thread

	// The device thread's own.
	buf  []float32
	fill int // capture: samples in buf; playback: samples of buf not yet played

	beats   atomic.Uint64
	current atomic.Pointer[running] // whose callbacks count
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
	s.once.Do(func() { close(s.done) })
	s.waiting.Wait()
	return nil
}

// running is one opened device and its context.
type running struct {
	ctx   *soundContext
	dev   *malgo.Device
	on    string     // ID of the device that was asked for, as it was found; "" is the default one
	using sync.Mutex // of ctx, beside dev: look against close
}

// close gives the device back. A dead sound server makes that hang: then it is
// left to its goroutine, which ends if the library ever returns.
func (r *running) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		r.using.Lock()
		defer r.using.Unlock()
		r.dev.Uninit()
		closeContext(r.ctx)
		r.ctx = nil
	}()
	t := time.NewTimer(closeWait)
	defer t.Stop()
	select {
	case <-closed:
	case <-t.C:
	}
}

// look lists what there is now. Like close, it may hang; r may be closed already.
func (r *running) look(kind malgo.DeviceType) (ids []string, ok bool) {
	r.using.Lock()
	defer r.using.Unlock()
	if r.ctx == nil {
		return nil, false
	}
	all, err := r.ctx.Devices(kind)
	if err != nil {
		return nil, false
	}
	for _, d := range all {
		ids = append(ids, soundID(d.ID))
	}
	return ids, true
}

// sighting is where the device that was asked for is, as dev's context sees it.
type sighting struct {
	dev *running
	on  string // its ID now; "" is nowhere
	ok  bool   // the context could tell
}

// keep watches the device and opens another when it stalls, vanishes or is back.
func (s *sound) keep(dev *running) {
	defer s.waiting.Done()
	tick := time.NewTicker(stallAfter / 4)
	defer tick.Stop()
	beats, since := s.beats.Load(), time.Now()
	looked := since
	sightings := make(chan sighting, 1)
	looking := false // at most one at a time; one that hangs hangs with its server
	var closing sync.WaitGroup
	defer closing.Wait()
	// retire has no callback of the device count any more, and closes it, which may
	// take a while, beside what follows.
	retire := func() {
		s.current.Store(nil)
		for s.inside.Load() != 0 {
			time.Sleep(time.Millisecond) // a block takes microseconds; there is nothing to wait on
		}
		if old := dev; old != nil {
			closing.Go(old.close)
		}
		dev = nil
	}
	replace := func(now time.Time) {
		retire()
		since, looking = now.Add(-reopenEvery), false
	}
	for {
		select {
		case <-s.done:
			// Nothing calls the user from here on, even when the device is left behind.
			retire()
			return
		case x := <-sightings:
			if x.dev != dev {
				continue // it is about one that was replaced since
			}
			looking = false
			if !x.ok || x.on == dev.on {
				continue
			}
			replace(time.Now())
		case now := <-tick.C:
			if dev == nil {
				break
			}
			if s.id != Default && !looking && now.Sub(looked) >= sightEvery {
				looking, looked = true, now
				of := dev
				go func() { // ends with the library's answer
					ids, ok := of.look(s.kind)
					select {
					case sightings <- sighting{of, find(s.id, ids), ok}:
					case <-s.done:
					}
				}()
			}
			if n := s.beats.Load(); n != beats {
				beats, since = n, now
				s.setErr(nil)
				continue
			}
			if now.Sub(since) < stallAfter {
				continue
			}
			s.setErr(fmt.Errorf("the sound server stopped answering: %w", ErrGone))
			replace(now)
		}
		if now := time.Now(); now.Sub(since) >= reopenEvery {
			since = now
			d, err := s.open()
			if err != nil {
				s.setErr(err)
				continue
			}
			dev, beats, since, looked = d, s.beats.Load(), time.Now(), time.Now()
		}
	}
}

// bluetooth finds the address in the name that PulseAudio and PipeWire give a device:
// what stands behind it names the profile and changes with it.
var bluetooth = regexp.MustCompile(`^(bluez_[a-z]+)\.([0-9A-Fa-f]{2}(?:[_:][0-9A-Fa-f]{2}){5})`)

// profileless is a device's ID without its Bluetooth profile; other IDs stay.
func profileless(id string) string {
	name, err := hex.DecodeString(id + strings.Repeat("0", len(id)%2))
	if err != nil {
		return id
	}
	if m := bluetooth.FindStringSubmatch(string(name)); m != nil {
		return m[1] + " " + strings.ToUpper(strings.ReplaceAll(m[2], ":", "_"))
	}
	return id
}

// find looks for a device in a list, else for the same one in another Bluetooth
// profile; "" is none.
func find(id string, ids []string) string {
	if slices.Contains(ids, id) {
		return id
	}
	for _, o := range ids {
		if p := profileless(id); p != id && profileless(o) == p {
			return o
		}
	}
	return ""
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
	var ids []string
	for _, d := range all {
		ids = append(ids, soundID(d.ID))
	}
	on := ""
	if s.id != Default {
		on = find(s.id, ids)
	}
	// miniaudio crashes where it asks PulseAudio for a default that there is not yet,
	// as when the sound server has just begun.
	if on == "" && ctx.pulse && !slices.ContainsFunc(all, func(d malgo.DeviceInfo) bool { return d.IsDefault != 0 }) {
		closeContext(ctx)
		return nil, fmt.Errorf("find the default sound device: %w", ErrNoDevice)
	}
	for i, d := range all {
		if on != "" && ids[i] == on {
			if s.kind == malgo.Capture {
				c.Capture.DeviceID = d.ID.Pointer()
			} else {
				c.Playback.DeviceID = d.ID.Pointer()
			}
		}
	}
	s.fill = 0
	r := &running{ctx: ctx, on: on}
	data := func(_, in []byte, _ uint32) { s.capture(r, in) }
	if s.kind == malgo.Playback {
		data = func(out, _ []byte, _ uint32) { s.playback(r, out) }
	}
	if r.dev, err = malgo.InitDevice(ctx.Context, c, malgo.DeviceCallbacks{Data: data}); err != nil {
		closeContext(ctx)
		return nil, fmt.Errorf("open a sound device: %w: %w", ErrBusy, err)
	}
	s.current.Store(r)
	if err := r.dev.Start(); err != nil {
		s.current.Store(nil)
		r.dev.Uninit()
		closeContext(ctx)
		return nil, fmt.Errorf("start a sound device: %w: %w", ErrBusy, err)
	}
	return r, nil
}

// floats sees the device's bytes, which are C memory, as samples.
func floats(b []byte) []float32 {
	if len(b) < 4 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// capture runs on the device thread.
func (s *sound) capture(r *running, in []byte) {
	s.inside.Add(1)
	defer s.inside.Add(-1)
	if s.current.Load() != r {
		return
	}
	s.beats.Add(1)
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
func (s *sound) playback(r *running, out []byte) {
	s.inside.Add(1)
	defer s.inside.Add(-1)
	x := floats(out)
	if s.current.Load() != r {
		clear(x)
		return
	}
	s.beats.Add(1)
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
