package audio

import "math"

const (
	noiseOrder = 10
	// noiseFrames is how much of the background its colour is taken from.
	noiseFrames = 480
	// noiseMemory is over how many blocks of 10 ms the quietest is looked for.
	noiseMemory = 300
	// noiseFade is what is left of the comfort noise after each block while nothing
	// comes: 20 dB less after two seconds.
	noiseFade = 0.9886
	// noiseLoudest bounds it, -40 dBov: nobody's background is louder, but a tone is.
	noiseLoudest = 0.01
)

// comfort makes noise as loud and of the same colour as what is heard behind a voice
// when it is silent (in the manner of RFC 3389, without its packets). For one thread;
// it allocates nothing.
type comfort struct {
	a       [noiseOrder + 1]float64 // the colour: an all-pole filter
	gain    float64
	level   float64 // RMS of the background; 0: not known
	quiet   float64 // the quietest of this stretch of time
	coming  [noiseOrder + 1]float64
	comingG float64
	blocks  int
	fade    float64
	past    [2][noiseOrder]float64
	seed    uint32
	window  [noiseFrames]float64
}

// hear learns from sound that came, interleaved, of at least noiseFrames frames.
func (c *comfort) hear(x []float32, channels int) {
	if len(x) < noiseFrames*channels {
		return
	}
	x = x[:noiseFrames*channels]
	c.blocks++
	level := rms(x)
	if c.quiet == 0 || level < c.quiet {
		c.quiet = max(level, 1e-7)
		c.analyse(x, channels)
	}
	if c.quiet < c.level || c.level == 0 || c.blocks >= noiseMemory {
		c.level, c.a, c.gain = c.quiet, c.coming, c.comingG
	}
	if c.blocks >= noiseMemory {
		c.blocks, c.quiet = 0, 0
	}
}

// analyse finds the filter by the autocorrelation method (Levinson and Durbin).
func (c *comfort) analyse(x []float32, channels int) {
	for i := range c.window {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/noiseFrames)
		c.window[i] = float64(x[i*channels]) * w
	}
	var r [noiseOrder + 1]float64
	for l := range r {
		for i := l; i < noiseFrames; i++ {
			r[l] += c.window[i] * c.window[i-l]
		}
	}
	r[0] = r[0]*1.001 + 1e-12
	a := [noiseOrder + 1]float64{1}
	e := r[0]
	for i := 1; i <= noiseOrder; i++ {
		k := r[i]
		for j := 1; j < i; j++ {
			k += a[j] * r[i-j]
		}
		k /= -e
		b := a
		for j := 1; j < i; j++ {
			a[j] = b[j] + k*b[i-j]
		}
		a[i] = k
		e *= 1 - k*k
	}
	// Blunter than it was: a filter that rings is no background.
	g := 1.0
	for i := range a {
		a[i] *= g
		g *= 0.97
	}
	c.coming, c.comingG = a, math.Sqrt(max(e, 0)/(noiseFrames*0.375)) // 0.375: the window's power
}

// restart makes the noise as loud as the background again: something has come.
func (c *comfort) restart() { c.fade = 1 }

// fill fills a block of interleaved frames. fading makes it go away slowly.
func (c *comfort) fill(block []float32, channels int, fading bool) {
	if c.level == 0 || c.fade < 0.001 {
		clear(block)
		return
	}
	gain := c.gain * math.Sqrt(3) * c.fade // a uniform excitation has a third of its square
	if c.level > noiseLoudest {
		gain *= noiseLoudest / c.level
	}
	for i := 0; i < len(block); i += channels {
		for ch := range channels {
			c.seed = c.seed*1664525 + 1013904223
			y := gain * float64(int32(c.seed)) / (1 << 31)
			p := &c.past[ch]
			for j := range p {
				y -= c.a[j+1] * p[j]
			}
			copy(p[1:], p[:noiseOrder-1])
			p[0] = y
			block[i+ch] = float32(y)
		}
	}
	if fading {
		c.fade *= math.Pow(noiseFade, float64(len(block)/channels)/BlockSamples)
	}
}
