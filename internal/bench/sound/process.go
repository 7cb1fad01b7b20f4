package sound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"foyer/media/audio"
)

// Devices are two sound devices in simulated time.
type Devices struct {
	Drift  float64       // by how much the player's clock is fast, parts in a million
	Lump   int           // blocks that the player asks for at once; 0 is 1
	Jitter time.Duration // callbacks come late by up to this
}

// Processed is what became of a recording.
type Processed struct {
	Sound []float32
	Voice []bool        // voice activity of each block of 10 ms
	Spent time.Duration // on a block of 10 ms, by the clock: the median, as others may use the machine
}

// Process cleans what was recorded while far was played. far is in samples of the
// player's clock and may be nil; the recording is in those of the microphone's.
func Process(recorded, far []float32, p audio.Processing, d Devices) (*Processed, error) {
	tap := audio.NewTap(audio.BlockSamples)
	proc, err := audio.NewProcessor(tap, p)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer proc.Close()
	r := rand.New(rand.NewPCG(11, 12))
	late := func() float64 { return d.Jitter.Seconds() * r.Float64() }
	lump := max(d.Lump, 1)
	out := &Processed{Sound: append([]float32(nil), recorded...)}
	const block = audio.BlockSamples
	period := block / (audio.SampleRate * (1 + d.Drift*1e-6)) // of the player, seconds
	const begin = 1.0                                         // when both clocks are at sample 0
	played, spent := 0, make([]time.Duration, 0, len(recorded)/block)
	due := begin + late()
	for i := 0; (i+1)*block <= len(recorded); i++ {
		at := begin + float64(i+1)*0.01 + late() // a block comes when its last sample does
		for due <= at && (played+lump)*block <= len(far) {
			for range lump {
				tap.WriteAt(far[played*block:(played+1)*block], time.Duration(due*1e9))
				played++
			}
			due = begin + float64(played)*period + late()
		}
		from := time.Now()
		voice := proc.Capture(out.Sound[i*block:(i+1)*block], time.Duration(at*1e9))
		spent = append(spent, time.Since(from))
		out.Voice = append(out.Voice, voice)
	}
	slices.Sort(spent)
	if len(spent) > 0 {
		out.Spent = spent[len(spent)/2]
	}
	return out, nil
}

// Enhancement is the echo return loss enhancement in dB (ITU-T G.165, ERLE) over
// the parts of a recording where echo is heard.
func Enhancement(recorded, cleaned []float32) float64 {
	var in, out float64
	for i, on := range Active(recorded) {
		if on {
			in += energy(recorded[i*frame : (i+1)*frame])
			out += energy(cleaned[i*frame : min((i+1)*frame, len(cleaned))])
		}
	}
	return 10 * math.Log10(in/max(out, 1e-9))
}

// Converged is after how many seconds of echo the enhancement over half a second
// first reaches least dB; +Inf where it never does.
func Converged(recorded, cleaned []float32, least float64) float64 {
	const window = 25 // frames
	on := Active(recorded)
	heard := 0
	var in, out []float64
	for i := range on {
		if !on[i] {
			continue
		}
		heard++
		in = append(in, energy(recorded[i*frame:(i+1)*frame]))
		out = append(out, energy(cleaned[i*frame:(i+1)*frame]))
		if heard < window {
			continue
		}
		a, b := 0.0, 0.0
		for k := heard - window; k < heard; k++ {
			a, b = a+in[k], b+out[k]
		}
		if 10*math.Log10(a/max(b, 1e-9)) >= least {
			return float64(heard-window) * frame / audio.SampleRate
		}
	}
	return math.Inf(1)
}

// Lowered is by how many dB speech is softer in got than in want, over the frames
// where there is speech in want.
func Lowered(want, got []float32) float64 {
	var a, b float64
	n := min(len(want), len(got)) / frame
	for i, on := range Active(want[:n*frame]) {
		if on {
			a += energy(want[i*frame : (i+1)*frame])
			b += energy(got[i*frame : (i+1)*frame])
		}
	}
	return 10 * math.Log10(a/max(b, 1e-9))
}
