package codec

import (
	"bytes"
	"strings"
	"testing"

	"foyer/media/video"
)

// profileOf reads profile_idc and the constraint flags of a stream's first sequence
// parameter set (ITU-T H.264, 7.3.2.1.1).
func profileOf(tb testing.TB, data []byte) (idc, flags byte) {
	tb.Helper()
	for {
		i := bytes.Index(data, startCode)
		if i < 0 || i+5 >= len(data) {
			tb.Fatal("no sequence parameter set")
		}
		if data[i+3]&0x1f == nalSPS {
			return data[i+4], data[i+5]
		}
		data = data[i+3:]
	}
}

// What goes out is Constrained Baseline, which all take, unless High is asked for;
// both are decoded.
func TestH264Profiles(t *testing.T) {
	if !avHasEncoder(x264.name) {
		t.Skipf("FFmpeg %s was built without libx264; OpenH264 has no High profile", ffmpegVersion())
	}
	for _, content := range []Content{Motion, Detail} {
		for _, high := range []bool{false, true} {
			e, d := open(t, H264, EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 800_000, Content: content, HighProfile: high})
			name, hardware := e.Implementation()
			if x264 := strings.HasSuffix(name, "libx264"); hardware || x264 != (content == Motion) {
				t.Errorf("content %d is encoded by %s", content, name)
			}
			frames(t, 640, 360, 20, func(f *video.Frame, i int) {
				p, ok, err := e.Encode(f)
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				if i == 0 {
					idc, flags := profileOf(t, p.Data)
					if high && content == Motion {
						if idc != profileHigh {
							t.Errorf("profile %d, want High", idc)
						}
					} else if idc != 66 || flags&0x40 == 0 {
						t.Errorf("profile %d, flags %#x, want Constrained Baseline", idc, flags)
					}
				}
				got, err := d.Decode(p.Data)
				if err != nil || got == nil {
					t.Fatalf("picture %d: %v, %v", i, got, err)
				}
				defer got.Release()
				if n, _, ok := video.ReadCard(got); !ok || n != uint32(i) {
					t.Errorf("picture %d: read as %d, %v", i, n, ok)
				}
			})
		}
	}
}

// No picture becomes a key frame that nobody has asked for, however much changes.
func TestSceneCutsAreNoKeyFrames(t *testing.T) {
	e, _ := open(t, H264, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 500_000})
	frames(t, 320, 180, 40, func(f *video.Frame, i int) {
		if i%10 == 9 {
			noisy(f, uint32(i))
		}
		p, _, err := e.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		if p.Key != (i == 0) {
			t.Errorf("picture %d: key %v", i, p.Key)
		}
	})
}

// Without libx264 there is OpenH264.
func TestOpenH264StandsIn(t *testing.T) {
	was := x264
	x264.name = "libx264-that-is-not-there"
	defer func() { x264 = was }()
	e, d := open(t, H264, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 300_000})
	if name, _ := e.Implementation(); name != openH264Name() {
		t.Errorf("encoded by %s", name)
	}
	frames(t, 320, 180, 3, func(f *video.Frame, i int) {
		p, ok, err := e.Encode(f)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		got, err := d.Decode(p.Data)
		if err != nil || got == nil {
			t.Fatal(got, err)
		}
		got.Release()
	})
}
