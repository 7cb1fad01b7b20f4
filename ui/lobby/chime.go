package lobby

import (
	"time"

	"foyer/media/audio"
	"foyer/media/device"
	ours "foyer/ui/widget"
)

// chimeTime is the chime's length and the device's delay.
const chimeTime = 1500 * time.Millisecond

// playChime sounds a short rising chord through the chosen speaker. Closing the
// lobby ends it.
func (v *View) playChime() {
	if v.sounding {
		return
	}
	v.sounding = true
	id := v.choice.Speaker
	v.work.Add(1)
	go func() {
		defer v.work.Done()
		err := v.chime(id)
		v.do(func() {
			v.sounding = false
			if err != nil {
				v.Tell(ours.Warning, v.o.Sentence(err))
			}
		})
	}()
}

func (v *View) chime(id string) error {
	p, err := v.o.OpenSpeaker(id)
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
	case <-v.stop:
	}
	if h, ok := p.(device.Health); ok {
		err = h.Err()
	}
	_ = p.Close()
	return err
}
