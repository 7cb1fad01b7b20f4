package codec

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"foyer/media/video"
)

// keyFrame is one picture of a size, without anything in it.
func keyFrame(t testing.TB, n Name, w, h int) []byte {
	t.Helper()
	e, err := NewEncoder(n, EncoderConfig{Width: w, Height: h, FrameRate: 30, BitRate: 500_000, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var pool video.Pool
	f := pool.Get(w, h)
	defer f.Release()
	clear(f.Y)
	for _, plane := range [][]byte{f.U, f.V} {
		for i := range plane {
			plane[i] = 128
		}
	}
	p, ok, err := e.Encode(f)
	if err != nil || !ok || !p.Key {
		t.Fatalf("the first picture: %v, key %v, %v", ok, p.Key, err)
	}
	return append([]byte(nil), p.Data...)
}

// resident is our memory in bytes; 0 where the system does not tell.
func resident() int {
	b, _ := os.ReadFile("/proc/self/statm")
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(f[1])
	return pages * os.Getpagesize()
}

func TestSizesAreReadOutOfKeyFrames(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		for _, s := range [][2]int{{64, 64}, {320, 180}, {642, 362}, {720, 1280}, {1920, 1080}} {
			u, err := inspect(n, keyFrame(t, n, s[0], s[1]))
			if err != nil {
				t.Fatal(err)
			}
			w, h := u.width, u.height
			if n == H264 { // in whole macroblocks
				if w-s[0] < 0 || w-s[0] > 15 || h-s[1] < 0 || h-s[1] > 15 {
					t.Errorf("a picture of %dx%d is announced as %dx%d", s[0], s[1], w, h)
				}
			} else if w != s[0] || h != s[1] {
				t.Errorf("a picture of %dx%d is announced as %dx%d", s[0], s[1], w, h)
			}
			if !u.key || u.references < 1 {
				t.Errorf("a key frame is announced as %+v", u)
			}
		}
	})
}

// What is larger than the limit takes no memory, and what fits is decoded before and after.
func TestDecodersKeepTheirLimit(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		small, large := keyFrame(t, n, 640, 360), keyFrame(t, n, 4096, 2160)
		d, err := NewDecoder(n, 1280*720)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		fits := func() {
			t.Helper()
			f, err := d.Decode(small)
			if err != nil || f == nil || f.Width != 640 {
				t.Fatalf("a picture that fits: %v, %v", f, err)
			}
			f.Release()
		}
		fits()
		before := resident()
		for range 20 {
			if f, err := d.Decode(large); f != nil || !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%d bytes of a picture of 4096x2160: %v, %v", len(large), f, err)
			}
		}
		if grown := resident() - before; grown > 10<<20 {
			t.Errorf("refused pictures took %d MB", grown>>20)
		}
		fits()
	})
}

// References of an H.264 stream are memory as much as pictures are.
func TestReferencesCount(t *testing.T) {
	d := &decoder{codec: H264, most: 1280 * 720}
	for _, c := range []struct {
		w, h, references int
		fits             bool
	}{{640, 368, 16, true}, {1280, 720, 8, true}, {1280, 720, 9, false}, {1296, 720, 1, false}, {0, 0, 0, true}} {
		if err := d.fits(unitInfo{width: c.w, height: c.h, references: c.references}); (err == nil) != c.fits {
			t.Errorf("%dx%d with %d references: %v", c.w, c.h, c.references, err)
		}
	}
}

func FuzzInspect(f *testing.F) {
	for i, n := range Names {
		f.Add(i, keyFrame(f, n, 320, 180))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		n := Names[uint(i)%uint(len(Names))]
		u, err := inspect(n, b)
		if err == nil && (u.width < 0 || u.height < 0 || u.width > maxSide || u.height > maxSide || u.references < 0 || u.references > 16) {
			t.Fatalf("%s % x: %+v", n, b, u)
		}
	})
}
