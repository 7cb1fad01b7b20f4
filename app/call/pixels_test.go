package call_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"

	"foyer/app/call"
	"foyer/internal/e2e/hostile"
	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// grownMax is how much memory a flood may cost a client.
const grownMax = 150 << 20

func residentBytes(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("this system does not tell how much memory we use: %v", err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}

// hugeVP8 is a key frame that says it is 8192x8192.
func hugeVP8(t *testing.T) []byte {
	b := encoded(t, codec.VP8)
	binary.LittleEndian.PutUint16(b[6:], 8192)
	binary.LittleEndian.PutUint16(b[8:], 8192)
	return b
}

func encoded(t *testing.T, n codec.Name) []byte {
	t.Helper()
	e, err := codec.NewEncoder(n, codec.EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 100_000, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var pool video.Pool
	f := pool.Get(640, 360)
	defer f.Release()
	for _, plane := range [][]byte{f.Y, f.U, f.V} {
		for i := range plane {
			plane[i] = 128
		}
	}
	p, ok, err := e.Encode(f)
	if err != nil || !ok {
		t.Fatalf("encode: %v, %v", ok, err)
	}
	return append([]byte(nil), p.Data...)
}

// bitWriter writes a bitstream, most significant bit first.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) bits(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) golomb(v uint32) {
	n := 0
	for (v+1)>>(n+1) > 0 {
		n++
	}
	w.bits(0, n)
	w.bits(v+1, n+1)
}

// hugeH264 is a key frame behind a parameter set that says it is 8192x8192.
func hugeH264(t *testing.T) []byte {
	w := &bitWriter{}
	w.bits(0x67, 8) // sequence parameter set
	w.bits(66<<16|0xc0<<8|62, 24)
	w.golomb(0)   // its ID
	w.golomb(0)   // frame numbers
	w.golomb(2)   // picture order
	w.golomb(4)   // references
	w.bits(0, 1)  // no gaps
	w.golomb(511) // 8192 wide
	w.golomb(511) // 8192 high
	w.bits(1, 1)  // frames
	w.bits(1, 1)
	w.bits(0, 2) // neither cropped nor described
	w.bits(1, 1)
	out := append([]byte{0, 0, 0, 1}, w.b...)
	for _, nal := range strings.Split(string(encoded(t, codec.H264)), "\x00\x00\x01") {
		nal = strings.TrimSuffix(nal, "\x00")
		if len(nal) > 0 && nal[0]&0x1f != 7 {
			out = append(append(out, 0, 0, 0, 1), nal...)
		}
	}
	return out
}

// flood watches everything, and what a camera beside it shows, while a guest sends.
func flood(t *testing.T, name string, tracks int, mime string, width, height uint32, unit []byte, sources ...livekit.TrackSource) call.Snapshot {
	hostile.SkipRacing(t)
	m := newMeeting(t)
	ann := m.config("host", "Ann")
	ann.Camera, ann.CameraOn = device.Test, true
	m.join(ann)
	k := m.join(m.config("guest", "Bob"))
	s := await(t, k, "Ann's camera", func(s call.Snapshot) bool { p, ok := other(s, "Ann"); return ok && p.Has(call.Camera) })
	beside := newCards()
	p, _ := other(s, "Ann")
	k.Watch(p.Identity, call.Camera, beside, 640, 360)
	beside.next(t, 5)

	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	c := m.config("guest", "Mallory")
	h, err := hostile.Join(ctx, c.URL, c.Token)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	before := residentBytes(t)
	var all []*hostile.Track
	for i := range tracks {
		track, err := h.Publish(ctx, mime, sources[i%len(sources)], width, height)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, track)
	}
	for _, source := range []call.Source{call.Camera, call.Screen} {
		k.Watch(h.Identity(), source, newCards(), 1920, 1080)
	}
	peak := before
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 120 {
		for _, track := range all {
			if err := track.Write(unit, 50*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		<-tick.C
		peak = max(peak, residentBytes(t))
	}
	for len(beside.read) > 0 {
		<-beside.read
	}
	beside.next(t, 10)
	s = k.Snapshot()
	h.Close()
	await(t, k, "Mallory to leave", func(s call.Snapshot) bool { return len(s.People) == 1 })
	fmt.Printf("figure: %s: client's memory %d MB before, %d MB at its peak, %d MB after\n", name, before>>20, peak>>20, residentBytes(t)>>20)
	if peak-before > grownMax {
		t.Errorf("%s takes %d MB", name, (peak-before)>>20)
	}
	return s
}

func mallory(t *testing.T, s call.Snapshot) call.Participant {
	t.Helper()
	p, ok := other(s, "Mallory")
	if !ok {
		t.Fatalf("Mallory is not there: %+v", s.People)
	}
	return p
}

func TestEightHugeTracksUnraced(t *testing.T) {
	p := mallory(t, flood(t, "eight VP8 tracks of 8192x8192", 8, webrtc.MimeTypeVP8, 8192, 8192, hugeVP8(t),
		livekit.TrackSource_CAMERA, livekit.TrackSource_SCREEN_SHARE, livekit.TrackSource_UNKNOWN))
	for _, source := range []call.Source{call.Camera, call.Screen} {
		if track, ok := p.Track(source); !ok || !track.TooLarge {
			t.Errorf("the %s is %+v, which is not too large", source, track)
		}
	}
	if len(p.Tracks) != 2 {
		t.Errorf("tracks that are shown: %+v", p.Tracks)
	}
}

func TestPicturesLargerThanAnnouncedUnraced(t *testing.T) {
	unit := hugeH264(t)
	p := mallory(t, flood(t, fmt.Sprintf("%d bytes of H.264 that become 8192x8192", len(unit)), 1, webrtc.MimeTypeH264, 640, 360, unit, livekit.TrackSource_CAMERA))
	if track, _ := p.Track(call.Camera); !track.TooLarge {
		t.Errorf("the camera is %+v, which is not too large", track)
	}
}

func TestManyTracksOfOneSourceUnraced(t *testing.T) {
	p := mallory(t, flood(t, "64 cameras of one guest", 64, webrtc.MimeTypeVP8, 640, 360, encoded(t, codec.VP8), livekit.TrackSource_CAMERA))
	if track, ok := p.Track(call.Camera); len(p.Tracks) != 1 || !ok || track.TooLarge {
		t.Errorf("tracks that are shown: %+v", p.Tracks)
	}
}

// The next track of a source is shown when the first has ended.
func TestTracksSucceedEachOther(t *testing.T) {
	m := newMeeting(t)
	k := m.join(m.config("host", "Ann"))
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c := m.config("guest", "Mallory")
	h, err := hostile.Join(ctx, c.URL, c.Token)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	unit := encoded(t, codec.VP8)
	var tracks []*hostile.Track
	for range 2 {
		track, err := h.Publish(ctx, webrtc.MimeTypeVP8, livekit.TrackSource_CAMERA, 640, 360)
		if err != nil {
			t.Fatal(err)
		}
		tracks = append(tracks, track)
	}
	frames := make(chan struct{}, 1)
	k.Watch(h.Identity(), call.Camera, &sink{func() {
		select {
		case frames <- struct{}{}:
		default:
		}
	}}, 640, 360)
	send := func(what string, list ...*hostile.Track) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, track := range list {
				if err := track.Write(unit, 50*time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			select {
			case <-frames:
				return
			case <-ctx.Done():
				t.Fatalf("no picture of %s", what)
			case <-tick.C:
			}
		}
	}
	send("the first", tracks...)
	s := await(t, k, "one track", func(s call.Snapshot) bool { p, ok := other(s, "Mallory"); return ok && len(p.Tracks) == 1 })
	first := mallory(t, s).Tracks[0].ID
	i := 0
	if tracks[1].SID == first {
		i = 1
	}
	if err := h.Unpublish(ctx, tracks[i]); err != nil {
		t.Fatal(err)
	}
	await(t, k, "the other track", func(s call.Snapshot) bool {
		p, ok := other(s, "Mallory")
		return ok && len(p.Tracks) == 1 && p.Tracks[0].ID == tracks[1-i].SID
	})
	for len(frames) > 0 {
		<-frames
	}
	send("the second", tracks[1-i])
}

// sink is told of each picture.
type sink struct{ told func() }

func (s *sink) Push(*video.Frame) { s.told() }
