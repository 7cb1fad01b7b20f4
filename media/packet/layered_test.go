package packet

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"

	"foyer/media/codec"
	"foyer/media/video"
)

// layeredRates are those of a 640x360 stream of three sizes.
var layeredRates = []int{100_000, 250_000, 800_000}

// layered encodes n pictures of a card into RTP packets, by picture.
func layered(t *testing.T, temporal, n int, each func(e codec.LayeredEncoder, i int)) (list [][]*rtp.Packet) {
	t.Helper()
	e, err := codec.NewLayeredEncoder(codec.VP9, codec.LayeredConfig{Width: 640, Height: 360, FrameRate: 30, BitRates: layeredRates, Temporal: temporal})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pack, err := NewLayeredPayloader(codec.VP9, 1100, temporal, 0x7ffe) // the count wraps
	if err != nil {
		t.Fatal(err)
	}
	var pool video.Pool
	card := video.NewCard(640, 360)
	start := time.Unix(1000, 0)
	for i := range n {
		if each != nil {
			each(e, i)
		}
		f := pool.Get(640, 360)
		card.Draw(f, uint32(i), start.Add(time.Duration(i)*time.Second/30))
		p, ok, err := e.Encode(f)
		f.Release()
		if err != nil {
			t.Fatal(err)
		}
		var packets []*rtp.Packet
		if ok {
			for _, q := range pack.Payloads(p) {
				if len(q.Data) > 1100 {
					t.Fatalf("payload of %d bytes", len(q.Data))
				}
				packets = append(packets, &rtp.Packet{Header: rtp.Header{Marker: q.Marker, Timestamp: uint32(3000 * i)}, Payload: append([]byte(nil), q.Data...)})
			}
		}
		list = append(list, packets)
	}
	return list
}

// forward leaves layers out as an SFU does: it numbers what is left anew and marks
// the last packet of the largest size.
func forward(t *testing.T, in []*rtp.Packet, spatial, temporal int, seq *uint16) (out []*rtp.Packet) {
	t.Helper()
	for _, q := range in {
		var d codecs.VP9Packet
		if _, err := d.Unmarshal(q.Payload); err != nil {
			t.Fatal(err)
		}
		if !d.L || int(d.SID) > spatial || int(d.TID) > temporal {
			continue
		}
		c := *q
		c.SequenceNumber = *seq
		c.Marker = q.Marker || d.E && int(d.SID) == spatial
		*seq++
		out = append(out, &c)
	}
	return out
}

func TestLayersCanBeLeftOut(t *testing.T) {
	for temporal := 1; temporal <= codec.MaxTemporal; temporal++ {
		stream := layered(t, temporal, 40, func(e codec.LayeredEncoder, i int) {
			if i == 20 {
				e.ForceKeyFrame()
			}
		})
		for spatial := range len(layeredRates) {
			for rate := range temporal {
				t.Run(fmt.Sprintf("%d frame rates, size %d, rate %d", temporal, spatial, rate), func(t *testing.T) {
					a, now := assembler(t, codec.VP9), time.Unix(0, 0)
					d, err := codec.NewDecoder(codec.VP9)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					var pool video.Pool
					card := video.NewCard(640, 360)
					width, height := 640>>(2-spatial), 360>>(2-spatial)
					seq, got, want, quality := uint16(65_500), 0, 0, 0.0
					for i, packets := range stream {
						packets = forward(t, packets, spatial, rate, &seq)
						if len(packets) == 0 {
							continue
						}
						want++
						for k, q := range packets {
							a.Push(q, now)
							if k < len(packets)-1 {
								if u := drain(t, a, now); len(u) != 0 {
									t.Fatalf("picture %d came before its last packet", i)
								}
							}
						}
						units := drain(t, a, now)
						if len(units) != 1 || units[0].Timestamp != uint32(3000*i) || units[0].Key != (i == 0 || i == 20) {
							t.Fatalf("picture %d: %d units", i, len(units))
						}
						f, err := d.Decode(units[0].Data)
						if err != nil || f == nil {
							t.Fatalf("picture %d: %v, %v", i, f, err)
						}
						got++
						if f.Width != width || f.Height != height {
							t.Fatalf("picture %d is %dx%d, want %dx%d", i, f.Width, f.Height, width, height)
						}
						whole := pool.Get(640, 360)
						card.Draw(whole, uint32(i), time.Unix(1000, 0).Add(time.Duration(i)*time.Second/30))
						small := pool.Get(width, height)
						video.Scale(small, whole)
						quality += psnrY(small, f)
						whole.Release()
						small.Release()
						f.Release()
					}
					if least := len(stream) * 8 / 10 >> (temporal - 1 - rate); got < least || got != want {
						t.Errorf("%d of %d pictures came out, want %d at least", got, want, least)
					}
					if quality /= float64(got); quality < 32 {
						t.Errorf("PSNR %.1f dB, want 32", quality)
					}
					if a.Lost() != 0 {
						t.Errorf("%d packets lost", a.Lost())
					}
				})
			}
		}
	}
}

func psnrY(a, b *video.Frame) float64 {
	sum := 0.0
	for y := range a.Height {
		for x := range a.Width {
			d := float64(a.Y[y*a.YStride+x]) - float64(b.Y[y*b.YStride+x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.Width*a.Height)/max(sum, 1))
}

// TestLayerDescriptors reads the payloads as RFC 9628 tells them.
func TestLayerDescriptors(t *testing.T) {
	stream := layered(t, 3, 24, func(e codec.LayeredEncoder, i int) {
		switch i {
		case 8:
			e.SetBitRates([]int{100_000, 250_000, 0})
		case 16:
			e.SetBitRates(layeredRates)
		}
	})
	picture, base, told := uint16(0x7ffe), -1, 0
	for i, packets := range stream {
		if len(packets) == 0 {
			continue // dropped
		}
		spatial, begun := 0, false
		for k, q := range packets {
			var d codecs.VP9Packet
			if _, err := d.Unmarshal(q.Payload); err != nil {
				t.Fatal(err)
			}
			if base < 0 {
				base = int(d.TL0PICIDX)
			} else if k == 0 && d.TID == 0 {
				base = (base + 1) & 0xff
			}
			key := i == 0 || i == 16
			if !d.I || !d.L || d.F || d.PictureID != picture || int(d.TL0PICIDX) != base || d.P == key {
				t.Fatalf("picture %d packet %d: %+v", i, k, d)
			}
			if int(d.SID) != spatial || d.B == begun || d.D != (key && spatial > 0) || d.Z != (!key || spatial == 2) {
				t.Fatalf("picture %d packet %d of size %d: %+v", i, k, spatial, d)
			}
			begun = !d.E
			if d.E {
				spatial++
			}
			if d.V {
				sizes := len(layeredRates)
				if i >= 8 && i < 16 {
					sizes--
				}
				if k != 0 || d.TID != 0 || int(d.NS)+1 != sizes || !d.Y || d.Width[0] != 160 || d.Height[1] != 180 || d.NG != 4 {
					t.Errorf("picture %d packet %d: %+v", i, k, d)
				}
				told++
			} else if key && k == 0 {
				t.Errorf("key picture %d has no scalability structure", i)
			}
			if q.Marker != (k == len(packets)-1) {
				t.Errorf("picture %d packet %d of %d: marker %v", i, k, len(packets), q.Marker)
			}
		}
		if want := map[bool]int{true: 2, false: 3}[i >= 8 && i < 16]; spatial != want || begun {
			t.Errorf("picture %d has %d sizes, want %d", i, spatial, want)
		}
		picture = (picture + 1) & 0x7fff
	}
	if told != 3 {
		t.Errorf("%d scalability structures, want 3", told)
	}
}

func TestLayeredPayloaderAllocatesNothing(t *testing.T) {
	pack, err := NewLayeredPayloader(codec.VP9, 1100, 3, 7)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 5000)
	p := codec.Layered{Key: true, Frames: []codec.LayerFrame{{Data: data[:900], Width: 160, Height: 90}, {Data: data[:2000], Spatial: 1, Width: 320, Height: 180, Below: true}, {Data: data, Spatial: 2, Width: 640, Height: 360, Below: true}}}
	if n := testing.AllocsPerRun(100, func() {
		if got := pack.Payloads(p); len(got) != 1+2+5 {
			t.Fatalf("%d payloads", len(got))
		}
	}); n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}
