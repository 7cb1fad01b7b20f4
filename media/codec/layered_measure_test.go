//go:build unix

package codec

import (
	"fmt"
	"testing"
	"time"

	"foyer/media/video"
)

// BenchmarkLayers720p sets three sizes in one stream against simulcast at the
// same rates, with the scaling that the latter needs: processor time, and how good
// the largest and the smallest size are.
func BenchmarkLayers720p(b *testing.B) {
	const w, h = 1280, 720
	ladder := video.Ladder(w, h, 30)
	scene := newScene(w, h)
	source := clip(w, h, func(f *video.Frame, i int) { scene.draw(f, i) })
	for _, v := range []struct {
		n        Name
		temporal int
	}{{VP9, 1}, {VP9, 3}, {AV1, 1}, {AV1, 2}, {AV1, 3}} {
		n, temporal := v.n, v.temporal
		b.Run(fmt.Sprintf("%s-L3T%d_KEY", n, temporal), func(b *testing.B) {
			e, err := NewLayeredEncoder(n, LayeredConfig{Width: w, Height: h, FrameRate: 30, BitRates: []int{ladder[0].BitRate, ladder[1].BitRate, ladder[2].BitRate}, Temporal: temporal, Threads: 1})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			benchmarkLayers(b, n, source, func(f *video.Frame) (small, large []byte, bits int) {
				p, ok, err := e.Encode(f)
				if err != nil {
					b.Fatal(err)
				}
				if !ok {
					return nil, nil, 0
				}
				for _, l := range p.Frames {
					bits += 8 * len(l.Data)
				}
				return p.Frames[0].Data, together(n, p.Frames), bits
			})
		})
	}
	for _, n := range []Name{VP8, H264, VP9} {
		b.Run(string(n)+"-simulcast", func(b *testing.B) {
			var layers [3]Encoder
			for i, l := range ladder {
				e, err := NewEncoder(n, EncoderConfig{Width: l.Width, Height: l.Height, FrameRate: 30, BitRate: l.BitRate, Threads: 1})
				if err != nil {
					b.Fatal(err)
				}
				defer e.Close()
				layers[i] = e
			}
			var pool video.Pool
			benchmarkLayers(b, n, source, func(f *video.Frame) (small, large []byte, bits int) {
				for i, l := range ladder {
					from := f
					if l.Width != w {
						from = pool.Get(l.Width, l.Height)
						video.Scale(from, f)
						from.Captured = f.Captured
					}
					p, _, err := layers[i].Encode(from)
					if err != nil {
						b.Fatal(err)
					}
					if from != f {
						from.Release()
					}
					bits += 8 * len(p.Data)
					switch i {
					case 0:
						small = p.Data
					case len(ladder) - 1:
						large = p.Data
					}
				}
				return small, large, bits
			})
		})
	}
}

func benchmarkLayers(b *testing.B, n Name, source []*video.Frame, encode func(f *video.Frame) (small, large []byte, bits int)) {
	var decoders [2]Decoder
	for i := range decoders {
		d, err := NewDecoder(n, PixelsMax)
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		decoders[i] = d
	}
	var pool video.Pool
	var busy time.Duration
	var sum, pictures [2]float64
	all, start := 0, time.Unix(1000, 0)
	for i := 0; b.Loop(); i++ {
		f := source[i%len(source)].At(start.Add(time.Duration(i) * time.Second / 30))
		before := cpu()
		small, large, bits := encode(&f)
		busy += cpu() - before
		all += bits
		for k, data := range [][]byte{small, large} {
			if len(data) == 0 {
				continue
			}
			got, err := decoders[k].Decode(data)
			if err != nil || got == nil {
				b.Fatal(got, err)
			}
			want := pool.Get(got.Width, got.Height)
			video.Scale(want, &f)
			sum[k] += psnrY(want, got)
			pictures[k]++
			want.Release()
			got.Release()
		}
	}
	b.ReportMetric(busy.Seconds()*1000/float64(b.N), "cpu-ms/picture")
	b.ReportMetric(float64(all)/float64(b.N)*30/1000, "kbit/s")
	b.ReportMetric(sum[0]/pictures[0], "dB-small")
	b.ReportMetric(sum[1]/pictures[1], "dB-large")
	b.ReportMetric(pictures[1]/float64(b.N), "sent")
}
