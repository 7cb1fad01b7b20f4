package testcall

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/media/video"
)

// The face nods and blinks, on a wall that stays.
func TestTheFaceMoves(t *testing.T) {
	var pool video.Pool
	draw := func(at time.Duration) *video.Frame {
		f := pool.Get(faceWidth, faceHeight)
		drawFace(f, time.UnixMilli(0).Add(at))
		return f
	}
	luma := func(f *video.Frame, x, y float64) uint8 {
		return f.Y[int(y*faceHeight)*f.YStride+int(x*faceWidth)]
	}
	open, shut := draw(time.Second), draw(0)
	eye := func(f *video.Frame, down float64) uint8 {
		return luma(f, 0.5-0.34*0.3*faceHeight/faceWidth, 0.5+down-0.22*0.3+0.1*0.3)
	}
	if a, b := eye(open, 0.03), eye(shut, 0); a > 80 || b < 150 {
		t.Errorf("below the middle of an eye it is %d open and %d shut", a, b)
	}
	if a, b := luma(open, 0.5, 0.22), luma(draw(3*time.Second-100*time.Millisecond), 0.5, 0.22); a > 100 || b < 150 {
		t.Errorf("above the face it is %d, and %d when it nods", a, b)
	}
	for _, at := range []time.Duration{0, time.Second, 2500 * time.Millisecond} {
		if c := luma(draw(at), 0.05, 0.5); c < 60 || c > 80 {
			t.Errorf("the wall is %d", c)
		}
	}
	save(t, open)
}

// save keeps the picture where FOYER_SHOTS names a folder.
func save(t *testing.T, f *video.Frame) {
	dir := os.Getenv("FOYER_SHOTS")
	if dir == "" {
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	for y := range f.Height {
		for x := range f.Width {
			at := y/2*f.CStride + x/2
			r, g, b := color.YCbCrToRGB(uint8((float64(f.Y[y*f.YStride+x])-16)*255/219), f.U[at], f.V[at])
			img.Set(x, y, color.RGBA{r, g, b, 255})
		}
	}
	out, err := os.Create(filepath.Join(dir, "face.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkDrawFace(b *testing.B) {
	var pool video.Pool
	f := pool.Get(faceWidth, faceHeight)
	for b.Loop() {
		drawFace(f, time.UnixMilli(1000))
	}
}
