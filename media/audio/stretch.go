package audio

// Pitch lags that stretching looks for, in frames: 2.5 to 12.5 ms, which holds the
// pitch of voices from 80 to 400 Hz or a multiple of it.
const (
	minLag   = 120
	maxLag   = 600
	lagStep  = 4
	lagMatch = 360 // frames compared

	// stretchable is how many frames stretching wants to see: one period at least
	// before and one behind the cut.
	stretchable = 960
)

// quietEnergy is that of -50 dBov, below which a cut is not heard, per sample.
const quietEnergy = 1e-5

// stretcher makes sound shorter or longer by pitch periods: what repeats itself is
// left out or said twice, overlapped and added, and the pitch stays (WSOLA, Verhelst
// and Roelands 1993). For one thread; it allocates nothing.
type stretcher struct {
	channels int
	mono     [maxLag + lagMatch]float32
}

// lag finds the distance, at most longest, at which the interleaved x repeats itself
// best; ok is false where cutting there could be heard: it matches worse than least,
// 0 to 1. With long a longer one is taken if it is nearly as good. x has stretchable
// frames.
func (s *stretcher) lag(x []float32, longest int, least float32, long bool) (lag int, ok bool) {
	longest = min(longest, maxLag)
	if longest < minLag {
		return 0, false
	}
	if s.channels == 1 {
		copy(s.mono[:], x)
	} else {
		for i := range s.mono {
			s.mono[i] = (x[2*i] + x[2*i+1]) / 2
		}
	}
	var energy, loudest float32
	for i := 0; i < lagMatch; i += lagStep {
		energy += s.mono[i] * s.mono[i]
	}
	for i := lagMatch; i < len(s.mono); i += lagStep {
		loudest += s.mono[i] * s.mono[i]
	}
	if energy < quietEnergy*lagMatch/lagStep && loudest < quietEnergy*maxLag/lagStep {
		return longest, true
	}
	best := float32(0)
	for l := minLag; l <= longest; l += lagStep {
		c := s.match(l, lagStep, energy)
		if c > best || long && c > 0.95*best {
			best, lag = max(c, best), l
		}
	}
	if best < least*least {
		return 0, false
	}
	// At 12 kHz so far: now to the sample.
	energy = 0
	for _, v := range s.mono[:lagMatch] {
		energy += v * v
	}
	around := lag
	best = -1
	for l := max(around-lagStep+1, minLag); l <= min(around+lagStep-1, longest); l++ {
		if c := s.match(l, 1, energy); c > best {
			best, lag = c, l
		}
	}
	return lag, true
}

// match is the square of the normalised correlation at a lag, 0 where it is negative.
func (s *stretcher) match(lag, step int, energy float32) float32 {
	var dot, other float32
	a, b := s.mono[:lagMatch], s.mono[lag:lag+lagMatch]
	for i := 0; i < lagMatch; i += step {
		dot += a[i] * b[i]
		other += b[i] * b[i]
	}
	if dot <= 0 || other <= 0 || energy <= 0 {
		return 0
	}
	return dot * dot / (energy * other)
}

// accelerate shortens x in place by lag frames and returns what is left of it.
func (s *stretcher) accelerate(x []float32, lag int) []float32 {
	c := s.channels
	fade := min(lag, len(x)/c-lag)
	for i := range fade {
		w := float32(i+1) / float32(fade+1)
		for j := range c {
			at := i*c + j
			x[at] = x[at]*(1-w) + x[at+lag*c]*w
		}
	}
	n := copy(x[fade*c:], x[(fade+lag)*c:])
	return x[:fade*c+n]
}

// decelerate lengthens x by lag frames. x's array must hold as many more.
func (s *stretcher) decelerate(x []float32, lag int) []float32 {
	n, l := len(x), lag*s.channels
	x = x[:n+l]
	copy(x[2*l:], x[l:n])
	// After the first period comes one that fades from the second back into the
	// first, so that the second can follow it again.
	for i := range lag {
		w := float32(i+1) / float32(lag+1)
		for j := range s.channels {
			at := i*s.channels + j
			x[l+at] = x[l+at]*(1-w) + x[at]*w
		}
	}
	return x
}

// mergeFade is how many frames of what was made up fade into what has come.
const mergeFade = 240

// join fades old, mergeFade frames that went on from what was played, into the
// interleaved x, beginning where x matches old best within the first search frames.
// It returns x without what lies before.
func (s *stretcher) join(old, x []float32, search int) []float32 {
	c := s.channels
	search = min(search, len(x)/c-mergeFade)
	if search < 0 {
		return x
	}
	at, best := 0, float32(0)
	var energy float32
	for i := 0; i < mergeFade*c; i += c {
		energy += old[i] * old[i]
	}
	if energy > quietEnergy*mergeFade {
		for o := 0; o <= search; o += lagStep {
			var dot, other float32
			for i := 0; i < mergeFade*c; i += c * lagStep {
				v := x[o*c+i]
				dot += old[i] * v
				other += v * v
			}
			if dot > 0 && dot*dot > best*other {
				at, best = o, dot*dot/other
			}
		}
	}
	x = x[at*c:]
	for i := range mergeFade {
		w := float32(i+1) / (mergeFade + 1)
		for j := range c {
			k := i*c + j
			x[k] = old[k]*(1-w) + x[k]*w
		}
	}
	return x
}
