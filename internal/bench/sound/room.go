package sound

import (
	"math"
	"math/rand/v2"

	"foyer/media/audio"
)

// Room is a box with a loudspeaker and a microphone, and the devices' delay.
type Room struct {
	Name    string
	Size    [3]float64 // metres
	Speaker [3]float64
	Mic     [3]float64
	Absorb  float64 // of the walls, 0 to 1
	Delay   float64 // ms from the player's callback to the first sound at the microphone
	Loss    float64 // dB from what is played to what is recorded
}

// Rooms are a small office, a living room and a hall, at 20, 60 and 150 ms.
var Rooms = []Room{
	{"office", [3]float64{3, 4, 2.5}, [3]float64{1.2, 1.0, 0.8}, [3]float64{1.5, 1.3, 0.8}, 0.5, 20, 10},
	{"living room", [3]float64{5, 6, 2.7}, [3]float64{2.0, 1.5, 1.0}, [3]float64{2.6, 2.1, 0.9}, 0.35, 60, 10},
	{"hall", [3]float64{9, 12, 4}, [3]float64{4.0, 3.0, 1.2}, [3]float64{4.8, 4.0, 1.0}, 0.3, 150, 10},
}

// Response is the room's impulse response by the image-source method (Allen and
// Berkley, 1979), 300 ms long, devices' delay and loss in it.
func (r Room) Response() []float32 {
	const speed, length = 343.0, 0.3
	h := make([]float64, int(length*audio.SampleRate))
	reflect := math.Sqrt(1 - r.Absorb)
	order := int(length*speed/min(r.Size[0], r.Size[1], r.Size[2])/2) + 1
	first := distance(r.Speaker, r.Mic)
	for x := -order; x <= order; x++ {
		for y := -order; y <= order; y++ {
			for z := -order; z <= order; z++ {
				for q := range 8 {
					var image [3]float64
					bounces := 0
					for d, n := range [3]int{x, y, z} {
						s := 1.0
						if q>>d&1 == 1 {
							s = -1
						}
						image[d] = 2*float64(n)*r.Size[d] + s*r.Speaker[d]
						bounces += abs(n) + abs(n-q>>d&1)
					}
					far := distance(image, r.Mic)
					at := (far - first) / speed * audio.SampleRate
					if k := int(at); k+1 < len(h) {
						a := math.Pow(reflect, float64(bounces)) / far
						f := at - float64(k)
						h[k] += a * (1 - f)
						h[k+1] += a * f
					}
				}
			}
		}
	}
	sum := 0.0
	for _, v := range h {
		sum += v * v
	}
	gain := math.Pow(10, -r.Loss/20) / math.Sqrt(sum)
	lead := int(r.Delay / 1000 * audio.SampleRate)
	out := make([]float32, lead+len(h))
	for i, v := range h {
		out[lead+i] = float32(v * gain)
	}
	return out
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func abs(n int) int { return max(n, -n) }

// Echo is what of a sound comes back: through the room, recorded on a clock to
// which the player's is fast by drift parts in a million.
func Echo(far, response []float32, drift float64) []float32 {
	return Resample(Convolve(far, response), 1+drift*1e-6)
}

// Resample reads a sound at another pace, by windowed sinc interpolation.
func Resample(x []float32, pace float64) []float32 {
	if pace == 1 {
		return x
	}
	const half = 16
	out := make([]float32, len(x))
	for i := range out {
		at := float64(i) * pace
		whole := int(at)
		sum := 0.0
		for k := whole - half + 1; k <= whole+half; k++ {
			if k < 0 || k >= len(x) {
				continue
			}
			d := at - float64(k)
			w := 0.5 + 0.5*math.Cos(math.Pi*d/half)
			if d != 0 {
				w *= math.Sin(math.Pi*d) / (math.Pi * d)
			}
			sum += w * float64(x[k])
		}
		out[i] = float32(sum)
	}
	return out
}

// Hiss is a microphone's own noise at a level in dBov.
func Hiss(n int, level float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	a := math.Pow(10, level/20)
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(a * r.NormFloat64())
	}
	return x
}

// Sum adds sounds up, as long as the first.
func Sum(list ...[]float32) []float32 {
	out := append([]float32(nil), list[0]...)
	for _, x := range list[1:] {
		for i := range min(len(x), len(out)) {
			out[i] += x[i]
		}
	}
	return out
}
