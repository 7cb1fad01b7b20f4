package lobby

import (
	"errors"
	"io"
	"sync"

	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// preview runs the lobby's camera and microphone. Opening a device may take a
// second, so it works on a goroutine of its own; the newest wish counts.
type preview struct {
	surface *video.Surface
	level   func(float64)   // 0 to 1, ten times a second
	camera  func(err error) // the camera opened or failed
	wishes  chan wish       // capacity 1
	ended   sync.WaitGroup
	openCam func(string) (video.Reader, error)
	openMic func(string) (device.Capture, error)
}

type wish struct{ camera, microphone string }

func newPreview(s *video.Surface, level func(float64), camera func(error)) *preview {
	p := &preview{surface: s, level: level, camera: camera, wishes: make(chan wish, 1),
		openCam: func(id string) (video.Reader, error) {
			return device.OpenCamera(id, device.CameraFormat{Width: 1280, Height: 720, FrameRate: 30})
		},
		openMic: device.OpenMicrophone,
	}
	p.ended.Add(1)
	go p.run()
	return p
}

// want asks for devices by ID; device.None closes one.
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
	now := wish{device.None, device.None}
	var (
		cam     video.Reader
		showing sync.WaitGroup
		mic     device.Capture
	)
	closeCam := func() {
		if cam != nil {
			cam.Close()
			showing.Wait()
			cam = nil
			p.surface.Clear()
		}
	}
	closeMic := func() {
		if mic != nil {
			mic.Close()
			mic = nil
			p.level(0)
		}
	}
	defer closeMic()
	defer closeCam()
	for w := range p.wishes {
		if w.camera != now.camera {
			closeCam()
			if w.camera != device.None {
				r, err := p.openCam(w.camera)
				p.camera(err)
				if err == nil {
					cam = r
					showing.Add(1)
					go func() {
						defer showing.Done()
						p.show(r)
					}()
				}
			}
		}
		if w.microphone != now.microphone {
			closeMic()
			if w.microphone != device.None {
				if m, err := p.openMic(w.microphone); err == nil {
					mic = m
					n, loud := 0, 0.0
					_ = m.Start(func(block []float32) {
						loud = max(loud, audio.Perceived(block))
						if n++; n == 10 {
							p.level(loud)
							n, loud = 0, 0
						}
					})
				}
			}
		}
		now = w
	}
}

func (p *preview) show(r video.Reader) {
	for {
		f, err := r.Read()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				p.surface.Clear()
				p.camera(err)
			}
			return
		}
		p.surface.Push(f)
		f.Release()
	}
}
