package call_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"foyer/app/call"
	"foyer/media/audio"
	"foyer/media/device"
)

// syllables is a microphone that hears syllables.
type syllables struct {
	device.Capture
	channels int
}

func (c syllables) Start(f func(block []float32)) error {
	r, n := rand.New(rand.NewPCG(1, 2)), 0
	block := make([]float32, c.channels*audio.BlockSamples)
	return c.Capture.Start(func([]float32) { // by that one's clock
		for i := range block {
			loud := max(0, math.Sin(2*math.Pi*4*float64(n/c.channels)/audio.SampleRate))
			block[i] = float32(0.1 * loud * r.NormFloat64())
			n++
		}
		f(block)
	})
}

func microphoneOf(channels int) func(string) (device.Capture, error) {
	return func(string) (device.Capture, error) {
		c, err := device.OpenMicrophone(device.Test)
		return syllables{c, channels}, err
	}
}

func TestSpeakingWhileMutedIsNoticed(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Microphone, c.OpenMicrophone = device.Default, microphoneOf(1)
	ann := m.join(c)
	await(t, ann, "speech while muted to be noticed", func(s call.Snapshot) bool { return s.Local.SpokeMuted && !s.Local.MicrophoneOn })
	ann.SetMicrophone(true)
	await(t, ann, "the notice to end", func(s call.Snapshot) bool { return !s.Local.SpokeMuted && s.Local.MicrophoneOn })
	ann.SetMicrophone(false)
	await(t, ann, "it to be noticed again", func(s call.Snapshot) bool { return s.Local.SpokeMuted })
}

// What is done to a sound changes in the call, and what is sent of it, too.
func TestTreatmentChangesInTheCall(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Microphone, c.MicrophoneOn = device.Default, true
	c.OpenMicrophone, c.OpenStereoMicrophone = microphoneOf(1), microphoneOf(2)
	ann := m.join(c)
	bob := m.join(m.config("guest", "Bob"))
	track := func(s call.Snapshot) string {
		p, _ := other(s, "Ann")
		tr, ok := p.Track(call.Microphone)
		if !ok || tr.Muted {
			return ""
		}
		return tr.ID
	}
	first := track(await(t, bob, "Ann's voice", func(s call.Snapshot) bool { return track(s) != "" }))
	ann.SetTreatment(call.Treatment{NoiseOff: true, GainOff: true})
	ann.SetTreatment(call.Treatment{Music: true})
	second := track(await(t, bob, "Ann's music in place of her voice", func(s call.Snapshot) bool { id := track(s); return id != "" && id != first }))
	await(t, bob, "Ann's music to be heard", func(s call.Snapshot) bool { p, _ := other(s, "Ann"); return p.Level > 0.2 })
	rate := 0.0
	await(t, ann, "128 kbit/s", func(call.Snapshot) bool {
		for _, s := range ann.Stats().Tracks {
			if s.Sent && s.Source == call.Microphone {
				rate = max(rate, s.BitRate)
			}
		}
		return rate > 90_000
	})
	ann.SetTreatment(call.Treatment{})
	await(t, bob, "Ann's voice again", func(s call.Snapshot) bool { id := track(s); return id != "" && id != second })
}
