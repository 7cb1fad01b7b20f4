//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/browser"
	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// A browser decodes each size of a camera that comes as one VP9 or AV1 stream of all.
func TestABrowserSeesEachSizeOfOneStream(t *testing.T) {
	for _, n := range []codec.Name{codec.VP9, codec.AV1} {
		t.Run(string(n), func(t *testing.T) { testABrowserSeesEachSizeOfOneStream(t, n) })
	}
}

func testABrowserSeesEachSizeOfOneStream(t *testing.T, n codec.Name) {
	b := openBrowser(t)
	h := serve(t)
	as := h.redeem(t, "host", "Ann")
	ann, err := call.Join(within(t, 20*time.Second), call.Config{URL: as.URL, Token: as.Token, Fingerprint: h.parsed(t, "host").Fingerprint,
		Camera: device.Test, CameraOn: true, CameraCodec: n, Microphone: device.None, Speaker: device.None,
		OpenCamera: func(id string, want device.CameraFormat) (video.Reader, error) {
			want.Width, want.Height, want.FrameRate = 640, 360, 10 // a busy machine stops sending what costs more
			return device.OpenCamera(id, want)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ann.Leave)
	in := h.redeem(t, "guest", "Bob")
	ctx := within(t, 90*time.Second)
	if err := b.Connect(ctx, browser.Connect{URL: in.URL, Token: in.Token}); err != nil {
		t.Fatal(err)
	}
	see := func(from, width, height int) {
		t.Helper()
		var first browser.Track
		if _, _, err := b.Reports.Wait(ctx, from, func(r browser.Report) bool {
			v, ok := r.Track(as.Identity, "camera")
			if !ok || v.Width != width || v.Height != height {
				first = browser.Track{}
				return false
			}
			if first.Card <= 0 {
				first = v
			}
			return first.Card > 0 && v.Frames >= first.Frames+10 && v.Card >= first.Card+10 && strings.EqualFold(v.Codec, "video/"+string(n))
		}); err != nil {
			t.Fatalf("the browser does not see Ann at %dx%d: %v", width, height, err)
		}
	}
	see(0, 640, 360)
	for _, q := range []struct {
		name          string
		width, height int
	}{{"low", 320, 180}, {"high", 640, 360}} {
		mark := b.Reports.Len()
		began := time.Now()
		if err := b.Quality(ctx, as.Identity, q.name); err != nil {
			t.Fatal(err)
		}
		see(mark, q.width, q.height)
		fmt.Printf("figure: browser-%s-%s-shown-ms %d\n", strings.ToLower(string(n)), q.name, time.Since(began).Milliseconds())
	}
}
