package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	dd "github.com/livekit/livekit-server/pkg/sfu/rtpextension/dependencydescriptor"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"

	"foyer/media/codec"
	"foyer/media/video"
)

// layeredRates are those of a 640x360 stream of three sizes.
var layeredRates = []int{100_000, 250_000, 800_000}

// layeredCodecs are those with several sizes in one stream.
var layeredCodecs = []codec.Name{codec.VP9, codec.AV1}

// descriptorID is the dependency descriptor's in the headers of these tests.
const descriptorID = 5

// layered encodes n pictures of a card into RTP packets, by picture.
func layered(t *testing.T, name codec.Name, temporal, n int, each func(e codec.LayeredEncoder, i int)) (list [][]*rtp.Packet) {
	t.Helper()
	e, err := codec.NewLayeredEncoder(name, codec.LayeredConfig{Width: 640, Height: 360, FrameRate: 30, BitRates: layeredRates, Temporal: temporal})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pack, err := NewLayeredPayloader(name, 1100, temporal, 0x7ffe) // the count wraps
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
				r := &rtp.Packet{Header: rtp.Header{Marker: q.Marker, Timestamp: uint32(3000 * i)}, Payload: append([]byte(nil), q.Data...)}
				if len(q.Descriptor) > 0 {
					if err := r.SetExtension(descriptorID, append([]byte(nil), q.Descriptor...)); err != nil {
						t.Fatal(err)
					}
				}
				packets = append(packets, r)
			}
		}
		list = append(list, packets)
	}
	return list
}

// sfu leaves layers out as one does: it numbers what is left anew and marks the last
// packet of the largest size.
type sfu struct {
	spatial, temporal, rates int
	seq                      uint16
	structure                *dd.FrameDependencyStructure
	kept                     map[uint16]bool // frames
}

func (s *sfu) forward(t *testing.T, name codec.Name, in []*rtp.Packet) (out []*rtp.Packet) {
	t.Helper()
	for _, q := range in {
		keep, ends := false, false
		if name == codec.VP9 {
			var d codecs.VP9Packet
			if _, err := d.Unmarshal(q.Payload); err != nil {
				t.Fatal(err)
			}
			keep = d.L && int(d.SID) <= s.spatial && int(d.TID) <= s.temporal
			ends = d.E && int(d.SID) == s.spatial
		} else {
			keep, ends = s.described(t, q)
		}
		if !keep {
			continue
		}
		c := *q
		c.SequenceNumber = s.seq
		c.Marker = q.Marker || ends
		s.seq++
		out = append(out, &c)
	}
	return out
}

// describe reads a packet's dependency descriptor as LiveKit's server does.
func (s *sfu) describe(t *testing.T, q *rtp.Packet) *dd.DependencyDescriptor {
	t.Helper()
	var d dd.DependencyDescriptor
	b := q.GetExtension(descriptorID)
	if n, err := (&dd.DependencyDescriptorExtension{Descriptor: &d, Structure: s.structure}).Unmarshal(b); err != nil || (n+7)/8 != len(b) && n != len(b) {
		t.Fatalf("descriptor % x: %d read, %v", b, n, err)
	}
	if d.AttachedStructure != nil {
		s.structure = d.AttachedStructure
	}
	return &d
}

func (s *sfu) described(t *testing.T, q *rtp.Packet) (keep, ends bool) {
	t.Helper()
	d := s.describe(t, q)
	f := d.FrameDependencies
	if f.DecodeTargetIndications[s.spatial*s.rates+s.temporal] == dd.DecodeTargetNotPresent {
		return false, false
	}
	// What it needs must have been passed on.
	for _, back := range f.FrameDiffs {
		if !s.kept[d.FrameNumber-uint16(back)] {
			t.Errorf("frame %d of size %d needs one %d before it, which was left out", d.FrameNumber, f.SpatialId, back)
		}
	}
	if back := f.ChainDiffs[s.structure.DecodeTargetProtectedByChain[s.spatial*s.rates+s.temporal]]; back > 0 && !s.kept[d.FrameNumber-uint16(back)] {
		t.Errorf("the chain of frame %d is broken", d.FrameNumber)
	}
	if s.kept == nil {
		s.kept = map[uint16]bool{}
	}
	s.kept[d.FrameNumber] = true
	return true, d.LastPacketInFrame && f.SpatialId == s.spatial
}

func TestLayersCanBeLeftOut(t *testing.T) {
	for _, name := range layeredCodecs {
		t.Run(string(name), func(t *testing.T) { testLayersCanBeLeftOut(t, name) })
	}
}

func testLayersCanBeLeftOut(t *testing.T, name codec.Name) {
	for temporal := 1; temporal <= codec.MaxTemporal; temporal++ {
		stream := layered(t, name, temporal, 40, func(e codec.LayeredEncoder, i int) {
			if i == 20 {
				e.ForceKeyFrame()
			}
		})
		for spatial := range len(layeredRates) {
			for rate := range temporal {
				t.Run(fmt.Sprintf("%d frame rates, size %d, rate %d", temporal, spatial, rate), func(t *testing.T) {
					a, now := assembler(t, name), time.Unix(0, 0)
					d, err := codec.NewDecoder(name, codec.PixelsMax)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					var pool video.Pool
					card := video.NewCard(640, 360)
					width, height := 640>>(2-spatial), 360>>(2-spatial)
					got, want, quality := 0, 0, 0.0
					server := &sfu{spatial: spatial, temporal: rate, rates: temporal, seq: 65_500}
					for i, packets := range stream {
						packets = server.forward(t, name, packets)
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
					least := 32.0
					if name == codec.AV1 && spatial == 0 {
						least = 24 // libaom scales with an offset
					}
					if quality /= float64(got); quality < least {
						t.Errorf("PSNR %.1f dB, want %.0f", quality, least)
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
	stream := layered(t, codec.VP9, 3, 24, func(e codec.LayeredEncoder, i int) {
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

// TestDependencyDescriptors reads them as LiveKit's server does.
func TestDependencyDescriptors(t *testing.T) {
	for temporal := 1; temporal <= codec.MaxTemporal; temporal++ {
		stream := layered(t, codec.AV1, temporal, 30, func(e codec.LayeredEncoder, i int) {
			switch i {
			case 8:
				e.SetBitRates([]int{100_000, 250_000, 0})
			case 14:
				e.ForceKeyFrame()
			case 20:
				e.SetBitRates(layeredRates)
			}
		})
		s, frame, structures, longest, all, count := &sfu{}, uint16(0x7ffe), 0, 0, 0, 0
		for i, packets := range stream {
			if len(packets) == 0 {
				continue // dropped
			}
			spatial, begun := 0, false
			for k, q := range packets {
				d := s.describe(t, q)
				f := d.FrameDependencies
				if d.FrameNumber != frame || f.SpatialId != spatial || d.FirstPacketInFrame == begun {
					t.Fatalf("%d frame rates, picture %d packet %d: %v", temporal, i, k, d)
				}
				key := i == 0 || i == 14 || i == 20
				if (d.AttachedStructure != nil) != (key && k == 0) {
					t.Errorf("%d frame rates, picture %d packet %d: structure %v", temporal, i, k, d.AttachedStructure)
				}
				sizes := 3
				if i >= 14 && i < 20 {
					sizes = 2
				}
				if a := d.AttachedStructure; a != nil {
					structures++
					r := a.Resolutions
					if a.NumDecodeTargets != sizes*temporal || a.NumChains != sizes || len(r) != sizes || r[0] != (dd.RenderResolution{Width: 160, Height: 90}) || r[sizes-1].Width != 160<<(sizes-1) {
						t.Errorf("%d frame rates, picture %d: %v", temporal, i, a)
					}
				}
				if fewer := i >= 8 && i < 14; fewer && d.FirstPacketInFrame && (d.ActiveDecodeTargetsBitmask == nil || *d.ActiveDecodeTargetsBitmask != 1<<(2*temporal)-1) {
					t.Errorf("%d frame rates, picture %d: active are %v", temporal, i, d.ActiveDecodeTargetsBitmask)
				}
				if start := (&av1{}).start(q.Payload); start != (key && k == 0) {
					t.Errorf("%d frame rates, picture %d packet %d: begins a sequence: %v", temporal, i, k, start)
				}
				n := len(q.GetExtension(descriptorID))
				longest, all, count = max(longest, n), all+n, count+1
				begun = !d.LastPacketInFrame
				if d.LastPacketInFrame {
					spatial++
					frame++
				}
				if q.Marker != (k == len(packets)-1) {
					t.Errorf("%d frame rates, picture %d packet %d of %d: marker %v", temporal, i, k, len(packets), q.Marker)
				}
			}
			if want := map[bool]int{true: 2, false: 3}[i >= 8 && i < 20]; spatial != want || begun {
				t.Errorf("%d frame rates, picture %d has %d sizes, want %d", temporal, i, spatial, want)
			}
		}
		t.Logf("%d frame rates: descriptors of %d bytes at most, %.1f on average", temporal, longest, float64(all)/float64(count))
		if structures != 3 {
			t.Errorf("%d frame rates: %d structures, want 3", temporal, structures)
		}
	}
}

// TestLayeredAV1Payloads: each payload stands in its bounds, whatever the OBUs' sizes.
func TestLayeredAV1Payloads(t *testing.T) {
	pack, err := NewLayeredPayloader(codec.AV1, 100, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	a := assembler(t, codec.AV1)
	seq := uint16(0)
	for n := range 700 {
		body := make([]byte, n)
		for i := range body {
			body[i] = byte(i)
		}
		unit := []byte{1<<3 | obuHasSize, 3, 9, 9, 9} // a sequence header, and two frames, the second with an extension
		unit = append(unit, 6<<3|obuHasSize)
		unit = append(unit, leb(len(body))...)
		unit = append(unit, body...)
		unit = append(unit, 6<<3|obuHasSize|obuHasExtension, 1<<3)
		unit = append(unit, leb(len(body))...)
		unit = append(unit, body...)
		var got []Unit
		for _, p := range pack.Payloads(codec.Layered{Key: true, Frames: []codec.LayerFrame{{Data: append([]byte{2<<3 | obuHasSize, 0}, unit...), Width: 16, Height: 16}}}) {
			if len(p.Data) > 100 {
				t.Fatalf("payload of %d bytes", len(p.Data))
			}
			a.Push(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Marker: p.Marker, Timestamp: uint32(n)}, Payload: p.Data}, time.Unix(0, 0))
			seq++
			got = append(got, drain(t, a, time.Unix(0, 0))...)
		}
		if len(got) != 1 || !bytes.Equal(got[0].Data, unit) {
			t.Fatalf("OBUs of %d bytes: %d units", n, len(got))
		}
	}
}

func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func TestLayeredPayloaderAllocatesNothing(t *testing.T) {
	for _, name := range layeredCodecs {
		t.Run(string(name), func(t *testing.T) { testLayeredPayloaderAllocatesNothing(t, name) })
	}
}

func testLayeredPayloaderAllocatesNothing(t *testing.T, name codec.Name) {
	pack, err := NewLayeredPayloader(name, 1100, 3, 7)
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
