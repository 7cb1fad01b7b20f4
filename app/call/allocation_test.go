package call

import (
	"testing"
	"time"

	"foyer/media/video"
)

func rungs() []*layer {
	var list []*layer
	for _, l := range video.Ladder(1280, 720, 30) {
		list = append(list, &layer{Layer: l})
	}
	return list
}

func TestLayersAreDroppedAndRestoredInOrder(t *testing.T) {
	layers := rungs()
	var a allocation
	now := time.Unix(0, 0)
	kept := func(share int) int {
		now = now.Add(time.Second / 30)
		n := 0
		sum := 0
		for i, r := range a.divide(layers, share, now) {
			sum += r
			if r > 0 {
				if n != i {
					t.Fatalf("layer %d without the ones below it", i)
				}
				n = i + 1
			}
			if i < len(layers) && r > layers[i].BitRate {
				t.Fatalf("layer %d gets %d", i, r)
			}
		}
		if sum > share && n > 1 {
			t.Fatalf("%d given of %d", sum, share)
		}
		return n
	}
	if n := kept(3_000_000); n != 3 {
		t.Fatalf("%d layers at first, want all", n)
	}
	if n := kept(300_000); n != 1 {
		t.Errorf("%d layers at 300 kbit/s", n)
	}
	if n := kept(3_000_000); n != 1 {
		t.Errorf("%d layers at once after a drop", n)
	}
	var came []int
	for range 300 {
		if n := kept(3_000_000); len(came) == 0 || came[len(came)-1] != n {
			came = append(came, n)
		}
	}
	if len(came) != 3 || came[0] != 1 || came[1] != 2 || came[2] != 3 {
		t.Errorf("restored as %v, want one by one", came)
	}
	// An estimate that wavers changes nothing.
	top := layers[2].BitRate
	below := layers[0].BitRate + layers[1].BitRate
	for i := range 300 {
		if n := kept(below + top*(45+10*(i%2))/100); n != 3 {
			t.Fatalf("the top layer goes at a wavering estimate")
		}
	}
	if n := kept(0); n != 1 {
		t.Errorf("%d layers with nothing to give", n)
	}
}

func TestDebt(t *testing.T) {
	var d debt
	now := time.Unix(0, 0)
	d.add(400_000, now, 1_000_000)
	if !d.deep(now, 1_000_000) {
		t.Error("400 ms ahead is not deep")
	}
	if d.deep(now.Add(150*time.Millisecond), 1_000_000) {
		t.Error("250 ms ahead is deep")
	}
	if d.deep(now.Add(time.Hour), 1_000_000) || d.bits != 0 {
		t.Errorf("%f bits after an hour", d.bits)
	}
}

// A picture of 100 kB goes out at the rate, a small one at once.
func TestPaceSpreadsLargePictures(t *testing.T) {
	var p pace
	quit := make(chan struct{})
	began := time.Now()
	for range 6 {
		if !p.wait(1200, 10_000_000, paceBurst, quit) {
			t.Fatal("ended")
		}
	}
	small := time.Since(began)
	began = time.Now()
	for range 84 {
		p.wait(1200, 10_000_000, paceBurst, quit)
	}
	if d := time.Since(began); d < 50*time.Millisecond || d < small {
		t.Errorf("100 kB at 10 Mbit/s took %v", d)
	}
	close(quit)
	for range 200 {
		if !p.wait(1200, 100_000, paceBurst, quit) {
			return
		}
	}
	t.Error("goes on after quit")
}
