package codec

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"foyer/media/video"
)

// frames draws n pictures of a card, a 30th of a second apart.
func frames(tb testing.TB, w, h, n int, each func(f *video.Frame, i int)) {
	tb.Helper()
	var pool video.Pool
	card := video.NewCard(w, h)
	start := time.Now().Truncate(time.Millisecond)
	for i := range n {
		f := pool.Get(w, h)
		card.Draw(f, uint32(i), start.Add(time.Duration(i)*time.Second/30))
		each(f, i)
		f.Release()
	}
}

func open(tb testing.TB, n Name, c EncoderConfig) (Encoder, Decoder) {
	tb.Helper()
	e, err := NewEncoder(n, c)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := NewDecoder(n, PixelsMax)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Close(); d.Close() })
	return e, d
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

// each runs a test for every codec.
func each(t *testing.T, test func(t *testing.T, n Name)) {
	for _, n := range Names {
		t.Run(string(n), func(t *testing.T) { test(t, n) })
	}
}

func TestEncodersKeepThePicture(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		for _, c := range []struct{ w, h, rate int }{{1280, 720, 1_500_000}, {320, 180, 150_000}} {
			e, d := open(t, n, EncoderConfig{Width: c.w, Height: c.h, FrameRate: 30, BitRate: c.rate})
			sent, wrong := 0, 0
			frames(t, c.w, c.h, 30, func(f *video.Frame, i int) {
				p, ok, err := e.Encode(f)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					return
				}
				sent++
				got, err := d.Decode(p.Data)
				if err != nil || got == nil {
					t.Fatalf("%dx%d picture %d: %v %v", c.w, c.h, i, got, err)
				}
				defer got.Release()
				number, at, ok := video.ReadCard(got)
				if q := psnrY(f, got); !ok || number != uint32(i) || at.UnixMilli() != f.Captured.UnixMilli() || q < 30 {
					t.Logf("%dx%d picture %d: read as %d, %v, %v, %.1f dB", c.w, c.h, i, number, at, ok, q)
					wrong++
				}
				if worst := video.BarsError(got); worst > 8 {
					t.Errorf("%dx%d picture %d: a bar is off by %.1f", c.w, c.h, i, worst)
				}
			})
			if wrong > wrongPictures {
				t.Errorf("%dx%d: %d pictures are wrong", c.w, c.h, wrong)
			}
			if sent < 25 {
				t.Errorf("%dx%d: only %d of 30 pictures were sent", c.w, c.h, sent)
			}
		}
	})
}

// noisy adds what a compressor cannot foresee, so that the rate control works.
func noisy(f *video.Frame, seed uint32) {
	for i := range f.Y {
		seed = seed*1664525 + 1013904223
		f.Y[i] = byte(int(f.Y[i])*7/8 + int(seed>>27))
	}
}

func TestEncodersFollowTheBitRate(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		e, _ := open(t, n, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 1_000_000})
		spent := map[int]int{} // second -> bits
		frames(t, 640, 360, 150, func(f *video.Frame, i int) {
			noisy(f, uint32(i))
			if i == 60 {
				e.SetBitRate(400_000)
			}
			p, ok, err := e.Encode(f)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				spent[i/30] += 8 * len(p.Data)
			}
		})
		t.Log(spent)
		const bound = 0.15
		for _, c := range []struct{ what, got, want int }{{1, spent[1], 1_000_000}, {3, (spent[3] + spent[4]) / 2, 400_000}} {
			if math.Abs(float64(c.got-c.want)) > bound*float64(c.want) {
				t.Errorf("from second %d: %d bits/s, want %d to within %.0f %%", c.what, c.got, c.want, 100*bound)
			}
		}
	})
}

func TestForcedKeyFrame(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		e, _ := open(t, n, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 300_000})
		frames(t, 320, 180, 12, func(f *video.Frame, i int) {
			if i == 7 {
				e.ForceKeyFrame()
			}
			p, ok, err := e.Encode(f)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			want := i == 0 || i == 7
			if p.Key != want {
				t.Errorf("picture %d: key %v, want %v", i, p.Key, want)
			}
			if u, err := inspect(n, p.Data); u.key != want || err != nil {
				t.Errorf("picture %d: inspected as key %v, %v", i, u.key, err)
			}
		})
	})
}

func TestCodecsAllocateNothing(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		e, d := open(t, n, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 300_000})
		var pool video.Pool
		card := video.NewCard(320, 180)
		at := time.Now()
		number := uint32(0)
		step := func() {
			f := pool.Get(320, 180)
			number++
			at = at.Add(time.Second / 30)
			card.Draw(f, number, at)
			e.SetBitRate(300_000 + int(number%2)*50_000)
			p, ok, err := e.Encode(f)
			f.Release()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			got, err := d.Decode(p.Data)
			if err != nil {
				t.Fatal(err)
			}
			got.Release()
		}
		step()
		if a := testing.AllocsPerRun(50, step); a > 0 {
			t.Errorf("%.1f allocations a frame, want none", a)
		}
	})
}

// What libvpx encodes, FFmpeg's own decoders show too; H.264 and AV1 are decoded
// by somebody else than their encoder's maker in every test here.
func TestAnotherDecoderAgrees(t *testing.T) {
	for n, name := range map[Name]string{VP8: "vp8", VP9: "vp9"} {
		for _, content := range []Content{Motion, Detail} {
			e, err := NewEncoder(n, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 800_000, Content: content})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			theirs, err := openAVDecoderNamed(name, "", PixelsMax)
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.close()
			ours, err := NewDecoder(n, PixelsMax)
			if err != nil {
				t.Fatal(err)
			}
			defer ours.Close()
			var pool video.Pool
			frames(t, 640, 360, 20, func(f *video.Frame, i int) {
				p, ok, err := e.Encode(f)
				if err != nil || !ok {
					t.Fatalf("%s picture %d: %v, %v", n, i, ok, err)
				}
				a, err := theirs.decode(p.Data, &pool)
				if err != nil || a == nil {
					t.Fatalf("%s picture %d by FFmpeg: %v, %v", n, i, a, err)
				}
				defer a.Release()
				b, err := ours.Decode(p.Data)
				if err != nil || b == nil {
					t.Fatalf("%s picture %d: %v, %v", n, i, b, err)
				}
				defer b.Release()
				if !bytes.Equal(a.Y, b.Y) || !bytes.Equal(a.U, b.U) || !bytes.Equal(a.V, b.V) {
					t.Errorf("%s picture %d: the decoders disagree", n, i)
				}
				if q := psnrY(f, a); q < 20 {
					t.Errorf("%s picture %d: %.1f dB", n, i, q)
				}
			})
		}
	}
}

// Another size is another encoder; the decoder goes on.
func TestSizeChanges(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		d, err := NewDecoder(n, PixelsMax)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, s := range []struct{ w, h int }{{320, 180}, {640, 360}, {182, 102}, {320, 180}} {
			e, err := NewEncoder(n, EncoderConfig{Width: s.w, Height: s.h, FrameRate: 30, BitRate: 500_000})
			if err != nil {
				t.Fatal(err)
			}
			frames(t, s.w, s.h, 3, func(f *video.Frame, i int) {
				p, ok, err := e.Encode(f)
				if err != nil || !ok {
					t.Fatalf("%v picture %d: %v, %v", s, i, ok, err)
				}
				got, err := d.Decode(p.Data)
				if err != nil || got == nil {
					t.Fatalf("%v picture %d: %v, %v", s, i, got, err)
				}
				defer got.Release()
				if got.Width != s.w || got.Height != s.h {
					t.Errorf("%v picture %d: came out as %dx%d", s, i, got.Width, got.Height)
				}
			})
			e.Close()
		}
	})
}

func TestWrongSizes(t *testing.T) {
	each(t, func(t *testing.T, n Name) {
		for _, s := range []struct{ w, h int }{{0, 0}, {8, 8}, {321, 180}, {320, 181}, {maxSide + 2, 16}, {-320, -180}} {
			if e, err := NewEncoder(n, EncoderConfig{Width: s.w, Height: s.h}); !errors.Is(err, errSize) {
				t.Errorf("%v: %v, %v", s, e, err)
			}
		}
		e, _ := open(t, n, EncoderConfig{Width: 320, Height: 180})
		var pool video.Pool
		f := pool.Get(160, 90)
		defer f.Release()
		if _, _, err := e.Encode(f); !errors.Is(err, errSize) {
			t.Errorf("another size: %v", err)
		}
		e.Close()
		if _, _, err := e.Encode(f); !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// Headers that ask for gigabytes are turned away before a library sees them, and
// a frame behind a frame is not decoded unseen.
func TestLargePicturesAreRefused(t *testing.T) {
	vp8 := []byte{0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f}
	// Marker 2, profile 0, key frame, shown, sync code, colours, 65536 x 65536.
	vp9 := []byte{0x82, 0x49, 0x83, 0x42, 0x0f, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0}
	// Inter frame, no size from a reference: the same size spelt out.
	inter := []byte{0x86, 0x00, 0x00, 0x00, 0x1f, 0xff, 0xff, 0xff, 0xf8, 0, 0, 0}
	for _, c := range []struct {
		codec Name
		data  []byte
	}{
		{VP8, vp8}, {VP9, vp9}, {VP9, inter}, {VP9, asSuperframe(nil, vp9)},
		{VP9, append(append([]byte{}, vp9...), 0xc8, 4, 0, 8, 0, 0xc9)[:12]},
	} {
		if u, err := inspect(c.codec, c.data); !errors.Is(err, errSize) {
			t.Errorf("%s % x: key %v, %v, want a size out of range", c.codec, c.data, u.key, err)
		}
	}
	frame := []byte{0x82, 1, 2, 3}
	framed := asSuperframe(nil, frame)
	if sizes, each := vp9Index(framed); len(sizes) != 4 || each != 4 || sizes[0] != 4 {
		t.Errorf("index % x of sizes % x, %d bytes each", framed, sizes, each)
	}
}

func TestDelimitersAreLeftOut(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"\x12\x00\x0a\x01z":    "\x0a\x01z",
		"\x12\x00":             "",
		"\x0a\x01z":            "\x0a\x01z",
		"\x12\xff\xff\xff\x7f": "",
	} {
		if got := string(withoutDelimiter([]byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestDecodersOutliveGarbage(t *testing.T) {
	for _, n := range Names {
		d, err := NewDecoder(n, PixelsMax)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{nil, {0}, {1, 2, 3}, make([]byte, 100), {0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f}} {
			if f, _ := d.Decode(b); f != nil {
				f.Release()
				t.Errorf("%s: a picture out of %v", n, b)
			}
		}
		d.Close()
		if _, err := d.Decode([]byte{0, 0, 0, 1}); err == nil {
			t.Errorf("%s: decodes after Close", n)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: second Close: %v", n, err)
		}
	}
}

func TestUnknownCodec(t *testing.T) {
	if _, err := NewEncoder("MP3", EncoderConfig{Width: 64, Height: 64}); err == nil {
		t.Error("an encoder for MP3")
	}
	if _, err := NewDecoder("MP3", PixelsMax); err == nil {
		t.Error("a decoder for MP3")
	}
}

func TestProbe(t *testing.T) {
	software := 0
	for _, p := range Probe(t.Context()) {
		switch {
		case !p.Hardware && !p.Works:
			t.Errorf("%s %s by %s: %s", p.Direction, p.Codec, p.Implementation, p.Why)
		case !p.Hardware:
			software++
		case p.Works || p.Why == "":
			t.Errorf("%+v: hardware is tried without a child", p)
		}
	}
	if want := 2 * len(Names); software != want {
		t.Errorf("%d works in software, want %d", software, want)
	}
}

// fuzz starts from two packets of a real encoder, whole, cut and reordered.
func fuzz(f *testing.F, n Name) {
	e, err := NewEncoder(n, EncoderConfig{Width: 64, Height: 48, FrameRate: 30, BitRate: 100_000})
	if err != nil {
		f.Fatal(err)
	}
	var packets [2][]byte
	frames(f, 64, 48, 2, func(fr *video.Frame, i int) {
		p, _, err := e.Encode(fr)
		if err != nil {
			f.Fatal(err)
		}
		packets[i] = append(packets[i], p.Data...)
	})
	e.Close()
	key, next := packets[0], packets[1]
	f.Add(key, next)
	f.Add(next, key)
	f.Add(key[:len(key)/2], next[:len(next)/2])
	f.Fuzz(func(t *testing.T, a, b []byte) { feed(t, n, a, b, key) })
}

func FuzzVP8Decoder(f *testing.F) { fuzz(f, VP8) }
func FuzzVP9Decoder(f *testing.F) { fuzz(f, VP9) }
func FuzzAV1Decoder(f *testing.F) { fuzz(f, AV1) }

func FuzzH264Decoder(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x47}, []byte{0, 0, 0, 1, 0x65, 0x88, 0x84})
	fuzz(f, H264)
}

// feed decodes packets one after the other; only a crash fails.
func feed(t *testing.T, n Name, packets ...[]byte) {
	d, err := NewDecoder(n, PixelsMax)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, p := range packets {
		if fr, _ := d.Decode(p); fr != nil {
			fr.Release()
		}
	}
}
