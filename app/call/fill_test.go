package call

import (
	"testing"
	"time"
)

func TestPaddingFillsWhatPicturesLeave(t *testing.T) {
	now := time.Unix(1000, 0)
	var f fill
	var sent uint64
	var padding int
	for i := range 300 { // ten seconds at 30 pictures a second, 200 kbit/s, some large
		now = now.Add(time.Second / 30)
		size := uint64(200_000 / 8 / 30)
		if i%30 == 0 {
			size = 10_000
		}
		sent += size
		padding += f.add(now, sent, 600_000)
	}
	total := float64(int(sent)*8+padding*fillLeast) / 10
	if total < 530_000 || total > 610_000 {
		t.Errorf("%.0f bit/s go out; want nearly 600000", total)
	}
	for range 10 {
		now = now.Add(time.Second / 30)
		if n := f.add(now, sent, 0); n != 0 {
			t.Fatalf("%d packets of padding where none are wanted", n)
		}
	}
	now = now.Add(time.Minute)
	if n := f.add(now, sent, 600_000); n > 30 {
		t.Errorf("%d packets of padding at once after a pause", n)
	}
}

func TestNoPaddingBesidePicturesThatFillTheRate(t *testing.T) {
	now := time.Unix(1000, 0)
	var f fill
	var sent uint64
	for range 300 {
		now = now.Add(time.Second / 30)
		sent += 700_000 / 8 / 30
		if n := f.add(now, sent, 600_000); n != 0 {
			t.Fatalf("%d packets of padding beyond the rate", n)
		}
	}
}
