//go:build unix

package e2e

import (
	"fmt"
	"math"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/sound"
)

// A person with Foyer and a person with a browser hold a meeting.
func TestFoyerAndABrowserMeet(t *testing.T) {
	b := openBrowser(t)
	h := serve(t)
	sent, heard := t.TempDir()+"/sent.wav", t.TempDir()+"/heard.wav"
	if err := sound.Sine(440, 0.3, 30*time.Second).Write(sent); err != nil {
		t.Fatal(err)
	}
	ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--microphone", sent, "--speaker", heard)
	in := h.redeem(t, "guest", "Bob")
	ctx := within(t, 80*time.Second)
	if err := b.Connect(ctx, browser.Connect{URL: in.URL, Token: in.Token,
		Camera: &browser.Picture{Simulcast: true}, Microphone: &browser.Tone{Hz: 660}}); err != nil {
		t.Fatal(err)
	}

	// Ann in the browser: her card advances, at its size, and her tone is heard.
	var first browser.Track
	if _, _, err := b.Reports.Wait(ctx, 0, func(r browser.Report) bool {
		v, _ := r.Track(ann.identity, "camera")
		if first.Card <= 0 && v.Card > 0 {
			first = v
		}
		return first.Card > 0 && v.Frames >= first.Frames+20 && v.Card >= first.Card+20 && v.Width >= 640 && v.Height*16 == v.Width*9
	}); err != nil {
		t.Fatalf("the browser sees no card of Ann: %v", err)
	}
	if _, _, err := b.Reports.Wait(ctx, 0, func(r browser.Report) bool {
		s, _ := r.Track(ann.identity, "microphone")
		return s.Level > 0.05 && math.Abs(s.Hz-440) < 15
	}); err != nil {
		t.Fatalf("the browser does not hear Ann's tone: %v", err)
	}

	// Bob in Foyer.
	ann.awaitCard(0, in.Identity, call.Camera, 20)
	ann.awaitTone(0, 660)

	// Chat, both ways, as today's components send it and the legacy way.
	for _, legacy := range []bool{false, true} {
		text := fmt.Sprintf("hello Ann, legacy %v ☕", legacy)
		if err := b.Chat(ctx, text, legacy); err != nil {
			t.Fatal(err)
		}
		ann.awaitChat(in.Identity, text)
	}
	ann.chat("hello Bob ☕")
	if _, _, err := b.Reports.Wait(ctx, 0, func(r browser.Report) bool {
		return r.Type == "chat" && r.Text == "hello Bob ☕" && r.From == ann.identity
	}); err != nil {
		t.Fatalf("the browser gets no chat: %v", err)
	}

	// Screens, both ways.
	if err := b.ShareScreen(ctx, browser.Picture{Width: 1280, Height: 720}); err != nil {
		t.Fatal(err)
	}
	ann.awaitCard(0, in.Identity, call.Screen, 5)
	if err := b.Unpublish(ctx, "screen"); err != nil {
		t.Fatal(err)
	}
	mark := b.Reports.Len()
	ann.share("test")
	if _, _, err := b.Reports.Wait(ctx, mark, func(r browser.Report) bool {
		v, _ := r.Track(ann.identity, "screen_share")
		return v.Frames > 5 && v.Card > 0 && v.Width >= 1280
	}); err != nil {
		t.Fatalf("the browser does not see Ann's screen: %v", err)
	}
	mark = b.Reports.Len()
	ann.stopShare()
	if _, _, err := b.Reports.Wait(ctx, mark, func(r browser.Report) bool {
		_, there := r.Track(ann.identity, "screen_share")
		return r.Type == "stats" && !there
	}); err != nil {
		t.Fatalf("Ann's screen stays in the browser: %v", err)
	}

	// Muting is told both ways.
	mark = b.Reports.Len()
	ann.setMicrophone(false)
	if _, _, err := b.Reports.Wait(ctx, mark, func(r browser.Report) bool {
		s, there := r.Track(ann.identity, "microphone")
		return there && s.Muted
	}); err != nil {
		t.Fatalf("the browser does not see Ann mute: %v", err)
	}
	heardSo := ann.Lines.Len()
	if err := b.Mute(ctx, "camera", true); err != nil {
		t.Fatal(err)
	}
	ann.awaitSnapshot(heardSo, "Bob's muted camera", func(s call.Snapshot) bool {
		p, there := other(s, in.Identity)
		return there && !p.Has(call.Camera)
	})

	// Leaving, both ways.
	if err := b.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	ann.awaitSnapshot(heardSo, "Bob to leave", func(s call.Snapshot) bool { return len(s.People) == 0 })
	ann.leave()
	w, err := sound.ReadWave(heard)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Tone(660); got < time.Second {
		t.Errorf("Bob's 660 Hz were at Ann's speaker for %v of %d samples", got, len(w.Samples))
	}
}
