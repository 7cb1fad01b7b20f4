package audio

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Mixer adds up voices for the speaker: each with its volume and place, shared
// sound lowered while somebody speaks, the whole limited. Render may be called on a
// device thread: it neither blocks, locks nor allocates. The other methods are safe
// for use by several goroutines.
type Mixer struct {
	mu     sync.Mutex // writers of voices and sounds
	voices atomic.Pointer[[]*Voice]
	sounds atomic.Pointer[[]*sound]
	played atomic.Pointer[Tap]
	voice  [2 * BlockSamples]float32 // one voice's block
	sum    [2 * BlockSamples]float32
	mono   [BlockSamples]float32 // what is played, for the echo canceller
	duck   ducking
	loud   float64 // level of the loudest voice in the last block
	limit  limiter
	meter  meter
}

// sound is one short sound being played once.
type sound struct {
	samples []float32
	at      atomic.Int64
}

func (s *sound) over() bool { return int(s.at.Load()) >= len(s.samples) }

// NewMixer makes a mixer with no voices: silence.
func NewMixer() *Mixer {
	m := &Mixer{limit: newLimiter()}
	m.voices.Store(&[]*Voice{})
	m.sounds.Store(&[]*sound{})
	return m
}

// Render fills one interleaved stereo block of 2*BlockSamples. What it renders is
// limiterStep (1 ms) old.
func (m *Mixer) Render(block []float32) {
	clear(m.sum[:])
	from, to := m.duck.next(m.loud)
	m.loud = 0
	for _, v := range *m.voices.Load() {
		part := m.voice[:v.channels*BlockSamples]
		v.render(part)
		f, t := float32(1), float32(1)
		if v.strip.shared.Load() {
			f, t = from, to
		} else {
			m.loud = max(m.loud, v.Level())
		}
		if v.channels == 2 {
			v.strip.stereo(m.sum[:], part, f, t)
		} else {
			v.strip.mono(m.sum[:], part, f, t)
		}
	}
	for _, s := range *m.sounds.Load() {
		if s.over() {
			continue
		}
		at := int(s.at.Load())
		part := s.samples[at:min(at+BlockSamples, len(s.samples))]
		for i, x := range part {
			m.sum[2*i] += x
			m.sum[2*i+1] += x
		}
		s.at.Store(int64(at + len(part)))
	}
	m.limit.process(block[:2*BlockSamples], m.sum[:])
	for i := range m.mono {
		m.mono[i] = (block[2*i] + block[2*i+1]) / 2
	}
	m.meter.add(rms(m.mono[:]))
	if r := m.played.Load(); r != nil {
		r.Write(m.mono[:])
	}
}

// Played returns a tap into which everything rendered from now on is copied,
// mono, for an echo canceller. The newest caller gets it.
func (m *Mixer) Played() *Tap {
	t := NewTap(BlockSamples)
	m.played.Store(t)
	return t
}

// Play mixes in a short sound once (mono, 48 kHz), e.g. the speaker test. It keeps
// samples, which must not change any more.
func (m *Mixer) Play(samples []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*m.sounds.Load()), (*sound).over)
	list = append(list, &sound{samples: samples})
	m.sounds.Store(&list)
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
