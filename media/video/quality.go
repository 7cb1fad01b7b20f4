package video

import (
	"image"
	"math"
	"time"
)

// CardQuality compares received cards with those drawn. The zero value is ready;
// not safe for use by several goroutines. While the size stays it allocates nothing.
type CardQuality struct {
	card *Card
	want *Frame
	pool Pool
}

// PSNR is how near f comes to card number n drawn at a time in f's size: the peak
// signal-to-noise ratio of all samples of the three planes, 8 bits, in dB (ITU-T
// J.340). It is at most 99, and 0 where f is malformed. The clock's line is left
// out: cards that other programs draw have none.
func (q *CardQuality) PSNR(f *Frame, n uint32, at time.Time) float64 {
	if !f.whole() {
		return 0
	}
	if q.want == nil || q.want.Width != f.Width || q.want.Height != f.Height {
		if q.want != nil {
			q.want.Release()
		}
		q.card, q.want = NewCard(f.Width, f.Height), q.pool.Get(f.Width, f.Height)
	}
	q.card.Draw(q.want, n, at)
	r := image.Rect(0, 0, f.Width, max(q.card.clockTop(), 0)&^1)
	half := image.Rect(0, 0, r.Max.X/2, r.Max.Y/2)
	sum := squares(f.Y, f.YStride, q.want.Y, q.want.YStride, r) +
		squares(f.U, f.CStride, q.want.U, q.want.CStride, half) + squares(f.V, f.CStride, q.want.V, q.want.CStride, half)
	samples := r.Dx()*r.Dy() + 2*half.Dx()*half.Dy()
	if samples == 0 || sum == 0 {
		return 99
	}
	return min(99, 10*math.Log10(255*255*float64(samples)/float64(sum)))
}

// squares sums the squared differences of two planes in r.
func squares(a []byte, aStride int, b []byte, bStride int, r image.Rectangle) (sum uint64) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		p, q := a[y*aStride+r.Min.X:y*aStride+r.Max.X], b[y*bStride+r.Min.X:y*bStride+r.Max.X]
		for i, v := range p {
			d := int32(v) - int32(q[i])
			sum += uint64(d * d)
		}
	}
	return sum
}
