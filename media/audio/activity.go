package audio

import "math"

// activity tells speech from silence by levels after noise suppression, against
// a follower of the noise floor: cheap, and robust where pattern detectors take
// babble for speech. One goroutine.
type activity struct {
	floor  float64 // dBov; 0 before the first block
	on     bool
	loud   int // blocks in a row above the upper threshold
	quiet  int // blocks in a row below the lower one
	blocks int
}

const (
	voiceAbove   = 10.0  // dB above the floor: speech begins
	voiceBelow   = 6.0   // dB above the floor: speech ends
	voiceLeast   = -55.0 // dBov: less is never speech
	voiceAttack  = 3     // blocks
	voiceRelease = 30    // blocks: the pauses between words
	floorLeast   = -90.0 // dBov
	floorRise    = 0.02  // dB a block, 2 dB a second, in speech: it has pauses, noise has not
	floorClimb   = 0.1   // dB a block where there is none: other people's talk comes and goes
	floorFall    = 0.2   // of the way, a block
)

// add takes the RMS of the next block and says whether there is speech.
func (a *activity) add(rms float64) bool {
	level := max(decibels(rms), floorLeast)
	if a.blocks++; a.blocks == 1 {
		a.floor = min(level, -50) // a person may speak already
	}
	if level < a.floor {
		a.floor += (level - a.floor) * floorFall
	} else if a.on {
		a.floor += min(floorRise, level-a.floor)
	} else {
		a.floor += min(floorClimb, level-a.floor)
	}
	switch {
	case level > max(a.floor+voiceAbove, voiceLeast):
		a.loud, a.quiet = a.loud+1, 0
		if a.loud >= voiceAttack {
			a.on = true
		}
	case level < max(a.floor+voiceBelow, voiceLeast):
		a.loud = 0
		if a.quiet++; a.quiet >= voiceRelease {
			a.on = false
		}
	default:
		a.loud, a.quiet = 0, 0
	}
	return a.on
}

// now says whether this very block is speech, without the pauses that add bridges.
func (a *activity) now() bool { return a.on && a.quiet == 0 }

// automaticGain brings speech to one loudness, slowly, so that nobody's voice is
// lost or shouts. Noise is not lifted: it learns from speech only. One goroutine.
type automaticGain struct {
	level float64 // of speech, dBov; 0 before any was heard
	gain  float64 // dB
	was   float32 // factor at the end of the last block
}

const (
	gainTarget = -26.0 // dBov, RMS of speech
	gainMost   = 18.0  // dB
	gainLeast  = -9.0
	gainNoise  = -55.0 // dBov: noise is lifted to no more
	gainUp     = 0.03  // dB a block of speech
	gainDown   = 0.1
)

// add adjusts a block in place. speech says that it is speech, floor is the noise.
func (g *automaticGain) add(block []float32, speech bool, floor float64) {
	if g.was == 0 {
		g.was = 1
	}
	if speech {
		level := decibels(rms(block))
		if g.level == 0 {
			g.level = level
		}
		g.level += (level - g.level) / 100 // over a second
		want := min(max(gainTarget-g.level, gainLeast), gainMost)
		want = min(want, max(gainNoise-floor, 0))
		g.gain += min(max(want-g.gain, -gainDown), gainUp)
	}
	to := float32(math.Pow(10, g.gain/20))
	step := (to - g.was) / float32(len(block))
	for i, x := range block {
		g.was += step
		block[i] = rounded(x * g.was)
	}
	g.was = to
}

// rounded bends what a gain makes louder than -2 dBov, so that it does not clip.
func rounded(x float32) float32 {
	const knee = 0.8
	if x > -knee && x < knee {
		return x
	}
	over := (math.Abs(float64(x)) - knee) / (1 - knee)
	return float32(math.Copysign(knee+(1-knee)*math.Tanh(over), float64(x)))
}
