package audio

import (
	"math"
	"time"
)

// reference gives an echo canceller one block of what is played for each block
// that is recorded, on the microphone's clock: the two devices' clocks differ by
// some 50 parts in a million, and an echo path that moves is never learnt well.
//
// Where a device is follows from the times of its callbacks: what was played is
// read at a fixed lag behind them and re-sampled by the little that the clocks
// differ. One goroutine.
type reference struct {
	tap     *Tap
	past    []float32 // a ring, indexed by sample since the beginning
	have    int64     // samples that came
	at      time.Duration
	pos     float64 // of the next sample to give, since the beginning
	running bool

	lag    float64 // behind the player, in samples, smoothed
	target float64 // what lag is to be
	drift  float64 // how much faster the player's clock is
	blocks int     // since it runs
}

const (
	referencePast = 1 << 15 // samples, 680 ms
	referenceGone = 100 * time.Millisecond
	referenceSlip = SampleRate / 50 // 20 ms: what is not made up for by re-sampling
	referenceMost = 500e-6          // re-sampling
	// A loop of 5 s, critically damped: slow against the callbacks' jitter.
	referencePull  = 1.0 / (5 * SampleRate)
	referenceLearn = SampleRate * referencePull * referencePull / 4 * BlockSamples / SampleRate
	referenceSpare = 2 * SampleRate / 1000
)

func newReference(t *Tap) *reference {
	return &reference{tap: t, past: make([]float32, referencePast)}
}

// next fills one block of what was played for a block recorded at a time (since
// the clock's beginning). It says false where nothing is being played: silence.
func (r *reference) next(out []float32, at time.Duration) bool {
	for b, t := r.tap.next(); b != nil; b, t = r.tap.next() {
		for i, x := range b {
			r.past[(r.have+int64(i))&(referencePast-1)] = x
		}
		r.have += int64(len(b))
		r.at = t
		r.tap.done()
	}
	since := at - r.at
	if r.have == 0 || since > referenceGone || since < -referenceGone {
		r.running = false
		clear(out)
		return false
	}
	// Where the player is now, were its blocks not lumps.
	player := float64(r.have) + since.Seconds()*SampleRate
	need := float64(BlockSamples + sincTaps)
	if !r.running {
		r.running, r.blocks = true, 0
		r.target = max(r.target, need+max(since.Seconds(), 0)*SampleRate+referenceSpare)
		r.pos, r.lag = player-r.target, r.target
	}
	lag := player - r.pos
	r.blocks++
	r.lag += (lag - r.lag) / float64(min(r.blocks, 100))
	err := r.lag - r.target
	switch {
	case r.pos+need > float64(r.have):
		// The next block is not there yet: the callbacks' beat is another than at the start.
		back := r.pos + need - float64(r.have) + referenceSpare
		r.pos -= back
		r.lag += back
		r.target = min(max(r.target, r.lag), referencePast/4)
	case math.Abs(err) > referenceSlip, math.Abs(err) > referenceSlip/8 && r.silent():
		r.pos += err
		r.lag = r.target
	default:
		r.drift = min(max(r.drift+err*referenceLearn, -referenceMost), referenceMost)
	}
	if r.pos < float64(r.have-referencePast+2*sincTaps) || r.pos+need > float64(r.have) {
		r.running = false
		clear(out)
		return false
	}
	step := 1 + min(max(r.drift+(r.lag-r.target)*referencePull, -referenceMost), referenceMost)
	for i := range out {
		out[i] = sincAt(r.past, r.pos)
		r.pos += step
	}
	return true
}

// silent says that nothing is heard where the next block is read.
func (r *reference) silent() bool {
	for i := range int64(2 * BlockSamples) {
		if x := r.past[(int64(r.pos)+i-BlockSamples/2)&(referencePast-1)]; x > 1e-4 || x < -1e-4 {
			return false
		}
	}
	return true
}

// Windowed sinc interpolation: sincTaps samples around a position, with a table of
// sincPhases fractions.
const (
	sincTaps   = 16
	sincPhases = 256
)

var sincTable = func() (t [sincPhases + 1][sincTaps]float32) {
	for p := range t {
		sum := 0.0
		var row [sincTaps]float64
		for k := range row {
			x := float64(k-sincTaps/2+1) - float64(p)/sincPhases
			w := 0.5 + 0.5*math.Cos(math.Pi*x/(sincTaps/2)) // Hann
			row[k] = w
			if x != 0 {
				row[k] = w * math.Sin(math.Pi*x) / (math.Pi * x)
			}
			sum += row[k]
		}
		for k := range row {
			t[p][k] = float32(row[k] / sum)
		}
	}
	return t
}()

// sincAt is a ring's value at a position; the ring's length is a power of two.
func sincAt(ring []float32, pos float64) float32 {
	whole := int64(math.Floor(pos))
	phase := (pos - float64(whole)) * sincPhases
	p := int(phase)
	f := float32(phase) - float32(p)
	a, b := &sincTable[p], &sincTable[p+1]
	first := whole - sincTaps/2 + 1
	mask := int64(len(ring) - 1)
	sum := float32(0)
	for k := range sincTaps {
		sum += ring[(first+int64(k))&mask] * (a[k] + f*(b[k]-a[k]))
	}
	return sum
}
