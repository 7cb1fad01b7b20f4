package codec

import (
	"bytes"
	"math"
	"testing"

	"foyer/media/video"
)

// likeHardware drives the hardware encoders' binding where there is no hardware: FFmpeg
// has it behind the same interface.
func likeHardware(t *testing.T, reopens bool) avHow {
	if !avHasEncoder("libx264") {
		t.Skipf("FFmpeg %s was built without libx264, which stands in for hardware", ffmpegVersion())
	}
	return avHow{name: "libx264", options: "preset=ultrafast:tune=zerolatency:forced-idr=1:unknown-option=1", reopens: reopens}
}

// openWith opens an encoder on an engine of the test's.
func openWith(t testing.TB, c EncoderConfig, open func(EncoderConfig) (encodeEngine, error)) *encoder {
	t.Helper()
	e := &encoder{codec: H264, config: c}
	e.SetBitRate(c.BitRate)
	e.SetFrameRate(c.FrameRate)
	engine, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	e.use(engine, implementation{"test", true})
	t.Cleanup(func() { e.Close() })
	return e
}

func TestFFmpegEncoder(t *testing.T) {
	for _, reopens := range []bool{false, true} {
		how := likeHardware(t, reopens)
		e := openWith(t, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 1_000_000},
			func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(H264, how, c) })
		d, err := NewDecoder(H264, PixelsMax)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		spent := map[int]int{}
		keys := map[int]bool{}
		frames(t, 640, 360, 150, func(f *video.Frame, i int) {
			noisy(f, uint32(i))
			switch i {
			case 40:
				e.ForceKeyFrame()
			case 60:
				e.SetBitRate(400_000)
			}
			p, ok, err := e.Encode(f)
			if err != nil || !ok {
				t.Fatalf("picture %d: %v, %v", i, ok, err)
			}
			if !p.Captured.Equal(f.Captured) {
				t.Errorf("picture %d: captured %v, not %v", i, p.Captured, f.Captured)
			}
			if !bytes.HasPrefix(p.Data, []byte{0, 0, 0, 1}) {
				t.Errorf("picture %d begins with % x", i, p.Data[:min(4, len(p.Data))])
			}
			if u, _ := inspect(H264, p.Data); u.key != p.Key {
				t.Errorf("picture %d: key %v, inspected as %v", i, p.Key, u.key)
			}
			spent[i/30] += 8 * len(p.Data)
			keys[i] = p.Key
			got, err := d.Decode(p.Data)
			if err != nil || got == nil {
				t.Fatalf("picture %d: %v, %v", i, got, err)
			}
			if q := psnrY(f, got); q < 20 {
				t.Errorf("picture %d: %.1f dB", i, q)
			}
			got.Release()
		})
		for i, key := range keys {
			if want := i == 0 || i == 40 || reopens && i == 60; key != want {
				t.Errorf("reopens %v, picture %d: key %v, want %v", reopens, i, key, want)
			}
		}
		for second, want := range map[int]int{1: 1_000_000, 3: 400_000, 4: 400_000} {
			if got := spent[second]; math.Abs(float64(got-want)) > 0.15*float64(want) {
				t.Errorf("reopens %v, second %d: %d bits, want %d to within 15 %%", reopens, second, got, want)
			}
		}
	}
}

// An encoder that is opened anew for its rate does so at once for much less, and
// neither for little nor soon after.
func TestRateThatReopens(t *testing.T) {
	how := likeHardware(t, true)
	e := openWith(t, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 500_000},
		func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(H264, how, c) })
	var keys []int
	frames(t, 320, 180, 300, func(f *video.Frame, i int) {
		switch i {
		case 30:
			e.SetBitRate(450_000) // little less
		case 60:
			e.SetBitRate(250_000)
		case 61:
			e.SetBitRate(600_000) // five seconds later
		}
		p, _, err := e.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		if p.Key {
			keys = append(keys, i)
		}
	})
	if len(keys) != 3 || keys[0] != 0 || keys[1] != 60 || keys[2] < 60+149 || keys[2] > 60+152 {
		t.Errorf("key frames at %v, want 0, 60 and five seconds later", keys)
	}
}

func TestFFmpegEncoderAllocatesNothing(t *testing.T) {
	how := likeHardware(t, false)
	e := openWith(t, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 300_000},
		func(c EncoderConfig) (encodeEngine, error) { return openAVEncoder(H264, how, c) })
	var pool video.Pool
	f := pool.Get(320, 180)
	defer f.Release()
	step := func() {
		f.Captured = f.Captured.Add(33e6)
		if _, _, err := e.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if a := testing.AllocsPerRun(50, step); a > 0 {
		t.Errorf("%.1f allocations a frame, want none", a)
	}
}

// Where there is no hardware, no driver may do worse than say so.
func TestRealCandidatesSettle(t *testing.T) {
	if testing.Short() {
		t.Skip("a child for each of this system's candidates takes seconds")
	}
	for _, p := range only(t, func() (ids []string) {
		for _, c := range systemCandidates() {
			ids = append(ids, c.id)
		}
		return ids
	}()...) {
		t.Logf("%s %s: works %v %s", p.Direction, p.Implementation, p.Works, p.Why)
		if p.Works == (p.Why != "") {
			t.Errorf("%+v", p)
		}
	}
	for _, c := range systemCandidates() {
		why := c.missing()
		if why == "" {
			continue // its driver belongs into a child
		}
		if _, err := c.try(); err == nil {
			t.Errorf("%s works, but was said to be missing: %s", c.id, why)
		}
	}
}
