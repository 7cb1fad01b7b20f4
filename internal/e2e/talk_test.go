//go:build unix

package e2e

import (
	"image"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/settings"
	"foyer/internal/e2e/display"
)

// A held key opens the microphone while it is held, in the meeting's window and, where
// that was chosen, while another window has the keyboard; and push to mute closes it.
func TestTalkKey(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1960, Height: 760})
	h := serve(t)
	eve := join(t, h.link(t, "viewer"), "Eve", silent...)
	enter := func(name string, at image.Rectangle, mute bool) *window {
		folder := t.TempDir()
		s, _, err := settings.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(func(s *settings.Settings) {
			s.TalkKey, s.TalkAnywhere, s.MicrophoneOff = "F9", true, !mute
			if mute {
				s.Talk, s.TalkKey = settings.TalkMute, "F8"
			}
		}); err != nil {
			t.Fatal(err)
		}
		w := openWindow(t, d, at, name, "--settings", folder, "--camera", "none", "--microphone", "test", "--speaker", "none")
		w.event("lobby-drawn")
		w.enter(h.link(t, "guest"))
		return w
	}
	speaks := func(mark int, name, what string, on bool) {
		t.Helper()
		eve.awaitSnapshot(mark, what, func(s call.Snapshot) bool {
			for _, p := range s.People {
				if p.Name == name {
					_, published := p.Track(call.Microphone)
					return published && p.Has(call.Microphone) == on
				}
			}
			return false
		})
	}
	ann := enter("Ann", image.Rect(10, 30, 970, 730), false)
	speaks(0, "Ann", "Ann to come, muted", false)
	bob := enter("Bob", image.Rect(990, 30, 1950, 730), true)
	speaks(0, "Bob", "Bob to come", true)
	hold := func(w *window, key, name string, on bool) {
		t.Helper()
		mark := eve.Lines.Len()
		if err := w.KeyDown(within(t, 10*time.Second), key); err != nil {
			t.Fatal(err)
		}
		speaks(mark, name, name+"'s key to be held", on)
		mark = eve.Lines.Len()
		if err := w.KeyUp(within(t, 10*time.Second), key); err != nil {
			t.Fatal(err)
		}
		speaks(mark, name, name+"'s key to be let go", !on)
	}
	ann.focus()
	hold(ann, "F9", "Ann", true)
	hold(bob, "F8", "Bob", false) // Ann's window has the keyboard
	bob.focus()
	hold(bob, "F8", "Bob", false)
	hold(ann, "F9", "Ann", true)
}
