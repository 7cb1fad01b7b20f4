//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/settings"
	"foyer/internal/e2e/display"
	"foyer/internal/e2e/program"
)

// window is a running Foyer with its window.
type window struct {
	*program.Program
	*display.Window
	t    *testing.T
	name string
}

// openWindow starts Foyer on a display, waits for its lobby, and puts the
// window somewhere.
func openWindow(t *testing.T, d *display.Display, at image.Rectangle, name string, args ...string) *window {
	t.Helper()
	return openWindowWith(t, append(quietEnv(t), "DISPLAY="+d.Name, "LIBGL_ALWAYS_SOFTWARE=1"), d, at, name, args...)
}

func openWindowWith(t *testing.T, env []string, d *display.Display, at image.Rectangle, name string, args ...string) *window {
	t.Helper()
	args = append([]string{"--name", name, "--settings", t.TempDir(), "--trace-start"}, args...)
	w := &window{Program: run(t, env, args...), t: t, name: name}
	ctx := within(t, 20*time.Second)
	var err error
	if w.Window, err = d.Window(ctx, w.PID(), "Foyer"); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, w.Stderr())
	}
	t.Cleanup(func() {
		if t.Failed() {
			keepScreenshot(t, d, name)
		}
	})
	if !at.Empty() {
		if err := w.Place(ctx, at); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// keepScreenshot stores what the screen shows, for whoever reads the failure.
func keepScreenshot(t *testing.T, d *display.Display, name string) {
	img, err := d.Screenshot()
	if err != nil {
		t.Logf("screenshot: %v", err)
		return
	}
	dir := os.Getenv("FOYER_E2E_KEEP")
	if dir == "" {
		dir = os.TempDir()
	}
	path := filepath.Join(dir, "foyer-e2e-"+filepath.Base(t.Name())+"-"+name+".png")
	if err := writePNG(path, img); err != nil {
		t.Logf("screenshot: %v", err)
		return
	}
	t.Logf("the screen of %s is in %s", name, path)
}

func writePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// event waits for a start-up event and returns when it was, in ms since the start.
func (w *window) event(name string) float64 {
	w.t.Helper()
	l, _, err := w.Lines.Wait(within(w.t, 20*time.Second), 0, func(l program.Line) bool { return l.Type == name })
	if err != nil {
		w.t.Fatalf("%s: no %s: %v\n%s", w.name, name, err, w.Stderr())
	}
	var e struct{ MS float64 }
	if err := json.Unmarshal(l.Raw, &e); err != nil {
		w.t.Fatalf("%s: %s: %v", w.name, l.Raw, err)
	}
	return e.MS
}

// focus, press and type do so in this window.
func (w *window) focus() {
	w.t.Helper()
	if err := w.Focus(within(w.t, 10*time.Second)); err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
}

func (w *window) press(keys ...string) {
	w.t.Helper()
	if err := w.Key(within(w.t, 10*time.Second), keys...); err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
}

func (w *window) typed(text string) {
	w.t.Helper()
	if err := w.Type(within(w.t, 20*time.Second), text); err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
}

// toggle presses a key and waits until the bar of controls shows it, as a
// person would before pressing it again.
func (w *window) toggle(key string) {
	w.t.Helper()
	const bar = 110 // pixels from the bottom
	crop := func(img *image.RGBA) *image.RGBA {
		r := img.Rect
		r.Min.Y = r.Max.Y - bar
		return img.SubImage(r).(*image.RGBA)
	}
	img, err := w.Screenshot()
	if err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
	before := crop(img)
	w.press(key)
	if _, err := w.Until(within(w.t, 10*time.Second), func(img *image.RGBA) bool {
		changed, after := 0, crop(img)
		for y := range bar {
			for x := range 4 * after.Rect.Dx() {
				if before.Pix[y*before.Stride+x] != after.Pix[y*after.Stride+x] {
					changed++
				}
			}
		}
		return changed > 200
	}); err != nil {
		w.t.Fatalf("%s: pressing %s changes no control: %v", w.name, key, err)
	}
}

// awaitCards waits until the window shows at least n running cards: each of
// them moved on. The window's own, mirrored picture does not count.
func (w *window) awaitCards(n int, d time.Duration) []display.Card {
	w.t.Helper()
	var cards []display.Card
	first := map[image.Point]uint32{} // by place, coarsely
	_, err := w.Until(within(w.t, d), func(img *image.RGBA) bool {
		moved := 0
		cards = display.Cards(img)
		for _, c := range cards {
			at := c.Area.Min.Div(32)
			if f, ok := first[at]; !ok || c.Number < f {
				first[at] = c.Number
			} else if c.Number > f {
				moved++
			}
		}
		return moved >= n
	})
	if err != nil {
		w.t.Fatalf("%s: wait for %d running cards: %v; last seen: %v", w.name, n, err, cards)
	}
	return cards
}

// awaitNoCards waits until the window shows no card.
func (w *window) awaitNoCards() {
	w.t.Helper()
	if _, err := w.Until(within(w.t, 15*time.Second), func(img *image.RGBA) bool { return len(display.Cards(img)) == 0 }); err != nil {
		w.t.Fatalf("%s: the cards stay: %v", w.name, err)
	}
}

// Two people with windows meet: the lobby appears, the link is typed, and what
// the keys do is seen by somebody else in the meeting.
func TestTwoWindowsMeet(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1960, Height: 760})
	h := serve(t)
	eve := join(t, h.link(t, "viewer"), "Eve", silent...)
	ann := openWindow(t, d, image.Rect(10, 30, 970, 730), "Ann", "--camera", "test", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	bob := openWindow(t, d, image.Rect(990, 30, 1950, 730), "Bob", "--camera", "test", "--microphone", "test", "--speaker", "none")
	bob.event("lobby-drawn")

	ann.enter(h.link(t, "host"))
	var who call.Participant
	eve.awaitSnapshot(0, "Ann to come", func(s call.Snapshot) bool {
		for _, p := range s.People {
			if p.Name == "Ann" && p.Has(call.Camera) && p.Has(call.Microphone) {
				who = p
				return true
			}
		}
		return false
	})
	bob.enter(h.link(t, "guest"))
	bob.awaitCards(1, 20*time.Second)
	ann.awaitCards(1, 20*time.Second)

	annIs := func(what string, mark int, ok func(call.Participant) bool) {
		t.Helper()
		eve.awaitSnapshot(mark, what, func(s call.Snapshot) bool {
			p, there := other(s, who.Identity)
			return there && ok(p)
		})
	}
	ann.focus()
	mark := eve.Lines.Len()
	ann.toggle("m")
	annIs("M to mute", mark, func(p call.Participant) bool { return !p.Has(call.Microphone) })
	mark = eve.Lines.Len()
	ann.toggle("m")
	annIs("M to unmute", mark, func(p call.Participant) bool { return p.Has(call.Microphone) })
	mark = eve.Lines.Len()
	ann.toggle("h")
	annIs("H to raise the hand", mark, func(p call.Participant) bool { return !p.Hand.IsZero() })
	mark = eve.Lines.Len()
	ann.toggle("v")
	annIs("V to stop the camera", mark, func(p call.Participant) bool { return !p.Has(call.Camera) })
	bob.awaitNoCards()
	mark = eve.Lines.Len()
	ann.toggle("v")
	annIs("V to start the camera", mark, func(p call.Participant) bool { return p.Has(call.Camera) })
	bob.awaitCards(1, 20*time.Second)

	// Chat: every shortcut is in the line, and none of them fires.
	mark = eve.Lines.Len()
	ann.press("c")
	const line = "my hat vs. your cap? Shh, Chip, FM"
	ann.typed(line)
	ann.press("Return")
	eve.awaitChat(who.Identity, line)
	annIs("typing to change nothing", mark, func(p call.Participant) bool {
		return p.Has(call.Microphone) && p.Has(call.Camera) && !p.Hand.IsZero()
	})
	for _, l := range eve.Lines.Since(mark) {
		if s := hear(l); s.Snapshot != nil {
			if p, there := other(*s.Snapshot, who.Identity); !there || !p.Has(call.Microphone) || !p.Has(call.Camera) || p.Hand.IsZero() {
				t.Fatalf("typing in the chat set off shortcuts: %+v", p)
			}
		}
	}

	// Ctrl+D leaves, and the lobby is back.
	ann.press("Escape")
	ann.press("ctrl+d")
	eve.awaitSnapshot(mark, "Ann to leave", func(s call.Snapshot) bool {
		_, there := other(s, who.Identity)
		return !there
	})
	bob.awaitNoCards()
	bob.focus()
	mark = eve.Lines.Len()
	bob.press("ctrl+d")
	eve.awaitSnapshot(mark, "Bob to leave", func(s call.Snapshot) bool { return len(s.People) == 0 })
	// Both are in the lobby, and can join again.
	ann.enter(h.link(t, "host"))
	eve.awaitSnapshot(mark, "Ann to come again", func(s call.Snapshot) bool {
		for _, p := range s.People {
			if p.Name == "Ann" && p.Has(call.Camera) {
				return true
			}
		}
		return false
	})
}

// The lobby is there soon after the start, and the first picture soon after
// joining. The best of three counts: what else the machine does only adds.
func TestStartAndJoinAreFast(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	h := serve(t)
	join(t, h.link(t, "host"), "Eve", "--camera", "test", "--microphone", "test", "--speaker", "none")
	start, first := math.Inf(1), math.Inf(1)
	for range 3 {
		w := openWindow(t, d, image.Rectangle{}, "Ann", "--camera", "test", "--microphone", "test", "--speaker", "none")
		s := w.event("lobby-drawn")
		w.enter(h.link(t, "guest"))
		f := w.event("first-picture") - w.event("join")
		fmt.Printf("figure: start %.0f ms, join to first picture %.0f ms\n", s, f)
		start, first = min(start, s), min(first, f)
		w.awaitCards(1, 10*time.Second)
		w.quit()
	}
	figure(t, "cold-start-ms", start, 1500)
	figure(t, "join-to-first-picture-ms", first, 1000)
}

// quit ends the program by a signal, as a terminal does.
func (w *window) quit() {
	w.t.Helper()
	if code, err := w.Stop(within(w.t, 15*time.Second)); err != nil || code != 0 {
		w.t.Errorf("%s ends with code %d: %v", w.name, code, err)
	}
}

// A corrupt settings file is kept aside, and Foyer opens.
func TestCorruptSettingsAreKeptAside(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1000, Height: 760})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(`{"name": "Ann", `), 0o600); err != nil {
		t.Fatal(err)
	}
	w := openWindow(t, d, image.Rectangle{}, "Ann", "--settings", dir, "--camera", "none", "--microphone", "none", "--speaker", "none")
	w.event("lobby-drawn")
	kept, err := filepath.Glob(filepath.Join(dir, "settings.json.broken-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept aside: %v, %v", kept, err)
	}
	s, again, err := settings.Open(dir)
	if err != nil || again != "" {
		t.Fatalf("the settings written since cannot be read: %q, %v", again, err)
	}
	if got := s.Get(); got.Client == "" {
		t.Errorf("defaults have no client secret: %+v", got)
	}
}

// A link that does not work leaves the lobby usable, with what was typed.
func TestAWrongLinkLeavesTheLobby(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1000, Height: 760})
	h := serve(t)
	wrong := h.parsed(t, "guest")
	wrong.Code = "AAAAAAAAAAAAAAAAAAAAAA"
	eve := join(t, h.link(t, "host"), "Eve", silent...)
	w := openWindow(t, d, image.Rect(10, 30, 970, 730), "Ann", "--camera", "test", "--microphone", "none", "--speaker", "none")
	w.event("lobby-drawn")
	w.enter(wrong.String())
	w.awaitQuiet()
	// The same field takes the right link now.
	w.enter(h.link(t, "guest"))
	eve.awaitSnapshot(0, "Ann", func(s call.Snapshot) bool { return len(s.People) == 1 && s.People[0].Name == "Ann" })
	eve.leave()
}

// enter types a link into the lobby, whose link field has the cursor, and joins.
func (w *window) enter(link string) {
	w.t.Helper()
	w.focus()
	w.press("ctrl+a")
	w.typed(link)
	w.press("Return")
}
