package sound

import (
	"math"
	"slices"
	"time"
)

// speechStep is what speech is compared in.
const speechStep = 5 * time.Millisecond

// steps is the loudness of each 5 ms, as RMS.
func (w Wave) steps() []float64 {
	n := int(w.Length() / speechStep)
	out := make([]float64, n)
	for i := range out {
		from, to := i*w.Rate/200, (i+1)*w.Rate/200
		for _, x := range w.Samples[from:to] {
			out[i] += x * x
		}
		out[i] = math.Sqrt(out[i] / float64(to-from))
	}
	return out
}

// Word is a stretch of speech between pauses.
type Word struct {
	From, To time.Duration // in what was said
	At       time.Duration // where it was heard
	Likeness float64       // of how its loudness moves, -1 to 1
	Gap      time.Duration // the longest silence in it where it was not silent
}

// Present says that it was heard whole.
func (w Word) Present() bool { return w.Likeness > 0.6 }

// Limits of a comparison.
const (
	pauseLength = 60 * time.Millisecond // between words
	shortest    = 80 * time.Millisecond // of a word
	pauseBelow  = 0.04                  // of the loudest: -28 dB
	gapBelow    = 0.05                  // of what there should be: -26 dB
	wander      = 150 * time.Millisecond
)

// Words compares what was heard with what was said, word by word: each may have
// wandered a little, as jitter buffers stretch time.
func (w Wave) Words(said Wave) []Word {
	want, got := said.smooth(), w.smooth()
	_, at := w.Find(said)
	base := int(at / speechStep)
	loudest := 0.0
	for _, x := range want {
		loudest = max(loudest, x)
	}
	var words []Word
	for from := 0; from < len(want); from++ {
		if want[from] < pauseBelow*loudest {
			continue
		}
		to := from
		for quiet := 0; to < len(want) && quiet < int(pauseLength/speechStep); to++ {
			if quiet++; want[to] >= pauseBelow*loudest {
				quiet = 0
			}
		}
		for to > from && want[to-1] < pauseBelow*loudest {
			to--
		}
		if to-from >= int(shortest/speechStep) {
			w := word(want, got, from, to, base)
			if w.Present() {
				base = int((w.At - w.From) / speechStep) // the next one has wandered as far
			}
			words = append(words, w)
		}
		from = to
	}
	return words
}

// smooth is steps without what is shorter than a pitch period.
func (w Wave) smooth() []float64 {
	s := w.steps()
	out := make([]float64, len(s))
	for i := range s {
		part := s[max(0, i-1):min(len(s), i+2)]
		for _, x := range part {
			out[i] += x / float64(len(part))
		}
	}
	return out
}

// word finds want[from:to] in what was heard, near base+from.
func word(want, got []float64, from, to, base int) Word {
	w := Word{From: time.Duration(from) * speechStep, To: time.Duration(to) * speechStep}
	// With the pauses around it, so that a steady vowel has a shape too.
	const edge = 8
	a, b := max(0, from-edge), min(len(want), to+edge)
	best := -1
	for lag := -int(wander / speechStep); lag <= int(wander/speechStep); lag++ {
		at := base + a + lag
		if at < 0 || at+b-a > len(got) {
			continue
		}
		if c := correlate(got[at:at+b-a], want[a:b]); c > w.Likeness || best < 0 {
			best, w.Likeness = at-a, c
		}
	}
	if best < 0 {
		w.Gap = w.To - w.From
		return w
	}
	w.At = time.Duration(best+from) * speechStep
	// How loud it is against what was said: gain control is none of a gap.
	var gains []float64
	for i := from; i < to; i++ {
		gains = append(gains, got[best+i]/want[i])
	}
	slices.Sort(gains)
	gain := gains[len(gains)*3/4]
	loudest := slices.Max(want[from:to])
	silent := 0
	for i := from; i < to; i++ {
		near := got[max(0, best+i-1):min(len(got), best+i+2)] // edges wander
		if want[i] < loudest/10 || slices.Max(near) > gapBelow*gain*want[i] {
			silent = 0
			continue
		}
		silent++
		w.Gap = max(w.Gap, time.Duration(silent+2)*speechStep)
	}
	return w
}
