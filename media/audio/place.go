package audio

import (
	"math"
	"sync/atomic"
)

// placeSpeed is how much of the way to a new place a block takes: a voice that is
// moved is there, all but a twentieth, in 130 ms.
const placeSpeed = 0.2

// strip is the mixer's part of a voice.
type strip struct {
	where  atomic.Uint32 // float32 bits: -1 (left) to 1
	shared atomic.Bool   // shared sound, not somebody's voice

	// The mixer's thread only.
	at          float32
	left, right float32 // gains at the end of the last block
	placed      bool
}

// SetPlace puts a voice of one channel somewhere from -1 (left) to 1 (right),
// equally loud everywhere; 0 is where voices are at first. It moves there without a
// click. Stereo keeps its own places.
func (v *Voice) SetPlace(x float64) {
	v.strip.where.Store(math.Float32bits(float32(min(max(x, -1), 1))))
}

// SetShared says that this is the sound of a shared screen: it steps back while
// somebody speaks.
func (v *Voice) SetShared(on bool) { v.strip.shared.Store(on) }

// gains of both sides, at equal power (constant sum of squares), 1 in the middle.
func gains(x float32) (left, right float32) {
	if x == 0 {
		return 1, 1
	}
	sin, cos := math.Sincos(float64(x+1) * math.Pi / 4)
	return float32(math.Sqrt2 * cos), float32(math.Sqrt2 * sin)
}

// mono adds a block of a voice to the sum, where the voice is.
func (s *strip) mono(sum, block []float32, from, to float32) {
	want := math.Float32frombits(s.where.Load())
	if !s.placed {
		s.at, s.placed = want, true
		s.left, s.right = gains(want)
	}
	if want != s.at {
		s.at += (want - s.at) * placeSpeed
		if d := want - s.at; d < 0.001 && d > -0.001 {
			s.at = want
		}
	}
	left, right := gains(s.at)
	if left == s.left && right == s.right && from == 1 && to == 1 {
		for i, x := range block {
			sum[2*i] += left * x
			sum[2*i+1] += right * x
		}
		return
	}
	n := float32(len(block))
	l, r := s.left*from, s.right*from
	dl, dr := (left*to-l)/n, (right*to-r)/n
	for i, x := range block {
		l += dl
		r += dr
		sum[2*i] += l * x
		sum[2*i+1] += r * x
	}
	s.left, s.right = left, right
}

// stereo adds a block of a voice of two channels to the sum.
func (s *strip) stereo(sum, block []float32, from, to float32) {
	by := (to - from) / float32(len(block)/2)
	for i := 0; i < len(block); i += 2 {
		from += by
		sum[i] += from * block[i]
		sum[i+1] += from * block[i+1]
	}
}
