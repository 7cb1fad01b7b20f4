package device

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/frame"

	"foyer/media/video"
)

func TestConvert(t *testing.T) {
	const w, h = 64, 48
	yuyv := func(stride int) []byte {
		b := make([]byte, stride*h)
		for y := range h {
			for x := 0; x < w; x += 2 {
				copy(b[y*stride+x*2:], []byte{90, 60, 90, 200})
			}
		}
		return b
	}
	planar := func(stride int) (b []byte) {
		b = append(b, bytes.Repeat([]byte{90}, stride*h)...)
		b = append(b, bytes.Repeat([]byte{60}, stride*h/4)...)
		return append(b, bytes.Repeat([]byte{200}, stride*h/4)...)
	}
	for name, test := range map[string]struct {
		format frame.Format
		data   []byte
		fails  bool
	}{
		"YUYV":          {frame.FormatYUYV, yuyv(w * 2), false},
		"YUYV padded":   {frame.FormatYUYV, yuyv(w*2 + 32), false},
		"YUYV short":    {frame.FormatYUYV, yuyv(w * 2)[:w*h], true},
		"I420":          {frame.FormatI420, planar(w), false},
		"I420 padded":   {frame.FormatI420, planar(w + 32), false},
		"I420 short":    {frame.FormatI420, planar(w)[:w*h], true},
		"MJPEG is junk": {frame.FormatMJPEG, []byte("junk"), true},
		"unknown":       {frame.FormatZ16, make([]byte, w*h*2), true},
	} {
		var pool video.Pool
		f := pool.Get(w, h)
		err := convert(f, test.data, media(test.format, w, h, 30)[0])
		if (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		} else if err == nil {
			for _, i := range []int{0, w*h/4 - 1} {
				if f.Y[i*4] != 90 || f.U[i] != 60 || f.V[i] != 200 {
					t.Errorf("%s: pixel is %d %d %d", name, f.Y[i*4], f.U[i], f.V[i])
				}
			}
		}
	}
}

// TestConvertMJPEG decodes what webcams send: JPEG, mostly without its Huffman
// tables, and not always of the size that was set.
func TestConvertMJPEG(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{220, 30, 20, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	// DHT segments are cut out.
	var bare []byte
	for i := 2; i < len(whole); {
		length := 2 + int(whole[i+2])<<8 + int(whole[i+3])
		if whole[i+1] == 0xda {
			bare = append(append(append([]byte(nil), whole[:2]...), bare...), whole[i:]...)
			break
		}
		if whole[i+1] != 0xc4 {
			bare = append(bare, whole[i:i+length]...)
		}
		i += length
	}
	if len(bare) >= len(whole) {
		t.Fatal("no tables were cut out")
	}
	for name, data := range map[string][]byte{"whole": whole, "without tables": bare} {
		r := v4l2Reader{format: media(frame.FormatMJPEG, 640, 480, 30)[0]}
		if err := r.measure(data); err != nil || r.format.Width != 320 || r.format.Height != 240 {
			t.Fatalf("%s: measured %dx%d, %v", name, r.format.Width, r.format.Height, err)
		}
		f := r.pool.Get(320, 240)
		if err := convert(f, data, r.format); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c := colourAt(f, 100, 100); c.R < 200 || c.G > 60 || c.B > 60 {
			t.Errorf("%s: a red picture is %v", name, c)
		}
	}
}

func TestThin(t *testing.T) {
	start := time.Now()
	for _, test := range []struct {
		gap  time.Duration
		rate float64 // of the camera
		want [2]int  // frames kept of one second, at least and at most
	}{
		{0, 60, [2]int{60, 60}},
		{time.Second / 30, 60, [2]int{29, 31}},
		{time.Second / 30, 120, [2]int{29, 31}},
		{time.Second / 30, 50, [2]int{25, 31}},
		{time.Second / 30, 29.97, [2]int{28, 30}},
		{time.Second / 15, 60, [2]int{14, 16}},
	} {
		tn := thin{gap: test.gap}
		kept := 0
		for i := range int(test.rate + 0.5) {
			jitter := time.Duration(i%3-1) * time.Millisecond
			if tn.keep(start.Add(time.Duration(float64(i)*float64(time.Second)/test.rate) + jitter)) {
				kept++
			}
		}
		if kept < test.want[0] || kept > test.want[1] {
			t.Errorf("of %v per second with %v between, %d are kept", test.rate, test.gap, kept)
		}
	}
}
