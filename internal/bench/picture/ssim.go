package picture

import (
	"fmt"

	"foyer/media/video"
)

// SSIM is the mean structural similarity (Wang et al. 2004) of two pictures'
// luma: windows of 8x8 pixels, step apart (4 is usual; more is quicker), each
// weighing the same. got is scaled up to want's size where it came smaller.
func SSIM(want, got *video.Frame, step int) (float64, error) {
	if got.Width != want.Width || got.Height != want.Height {
		var pool video.Pool
		scaled := pool.Get(want.Width, want.Height)
		defer scaled.Release()
		video.Scale(scaled, got)
		got = scaled
	}
	const side = 8
	if want.Width < side || want.Height < side || step < 1 {
		return 0, fmt.Errorf("compare pictures of %dx%d every %d pixels", want.Width, want.Height, step)
	}
	const (
		n  = side * side
		c1 = (0.01 * 255) * (0.01 * 255)
		c2 = (0.03 * 255) * (0.03 * 255)
	)
	sum, windows := 0.0, 0
	for y := 0; y+side <= want.Height; y += step {
		for x := 0; x+side <= want.Width; x += step {
			var a, b, aa, bb, ab int
			for r := y; r < y+side; r++ {
				p := want.Y[r*want.YStride+x : r*want.YStride+x+side]
				q := got.Y[r*got.YStride+x : r*got.YStride+x+side]
				for i, u := range p {
					u, v := int(u), int(q[i])
					a, b = a+u, b+v
					aa, bb, ab = aa+u*u, bb+v*v, ab+u*v
				}
			}
			ma, mb := float64(a)/n, float64(b)/n
			va, vb, cov := float64(aa)/n-ma*ma, float64(bb)/n-mb*mb, float64(ab)/n-ma*mb
			sum += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
			windows++
		}
	}
	return sum / float64(windows), nil
}
