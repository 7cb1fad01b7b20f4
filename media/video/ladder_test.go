package video

import (
	"slices"
	"testing"
)

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		w, h int
		rate float64
		want []Layer
	}{
		{1280, 720, 30, []Layer{{"q", 320, 180, 30, 160_000}, {"h", 640, 360, 30, 450_000}, {"f", 1280, 720, 30, 1_700_000}}},
		{720, 1280, 30, []Layer{{"q", 180, 320, 30, 160_000}, {"h", 360, 640, 30, 450_000}, {"f", 720, 1280, 30, 1_700_000}}},
		{1920, 1080, 30, []Layer{{"q", 480, 270, 30, 280_833}, {"h", 960, 540, 30, 800_000}, {"f", 1920, 1080, 30, 3_000_000}}},
		{3840, 2160, 30, []Layer{{"q", 960, 540, 30, 800_000}, {"h", 1920, 1080, 30, 3_000_000}, {"f", 3840, 2160, 30, 3_000_000}}},
		{960, 540, 30, []Layer{{"q", 240, 136, 30, 119_555}, {"h", 480, 270, 30, 280_833}, {"f", 960, 540, 30, 800_000}}},
		{958, 540, 30, []Layer{{"q", 480, 270, 30, 280_833}, {"h", 958, 540, 30, 798_687}}},
		{640, 480, 30, []Layer{{"q", 320, 240, 30, 192_222}, {"h", 640, 480, 30, 543_333}}},
		{360, 640, 30, []Layer{{"q", 180, 320, 30, 160_000}, {"h", 360, 640, 30, 450_000}}},
		{480, 270, 30, []Layer{{"q", 240, 136, 30, 119_555}, {"h", 480, 270, 30, 280_833}}},
		{478, 270, 30, []Layer{{"q", 478, 270, 30, 279_927}}},
		{160, 90, 30, []Layer{{"q", 160, 90, 30, 90_000}}},
		{64, 36, 30, []Layer{{"q", 64, 36, 30, 90_000}}},
		{641, 361, 30, []Layer{{"q", 322, 182, 30, 161_684}, {"h", 642, 362, 30, 452_435}}}, // odd sizes grow
		{1280, 720, 15, []Layer{{"q", 320, 180, 15, 104_000}, {"h", 640, 360, 15, 292_500}, {"f", 1280, 720, 15, 1_105_000}}},
		{320, 180, 60, []Layer{{"q", 320, 180, 60, 160_000}}},
		{320, 180, 0, []Layer{{"q", 320, 180, 0, 160_000}}}, // rate unknown
	} {
		same := func(a, b Layer) bool {
			off := a.BitRate - b.BitRate
			a.BitRate = b.BitRate
			return a == b && -1 <= off && off <= 1 // rounding
		}
		if got := Ladder(c.w, c.h, c.rate); !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%dx%d at %g:\n got %v\nwant %v", c.w, c.h, c.rate, got, c.want)
		}
	}
}

// What the sender and the server rely on, whatever a camera says it has.
func TestLaddersAreOrdered(t *testing.T) {
	names := map[int][]string{1: {"q"}, 2: {"q", "h"}, 3: {"q", "h", "f"}}
	for w := 2; w <= 2600; w += 37 {
		for h := 2; h <= 2600; h += 41 {
			ls := Ladder(w, h, 30)
			want := 1
			if m := max(even(w), even(h)); m >= 960 {
				want = 3
			} else if m >= 480 {
				want = 2
			}
			if len(ls) != want {
				t.Fatalf("%dx%d has %d layers; want %d", w, h, len(ls), want)
			}
			for i, l := range ls {
				if l.RID != names[want][i] {
					t.Errorf("%dx%d: layer %d of %d is %q", w, h, i, want, l.RID)
				}
				if l.Width&1 != 0 || l.Height&1 != 0 || l.Width < 2 || l.Height < 2 {
					t.Errorf("%dx%d: layer %q is %dx%d", w, h, l.RID, l.Width, l.Height)
				}
				if l.BitRate < 90_000 || l.BitRate > 3_000_000 {
					t.Errorf("%dx%d: layer %q has %d bit/s", w, h, l.RID, l.BitRate)
				}
				if i > 0 && (l.Width < ls[i-1].Width || l.Height < ls[i-1].Height || l.BitRate < ls[i-1].BitRate) {
					t.Errorf("%dx%d: layer %v follows %v", w, h, l, ls[i-1])
				}
			}
			if full := ls[len(ls)-1]; full.Width != even(w) || full.Height != even(h) {
				t.Errorf("%dx%d: the best layer is %dx%d", w, h, full.Width, full.Height)
			}
		}
	}
}

func TestFewerFramesNeedFewerBitsButNotInProportion(t *testing.T) {
	rate := func(fps float64) int { return Ladder(320, 180, fps)[0].BitRate }
	for fps := 2.0; fps <= 30; fps++ {
		less, more := rate(fps-1), rate(fps)
		if less >= more {
			t.Errorf("%g fps takes %d bit/s, %g fps %d", fps-1, less, fps, more)
		}
		if float64(more) < float64(rate(30))*fps/30 {
			t.Errorf("%g fps takes %d bit/s: less for each frame than at 30", fps, more)
		}
	}
}

func TestScreenLayer(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want Layer
	}{
		{800, 600, Layer{"f", 800, 600, 15, 1_500_000}},
		{1280, 720, Layer{"f", 1280, 720, 15, 1_500_000}},
		{1366, 768, Layer{"f", 1366, 768, 15, 2_500_000}},
		{1080, 1920, Layer{"f", 1080, 1920, 15, 2_500_000}},
		{1920, 1200, Layer{"f", 1920, 1200, 15, 4_000_000}},
		{2560, 1440, Layer{"f", 2560, 1440, 15, 4_000_000}},
		{3840, 2160, Layer{"f", 3840, 2160, 15, 6_000_000}},
		{1367, 769, Layer{"f", 1368, 770, 15, 2_500_000}},
	} {
		if got := ScreenLayer(c.w, c.h, 15); got != c.want {
			t.Errorf("%dx%d: got %v; want %v", c.w, c.h, got, c.want)
		}
	}
}
