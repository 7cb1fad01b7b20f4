//go:build unix

package e2e

import (
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/settings"
	"foyer/internal/e2e/display"
)

// transcriber joins a meeting as LiveKit's agents do.
func transcriber(t *testing.T, h *host) *lksdk.Room {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(h.data, "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var keys struct{ APIKey, APISecret string }
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	yes := true
	token, err := auth.NewAccessToken(keys.APIKey, keys.APISecret).SetIdentity("transcriber").SetName("Transcriber").
		SetKind(livekit.ParticipantInfo_AGENT).SetValidFor(time.Minute).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: h.room, Agent: true, CanPublishData: &yes, CanSubscribe: &yes}).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	room := lksdk.NewRoom(lksdk.NewRoomCallback())
	if err := room.JoinWithContextAndToken(within(t, 20*time.Second), h.redeem(t, "guest", "for the address").URL, token, lksdk.WithAutoSubscribe(false)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(room.Disconnect)
	return room
}

// What an agent transcribes stands in the window, in the size of text that was chosen,
// until T turns it off.
func TestCaptionsAreSeen(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1000, Height: 760})
	h := serve(t)
	folder := t.TempDir()
	s, _, err := settings.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	const scale = 1.5
	if err := s.Update(func(s *settings.Settings) { s.TextScale, s.Motion = scale, "reduced" }); err != nil {
		t.Fatal(err)
	}
	at := image.Rect(10, 30, 970, 730)
	w := openWindow(t, d, at, "Ann", "--settings", folder, "--camera", "none", "--microphone", "none", "--speaker", "none")
	w.event("lobby-drawn")
	w.enter(h.link(t, "guest"))
	agent := transcriber(t, h)
	w.focus()

	// Letters are light; below the tiles and above the controls nothing else is.
	letters := func(img *image.RGBA) (n int) {
		b := img.Bounds()
		bottom := b.Max.Y - 95 // the controls
		for y := bottom - 55; y < bottom; y++ {
			for x := b.Min.X + b.Dx()/4; x < b.Max.X-b.Dx()/4; x++ {
				if p := img.RGBAAt(x, y); p.R > 200 && p.G > 200 && p.B > 200 {
					n++
				}
			}
		}
		return n
	}
	until := func(what string, ok func(n int) bool) {
		t.Helper()
		last := 0
		if _, err := w.Until(within(t, 30*time.Second), func(img *image.RGBA) bool { last = letters(img); return ok(last) }); err != nil {
			keepScreenshot(t, d, "captions-"+what)
			t.Fatalf("%s: %d light pixels where captions stand: %v", what, last, err)
		}
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // they are shown for some seconds: it goes on talking
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for text := "The receiver follows the same piano roll as the sender"; ; text += ", and" {
			agent.LocalParticipant.SendText(text, lksdk.StreamTextOptions{Topic: "lk.transcription", Attributes: map[string]string{"lk.segment_id": "1"}})
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	defer func() { close(stop); <-done }()
	until("captions", func(n int) bool { return n > 600 })
	w.press("t")
	until("captions off", func(n int) bool { return n < 100 })
	w.press("t")
	until("captions on again", func(n int) bool { return n > 600 })
}
