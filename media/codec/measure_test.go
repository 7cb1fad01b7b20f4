//go:build unix

package codec

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"foyer/media/video"
)

// cpu is the processor time that this process has used, all threads together.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// scene draws pictures of something that looks like a camera's: a textured wall
// with 1/f detail that sways, somebody textured before it, and sensor noise.
type scene struct {
	w, h       int
	wall, head []float64 // textures of side x side
	r          *rand.Rand
}

const side = 2048

func newScene(w, h int) *scene {
	r := rand.New(rand.NewPCG(1, 2))
	return &scene{w: w, h: h, wall: texture(r), head: texture(r), r: r}
}

// texture is noise whose octaves halve in strength: -1 to 1 or so.
func texture(r *rand.Rand) []float64 {
	t := make([]float64, side*side)
	for step, gain := 256, 0.6; step >= 2; step, gain = step/2, gain*0.75 {
		n := side / step
		grid := make([]float64, n*n)
		for i := range grid {
			grid[i] = r.Float64()*2 - 1
		}
		for y := range side {
			gy, fy := y/step, float64(y%step)/float64(step)
			for x := range side {
				gx, fx := x/step, float64(x%step)/float64(step)
				a, b := grid[gy*n+gx], grid[gy*n+(gx+1)%n]
				c, d := grid[(gy+1)%n*n+gx], grid[(gy+1)%n*n+(gx+1)%n]
				t[y*side+x] += gain * ((a*(1-fx)+b*fx)*(1-fy) + (c*(1-fx)+d*fx)*fy)
			}
		}
	}
	return t
}

// at reads a texture between its points.
func at(t []float64, x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := x-x0, y-y0
	i, j := int(x0)&(side-1), int(y0)&(side-1)
	i1, j1 := (i+1)&(side-1), (j+1)&(side-1)
	return (t[j*side+i]*(1-fx)+t[j*side+i1]*fx)*(1-fy) + (t[j1*side+i]*(1-fx)+t[j1*side+i1]*fx)*fy
}

func (s *scene) draw(f *video.Frame, n int) {
	p := float64(n)
	sx, sy := 3*math.Sin(p/9), 2*math.Cos(p/13) // the hand that holds the camera
	hx, hy := float64(s.w)/2+60*math.Sin(p/20), float64(s.h)*0.55+12*math.Sin(p/7)
	rx, ry := float64(s.h)*0.27, float64(s.h)*0.36
	for y := range s.h {
		for x := range s.w {
			dx, dy := (float64(x)-hx)/rx, (float64(y)-hy)/ry
			v := 100 + 45*at(s.wall, float64(x)+sx, float64(y)+sy)
			if dx*dx+dy*dy < 1 {
				v = 150 + 50*at(s.head, float64(x)-hx, float64(y)-hy+4*math.Sin(p/3)*max(0, dy))
			}
			f.Y[y*f.YStride+x] = byte(min(max(v+(s.r.Float64()+s.r.Float64()-1)*3, 16), 235))
		}
	}
	for y := range s.h / 2 {
		for x := range s.w / 2 {
			dx, dy := (float64(2*x)-hx)/rx, (float64(2*y)-hy)/ry
			u, v := 122+8*at(s.wall, float64(x)+sx/2, float64(y)+sy/2), 128.0
			if dx*dx+dy*dy < 1 {
				u, v = 112, 148
			}
			f.U[y*f.CStride+x], f.V[y*f.CStride+x] = byte(u), byte(v)
		}
	}
}

// page draws text in several colours, scrolled by so many pixels.
type page struct{ pix *image.RGBA }

func newPage(w, h int, seed uint64) *page {
	r := rand.New(rand.NewPCG(seed, 7))
	img := image.NewRGBA(image.Rect(0, 0, w, 2*h))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	colours := []color.Color{color.RGBA{30, 30, 30, 255}, color.RGBA{20, 60, 190, 255}, color.RGBA{170, 30, 30, 255}, color.RGBA{20, 120, 50, 255}}
	line := make([]byte, w/7-8)
	for y := 20; y < 2*h; y += 16 {
		for i := range line {
			line[i] = byte('a' + r.IntN(26))
			if r.IntN(6) == 0 {
				line[i] = ' '
			}
		}
		d := font.Drawer{Dst: img, Src: image.NewUniform(colours[max(0, r.IntN(9)-5)]), Face: basicfont.Face7x13, Dot: fixed.P(20, y)}
		d.DrawBytes(line[:len(line)/2+r.IntN(len(line)/2)])
	}
	return &page{img}
}

func (p *page) draw(tb testing.TB, f *video.Frame, scrolled int) {
	if err := f.FromRGBA(p.pix.Pix[scrolled*p.pix.Stride:], p.pix.Stride); err != nil {
		tb.Fatal(err)
	}
}

// benchmarkEncode encodes a clip once per iteration and reports processor time,
// rate and quality by the codec's own decoder.
func benchmarkEncode(b *testing.B, n Name, c EncoderConfig, clip []*video.Frame) {
	benchmarkEncoder(b, n, c, clip, func(c EncoderConfig) Encoder {
		e, err := NewEncoder(n, c)
		if err != nil {
			b.Fatal(err)
		}
		return e
	})
}

func benchmarkEncoder(b *testing.B, n Name, c EncoderConfig, clip []*video.Frame, opens func(EncoderConfig) Encoder) {
	c.Threads = 1
	c.BitRate = 1_500_000
	count := len(clip)
	var spent time.Duration
	var bytes, shown int
	var quality float64
	start := time.Now()
	for range b.N {
		e := opens(c)
		d, err := NewDecoder(n, PixelsMax)
		if err != nil {
			b.Fatal(err)
		}
		for i, f := range clip {
			f.Captured = start.Add(time.Duration(float64(i) * float64(time.Second) / c.FrameRate))
			before := cpu()
			p, ok, err := e.Encode(f)
			spent += cpu() - before
			if err != nil {
				b.Fatal(err)
			}
			if !ok {
				continue
			}
			bytes += len(p.Data)
			got, err := d.Decode(p.Data)
			if err != nil || got == nil {
				b.Fatal(got, err)
			}
			if i >= count/3 {
				quality += psnrY(f, got)
				shown++
			}
			got.Release()
		}
		e.Close()
		d.Close()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(count*b.N), "ms-CPU/frame")
	b.ReportMetric(quality/float64(shown), "dB")
	b.ReportMetric(float64(shown)/(float64(b.N*count)*2/3), "shown")
	b.ReportMetric(float64(bytes*8)/1000/(float64(count*b.N)/c.FrameRate), "kbit/s")
}

// camera is drawn once: it takes longer than encoding it.
var camera = sync.OnceValue(func() []*video.Frame {
	s := newScene(1280, 720)
	return clip(1280, 720, s.draw)
})

func clip(w, h int, draw func(f *video.Frame, i int)) []*video.Frame {
	var pool video.Pool
	c := make([]*video.Frame, 90)
	for i := range c {
		c[i] = pool.Get(w, h)
		draw(c[i], i)
	}
	return c
}

func benchmarkCamera(b *testing.B, n Name) {
	benchmarkEncode(b, n, EncoderConfig{Width: 1280, Height: 720, FrameRate: 30}, camera())
}

func BenchmarkVP8Encode720p(b *testing.B)  { benchmarkCamera(b, VP8) }
func BenchmarkVP9Encode720p(b *testing.B)  { benchmarkCamera(b, VP9) }
func BenchmarkH264Encode720p(b *testing.B) { benchmarkCamera(b, H264) }
func BenchmarkAV1Encode720p(b *testing.B)  { benchmarkCamera(b, AV1) }

// What Choose does not take: OpenH264 for a camera, libx264 for one in High profile
// and for text.
func BenchmarkH264Others720p(b *testing.B) {
	c := EncoderConfig{Width: 1280, Height: 720, FrameRate: 30}
	benchmarkH264(b, "OpenH264", c, camera(), openOpenH264)
	c.HighProfile = true
	benchmarkH264(b, "libx264-High", c, camera(), func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(H264, x264, c) })
}

func BenchmarkH264OthersText1080p(b *testing.B) {
	p := newPage(1920, 1080, 1)
	pages := clip(1920, 1080, func(f *video.Frame, i int) { p.draw(b, f, 7*i) })
	benchmarkH264(b, "libx264", EncoderConfig{Width: 1920, Height: 1080, FrameRate: 15, Content: Detail}, pages,
		func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(H264, x264, c) })
}

func benchmarkH264(b *testing.B, name string, c EncoderConfig, clip []*video.Frame, open func(EncoderConfig) (encodeEngine, error)) {
	b.Run(name, func(b *testing.B) {
		benchmarkEncoder(b, H264, c, clip, func(c EncoderConfig) Encoder { return openWith(b, c, open) })
	})
}

func benchmarkText(b *testing.B, n Name) {
	p := newPage(1920, 1080, 1)
	benchmarkEncode(b, n, EncoderConfig{Width: 1920, Height: 1080, FrameRate: 15, Content: Detail},
		clip(1920, 1080, func(f *video.Frame, i int) { p.draw(b, f, 7*i) }))
}

func BenchmarkVP8EncodeText1080p(b *testing.B)  { benchmarkText(b, VP8) }
func BenchmarkVP9EncodeText1080p(b *testing.B)  { benchmarkText(b, VP9) }
func BenchmarkH264EncodeText1080p(b *testing.B) { benchmarkText(b, H264) }
func BenchmarkAV1EncodeText1080p(b *testing.B)  { benchmarkText(b, AV1) }

// A page of text is legible at once: the first picture, and the first one after
// the page is turned. The rate is kept nevertheless, by fewer pictures.
func TestTextIsSharpAtOnce(t *testing.T) {
	const rate, legible = 1_500_000, 33 // dB
	pages := [2]*page{newPage(1280, 720, 1), newPage(1280, 720, 2)}
	each(t, func(t *testing.T, n Name) {
		e, d := open(t, n, EncoderConfig{Width: 1280, Height: 720, FrameRate: 15, BitRate: rate, Content: Detail})
		var pool video.Pool
		f := pool.Get(1280, 720)
		defer f.Release()
		start := time.Now()
		bits := 0
		for i := range 75 {
			pages[i/45].draw(t, f, 0)
			f.Captured = start.Add(time.Duration(i) * time.Second / 15)
			p, ok, err := e.Encode(f)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				if i == 0 || i == 45 {
					t.Errorf("picture %d was dropped", i)
				}
				continue
			}
			bits += 8 * len(p.Data)
			got, err := d.Decode(p.Data)
			if err != nil || got == nil {
				t.Fatal(got, err)
			}
			if q := psnrY(f, got); q < legible {
				t.Errorf("picture %d: %.1f dB, want %d", i, q, legible)
			}
			got.Release()
		}
		if most := rate * (75/15 + 1); bits > most { // a second ahead at most
			t.Errorf("%d bits in 5 s, want at most %d", bits, most)
		}
	})
}
