package call

import "foyer/media/audio"

// Loudness is how loud a person, and what they share, is here: nobody else knows.
type Loudness struct {
	Volume float64 `json:"volume"` // gain, 0 to 2; 1 is as it was sent
	Muted  bool    `json:"muted"`  // not heard; Volume is kept
}

// LoudnessMax is the largest Volume.
const LoudnessMax = 2.0

func (l Loudness) gain() float64 {
	if l.Muted {
		return 0
	}
	return l.Volume
}

// SetLoudness sets how loud a person is here.
func (k *Call) SetLoudness(identity string, l Loudness) {
	l.Volume = min(max(l.Volume, 0), LoudnessMax)
	k.update(func() {
		k.loudness[identity] = l
		for _, v := range k.voices {
			if v.identity == identity {
				v.voice.SetVolume(l.gain())
			}
		}
	})
}

// loudnessOf is what holds for a person. k.mu is held.
func (k *Call) loudnessOf(identity string) Loudness {
	if l, ok := k.loudness[identity]; ok {
		return l
	}
	return Loudness{Volume: 1}
}

// Place puts people's voices between left (-1) and right (1); who is not in places,
// and all with nil, is in the middle. The call keeps places.
func (k *Call) Place(places map[string]float64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.places = places
	for _, v := range k.voices {
		if v.source == Microphone {
			v.voice.SetPlace(places[v.identity])
		}
	}
}

// Play sounds a cue, for us alone.
func (k *Call) Play(c audio.Cue) { k.mixer.Play(c.Samples()) }
