package testcall

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"foyer/app"
	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// delay is how long the echo waits, in samples: two seconds.
const delay = 2 * audio.SampleRate

// TestCall is a running local room with the echo in it.
type TestCall struct {
	host app.RunningHost
	echo *call.Call
	link invite.Link
}

// Start opens a loopback host and joins the echo to it, under a name.
func Start(ctx context.Context, h app.HostStarter, name string) (*TestCall, error) {
	host, err := h.StartHost(ctx, app.HostOptions{Title: "Test call", Loopback: true})
	if err != nil {
		return nil, fmt.Errorf("start the test call: %w", err)
	}
	fail := func(err error) (*TestCall, error) {
		return nil, fmt.Errorf("start the test call: %w", errors.Join(err, host.Close()))
	}
	links := host.Links("guest")
	if len(links) == 0 {
		return fail(invite.ErrServer)
	}
	j, err := links[0].Redeem(ctx, name, "echo")
	if err != nil {
		return fail(err)
	}
	line := newDelayLine()
	echo, err := call.Join(ctx, call.Config{
		URL: j.URL, Token: j.Token, Fingerprint: links[0].Fingerprint,
		Camera: device.Test, CameraOn: true, MicrophoneOn: true, Speaker: device.None,
		OpenCamera:     func(string, device.CameraFormat) (video.Reader, error) { return newFaceReader(), nil },
		OpenMicrophone: func(string) (device.Capture, error) { return line, nil },
		OpenSpeaker: func(string) (device.Playback, error) {
			p, err := device.OpenSpeaker(device.None)
			if err != nil {
				return nil, err
			}
			return &tap{p, line}, nil
		},
	})
	if err != nil {
		return fail(err)
	}
	return &TestCall{host, echo, links[0]}, nil
}

// Link is the guest's way in.
func (t *TestCall) Link() invite.Link { return t.link }

// Close ends the echo and the host, and waits.
func (t *TestCall) Close() error {
	t.echo.Leave()
	return t.host.Close()
}

// delayLine is the echo's microphone: what its speaker played, later. Both run
// on the speaker's clock.
type delayLine struct {
	mu   sync.Mutex
	out  func(block []float32)
	ring []float32
	at   int
	mono [audio.BlockSamples]float32
}

func newDelayLine() *delayLine { return &delayLine{ring: make([]float32, delay)} }

// Start implements device.Capture.
func (d *delayLine) Start(f func(block []float32)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = f
	return nil
}

// Close implements device.Capture.
func (d *delayLine) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = nil
	return nil
}

// pass takes a stereo block and gives the mono one of two seconds ago.
func (d *delayLine) pass(block []float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.mono {
		d.mono[i] = d.ring[d.at]
		d.ring[d.at] = (block[2*i] + block[2*i+1]) / 2
		d.at = (d.at + 1) % len(d.ring)
	}
	if d.out != nil {
		d.out(d.mono[:])
	}
}

// tap is the echo's speaker.
type tap struct {
	device.Playback
	line *delayLine
}

// Start implements device.Playback.
func (t *tap) Start(f func(block []float32)) error {
	return t.Playback.Start(func(block []float32) {
		f(block)
		t.line.pass(block)
	})
}
