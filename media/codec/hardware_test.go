package codec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/media/video"
)

// probeArgument makes the test binary a probe's child.
const probeArgument = "probe-codec"

func TestMain(m *testing.M) {
	candidates = append(fakes(), candidates...)
	if len(os.Args) == 3 && os.Args[1] == probeArgument {
		if err := ProbeChild(os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakes stand in for hardware: software behind the hardware's interface, and
// every way to fail that drivers know.
func fakes() []candidate {
	here := func() string { return "" }
	h264 := func(n int) func(EncoderConfig) (encodeEngine, error) {
		return func(c EncoderConfig) (encodeEngine, error) {
			c.Threads = 1
			e, err := openOpenH264(c)
			return &frail{encodeEngine: e, left: n}, err
		}
	}
	fake := func(id string, open func(EncoderConfig) (encodeEngine, error)) candidate {
		return candidate{id: id, codec: H264, direction: encoding, implementation: id, missing: here, encoder: open}
	}
	return []candidate{
		fake("fake-missing", nil).with(func() string { return "not in this machine" }),
		fake("fake-no-open", func(EncoderConfig) (encodeEngine, error) { return nil, errFake }),
		fake("fake-no-frame", h264(0)),
		fake("fake-crash", func(EncoderConfig) (encodeEngine, error) { var p *int; *p = 1; return nil, nil }),
		fake("fake-hang", func(EncoderConfig) (encodeEngine, error) {
			for {
				time.Sleep(time.Hour)
			}
		}),
		fake("fake-frail", h264(fakeFrames)),
		fake("fake-works", h264(1<<30)),
		{id: "fake-decode-frail", codec: VP8, direction: decoding, implementation: "fake-decode-frail", missing: here,
			decoder: func() (decodeEngine, error) {
				d, err := openVPXDecoder(VP8)
				return &frailDecoder{decodeEngine: d, left: fakeFrames}, err
			}},
	}
}

func (c candidate) with(missing func() string) candidate { c.missing = missing; return c }

var errFake = errors.New("the fake driver failed")

// fakeFrames is how many frames a frail fake lives: more than a probe needs.
const fakeFrames = 20

type frail struct {
	encodeEngine
	left int
}

func (e *frail) encode(f *video.Frame, pts, duration int64, key bool) ([]byte, bool, error) {
	if e.left--; e.left < 0 {
		return nil, false, errFake
	}
	return e.encodeEngine.encode(f, pts, duration, key)
}

type frailDecoder struct {
	decodeEngine
	left int
}

func (d *frailDecoder) decode(data []byte, pool *video.Pool) (*video.Frame, error) {
	if d.left--; d.left < 0 {
		return nil, errFake
	}
	return d.decodeEngine.decode(data, pool)
}

// only leaves the named candidates, for one test, and probes them in children.
func only(t *testing.T, ids ...string) []Probed {
	t.Helper()
	all := candidates
	t.Cleanup(func() { candidates = all; Configure(Setup{}) })
	candidates = nil
	for _, c := range all {
		if slices.Contains(ids, c.id) {
			candidates = append(candidates, c)
		}
	}
	Configure(Setup{Child: []string{os.Args[0], probeArgument}, Cache: t.TempDir()})
	return probeHardware(t.Context(), false)
}

func TestDriversAreTriedInChildren(t *testing.T) {
	want := map[string]string{
		"fake-missing":  "not in this machine",
		"fake-no-open":  errFake.Error(),
		"fake-no-frame": errFake.Error(),
		"fake-crash":    "SIGSEGV",
		"fake-frail":    "",
		"fake-works":    "",
	}
	for _, p := range only(t, "fake-missing", "fake-no-open", "fake-no-frame", "fake-crash", "fake-frail", "fake-works") {
		why, ok := want[p.Implementation]
		delete(want, p.Implementation)
		if !ok || p.Works != (why == "") || !strings.Contains(p.Why, why) || !p.Hardware {
			t.Errorf("%+v, want why %q", p, why)
		}
		if p.Works && p.Milliseconds <= 0 {
			t.Errorf("%s: no time", p.Implementation)
		}
	}
	if len(want) > 0 {
		t.Errorf("not probed: %v", want)
	}
	e, err := NewEncoder(H264, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if name, hardware := e.Implementation(); !hardware || name != "fake-frail" {
		t.Errorf("opened %s, hardware %v; want the first that works", name, hardware)
	}
	small, err := NewEncoder(H264, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	if name, hardware := small.Implementation(); hardware {
		t.Errorf("opened %s for a small picture", name)
	}
}

func TestHangingDriver(t *testing.T) {
	was := childLimit
	childLimit = 500 * time.Millisecond
	defer func() { childLimit = was }()
	r := runChild(t.Context(), []string{os.Args[0], probeArgument}, "fake-hang")
	if r.Works || !strings.HasPrefix(r.Why, "hangs") {
		t.Errorf("%+v, want a hang", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := runChild(ctx, []string{os.Args[0], probeArgument}, "fake-hang"); r.Works || r.Why != "not finished" {
		t.Errorf("%+v, want not finished", r)
	}
}

func TestProbeChildKnowsItsCandidates(t *testing.T) {
	if err := ProbeChild("fake", os.Stderr); !errors.Is(err, ErrNoCandidate) {
		t.Errorf("%v, want ErrNoCandidate", err)
	}
}

func TestProbesAreRemembered(t *testing.T) {
	only(t, "fake-works", "fake-no-open")
	folder := machine.setup.Cache
	// A child that cannot even start: only the cache can say that it works.
	Configure(Setup{Child: []string{filepath.Join(folder, "none")}, Cache: folder})
	check := func(what string, all []Probed, works bool) {
		t.Helper()
		for _, p := range all {
			if p.Implementation == "fake-works" && p.Works != works {
				t.Errorf("%s: %+v", what, p)
			}
			if p.Implementation == "fake-no-open" && p.Works {
				t.Errorf("%s: %+v", what, p)
			}
		}
	}
	check("from the cache", probeHardware(t.Context(), false), true)
	b, err := os.ReadFile(cacheFile(folder))
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(b), `"versions": "`, `"versions": "another driver `, 1)
	if err := os.WriteFile(cacheFile(folder), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	check("after a new driver", probeHardware(t.Context(), false), false)
	if err := os.WriteFile(cacheFile(folder), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("with a damaged cache", probeHardware(t.Context(), false), false)
	if err := os.WriteFile(cacheFile(folder), b, 0o600); err != nil {
		t.Fatal(err)
	}
	check("anew", probeHardware(t.Context(), true), false)
}

func TestSoftwareOnly(t *testing.T) {
	only(t, "fake-works")
	Configure(Setup{Policy: SoftwareOnly, Child: machine.setup.Child})
	for _, p := range probeHardware(t.Context(), false) {
		if p.Works || p.Why == "" {
			t.Errorf("%+v, want it switched off", p)
		}
	}
	e, err := NewEncoder(H264, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if name, hardware := e.Implementation(); hardware {
		t.Errorf("opened %s", name)
	}
}

// Hardware dies in the middle: no picture is lost, and the next packet is a key frame.
func TestEncoderFallsBack(t *testing.T) {
	only(t, "fake-frail")
	conf := EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 500_000}
	e, d := open(t, H264, conf)
	e.SetBitRate(700_000)
	frames(t, 640, 360, fakeFrames+10, func(f *video.Frame, i int) {
		p, ok, err := e.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		_, hardware := e.Implementation()
		if hardware != (i < fakeFrames) {
			t.Errorf("picture %d: hardware %v", i, hardware)
		}
		if !ok {
			return
		}
		if want := i == 0 || i == fakeFrames; p.Key != want {
			t.Errorf("picture %d: key %v, want %v", i, p.Key, want)
		}
		got, err := d.Decode(p.Data)
		if err != nil || got == nil {
			t.Fatalf("picture %d: %v, %v", i, got, err)
		}
		if n, _, ok := video.ReadCard(got); !ok || n != uint32(i) {
			t.Errorf("picture %d: read as %d, %v", i, n, ok)
		}
		got.Release()
	})
	if got := e.(*encoder).config.BitRate; got != 700_000 {
		t.Errorf("software was opened at %d bit/s, want the rate asked for last", got)
	}
	next, err := NewEncoder(H264, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if name, hardware := next.Implementation(); hardware {
		t.Errorf("%s is opened again after it failed", name)
	}
}

// Hardware dies while decoding: an error asks for a key frame, and that one is shown.
func TestDecoderFallsBack(t *testing.T) {
	only(t, "fake-decode-frail")
	e, d := open(t, VP8, EncoderConfig{Width: 1280, Height: 720, FrameRate: 30, BitRate: 2_000_000})
	failed := -1
	frames(t, 1280, 720, fakeFrames+10, func(f *video.Frame, i int) {
		if failed == i-1 && i > 0 {
			e.ForceKeyFrame()
		}
		p, ok, err := e.Encode(f)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		got, err := d.Decode(p.Data)
		if err != nil && failed >= 0 {
			t.Fatalf("picture %d: %v, after the failure at %d", i, err, failed)
		}
		if err != nil {
			failed = i
			return
		}
		if got == nil {
			t.Fatalf("picture %d: none", i)
		}
		if n, _, ok := video.ReadCard(got); !ok || n != uint32(i) {
			t.Errorf("picture %d: read as %d, %v", i, n, ok)
		}
		got.Release()
		if _, hardware := d.Implementation(); hardware != (failed < 0) {
			t.Errorf("picture %d: hardware %v", i, hardware)
		}
	})
	if failed != fakeFrames {
		t.Errorf("failed at picture %d, want %d", failed, fakeFrames)
	}
}

func TestLongStarts(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"\x00\x00\x01a":                  "\x00\x00\x00\x01a",
		"\x00\x00\x00\x01a":              "\x00\x00\x00\x01a",
		"\x00\x00\x00\x01a\x00\x00\x01b": "\x00\x00\x00\x01a\x00\x00\x00\x01b",
		"ab":                             "ab",
	} {
		if got := string(longStarts(nil, []byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
