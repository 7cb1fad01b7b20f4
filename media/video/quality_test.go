package video

import (
	"math"
	"testing"
	"time"
)

func TestCardQuality(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	var q CardQuality
	for _, size := range cardSizes {
		f := drawn(size.w, size.h, 4711, at)
		if got := q.PSNR(f, 4711, at); got != 99 {
			t.Errorf("%v: a fresh card has %g dB", size, got)
		}
		// Each sample off by 4: 20 log10(255/4).
		for _, plane := range [][]byte{f.Y, f.U, f.V} {
			for i := range plane {
				plane[i] += 4
			}
		}
		if got := q.PSNR(f, 4711, at); math.Abs(got-36.09) > 0.01 {
			t.Errorf("%v: a card off by 4 has %g dB; want 36.09", size, got)
		}
	}
	f := drawn(640, 360, 4711, at)
	if got := q.PSNR(f, 4712, at.Add(700*time.Millisecond)); got > 25 {
		t.Errorf("another card has %g dB", got)
	}
	f.U, f.V = f.V, f.U
	if got := q.PSNR(f, 4711, at); got > 25 {
		t.Errorf("exchanged colours have %g dB", got)
	}
	f.Y = f.Y[:100]
	if got := q.PSNR(f, 4711, at); got != 0 {
		t.Errorf("a torn picture has %g dB", got)
	}
}

func TestCardQualityAllocatesNothing(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	f := drawn(640, 360, 4711, at)
	var q CardQuality
	q.PSNR(f, 4711, at)
	if n := testing.AllocsPerRun(20, func() { q.PSNR(f, 4711, at) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
