package lobby

import (
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// levelEvery is how often the microphone's level is told.
const levelEvery = 100 * time.Millisecond

// preview runs the lobby's camera and microphone. Opening a device may take a
// second, so it works on a goroutine of its own; the newest wish counts.
type preview struct {
	surface *video.Surface
	level   func(float64)                  // 0 to 1, when it has changed
	told    func(k device.Kind, err error) // a device opened, failed, or went away
	wishes  chan wish                      // capacity 1
	ended   sync.WaitGroup
	openCam func(string) (video.Reader, error)
	openMic func(string) (device.Capture, error)
}

type wish struct{ camera, microphone string }

// start begins; the fields above ended are set before.
func (p *preview) start() {
	p.wishes = make(chan wish, 1)
	p.ended.Add(1)
	go p.run()
}

// want asks for devices by ID; device.None closes one. One that failed or went
// away is tried again.
func (p *preview) want(camera, microphone string) {
	select {
	case <-p.wishes:
	default:
	}
	p.wishes <- wish{camera, microphone}
}

// close gives the devices back and waits: the call opens them next.
func (p *preview) close() {
	close(p.wishes)
	p.ended.Wait()
}

func (p *preview) run() {
	defer p.ended.Done()
	cam, mic := camera{p: p, id: device.None}, microphone{p: p, id: device.None}
	defer mic.close()
	defer cam.close()
	tick := time.NewTicker(levelEvery)
	defer tick.Stop()
	for {
		select {
		case w, ok := <-p.wishes:
			if !ok {
				return
			}
			cam.want(w.camera)
			mic.want(w.microphone)
		case <-tick.C:
			mic.tell()
		}
	}
}

// camera is the preview's; it belongs to run.
type camera struct {
	p       *preview
	id      string
	reader  video.Reader
	gone    atomic.Bool
	showing sync.WaitGroup
}

func (c *camera) want(id string) {
	if id == c.id && (id == device.None || c.reader != nil && !c.gone.Load()) {
		return
	}
	c.close()
	c.id = id
	if id == device.None {
		return
	}
	r, err := c.p.openCam(id)
	c.p.told(device.Camera, err)
	if err != nil {
		return
	}
	c.reader = r
	c.gone.Store(false)
	c.showing.Add(1)
	go c.show(r)
}

func (c *camera) show(r video.Reader) {
	defer c.showing.Done()
	for {
		f, err := r.Read()
		if err != nil {
			c.gone.Store(true)
			if !errors.Is(err, io.EOF) {
				c.p.surface.Clear()
				c.p.told(device.Camera, err)
			}
			return
		}
		c.p.surface.Push(f)
		f.Release()
	}
}

func (c *camera) close() {
	if c.reader != nil {
		_ = c.reader.Close()
		c.showing.Wait()
		c.reader = nil
		c.p.surface.Clear()
	}
}

// microphone is the preview's; it belongs to run.
type microphone struct {
	p       *preview
	id      string
	capture device.Capture
	loud    atomic.Uint64 // bits of the loudest since the last time told
	last    float64       // told
	silent  error         // why the device is silent, as told
}

func (m *microphone) want(id string) {
	if id == m.id && (id == device.None || m.capture != nil) {
		return
	}
	m.close()
	m.id = id
	if id == device.None {
		return
	}
	c, err := m.p.openMic(id)
	if err == nil {
		// On the device's thread: nothing but a number is left behind.
		err = c.Start(func(block []float32) {
			if l := audio.Perceived(block); l > math.Float64frombits(m.loud.Load()) {
				m.loud.Store(math.Float64bits(l))
			}
		})
		if err == nil {
			m.capture = c
		} else {
			_ = c.Close()
		}
	}
	m.silent = nil
	m.p.told(device.Microphone, err)
}

// tell says how loud it was since the last time, and whether the device works.
func (m *microphone) tell() {
	if m.capture == nil {
		return
	}
	if l := math.Float64frombits(m.loud.Swap(0)); l != m.last {
		m.last = l
		m.p.level(l)
	}
	if h, ok := m.capture.(device.Health); ok {
		if err := h.Err(); (err == nil) != (m.silent == nil) {
			m.silent = err
			m.p.told(device.Microphone, err)
		}
	}
}

func (m *microphone) close() {
	if m.capture != nil {
		_ = m.capture.Close()
		m.capture = nil
		m.loud.Store(0)
		m.last = 0
		m.p.level(0)
	}
}
