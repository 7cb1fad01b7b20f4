package sound

import (
	"math"
	"math/bits"
	"math/cmplx"
	"slices"
)

// fft transforms in place; the length is a power of two.
func fft(x []complex128, inverse bool) {
	n := len(x)
	shift := 64 - bits.Len(uint(n-1))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); j > i {
			x[i], x[j] = x[j], x[i]
		}
	}
	sign := -2 * math.Pi
	if inverse {
		sign = -sign
	}
	for size := 2; size <= n; size *= 2 {
		step := cmplx.Rect(1, sign/float64(size))
		for from := 0; from < n; from += size {
			w := complex(1, 0)
			for k := range size / 2 {
				a, b := x[from+k], x[from+k+size/2]*w
				x[from+k], x[from+k+size/2] = a+b, a-b
				w *= step
			}
		}
	}
	if inverse {
		for i := range x {
			x[i] /= complex(float64(n), 0)
		}
	}
}

// Convolve is what a filter makes of a sound, as long as the sound.
func Convolve(x, h []float32) []float32 {
	size := 1
	for size < 4*len(h) {
		size *= 2
	}
	filter := make([]complex128, size)
	for i, v := range h {
		filter[i] = complex(float64(v), 0)
	}
	fft(filter, false)
	out := make([]float32, len(x)+size)
	part := make([]complex128, size)
	step := size - len(h) + 1
	for from := 0; from < len(x); from += step {
		clear(part)
		for i, v := range x[from:min(from+step, len(x))] {
			part[i] = complex(float64(v), 0)
		}
		fft(part, false)
		for i := range part {
			part[i] *= filter[i]
		}
		fft(part, true)
		for i, v := range part {
			if from+i < len(out) {
				out[from+i] += float32(real(v))
			}
		}
	}
	return out[:len(x)]
}

// Active says of each frame of 20 ms whether there is speech in it.
func Active(x []float32) []bool {
	l := levels(x)
	if len(l) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(l))
	least := sorted[int(0.95*float64(len(sorted)-1))] - 15
	on := make([]bool, len(l))
	for i, v := range l {
		on[i] = v >= least
	}
	return on
}

// bands is the power of a frame in bands of one third of an octave, 100 Hz to 8 kHz.
func bands(x []float32, from int) []float64 {
	const size = 2048
	part := make([]complex128, size)
	for i := range size {
		if at := from + i; at < len(x) {
			w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/size)
			part[i] = complex(w*float64(x[at]), 0)
		}
	}
	fft(part, false)
	var list []float64
	for f := 100.0; f < 8000; f *= math.Cbrt(2) {
		sum := 0.0
		for k := int(f / 48000 * size); k <= int(f*math.Cbrt(2)/48000*size); k++ {
			sum += real(part[k])*real(part[k]) + imag(part[k])*imag(part[k])
		}
		list = append(list, decibel(sum/size))
	}
	return list
}

// SpectralDistance is the log-spectral distance of a sound from what it should be,
// in dB over third octaves and the frames where there is speech: the root mean
// square within a frame, averaged. What is softer than 50 dB below the loudest
// band counts as that. Both must be aligned; one gain for all is left out.
func SpectralDistance(want, got []float32) float64 {
	n := min(len(want), len(got))
	on := Active(want[:n])
	var pairs [][2][]float64
	shift, count := 0.0, 0
	for i, active := range on {
		if !active || i*frame+2048 > n {
			continue
		}
		a, b := bands(want, i*frame), bands(got, i*frame)
		floor := slices.Max(a) - 50
		for k := range a {
			a[k] = max(a[k], floor)
			if a[k] > floor+20 {
				shift += max(b[k], floor) - a[k]
				count++
			}
		}
		pairs = append(pairs, [2][]float64{a, b})
	}
	shift /= float64(max(count, 1))
	sum := 0.0
	for _, p := range pairs {
		floor, square := slices.Max(p[0])-50, 0.0
		for k := range p[0] {
			d := max(p[1][k]-shift, floor) - p[0][k]
			square += d * d
		}
		sum += math.Sqrt(square / float64(len(p[0])))
	}
	return sum / float64(max(len(pairs), 1))
}

// Align is by how many samples got lags behind want, 0 to most, by their correlation.
func Align(want, got []float32, most int) int {
	size := 1
	n := min(len(want), len(got), 20*48000)
	for size < 2*n {
		size *= 2
	}
	a, b := make([]complex128, size), make([]complex128, size)
	for i := range n {
		a[i], b[i] = complex(float64(want[i]), 0), complex(float64(got[i]), 0)
	}
	fft(a, false)
	fft(b, false)
	for i := range a {
		a[i] = cmplx.Conj(a[i]) * b[i]
	}
	fft(a, true)
	best := 0
	for i := range most + 1 {
		if real(a[i]) > real(a[best]) {
			best = i
		}
	}
	return best
}
