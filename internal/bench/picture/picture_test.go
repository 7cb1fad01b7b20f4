package picture

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"foyer/media/codec"
	"foyer/media/video"
)

// The mark is read back at every size that a ladder has.
func TestMark(t *testing.T) {
	var pool video.Pool
	whole := pool.Get(1280, 720)
	s := NewNatural(1280, 720)
	for _, n := range []int{0, 1, 77, Loop - 1} {
		s.Draw(whole, n)
		for _, w := range []int{1280, 640, 320} {
			f := pool.Get(w, w*9/16)
			video.Scale(f, whole)
			if got, ok := ReadMark(f); !ok || got != n {
				t.Errorf("mark %d at %d wide reads %d, %v", n, w, got, ok)
			}
			f.Release()
		}
	}
	for y := range whole.Height {
		clear(whole.Y[y*whole.YStride : y*whole.YStride+whole.Width])
	}
	if n, ok := ReadMark(whole); ok {
		t.Errorf("a black picture reads %d", n)
	}
}

func TestSSIM(t *testing.T) {
	var pool video.Pool
	a, b := pool.Get(320, 180), pool.Get(320, 180)
	s := NewNatural(320, 180)
	s.Draw(a, 3)
	s.Draw(b, 3)
	same, err := SSIM(a, b, 4)
	if err != nil || math.Abs(same-1) > 1e-9 {
		t.Errorf("a picture is like itself to %g: %v", same, err)
	}
	for i := range b.Y {
		b.Y[i] = uint8(min(int(b.Y[i])+i%7*3, 255))
	}
	noisy, _ := SSIM(a, b, 4)
	s.Draw(b, Loop/2)
	other, _ := SSIM(a, b, 4)
	if noisy > 0.95 || other > 0.9 {
		t.Errorf("noisy %g, another picture %g", noisy, other)
	}
}

// What is written is what a camera of ours plays.
func TestY4M(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.y4m")
	s, err := NewPage(320, 180)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteY4M(path, s, 320, 180, 30); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < Loop*320*180*3/2 {
		t.Fatalf("the file: %v, %v", info, err)
	}
	r, err := codec.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pool video.Pool
	want := pool.Get(320, 180)
	for n := range 3 {
		f, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		s.Draw(want, n)
		if like, err := SSIM(want, f, 4); err != nil || like < 0.999 {
			t.Errorf("picture %d is like its source to %g: %v", n, like, err)
		}
		f.Release()
	}
}
