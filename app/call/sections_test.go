package call_test

import (
	"context"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/media/video"
)

// A camera that comes after a screen has gone takes that one's section of the offer.
// All its sizes arrive all the same, each at who wants it.
func TestACameraAfterAScreenHasAllItsSizes(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.OpenScreen = func(string, device.ScreenOptions) (video.Reader, error) { return video.NewCardReader(320, 180, 8) }
	c.OpenCamera = func(string, device.CameraFormat) (video.Reader, error) { return video.NewCardReader(640, 360, 15) }
	c.Camera, c.Steady = "large", true
	ann := m.join(c)
	me := ann.Snapshot().Me.Identity
	widths := map[int]*call.Call{320: m.join(m.config("guest", "Bob")), 640: m.join(m.config("guest", "Carol"))}
	has := func(what string, s call.Source, want bool) {
		t.Helper()
		for _, k := range widths {
			await(t, k, what, func(s2 call.Snapshot) bool { p, ok := other(s2, "Ann"); return ok && p.Has(s) == want })
		}
	}
	if err := ann.ShareScreen(context.Background(), "screen", call.ShareOptions{}); err != nil {
		t.Fatal(err)
	}
	has("the screen", call.Screen, true)
	ann.StopShare()
	has("no screen", call.Screen, false)
	ann.SetCamera(true)
	has("the camera", call.Camera, true)
	for width, k := range widths {
		k.Watch(me, call.Camera, newCards(), width, width*9/16)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		right := 0
		for width, k := range widths {
			for _, s := range k.Stats().Tracks {
				if s.Source == call.Camera && s.Frames > 20 && s.Width == width {
					right++
				}
			}
		}
		if right == len(widths) {
			return
		}
		if time.Now().After(end) {
			for width, k := range widths {
				t.Errorf("who wants %d has %+v", width, k.Stats().Tracks)
			}
			return
		}
	}
}
