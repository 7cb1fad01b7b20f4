package audio

// Pitch lags that stretching looks for, in samples: 2.5 to 12.5 ms.
const (
	minLag   = 120
	maxLag   = 600
	lagStep  = 4
	lagMatch = 360 // samples compared
)

// bestLag finds the lag at which x repeats itself best; ok is false where
// cutting there could be heard. x has at least maxLag+lagMatch samples.
func bestLag(x []float32) (lag int, ok bool) {
	var energy float32
	for i := 0; i < lagMatch; i += lagStep {
		energy += x[i] * x[i]
	}
	if energy < 1e-5*lagMatch/lagStep { // below some -50 dBov anything goes
		return packetSamples / 2, true
	}
	best := float32(-1)
	for l := minLag; l <= maxLag; l += lagStep {
		var dot, other float32
		for i := 0; i < lagMatch; i += lagStep {
			dot += x[i] * x[i+l]
			other += x[i+l] * x[i+l]
		}
		if dot <= 0 || other <= 0 {
			continue
		}
		if c := dot * dot / (energy * other); c > best {
			best, lag = c, l
		}
	}
	return lag, best > 0.6
}

// accelerate shortens x in place by one pitch period without changing the
// pitch (overlap and add) and returns what is left of it.
func accelerate(x []float32) []float32 {
	lag, ok := bestLag(x)
	if !ok || len(x) < 2*lag {
		return x
	}
	for i := range lag {
		w := float32(i) / float32(lag)
		x[i] = x[i]*(1-w) + x[i+lag]*w
	}
	n := copy(x[lag:], x[2*lag:])
	return x[:lag+n]
}

// decelerate lengthens x by one pitch period. x's array must hold maxLag more.
func decelerate(x []float32) []float32 {
	lag, ok := bestLag(x)
	if !ok || lag > maxLag || len(x) < 2*lag || cap(x) < len(x)+lag {
		return x
	}
	n := len(x)
	x = x[:n+lag]
	copy(x[2*lag:], x[lag:n])
	// After the first period comes one that fades from the second back into the
	// first, so that the second can follow it again.
	for i := range lag {
		w := float32(i) / float32(lag)
		x[lag+i] = x[lag+i]*(1-w) + x[i]*w
	}
	return x
}
