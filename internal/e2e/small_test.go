//go:build unix

package e2e

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/bench/usage"
	"foyer/internal/e2e/display"
)

// Places in the small window, in pixels at a scale of 1.
var (
	smallSize    = image.Pt(328, 232)
	smallPicture = image.Pt(120, 90)
	smallMute    = image.Pt(90, 208)
	smallReturn  = image.Pt(178, 208)
	sharingStop  = image.Pt(156, 208)
)

// small waits for the window's small one.
func (w *window) small(d *display.Display) *window {
	w.t.Helper()
	s, err := d.Window(within(w.t, 10*time.Second), w.PID(), "^Small window")
	if err != nil {
		w.t.Fatalf("%s: no small window: %v\n%s", w.name, err, w.Stderr())
	}
	return &window{Program: w.Program, Window: s, t: w.t, name: w.name + "'s small window"}
}

func (w *window) awaitVisible(want bool) {
	w.t.Helper()
	if err := w.AwaitVisible(within(w.t, 10*time.Second), want); err != nil {
		w.t.Fatalf("%s: to be visible: %v: %v", w.name, want, err)
	}
}

func (w *window) minimise() {
	w.t.Helper()
	if err := w.Minimise(within(w.t, 10*time.Second)); err != nil {
		w.t.Fatal(err)
	}
	w.awaitVisible(false)
}

func (w *window) click(at image.Point) {
	w.t.Helper()
	if err := w.Click(within(w.t, 10*time.Second), at); err != nil {
		w.t.Fatal(err)
	}
}

// awaitMoving waits until the small window has shown several pictures.
func (w *window) awaitMoving() {
	w.t.Helper()
	var last []byte
	changes := 0
	if _, err := w.Until(within(w.t, 10*time.Second), func(img *image.RGBA) bool {
		now := slices.Clone(img.SubImage(image.Rect(20, 136, smallSize.X-20, 150)).(*image.RGBA).Pix)
		if last != nil && !slices.Equal(now, last) {
			changes++
		}
		last = now
		return changes > 5
	}); err != nil {
		w.t.Fatalf("%s: its picture changed %d times: %v", w.name, changes, err)
	}
}

// cores is what the program costs for some seconds.
func (w *window) cores() float64 {
	w.t.Helper()
	before, err := usage.Snap(w.PID())
	if err != nil {
		w.t.Fatal(err)
	}
	<-time.After(3 * time.Second)
	after, err := usage.Snap(w.PID())
	if err != nil {
		w.t.Fatal(err)
	}
	all, _ := after.Cores(before)
	return all
}

func (w *window) keepShot(name string) {
	w.t.Helper()
	folder := os.Getenv("FOYER_SHOTS")
	if folder == "" {
		return
	}
	img, err := w.Screenshot()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := writePNG(filepath.Join(folder, name+".png"), img); err != nil {
		w.t.Fatal(err)
	}
}

// The meeting is minimised: a small window stands over the others, with moving
// pictures and a button that mutes, and goes when the meeting is back. It comes
// while a screen is shared from behind another program, too.
func TestTheSmallWindow(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	h := serve(t)
	bob := join(t, h.link(t, "guest"), "Bob", "--camera", "test", "--microphone", "none", "--speaker", "none")
	other := openWindow(t, d, image.Rect(20, 40, 900, 700), "Eve", silent...) // another program
	other.event("lobby-drawn")
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--camera", "none", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.enter(h.link(t, "host"))
	ann.awaitMeeting()
	ann.awaitCards(1, 20*time.Second)
	bobSees := func(mark int, what string, ok func(call.Participant) bool) {
		t.Helper()
		bob.awaitSnapshot(mark, what, func(s call.Snapshot) bool {
			return slices.ContainsFunc(s.People, func(p call.Participant) bool { return p.Name == "Ann" && ok(p) })
		})
	}
	bobSees(0, "Ann's microphone", func(p call.Participant) bool { return p.Has(call.Microphone) })

	ann.minimise()
	small := ann.small(d)
	at, err := small.Bounds()
	if err != nil {
		t.Fatal(err)
	}
	if at.Size() != smallSize || at.Max != image.Pt(1340-24, 800-24) {
		t.Errorf("the small window is at %v", at)
	}
	states, err := small.Atoms("_NET_WM_STATE")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"_NET_WM_STATE_ABOVE", "_NET_WM_STATE_SKIP_TASKBAR", "_NET_WM_STATE_SKIP_PAGER"} {
		if !slices.Contains(states, want) {
			t.Errorf("the small window's state is %v, without %s", states, want)
		}
	}
	if kind, err := small.Atoms("_NET_WM_WINDOW_TYPE"); err != nil || !slices.Equal(kind, []string{"_NET_WM_WINDOW_TYPE_UTILITY"}) {
		t.Errorf("the small window's type is %v: %v", kind, err)
	}
	if err := other.AwaitActive(within(t, 10*time.Second)); err != nil { // the next one, by openbox's rule
		t.Errorf("the keyboard is not with the other program: %v", err)
	}
	small.awaitCards(1, 20*time.Second)
	small.keepShot("small")
	with := ann.cores()

	mark := bob.Lines.Len()
	small.click(smallMute)
	bobSees(mark, "Ann to mute", func(p call.Participant) bool { return !p.Has(call.Microphone) })
	small.keepShot("small-muted")
	mark = bob.Lines.Len()
	small.press("m") // it has been clicked, and has the keyboard
	bobSees(mark, "Ann to unmute", func(p call.Participant) bool { return p.Has(call.Microphone) })

	// It is dragged, and comes back there.
	if err := small.Drag(within(t, 10*time.Second), smallPicture, image.Pt(-400, -240)); err != nil {
		t.Fatal(err)
	}
	dragged := at.Sub(image.Pt(400, 240))
	near := func(b image.Rectangle) bool {
		p := b.Min.Sub(dragged.Min)
		return max(p.X, -p.X, p.Y, -p.Y) <= 4
	}
	ctx := within(t, 10*time.Second)
	for b := at; !near(b); {
		if b, err = small.Bounds(); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() != nil {
			t.Fatalf("dragged to %v the small window is at %v", dragged, b)
		}
	}
	ann.focus()
	small.awaitVisible(false)
	ann.minimise()
	small = ann.small(d)
	if b, err := small.Bounds(); err != nil || !near(b) {
		t.Errorf("the small window comes back at %v: %v; it was at %v", b, err, dragged)
	}

	// Closed, it stays away until the next time.
	small.click(smallPicture)
	small.focus()
	small.press("Escape")
	small.awaitVisible(false)
	without := ann.cores()
	fmt.Printf("figure: cores of a minimised meeting %.3f, with the small window %.3f\n", without, with)
	if _, err := d.Window(within(t, 500*time.Millisecond), ann.PID(), "^Small window"); err == nil {
		t.Error("closed by hand, the small window comes back")
	}
	ann.focus()
	ann.awaitVisible(true)
	ann.minimise()
	small = ann.small(d)
	small.click(smallReturn)
	if err := ann.AwaitActive(within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	small.awaitVisible(false)

	// Sharing from behind another program.
	mark = bob.Lines.Len()
	ann.awaitCards(1, 20*time.Second)
	ann.focus()
	plain, err := ann.Screenshot()
	if err != nil {
		t.Fatal(err)
	}
	ann.press("s")
	ann.asks(plain, true)
	ann.press("Return") // the first screen
	bobSees(mark, "Ann's screen", func(p call.Participant) bool { return p.Has(call.Screen) })
	other.focus()
	small = ann.small(d)
	if b, err := small.Bounds(); err != nil || !near(b) {
		t.Errorf("the small window is at %v: %v", b, err)
	}
	small.awaitMoving() // over the other program; what says that we share lies over the card's number
	small.keepShot("small-sharing")
	mark = bob.Lines.Len()
	small.click(sharingStop)
	bobSees(mark, "Ann to stop sharing", func(p call.Participant) bool { return !p.Has(call.Screen) })
	small.awaitVisible(false)

	// Foyer ends cleanly while it is open.
	ann.focus()
	ann.minimise()
	ann.small(d)
	ann.quit()
}
