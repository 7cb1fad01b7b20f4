package audio

import (
	"math"
	"sync"
)

// Cue is a short sound that tells of something in a meeting: mono, at most 400 ms,
// about -20 dBov at its loudest.
type Cue int

const (
	CueJoin    Cue = iota // somebody came: two notes up
	CueLeave              // somebody left: two notes down, lower
	CueHand               // a hand went up: a fifth
	CueMessage            // a line of chat: one short drop
)

// note is one struck note.
type note struct {
	hz, glide float64 // at the start; and how much of it the pitch rises at once
	at        float64 // seconds
	decay     float64 // seconds to a third
	gain      float64
}

// cues are the notes of each. All lie in A major, so that none jars with another.
var cues = [...]struct {
	length float64 // seconds
	notes  []note
	once   sync.Once
	made   []float32
}{
	CueJoin:    {length: 0.38, notes: []note{{659.26, 0, 0, 0.07, 0.8}, {880, 0, 0.085, 0.10, 1}}},
	CueLeave:   {length: 0.38, notes: []note{{554.37, 0, 0, 0.07, 1}, {369.99, 0, 0.085, 0.10, 0.9}}},
	CueHand:    {length: 0.39, notes: []note{{440, 0, 0, 0.13, 0.8}, {659.26, 0, 0.012, 0.13, 1}, {1318.51, 0, 0.024, 0.07, 0.35}}},
	CueMessage: {length: 0.14, notes: []note{{1108.73, -0.25, 0, 0.035, 1}}},
}

// Samples are the cue's sound at 48 kHz; nobody may change them.
func (c Cue) Samples() []float32 {
	cue := &cues[c]
	cue.once.Do(func() { cue.made = strike(cue.notes, cue.length) })
	return cue.made
}

// cueLevel is the root mean square of a cue's loudest 40 ms: -20 dBov.
const cueLevel = 0.1

// strike plays notes as soft mallets on wood do: a rounded beginning, overtones that
// die first.
func strike(notes []note, length float64) []float32 {
	x := make([]float64, int(length*SampleRate))
	for _, n := range notes {
		phase := 0.0
		for i := int(n.at * SampleRate); i < len(x); i++ {
			t := float64(i)/SampleRate - n.at
			phase += 2 * math.Pi * n.hz * (1 + n.glide*math.Exp(-t/0.015)) / SampleRate
			begin := 1.0
			if t < 0.006 {
				begin = (1 - math.Cos(math.Pi*t/0.006)) / 2
			}
			body := math.Exp(-t / n.decay)
			x[i] += n.gain * begin * body *
				(math.Sin(phase) + 0.22*body*math.Sin(2*phase) + 0.10*body*body*math.Sin(4*phase))
		}
	}
	const fade = SampleRate * 30 / 1000 // to silence at the end
	for i := range fade {
		x[len(x)-1-i] *= float64(i) / fade
	}
	const window = SampleRate * 40 / 1000
	most, sum := 0.0, 0.0
	for i, s := range x {
		if sum += s * s; i >= window {
			sum -= x[i-window] * x[i-window]
		}
		most = max(most, sum/window)
	}
	out := make([]float32, len(x))
	for i, s := range x {
		out[i] = float32(s * cueLevel / math.Sqrt(most))
	}
	return out
}

// Chime is a short rising chord for trying a speaker: mono, 48 kHz, one second.
func Chime() []float32 {
	x := make([]float32, SampleRate)
	for n, hz := range []float64{523.25, 659.25, 783.99} { // C, E, G
		from := n * SampleRate / 8
		for i := from; i < len(x); i++ {
			t := float64(i-from) / SampleRate
			attack := min(t/0.01, 1)
			x[i] += float32(0.12 * attack * math.Exp(-4*t) * math.Sin(2*math.Pi*hz*t))
		}
	}
	return x
}
