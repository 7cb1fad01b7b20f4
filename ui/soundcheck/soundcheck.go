package soundcheck

import (
	"context"
	"errors"
	"sync"
	"time"

	"fyne.io/fyne/v2/lang"

	"foyer/media/audio"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Options says which devices are tried and whom the check tells, on the UI goroutine.
type Options struct {
	Devices        func() (microphone, speaker string) // IDs chosen now
	OpenMicrophone func(id string) (device.Capture, error)
	OpenSpeaker    func(id string) (device.Playback, error)
	Do             func(func())      // runs a function on the UI goroutine, soon
	Say            func(text string) // what happens now; "" is nothing
	Level          func(float64)     // of what is recorded or played, as audio.Perceived; nil tells nobody
	Failed         func(err error)
	Trying         func(on bool) // the microphone is tried, and no longer; nil tells nobody
}

// Check is the two buttons and a line of progress. It belongs to the UI goroutine.
type Check struct {
	Microphone, Speaker *widget.IconButton
	Progress            *widget.Progress // hidden while nothing is recorded or played

	o        Options
	sounding bool          // the chord
	trying   bool          // the microphone
	enough   chan struct{} // closed to play at once; nil when it is
	reason   [2]string     // why the microphone or the speaker cannot be tried

	stop   chan struct{}
	work   sync.WaitGroup
	closed bool
}

// Sentences of a microphone's check.
const (
	Speak  = "Speak now. We'll play it back in 4 seconds."
	Listen = "Now you hear what you said."
	Quiet  = "Nothing was heard. Check that the microphone is switched on, or choose another."
)

// New makes the buttons. Close it before what it was given.
func New(o Options) *Check {
	c := &Check{o: o, stop: make(chan struct{}), Progress: widget.NewProgress()}
	c.Progress.Hide()
	c.Speaker = widget.NewIconButton(theme.IconPlay, lang.L("Play a sound"), c.play)
	c.Microphone = widget.NewIconButton(theme.IconRecord, "", c.try)
	for _, b := range []*widget.IconButton{c.Microphone, c.Speaker} {
		b.SetStyle(widget.Quiet)
		b.SetSize(theme.LeastTouch, theme.LeastTouch, 18)
	}
	c.dress()
	return c
}

// SetReasons says why the microphone or the speaker cannot be tried; "" says that it can.
func (c *Check) SetReasons(microphone, speaker string) {
	c.reason = [2]string{microphone, speaker}
	c.dress()
}

// Busy says that a device is tried right now.
func (c *Check) Busy() bool { return c.sounding || c.trying }

func (c *Check) dress() {
	switch {
	case c.trying && c.enough != nil:
		c.Microphone.Set(theme.IconPlay, widget.Quiet, lang.L("Hear it now"))
	case c.trying:
		c.Microphone.Set(theme.IconSpeaker, widget.Quiet, lang.L("Playing what you said"))
	default:
		c.Microphone.Set(theme.IconRecord, widget.Quiet, lang.L("Test the microphone: record, then listen"))
	}
	c.Microphone.SetReason(c.reason[0])
	c.Speaker.SetReason(c.reason[1])
}

func (c *Check) tellTrying(on bool) {
	if c.o.Trying != nil {
		c.o.Trying(on)
	}
}

// do runs f on the UI goroutine unless the check is closed by then.
func (c *Check) do(f func()) {
	c.o.Do(func() {
		if !c.closed {
			f()
		}
	})
}

// Close ends what is tried and waits. Idempotent.
func (c *Check) Close() {
	if !c.closed {
		c.closed = true
		close(c.stop)
		if c.trying {
			c.tellTrying(false)
		}
		c.work.Wait()
	}
}

// chimeTime is the chord's length and the device's delay.
const chimeTime = 1500 * time.Millisecond

func (c *Check) play() {
	if c.Busy() || c.closed {
		return
	}
	c.sounding = true
	_, id := c.o.Devices()
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		err := c.chime(id)
		c.do(func() {
			c.sounding = false
			if err != nil {
				c.o.Failed(err)
			}
		})
	}()
}

func (c *Check) chime(id string) error {
	p, err := c.o.OpenSpeaker(id)
	if err != nil {
		return err
	}
	m := audio.NewMixer()
	m.Play(audio.Chime())
	if err := p.Start(m.Render); err != nil {
		_ = p.Close()
		return err
	}
	t := time.NewTimer(chimeTime)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.stop:
	}
	if h, ok := p.(device.Health); ok {
		err = h.Err()
	}
	_ = p.Close()
	return err
}

// try records, and plays that at the end or when the button is pressed again.
func (c *Check) try() {
	if c.enough != nil {
		close(c.enough)
		c.enough = nil
		c.dress()
		return
	}
	if c.Busy() || c.closed {
		return
	}
	enough := make(chan struct{})
	c.trying, c.enough = true, enough
	c.tellTrying(true)
	c.dress()
	c.Progress.SetDone(0)
	c.Progress.Show()
	c.o.Say(lang.L(Speak))
	microphone, speaker := c.o.Devices()
	playing := false
	ctx, cancel := context.WithCancel(context.Background())
	c.work.Add(2)
	go func() {
		defer c.work.Done()
		select {
		case <-c.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer c.work.Done()
		defer cancel()
		in, err := c.o.OpenMicrophone(microphone)
		if err == nil {
			err = device.SoundCheck(ctx, in, func() (device.Playback, error) { return c.o.OpenSpeaker(speaker) }, enough, func(p device.CheckProgress) {
				c.do(func() {
					if p.Playing && !playing {
						playing = true
						c.enough = nil
						c.dress()
						c.o.Say(lang.L(Listen))
					}
					c.Progress.SetDone(p.Done)
					if c.o.Level != nil {
						c.o.Level(p.Level)
					}
				})
			})
		}
		c.do(func() {
			c.trying, c.enough = false, nil
			c.tellTrying(false)
			c.Progress.Hide()
			c.dress()
			if c.o.Level != nil {
				c.o.Level(0)
			}
			switch {
			case errors.Is(err, device.ErrQuiet):
				c.o.Say(lang.L(Quiet))
			case err != nil:
				c.o.Say("")
				c.o.Failed(err)
			default:
				c.o.Say("")
			}
		})
	}()
}
