//go:build unix

package e2e

import (
	"image"
	"os"
	"os/exec"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/display"
)

// M, V and the small window's M act on every keyboard layout: by the key where it types
// no Latin letter, else by the letter, wherever it stands.
func TestLettersActOnEveryLayout(t *testing.T) {
	if _, err := exec.LookPath("setxkbmap"); err != nil {
		need(t, "setxkbmap")
	}
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	h := serve(t)
	eve := join(t, h.link(t, "viewer"), "Eve", silent...)
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", t.TempDir(), "--camera", "none", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.enter(h.link(t, "guest"))
	speaks := func(mark int, what string, on bool) {
		t.Helper()
		eve.awaitSnapshot(mark, what, func(s call.Snapshot) bool {
			for _, p := range s.People {
				if p.Name == "Ann" {
					_, published := p.Track(call.Microphone)
					return published && p.Has(call.Microphone) == on
				}
			}
			return false
		})
	}
	speaks(0, "Ann to come", true)
	on := true
	for _, c := range []struct{ layout, key string }{ // X11's keycodes
		{"us", "58"}, {"ru", "58"}, {"gr", "58"}, {"il", "58"}, {"ara", "58"}, {"fr", "47"}, {"us,ru", "58"},
	} {
		set := exec.CommandContext(within(t, 10*time.Second), "setxkbmap", "-layout", c.layout)
		set.Env = append(os.Environ(), "DISPLAY="+d.Name)
		if out, err := set.CombinedOutput(); err != nil {
			t.Fatalf("setxkbmap %s: %v: %s", c.layout, err, out)
		}
		ann.focus()
		mark := eve.Lines.Len()
		if err := ann.Key(within(t, 10*time.Second), c.key); err != nil {
			t.Fatal(err)
		}
		on = !on
		speaks(mark, "M's key on the layout "+c.layout, on)
	}
}
