package call_test

import (
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// settle waits until pictures of a width come from somebody, three in a row.
func (c *cards) settle(t *testing.T, from *call.Call, width int) card {
	t.Helper()
	late := time.After(60 * time.Second)
	var last card
	for n := 0; n < 3; {
		select {
		case last = <-c.read:
			if last.width == width {
				n++
			} else {
				n = 0
			}
		case <-late:
			s, _ := cameraStats(from)
			t.Fatalf("no pictures %d wide came; the last was %dx%d, sent are %d sizes", width, last.width, last.height, s.Layers)
		}
	}
	return last
}

// smallCamera makes a config's camera one of 640x360 at 10 frames a second, in sizes
// of 320x180 and that: a busy machine stops sending what costs more.
func smallCamera(c *call.Config) {
	c.Camera, c.CameraOn = device.Test, true
	c.OpenCamera = func(id string, want device.CameraFormat) (video.Reader, error) {
		want.Width, want.Height, want.FrameRate = 640, 360, 10
		return device.OpenCamera(id, want)
	}
}

// TestOneTrackOfAllSizes: whoever wants a small picture gets the small one of the
// one VP9 or AV1 track, through the real server; whoever wants the large one gets that.
func TestOneTrackOfAllSizes(t *testing.T) {
	for _, n := range []codec.Name{codec.VP9, codec.AV1} {
		t.Run(string(n), func(t *testing.T) { testOneTrackOfAllSizes(t, n) })
	}
}

func testOneTrackOfAllSizes(t *testing.T, n codec.Name) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	smallCamera(&c)
	c.CameraCodec = n
	ann := m.join(c)
	await(t, ann, "her camera", func(s call.Snapshot) bool { return s.Local.CameraOn && s.Me.Has(call.Camera) })
	id := ann.Snapshot().Me.Identity
	bob, cid := m.join(m.config("guest", "Bob")), m.join(m.config("guest", "Cid"))
	small, large := newCards(), newCards()
	bob.Watch(id, call.Camera, small, 320, 180)
	cid.Watch(id, call.Camera, large, 640, 360)
	for _, want := range []struct {
		sink          *cards
		width, height int
	}{{large, 640, 360}, {small, 320, 180}} {
		if d := want.sink.settle(t, ann, want.width); d.height != want.height || d.bars > 12 {
			t.Errorf("a picture of %dx%d, a colour off by %.0f", d.width, d.height, d.bars)
		}
	}
	for _, k := range []*call.Call{bob, cid} {
		if s, ok := cameraStats(k); !ok || s.Codec != string(n) {
			t.Errorf("%s gets %+v", k.Snapshot().Me.Name, s)
		}
	}
	// Other wishes, up and down.
	bob.Unwatch(small)
	cid.Unwatch(large)
	small, large = newCards(), newCards()
	bob.Watch(id, call.Camera, large, 640, 360)
	cid.Watch(id, call.Camera, small, 320, 180)
	large.settle(t, ann, 640)
	small.settle(t, ann, 320)
	// With nobody left who wants more, only the small size is encoded.
	bob.Unwatch(large)
	late := time.After(60 * time.Second)
	for sizes := 0; sizes != 1; {
		select {
		case <-small.read:
			s, _ := cameraStats(ann)
			sizes = s.Layers
		case <-late:
			t.Fatalf("%d sizes are encoded still, want 1", sizes)
		}
	}
	// And again when somebody does.
	large = newCards()
	bob.Watch(id, call.Camera, large, 640, 360)
	large.settle(t, ann, 640)
	small.settle(t, ann, 320)
}

// cameraStats is a call's statistics of the camera, sent or received.
func cameraStats(k *call.Call) (call.TrackStats, bool) {
	for _, s := range k.Stats().Tracks {
		if s.Source == call.Camera {
			return s, true
		}
	}
	return call.TrackStats{}, false
}

// TestSealedCameraComesInSizes: in a meeting with an end-to-end key, too, people get
// the size that they want.
func TestSealedCameraComesInSizes(t *testing.T) {
	m := newMeeting(t)
	key := invite.NewKey()
	config := func(role, name string) call.Config {
		c := m.config(role, name)
		c.Key = key
		return c
	}
	c := config("host", "Ann")
	smallCamera(&c)
	ann := m.join(c)
	await(t, ann, "her camera", func(s call.Snapshot) bool { return s.Local.CameraOn && s.Me.Has(call.Camera) })
	id := ann.Snapshot().Me.Identity
	bob, cid := m.join(config("guest", "Bob")), m.join(config("guest", "Cid"))
	small, large := newCards(), newCards()
	bob.Watch(id, call.Camera, small, 320, 180)
	cid.Watch(id, call.Camera, large, 640, 360)
	if d := large.settle(t, ann, 640); d.bars > 12 {
		t.Errorf("a colour is off by %.0f", d.bars)
	}
	small.settle(t, ann, 320)
	// The server must know: a browser without the key says so instead of showing noise.
	for _, k := range []*call.Call{bob, cid} {
		p, ok := other(k.Snapshot(), "Ann")
		if camera, has := p.Track(call.Camera); !ok || !has || camera.Unreadable {
			t.Errorf("%s has of Ann's camera: %+v", k.Snapshot().Me.Name, camera)
		}
	}
}

// Asked for what cannot be sealed, a camera comes all the same, in VP8.
func TestSealedCameraComesInEveryCodecAskedFor(t *testing.T) {
	m := newMeeting(t)
	key := invite.NewKey()
	c := m.config("guest", "Bob")
	c.Key = key
	bob := m.join(c)
	for _, n := range codec.Names {
		c := m.config("host", "Ann in "+string(n))
		smallCamera(&c)
		c.Key, c.CameraCodec = key, n
		ann := m.join(c)
		seen := newCards()
		bob.Watch(ann.Snapshot().Me.Identity, call.Camera, seen, 640, 360)
		if d := seen.settle(t, ann, 640); d.bars > 12 {
			t.Errorf("%s: a colour is off by %.0f", n, d.bars)
		}
		want := n
		if !call.Sealable(n) {
			want = codec.VP8
		}
		if s, ok := cameraStats(ann); !ok || s.Codec != string(want) {
			t.Errorf("asked for %s, a sealed camera is sent in %s, want %s", n, s.Codec, want)
		}
		bob.Unwatch(seen)
		ann.Leave()
	}
}
