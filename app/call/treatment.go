package call

import "foyer/media/audio"

// Treatment is what is done to our microphone's sound. The zero value is what
// talking needs: echo cancelling, noise suppression, automatic gain.
type Treatment struct {
	EchoOff  bool // no echo cancelling: headphones
	NoiseOff bool // no noise suppression
	GainOff  bool // no automatic gain
	Music    bool // stereo at a high rate, and nothing else done to it
}

func (t Treatment) content() audio.Content {
	if t.Music {
		return audio.Music
	}
	return audio.Speech
}

func (t Treatment) processing() audio.Processing {
	return audio.Processing{EchoOff: t.EchoOff, NoiseOff: t.NoiseOff, GainOff: t.GainOff}
}

// SetTreatment changes what is done to our sound. Speech stays without a gap; from
// or to music the microphone is opened and published anew.
func (k *Call) SetTreatment(t Treatment) {
	k.verbs.do(func() {
		was := k.treatment
		k.treatment = t
		switch m := k.microphone; {
		case m == nil || t == was:
		case t.Music != was.Music:
			local := k.localState()
			k.stopMicrophoneDevice()
			k.startMicrophone(local.Microphone, local.MicrophoneOn)
		default:
			m.sender.SetProcessing(t.processing())
		}
	})
}
