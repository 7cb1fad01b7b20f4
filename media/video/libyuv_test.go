package video

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// testSizes have every tail that a SIMD loop can leave.
var testSizes = []struct{ w, h int }{{2, 2}, {4, 2}, {2, 6}, {6, 4}, {14, 10}, {16, 16}, {18, 8}, {34, 18}, {66, 30}, {130, 6}, {320, 180}}

// malformedFrames promise a picture that their planes do not hold.
func malformedFrames() []*Frame {
	broken := func(change func(f *Frame)) *Frame {
		f := testFrame(64, 36, 4, 2)
		change(f)
		return f
	}
	return []*Frame{
		{},
		{Width: 64, Height: 36, YStride: 64, CStride: 32},
		broken(func(f *Frame) { f.Width = 0 }),
		broken(func(f *Frame) { f.Height = -36 }),
		broken(func(f *Frame) { f.Width = 63 }),
		broken(func(f *Frame) { f.Height = 35 }),
		broken(func(f *Frame) { f.YStride = 62 }),
		broken(func(f *Frame) { f.YStride = -68 }),
		broken(func(f *Frame) { f.CStride = 30 }),
		broken(func(f *Frame) { f.CStride = 0 }),
		broken(func(f *Frame) { f.Width, f.YStride, f.CStride = 128, 128, 64 }),
		broken(func(f *Frame) { f.Y = f.Y[:68*35+63] }),
		broken(func(f *Frame) { f.U = f.U[:34*17+31] }),
		broken(func(f *Frame) { f.V = nil }),
	}
}

// noise fills f with bytes that are the same in each run.
func noise(f *Frame) {
	r := rand.New(rand.NewPCG(1, 2))
	any := func(int, int) uint8 { return uint8(r.Uint32()) }
	paint(f, any, any, any)
}

func noisePixels(n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = uint8(r.Uint32())
	}
	return b
}

// gradient fills f with planes that any good filter scales to nearly the same.
func gradient(f *Frame) {
	ramp := func(w, h int, flip bool) func(x, y int) uint8 {
		return func(x, y int) uint8 {
			v := 20 + 100*(2*x+1)/(2*w) + 100*(2*y+1)/(2*h)
			if flip {
				v = 240 - v
			}
			return uint8(v)
		}
	}
	paint(f, ramp(f.Width, f.Height, false), ramp(f.Width/2, f.Height/2, true), ramp(f.Width/2, f.Height/2, false))
}

// compare fails the test if the samples of two frames differ by more than tolerance.
func compare(t *testing.T, what string, got, want *Frame, tolerance int) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height {
		t.Fatalf("%s: %dx%d; want %dx%d", what, got.Width, got.Height, want.Width, want.Height)
	}
	plane := func(name string, g []byte, gs int, e []byte, es int, w, h int) {
		for y := range h {
			for x := range w {
				a, b := int(g[y*gs+x]), int(e[y*es+x])
				if a-b > tolerance || b-a > tolerance {
					t.Errorf("%s: %s at %d,%d is %d; want %d", what, name, x, y, a, b)
					return
				}
			}
		}
	}
	plane("Y", got.Y, got.YStride, want.Y, want.YStride, got.Width, got.Height)
	plane("U", got.U, got.CStride, want.U, want.CStride, got.Width/2, got.Height/2)
	plane("V", got.V, got.CStride, want.V, want.CStride, got.Width/2, got.Height/2)
}

// boxScale is the reference: each sample is the mean of the area it covers.
func boxScale(dst, src *Frame) {
	plane := func(d []byte, ds, dw, dh int, s []byte, ss, sw, sh int) {
		for y := range dh {
			y0, y1 := float64(y*sh)/float64(dh), float64((y+1)*sh)/float64(dh)
			for x := range dw {
				x0, x1 := float64(x*sw)/float64(dw), float64((x+1)*sw)/float64(dw)
				sum := 0.0
				for j := int(y0); j < min(sh, int(math.Ceil(y1))); j++ {
					for i := int(x0); i < min(sw, int(math.Ceil(x1))); i++ {
						part := (min(x1, float64(i+1)) - max(x0, float64(i))) * (min(y1, float64(j+1)) - max(y0, float64(j)))
						sum += part * float64(s[j*ss+i])
					}
				}
				d[y*ds+x] = uint8(sum/((x1-x0)*(y1-y0)) + 0.5)
			}
		}
	}
	plane(dst.Y, dst.YStride, dst.Width, dst.Height, src.Y, src.YStride, src.Width, src.Height)
	plane(dst.U, dst.CStride, dst.Width/2, dst.Height/2, src.U, src.CStride, src.Width/2, src.Height/2)
	plane(dst.V, dst.CStride, dst.Width/2, dst.Height/2, src.V, src.CStride, src.Width/2, src.Height/2)
}

func TestScaleIsABoxFilter(t *testing.T) {
	for _, c := range []struct {
		sw, sh, dw, dh, tolerance int
		fill                      func(*Frame)
	}{
		// Where a whole number of samples makes one, the mean is exact but for rounding.
		{320, 180, 160, 90, 1, noise},
		{320, 192, 80, 48, 1, noise},
		{192, 96, 64, 32, 1, noise},
		{64, 36, 64, 36, 0, noise},
		// Elsewhere the filter may differ, what a smooth picture shows may not.
		{640, 360, 426, 240, 2, gradient},
		{1280, 720, 426, 240, 2, gradient},
		{640, 360, 322, 182, 2, gradient},
		{320, 180, 640, 360, 2, gradient},
		{320, 180, 426, 240, 2, gradient},
		{320, 180, 100, 300, 3, gradient},
	} {
		src, got, want := testFrame(c.sw, c.sh, 10, 6), testFrame(c.dw, c.dh, 6, 10), testFrame(c.dw, c.dh, 0, 0)
		c.fill(src)
		src.Captured = time.Unix(7, 0)
		Scale(got, src)
		boxScale(want, src)
		compare(t, fmt.Sprintf("%dx%d to %dx%d", c.sw, c.sh, c.dw, c.dh), got, want, c.tolerance)
		untouched(t, got)
		if !got.Captured.Equal(src.Captured) {
			t.Errorf("captured %v; want %v", got.Captured, src.Captured)
		}
	}
}

func TestScaleToShowLooksLikeABoxFilter(t *testing.T) {
	for _, c := range []struct {
		sw, sh, dw, dh, tolerance int
		fill                      func(*Frame)
	}{
		{320, 180, 160, 90, 1, noise}, // as Scale
		{320, 192, 80, 48, 2, noise},  // the mean of means, each rounded
		{640, 360, 426, 240, 2, gradient},
		{640, 360, 310, 174, 3, gradient},
		{640, 358, 310, 174, 3, gradient}, // over an odd number of rows
		{1278, 718, 310, 174, 3, gradient},
		{1920, 1080, 100, 56, 4, gradient},
		{320, 180, 640, 360, 2, gradient},
		{320, 180, 100, 300, 3, gradient},
	} {
		src, got, want := testFrame(c.sw, c.sh, 10, 6), testFrame(c.dw, c.dh, 6, 10), testFrame(c.dw, c.dh, 0, 0)
		c.fill(src)
		src.Captured = time.Unix(7, 0)
		scaleToShow(got, src)
		boxScale(want, src)
		compare(t, fmt.Sprintf("%dx%d to %dx%d", c.sw, c.sh, c.dw, c.dh), got, want, c.tolerance)
		untouched(t, got)
		if !got.Captured.Equal(src.Captured) {
			t.Errorf("captured %v; want %v", got.Captured, src.Captured)
		}
	}
}

func TestScaleBetweenAllShapesKeepsAColour(t *testing.T) {
	sizes := append(testSizes, struct{ w, h int }{2, 400}, struct{ w, h int }{4000, 2})
	for _, s := range sizes {
		src := testFrame(s.w, s.h, 2, 4)
		flat(src, Bars[1])
		for _, d := range sizes {
			got, want := testFrame(d.w, d.h, 4, 2), testFrame(d.w, d.h, 0, 0)
			flat(want, Bars[1])
			Scale(got, src)
			// libyuv divides by 16 bits of fixed point: a mean of many samples is darker.
			box := max(1, s.w/d.w) * max(1, s.h/d.h)
			compare(t, fmt.Sprintf("%v to %v", s, d), got, want, 1+162*box/65536)
			untouched(t, got)
		}
	}
}

func TestMalformedFramesAreLeftAlone(t *testing.T) {
	good := testFrame(64, 36, 0, 0)
	flat(good, Bars[2])
	pix := make([]byte, 64*36*4)
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	ycc := image.NewYCbCr(image.Rect(0, 0, 128, 128), image.YCbCrSubsampleRatio420)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 64, 36)), nil); err != nil {
		t.Fatal(err)
	}
	for i, f := range malformedFrames() {
		Scale(f, good)
		for name, err := range map[string]error{
			"Copy to":   Copy(f, good),
			"Copy from": Copy(good, f),
			"FromBGRA":  f.FromBGRA(pix, 256),
			"FromRGBA":  f.FromRGBA(pix, 256),
			"FromYUYV":  f.FromYUYV(pix, 128),
			"FromYCbCr": f.FromYCbCr(ycc),
			"ToRGBA":    f.ToRGBA(img, image.Rect(0, 0, 32, 18)),
		} {
			if !errors.Is(err, errSmallBuffer) {
				t.Errorf("%s malformed frame %d: %v", name, i, err)
			}
		}
		if err := f.FromMJPEG(photo.Bytes()); !errors.Is(err, errMalformed) {
			t.Errorf("FromMJPEG into malformed frame %d: %v", i, err)
		}
		for _, p := range [][]byte{f.Y, f.U, f.V} {
			for _, v := range p {
				if v != guard {
					t.Fatalf("malformed frame %d was written", i)
				}
			}
		}
		Scale(good, f)
	}
	want := testFrame(64, 36, 0, 0)
	flat(want, Bars[2])
	compare(t, "what malformed frames were scaled to", good, want, 0)
}

func TestCopy(t *testing.T) {
	for _, s := range testSizes {
		src, dst := testFrame(s.w, s.h, 2, 8), testFrame(s.w, s.h, 8, 2)
		noise(src)
		src.Captured = time.Unix(9, 0)
		if err := Copy(dst, src); err != nil {
			t.Fatal(err)
		}
		compare(t, "copy", dst, src, 0)
		untouched(t, dst)
		if !dst.Captured.Equal(src.Captured) {
			t.Errorf("captured %v; want %v", dst.Captured, src.Captured)
		}
		if err := Copy(testFrame(s.w+2, s.h, 0, 0), src); !errors.Is(err, errSmallBuffer) {
			t.Errorf("copy to another size: %v", err)
		}
	}
}

func clamp(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }

// toRGB is the reference of BT.601 limited range (ITU-R BT.601-7, 2.5.3).
func toRGB(y, u, v uint8) (r, g, b uint8) {
	l, cb, cr := (float64(y)-16)*255/219, (float64(u)-128)*255/224, (float64(v)-128)*255/224
	return clamp(l + 1.402*cr), clamp(l - 0.344136*cb - 0.714136*cr), clamp(l + 1.772*cb)
}

func luma(r, g, b float64) uint8 {
	return clamp(16 + (0.299*r+0.587*g+0.114*b)*219/255)
}

func chroma(r, g, b float64) (u, v uint8) {
	y := 0.299*r + 0.587*g + 0.114*b
	return clamp(128 + (b-y)/1.772*224/255), clamp(128 + (r-y)/1.402*224/255)
}

func near(a, b uint8, tolerance int) bool {
	d := int(a) - int(b)
	return -tolerance <= d && d <= tolerance
}

func TestToRGBA(t *testing.T) {
	for _, s := range testSizes {
		f := testFrame(s.w, s.h, 6, 10)
		noise(f)
		// The whole picture, and one that lacks its last column and row.
		for _, size := range []image.Point{{s.w, s.h}, {s.w - 1, s.h - 1}} {
			img := image.NewRGBA(image.Rect(-3, -5, s.w+4, s.h+2))
			for i := range img.Pix {
				img.Pix[i] = guard
			}
			r := image.Rectangle{Max: size}.Add(image.Pt(1, -2))
			if err := f.ToRGBA(img, r); err != nil {
				t.Fatal(err)
			}
			for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
				for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
					got := img.RGBAAt(x, y)
					if !image.Pt(x, y).In(r) {
						if want := (color.RGBA{guard, guard, guard, guard}); got != want {
							t.Fatalf("%v: %d,%d, outside of it, was written", r, x, y)
						}
						continue
					}
					px, py := x-r.Min.X, y-r.Min.Y
					c := py/2*f.CStride + px/2
					wr, wg, wb := toRGB(f.Y[py*f.YStride+px], f.U[c], f.V[c])
					if !near(got.R, wr, 3) || !near(got.G, wg, 3) || !near(got.B, wb, 3) || got.A != 255 {
						t.Fatalf("%v: %d,%d is %v; want %d %d %d 255", r, x, y, got, wr, wg, wb)
					}
				}
			}
		}
	}
}

func TestToRGBARefusesWhatDoesNotFit(t *testing.T) {
	f := testFrame(64, 36, 0, 0)
	flat(f, Bars[0])
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	for _, r := range []image.Rectangle{
		{}, image.Rect(0, 0, 65, 36), image.Rect(0, 0, 64, 37), image.Rect(40, 0, 104, 36), image.Rect(-1, 0, 10, 10),
		image.Rect(10, 10, 10, 20), {Min: image.Pt(20, 20), Max: image.Pt(10, 10)},
	} {
		if err := f.ToRGBA(img, r); !errors.Is(err, errSmallBuffer) {
			t.Errorf("into %v of %v: %v", r, img.Rect, err)
		}
	}
	whole := image.Rect(0, 0, 64, 36)
	for name, broken := range map[string]*image.RGBA{
		"short":           {Pix: make([]byte, 64*36*4-1), Stride: 64 * 4, Rect: whole},
		"without pixels":  {Stride: 64 * 4, Rect: whole},
		"of small stride": {Pix: make([]byte, 64*36*4), Stride: 63 * 4, Rect: whole},
		"upside down":     {Pix: make([]byte, 64*36*4), Stride: -64 * 4, Rect: whole},
	} {
		if err := f.ToRGBA(broken, whole); !errors.Is(err, errMalformed) {
			t.Errorf("into an image %s: %v", name, err)
		}
	}
	for _, v := range img.Pix {
		if v != 0 {
			t.Fatal("a refused picture was painted")
		}
	}
}

func TestMirror(t *testing.T) {
	for _, r := range []image.Rectangle{
		image.Rect(0, 0, 20, 10), image.Rect(3, 2, 18, 9), image.Rect(5, 5, 6, 8), image.Rect(19, 9, 20, 10), image.Rect(4, 4, 4, 8),
	} {
		img := image.NewRGBA(image.Rect(0, 0, 20, 10))
		copy(img.Pix, noisePixels(len(img.Pix)))
		was := append([]byte(nil), img.Pix...)
		mirror(img, r)
		for y := range 10 {
			for x := range 20 {
				from := x
				if image.Pt(x, y).In(r) {
					from = r.Min.X + r.Max.X - 1 - x
				}
				o := img.PixOffset(from, y)
				if want := (color.RGBA{was[o], was[o+1], was[o+2], was[o+3]}); img.RGBAAt(x, y) != want {
					t.Fatalf("%v: %d,%d is %v; want %v", r, x, y, img.RGBAAt(x, y), want)
				}
			}
		}
	}
}

// fromRGB is the reference: rgb says what colour a pixel has.
func fromRGB(f *Frame, rgb func(x, y int) (r, g, b float64)) {
	mean := func(x, y int) (r, g, b float64) {
		for i := range 4 {
			pr, pg, pb := rgb(2*x+i%2, 2*y+i/2)
			r, g, b = r+pr/4, g+pg/4, b+pb/4
		}
		return
	}
	paint(f,
		func(x, y int) uint8 { return luma(rgb(x, y)) },
		func(x, y int) uint8 { u, _ := chroma(mean(x, y)); return u },
		func(x, y int) uint8 { _, v := chroma(mean(x, y)); return v })
}

func TestFromRGBAndBack(t *testing.T) {
	for _, order := range []struct {
		name    string
		r, g, b int
		convert func(f *Frame, pix []byte, stride int) error
	}{
		{"RGBA", 0, 1, 2, (*Frame).FromRGBA},
		{"BGRA", 2, 1, 0, (*Frame).FromBGRA},
	} {
		for _, s := range testSizes {
			for _, pad := range []int{0, 3, 64} { // rows that start anywhere
				stride := s.w*4 + pad
				pix := noisePixels(stride*(s.h-1) + s.w*4)
				got, want := testFrame(s.w, s.h, 2, 6), testFrame(s.w, s.h, 0, 0)
				if err := order.convert(got, pix, stride); err != nil {
					t.Fatal(err)
				}
				fromRGB(want, func(x, y int) (r, g, b float64) {
					p := pix[y*stride+4*x:]
					return float64(p[order.r]), float64(p[order.g]), float64(p[order.b])
				})
				compare(t, fmt.Sprintf("%s of %v, padded by %d", order.name, s, pad), got, want, 2)
				untouched(t, got)
			}
		}
		f := testFrame(64, 36, 0, 0)
		for _, c := range []struct{ bytes, stride int }{{64*36*4 - 1, 256}, {64 * 36 * 4, 255}, {64 * 36 * 4, -256}, {0, 256}, {64 * 36 * 4, 260}, {64 * 36 * 4, 1 << 40}} {
			if err := order.convert(f, make([]byte, c.bytes), c.stride); !errors.Is(err, errSmallBuffer) {
				t.Errorf("%s of %+v: %v", order.name, c, err)
			}
		}
	}

	// There and back, flat colours come home.
	for _, want := range []color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {12, 200, 99, 255}} {
		img := image.NewRGBA(image.Rect(0, 0, 34, 18))
		for i := range img.Pix {
			img.Pix[i] = []uint8{want.R, want.G, want.B, want.A}[i%4]
		}
		f := testFrame(34, 18, 0, 0)
		if err := f.FromRGBA(img.Pix, img.Stride); err != nil {
			t.Fatal(err)
		}
		if err := f.ToRGBA(img, img.Rect); err != nil {
			t.Fatal(err)
		}
		if got := img.RGBAAt(33, 17); !near(got.R, want.R, 4) || !near(got.G, want.G, 4) || !near(got.B, want.B, 4) || got.A != 255 {
			t.Errorf("%v came back as %v", want, got)
		}
	}
}

func TestFromYUYV(t *testing.T) {
	for _, s := range testSizes {
		for _, pad := range []int{0, 3, 64} {
			stride := s.w*2 + pad
			pix := noisePixels(stride*(s.h-1) + s.w*2)
			got, want := testFrame(s.w, s.h, 2, 6), testFrame(s.w, s.h, 0, 0)
			if err := got.FromYUYV(pix, stride); err != nil {
				t.Fatal(err)
			}
			both := func(o int) func(x, y int) uint8 {
				return func(x, y int) uint8 {
					return uint8((int(pix[2*y*stride+4*x+o]) + int(pix[(2*y+1)*stride+4*x+o]) + 1) / 2)
				}
			}
			paint(want, func(x, y int) uint8 { return pix[y*stride+2*x] }, both(1), both(3))
			compare(t, fmt.Sprintf("%v padded by %d", s, pad), got, want, 1)
			untouched(t, got)
		}
	}
	f := testFrame(64, 36, 0, 0)
	for _, c := range []struct{ bytes, stride int }{{64*36*2 - 1, 128}, {64 * 36 * 2, 127}, {64 * 36 * 2, -128}, {0, 128}} {
		if err := f.FromYUYV(make([]byte, c.bytes), c.stride); !errors.Is(err, errSmallBuffer) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// asFrame is img, of even size, as a frame, the chroma of two rows averaged in 4:2:2.
func asFrame(img *image.YCbCr) *Frame {
	f := testFrame(img.Rect.Dx(), img.Rect.Dy(), 0, 0)
	min := img.Rect.Min
	plane := func(p []byte) func(x, y int) uint8 {
		return func(x, y int) uint8 {
			a, b := p[img.COffset(min.X+2*x, min.Y+2*y)], p[img.COffset(min.X+2*x, min.Y+2*y+1)]
			return uint8((int(a) + int(b) + 1) / 2)
		}
	}
	paint(f, func(x, y int) uint8 { return img.Y[img.YOffset(min.X+x, min.Y+y)] }, plane(img.Cb), plane(img.Cr))
	return f
}

func TestFromYCbCr(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422} {
		for _, s := range testSizes {
			if s.w == 2 && ratio == image.YCbCrSubsampleRatio422 {
				continue // libyuv takes every other row there and no mean
			}
			// In a larger picture, so that rows are padded and the corner is not its own.
			img := image.NewYCbCr(image.Rect(2, 4, s.w+9, s.h+11), ratio)
			copy(img.Y, noisePixels(len(img.Y)))
			copy(img.Cb, noisePixels(len(img.Cb)))
			copy(img.Cr, noisePixels(len(img.Cr)))
			part := img.SubImage(image.Rect(6, 8, 6+s.w, 8+s.h)).(*image.YCbCr)
			got := testFrame(s.w, s.h, 2, 6)
			if err := got.FromYCbCr(part); err != nil {
				t.Fatal(err)
			}
			compare(t, fmt.Sprintf("%v of %v", ratio, s), got, asFrame(part), 0)
			untouched(t, got)

			// A larger picture gives its upper left part.
			if err := got.FromYCbCr(img); err != nil {
				t.Fatal(err)
			}
			corner := img.SubImage(image.Rect(2, 4, 2+s.w, 4+s.h)).(*image.YCbCr)
			compare(t, fmt.Sprintf("%v of more than %v", ratio, s), got, asFrame(corner), 0)
			untouched(t, got)
		}
	}
}

// Left and right halves of other colours, as each subsampling has them.
func TestFromYCbCrOfEverySubsampling(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		img := image.NewYCbCr(image.Rect(0, 0, 64, 36), ratio)
		for y := range 36 {
			for x := range 64 {
				img.Y[img.YOffset(x, y)] = byte(20 + 100*(x/32))
				img.Cb[img.COffset(x, y)], img.Cr[img.COffset(x, y)] = byte(60+100*(x/32)), byte(200-100*(x/32))
			}
		}
		f := testFrame(64, 36, 2, 6)
		if err := f.FromYCbCr(img); err != nil {
			t.Errorf("%v: %v", ratio, err)
			continue
		}
		untouched(t, f)
		for _, x := range []int{4, 60} {
			c := 9*f.CStride + x/2
			if y, u, v := f.Y[18*f.YStride+x], f.U[c], f.V[c]; y != byte(20+100*(x/32)) || u != byte(60+100*(x/32)) || v != byte(200-100*(x/32)) {
				t.Errorf("%v: at %d it is %d, %d, %d", ratio, x, y, u, v)
			}
		}
	}
}

// An L stands, lies and hangs as it is turned.
func TestRotate(t *testing.T) {
	src := testFrame(4, 2, 2, 2)
	copy(src.Y, []byte{1, 2, 3, 4})
	copy(src.Y[src.YStride:], []byte{5, 6, 7, 8})
	for degrees, want := range map[int][]byte{0: {1, 2, 3, 4, 5, 6, 7, 8}, 90: {5, 1, 6, 2, 7, 3, 8, 4}, 180: {8, 7, 6, 5, 4, 3, 2, 1}, 270: {4, 8, 3, 7, 2, 6, 1, 5}} {
		w, h := 4, 2
		if degrees%180 != 0 {
			w, h = h, w
		}
		dst := testFrame(w, h, 2, 2)
		if err := Rotate(dst, src, degrees); err != nil {
			t.Fatal(err)
		}
		untouched(t, dst)
		var got []byte
		for y := range h {
			got = append(got, dst.Y[y*dst.YStride:y*dst.YStride+w]...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d degrees: %v, want %v", degrees, got, want)
		}
		if err := Rotate(dst, src, degrees+45); err == nil {
			t.Errorf("%d degrees were possible", degrees+45)
		}
	}
	if err := Rotate(testFrame(4, 2, 0, 0), src, 90); err == nil {
		t.Error("a picture on its side fits into one that stands")
	}
}

func TestFromYCbCrRefusesWhatItCannotCopy(t *testing.T) {
	f := testFrame(64, 36, 0, 0)
	for _, size := range []image.Point{{63, 36}, {64, 35}, {0, 0}} {
		if err := f.FromYCbCr(image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)); !errors.Is(err, errSmallBuffer) {
			t.Errorf("a picture of %v: %v", size, err)
		}
	}
	odd := image.NewYCbCr(image.Rect(0, 0, 64, 36), image.YCbCrSubsampleRatio444)
	odd.SubsampleRatio = 17
	if err := f.FromYCbCr(odd); !errors.Is(err, errMalformed) {
		t.Errorf("%v: %v", odd.SubsampleRatio, err)
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422} {
		for name, spoil := range map[string]func(i *image.YCbCr){
			"no luma":             func(i *image.YCbCr) { i.Y = nil },
			"short luma":          func(i *image.YCbCr) { i.Y = i.Y[:len(i.Y)-1] },
			"short blue":          func(i *image.YCbCr) { i.Cb = i.Cb[:len(i.Cb)-1] },
			"no red":              func(i *image.YCbCr) { i.Cr = nil },
			"small luma stride":   func(i *image.YCbCr) { i.YStride = 63 },
			"small chroma stride": func(i *image.YCbCr) { i.CStride = 31 },
			"large luma stride":   func(i *image.YCbCr) { i.YStride = 65 },
			"negative stride":     func(i *image.YCbCr) { i.YStride = -64 },
		} {
			img := image.NewYCbCr(image.Rect(0, 0, 64, 36), ratio)
			spoil(img)
			if err := f.FromYCbCr(img); !errors.Is(err, errMalformed) {
				t.Errorf("%v with %s: %v", ratio, name, err)
			}
		}
	}
	for _, v := range f.Y {
		if v != guard {
			t.Fatal("a refused picture was copied")
		}
	}
}

// photo is a smooth picture as a JPEG of 4:2:0.
func photo(t testing.TB, w, h int) []byte {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	f := testFrame(w, h, 0, 0)
	gradient(f)
	for y := range h {
		copy(img.Y[y*img.YStride:], f.Y[y*f.YStride:][:w])
	}
	for y := range h / 2 {
		copy(img.Cb[y*img.CStride:], f.U[y*f.CStride:][:w/2])
		copy(img.Cr[y*img.CStride:], f.V[y*f.CStride:][:w/2])
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segment finds a JPEG's marker segment, from its marker to its end.
func segment(t *testing.T, data []byte, marker byte) (from, to int) {
	t.Helper()
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		end := i + 2 + int(data[i+2])<<8 + int(data[i+3])
		if data[i+1] == marker {
			return i, end
		}
		i = end
	}
	t.Fatalf("the JPEG has no segment %#x", marker)
	return 0, 0
}

// photo422 is a JPEG of 4:2:2, as most webcams send, of one colour. Only its
// first unit holds a difference; the tables are those of Go's encoder, which
// knows no 4:2:2 itself (ITU-T T.81, F.1.2.1, K.3).
func photo422(t *testing.T, w, h int, y, u, v uint8) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	frame, _ := segment(t, data, 0xc0)
	data[frame+11] = 0x21 // luma: two units across, one down
	_, scan := segment(t, data, 0xda)
	data = data[:scan]

	var acc uint64
	bits := 0
	put := func(code uint64, n int) {
		for n--; n >= 0; n-- {
			acc = acc<<1 | code>>n&1
			if bits++; bits == 8 {
				data = append(data, byte(acc))
				if byte(acc) == 0xff {
					data = append(data, 0)
				}
				bits = 0
			}
		}
	}
	lumaDC := []struct{ code, n int }{{0, 2}, {2, 3}, {3, 3}, {4, 3}, {5, 3}, {6, 3}, {14, 4}, {30, 5}, {62, 6}, {126, 7}, {254, 8}, {510, 9}}
	chromaDC := []struct{ code, n int }{{0, 2}, {1, 2}, {2, 2}, {6, 3}, {14, 4}, {30, 5}, {62, 6}, {126, 7}, {254, 8}, {510, 9}, {1022, 10}, {2046, 11}}
	block := func(dc []struct{ code, n int }, diff int, eob uint64, eobLen int) {
		size := 0
		for a := max(diff, -diff); a > 0; a >>= 1 {
			size++
		}
		put(uint64(dc[size].code), dc[size].n)
		if diff < 0 {
			diff += 1<<size - 1
		}
		put(uint64(diff), size)
		put(eob, eobLen)
	}
	const lumaEOB, chromaEOB = 0b1010, 0b00
	level := func(v uint8) int { return 8 * (int(v) - 128) } // quality 100 divides by one
	for i := range (w + 15) / 16 * ((h + 7) / 8) {
		dy, du, dv := level(y), level(u), level(v)
		if i > 0 {
			dy, du, dv = 0, 0, 0
		}
		block(lumaDC, dy, lumaEOB, 4)
		block(lumaDC, 0, lumaEOB, 4)
		block(chromaDC, du, chromaEOB, 2)
		block(chromaDC, dv, chromaEOB, 2)
	}
	for bits != 0 {
		put(1, 1)
	}
	return append(data, 0xff, 0xd9)
}

func TestFromMJPEG(t *testing.T) {
	for _, s := range testSizes {
		data := photo(t, s.w, s.h)
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got := testFrame(s.w, s.h, 2, 6)
		if err := got.FromMJPEG(data); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		// libyuv takes libjpeg's fast transform, which is off by a few steps here and
		// there, but by none on the whole.
		want := asFrame(img.(*image.YCbCr))
		compare(t, fmt.Sprint(s), got, want, 8)
		bias := 0
		for y := range s.h {
			for x := range s.w {
				bias += int(got.Y[y*got.YStride+x]) - int(want.Y[y*want.YStride+x])
			}
		}
		if mean := float64(bias) / float64(s.w*s.h); s.h > 16 && math.Abs(mean) > 1 {
			t.Errorf("%v: luma is off by %.2f on the whole", s, mean)
		}
		untouched(t, got)
	}
}

func TestFromMJPEGOf422(t *testing.T) {
	for _, s := range testSizes {
		data := photo422(t, s.w, s.h, 160, 90, 200)
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		ref := img.(*image.YCbCr)
		if ref.SubsampleRatio != image.YCbCrSubsampleRatio422 {
			t.Fatalf("the picture is of %v", ref.SubsampleRatio)
		}
		got, want := testFrame(s.w, s.h, 2, 6), testFrame(s.w, s.h, 0, 0)
		if err := got.FromMJPEG(data); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		flat(want, Bar{160, 90, 200})
		compare(t, fmt.Sprint(s), got, want, 1)
		compare(t, fmt.Sprint(s), got, asFrame(ref), 1)
		untouched(t, got)
	}
}

func TestFromGreyMJPEG(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 66, 30))
	for i := range img.Pix {
		img.Pix[i] = 77
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	got, want := testFrame(66, 30, 2, 6), testFrame(66, 30, 0, 0)
	if err := got.FromMJPEG(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	flat(want, Bar{77, 128, 128})
	compare(t, "grey", got, want, 1)
	untouched(t, got)
}

// Webcams leave out the Huffman tables, which are always the same.
func TestFromMJPEGWithoutTables(t *testing.T) {
	data := photo(t, 320, 180)
	got, want := testFrame(320, 180, 0, 0), testFrame(320, 180, 0, 0)
	if err := want.FromMJPEG(data); err != nil {
		t.Fatal(err)
	}
	from, to := segment(t, data, 0xc4)
	if err := got.FromMJPEG(append(data[:from:from], data[to:]...)); err != nil {
		t.Fatal(err)
	}
	compare(t, "without tables", got, want, 0)
}

func TestFromMJPEGRefusesOtherSizes(t *testing.T) {
	data := photo(t, 64, 36)
	for _, s := range []struct{ w, h int }{{62, 36}, {66, 36}, {64, 34}, {64, 38}, {36, 64}} {
		f := testFrame(s.w, s.h, 2, 2)
		if err := f.FromMJPEG(data); !errors.Is(err, errMalformed) {
			t.Errorf("64x36 into %v: %v", s, err)
		}
		untouched(t, f)
	}
}

func TestFromDamagedMJPEG(t *testing.T) {
	data := photo(t, 64, 36)
	f := testFrame(64, 36, 2, 2)
	refused := func(what string, data []byte) {
		t.Helper()
		if err := f.FromMJPEG(data); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("nothing", nil)
	refused("one byte", []byte{0xff})
	refused("zeros", make([]byte, 4096))
	refused("noise", noisePixels(4096))
	refused("text", bytes.Repeat([]byte("no picture "), 100))
	refused("a start alone", []byte{0xff, 0xd8})
	refused("a start and an end", []byte{0xff, 0xd8, 0xff, 0xd9})
	for _, n := range []int{2, 20, 100, 300, 600} {
		refused(fmt.Sprintf("%d of %d bytes", n, len(data)), data[:n])
	}
	// Whatever else is wrong, nothing is written outside the picture.
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		bad := append([]byte(nil), data...)
		for range 1 + r.IntN(8) {
			bad[r.IntN(len(bad))] = uint8(r.Uint32())
		}
		if err := f.FromMJPEG(bad[:len(bad)-r.IntN(3)*r.IntN(len(bad)/2)]); err != nil && !errors.Is(err, errMalformed) {
			t.Fatal(err)
		}
	}
	untouched(t, f)
	if err := f.FromMJPEG(data); err != nil {
		t.Errorf("a good picture after bad ones: %v", err)
	}
}

func TestConversionAllocatesNothing(t *testing.T) {
	a, b := testFrame(64, 36, 0, 0), testFrame(32, 18, 0, 0)
	noise(a)
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	ycc := image.NewYCbCr(img.Rect, image.YCbCrSubsampleRatio420)
	data := photo(t, 64, 36)
	for name, f := range map[string]func() error{
		"Scale":     func() error { Scale(b, a); return nil },
		"Copy":      func() error { return Copy(a, a) },
		"ToRGBA":    func() error { return a.ToRGBA(img, img.Rect) },
		"FromRGBA":  func() error { return a.FromRGBA(img.Pix, img.Stride) },
		"FromBGRA":  func() error { return a.FromBGRA(img.Pix, img.Stride) },
		"FromYUYV":  func() error { return a.FromYUYV(img.Pix, img.Stride/2) },
		"FromYCbCr": func() error { return a.FromYCbCr(ycc) },
		"FromMJPEG": func() error { return a.FromMJPEG(data) },
	} {
		if n := testing.AllocsPerRun(20, func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkToRGBA720p(b *testing.B) {
	f := testFrame(1280, 720, 0, 0)
	noise(f)
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	b.ReportAllocs()
	b.SetBytes(1280 * 720 * 3 / 2)
	for b.Loop() {
		if err := f.ToRGBA(img, img.Rect); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScale720pTo360p(b *testing.B) {
	src, dst := testFrame(1280, 720, 0, 0), testFrame(640, 360, 0, 0)
	noise(src)
	b.ReportAllocs()
	b.SetBytes(1280 * 720 * 3 / 2)
	for b.Loop() {
		Scale(dst, src)
	}
}

func BenchmarkFromMJPEG720p(b *testing.B) {
	f := testFrame(1280, 720, 0, 0)
	data := photo(b, 1280, 720)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := f.FromMJPEG(data); err != nil {
			b.Fatal(err)
		}
	}
}
