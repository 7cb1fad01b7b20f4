package audio

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Mixer adds up voices for the speaker. Render may be called on a device
// thread: it neither blocks, locks nor allocates. The other methods are safe for
// use by several goroutines.
type Mixer struct {
	mu     sync.Mutex // writers of voices and sounds
	voices atomic.Pointer[[]*Voice]
	sounds atomic.Pointer[sound] // newest first
	played atomic.Pointer[Tap]
	voice  [2 * BlockSamples]float32 // one voice's block
	sum    [2 * BlockSamples]float32
	mono   [BlockSamples]float32 // what is played, for the echo canceller
	meter  meter
}

// sound is one short sound being played once.
type sound struct {
	samples []float32
	at      atomic.Int64
	next    *sound
}

// NewMixer makes a mixer with no voices: silence.
func NewMixer() *Mixer {
	m := &Mixer{}
	m.voices.Store(&[]*Voice{})
	return m
}

// Render fills one interleaved stereo block of 2*BlockSamples.
func (m *Mixer) Render(block []float32) {
	clear(m.sum[:])
	for _, v := range *m.voices.Load() {
		part := m.voice[:v.channels*BlockSamples]
		v.render(part)
		if v.channels == 2 {
			for i, s := range part {
				m.sum[i] += s
			}
			continue
		}
		for i, s := range part {
			m.sum[2*i] += s
			m.sum[2*i+1] += s
		}
	}
	for s := m.sounds.Load(); s != nil; s = s.next {
		at := int(s.at.Load())
		if at >= len(s.samples) {
			continue
		}
		part := s.samples[at:min(at+BlockSamples, len(s.samples))]
		for i, x := range part {
			m.sum[2*i] += x
			m.sum[2*i+1] += x
		}
		s.at.Store(int64(at + len(part)))
	}
	for i, s := range m.sum {
		block[i] = limit(s)
	}
	for i := range m.mono {
		m.mono[i] = (block[2*i] + block[2*i+1]) / 2
	}
	m.meter.add(rms(m.mono[:]))
	if r := m.played.Load(); r != nil {
		r.Write(m.mono[:])
	}
}

// limit bends what is louder than -2 dBov, so that a crowd does not clip.
func limit(x float32) float32 {
	const knee = 0.8
	if x > -knee && x < knee {
		return x
	}
	over := (math.Abs(float64(x)) - knee) / (1 - knee)
	y := knee + (1-knee)*math.Tanh(over)
	return float32(math.Copysign(y, float64(x)))
}

// Played returns a tap into which everything rendered from now on is copied,
// mono, for an echo canceller. The newest caller gets it.
func (m *Mixer) Played() *Tap {
	t := NewTap(BlockSamples)
	m.played.Store(t)
	return t
}

// Play mixes in a short sound once (mono, 48 kHz), e.g. the speaker test.
func (m *Mixer) Play(samples []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Sounds that have ended go; those still heard are few.
	var live *sound
	for s := m.sounds.Load(); s != nil; s = s.next {
		if int(s.at.Load()) < len(s.samples) {
			// A copied node would be played twice for a moment: the list is only
			// cut where nothing behind it is heard any more.
			live = m.sounds.Load()
			break
		}
	}
	m.sounds.Store(&sound{samples: slices.Clone(samples), next: live})
}

// Level is how loud the whole mix is now, 0 to 1.
func (m *Mixer) Level() float64 { return m.meter.level() }

// Add makes a voice for one remote track of 1 or 2 channels. Close it when the
// track ends.
func (m *Mixer) Add(channels int) (*Voice, error) {
	v, err := newVoice(m, channels)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list := append(slices.Clone(*m.voices.Load()), v)
	m.voices.Store(&list)
	return v, nil
}

func (m *Mixer) remove(v *Voice) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*m.voices.Load()), func(o *Voice) bool { return o == v })
	m.voices.Store(&list)
}
