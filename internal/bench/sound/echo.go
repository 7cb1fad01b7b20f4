package sound

import (
	"time"

	"foyer/media/audio"
)

// EchoResult is how well echo is taken out in one room.
type EchoResult struct {
	Room        string  `json:"room"`
	Delay       float64 `json:"delayMs"`
	Drift       float64 `json:"driftPPM"`
	Seconds     float64 `json:"seconds"`
	Enhancement float64 `json:"erleDB"`      // from two seconds on
	Last        float64 `json:"erleLastDB"`  // in the last third
	Converged   float64 `json:"convergedS"`  // until half a second is 35 dB down
	Early       float64 `json:"erleEarlyDB"` // in the first two seconds
	Lowered     float64 `json:"loweredDB"`   // near-end speech in double talk
	Block       float64 `json:"blockUS"`     // processor time for 10 ms
}

// earlyFor is how long an echo canceller may take.
const earlyFor = 2 * audio.SampleRate

// MeasureEcho has somebody talk in a room while the far side is heard, and alone
// before. far and near are speech of the same length; gain is left alone.
func MeasureEcho(r Room, far, near []float32, d Devices) (EchoResult, error) {
	e := EchoResult{Room: r.Name, Delay: r.Delay, Drift: d.Drift, Seconds: float64(len(far)) / audio.SampleRate}
	echo := Echo(far, r.Response(), d.Drift)
	quiet := Hiss(len(echo), -80, 5)
	heard := Sum(echo, quiet)
	p := audio.Processing{GainOff: true}
	single, err := Process(heard, far, p, d)
	if err != nil {
		return e, err
	}
	e.Early = Enhancement(heard[:earlyFor], single.Sound[:earlyFor])
	e.Enhancement = Enhancement(heard[earlyFor:], single.Sound[earlyFor:])
	last := len(heard) * 2 / 3 / frame * frame
	e.Last = Enhancement(heard[last:], single.Sound[last:])
	e.Converged = Converged(heard, single.Sound, 35)
	e.Block = float64(single.Spent) / float64(time.Microsecond)

	begins := len(far) / 3 / frame * frame
	talk := append([]float32(nil), near...)
	clear(talk[:begins])
	both, err := Process(Sum(heard, talk), far, p, d)
	if err != nil {
		return e, err
	}
	lag := Align(talk, both.Sound, audio.SampleRate/10)
	e.Lowered = Lowered(talk[begins:len(talk)-lag], both.Sound[begins+lag:])
	return e, nil
}

// NoiseResult is how well a kind of noise is taken out.
type NoiseResult struct {
	Kind     string  `json:"kind"`
	Reduced  float64 `json:"reducedDB"` // in pauses
	Without  float64 `json:"distanceWithoutDB"`
	With     float64 `json:"distanceDB"`   // log-spectral, of speech
	Lowered  float64 `json:"loweredDB"`    // speech
	Voice    float64 `json:"voice"`        // share of speech that is taken for it, by blocks
	Mistaken float64 `json:"voiceInNoise"` // share of pauses that is
	Block    float64 `json:"blockUS"`
}

// Somebody talks for six of ten seconds, from the first pause on.
const (
	turn      = 10 * audio.SampleRate
	turnPause = 4 * audio.SampleRate
)

// MeasureNoise has somebody talk in noise. Both are of the same length, of at least
// two turns of ten seconds.
func MeasureNoise(kind string, near, noise []float32) (NoiseResult, error) {
	n := NoiseResult{Kind: kind}
	talk := append([]float32(nil), near...)
	for at := 0; at < len(talk); at += turn {
		clear(talk[at:min(at+turnPause, len(talk))])
	}
	heard := Sum(talk, noise)
	out, err := Process(heard, nil, audio.Processing{GainOff: true}, Devices{})
	if err != nil {
		return n, err
	}
	n.Block = float64(out.Spent) / float64(time.Microsecond)
	lag := Align(talk, out.Sound, audio.SampleRate/10)
	speech := len(talk) - lag
	n.Without = SpectralDistance(talk[:speech], heard)
	n.With = SpectralDistance(talk[:speech], out.Sound[lag:])
	n.Lowered = Lowered(talk[:speech], out.Sound[lag:])
	// The second half of each pause but the first, in which all begins.
	var before, after []float32
	for at := turn; at+turnPause <= len(talk); at += turn {
		from, to := at+turnPause/2, at+turnPause-frame
		before, after = append(before, heard[from:to]...), append(after, out.Sound[from:to]...)
	}
	n.Reduced = decibel(energy(before)/float64(max(len(before), 1))) - decibel(energy(after)/float64(max(len(after), 1)))
	loud := Active(talk)
	var speaks, taken, silent, mistaken int
	for i, v := range out.Voice {
		at := i * audio.BlockSamples
		switch {
		case at < turn:
		case at%turn >= turnPause:
			if i/2 < len(loud) && loud[i/2] {
				speaks++
				if v {
					taken++
				}
			}
		case at%turn >= turnPause/4:
			silent++
			if v {
				mistaken++
			}
		}
	}
	n.Voice = float64(taken) / float64(max(speaks, 1))
	n.Mistaken = float64(mistaken) / float64(max(silent, 1))
	return n, nil
}
