//go:build unix

package e2e

import (
	"image"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/internal/e2e/display"
)

// In the lobby the cursor is in the link's field; behind it lie, for the Tab
// key, "Join" (only with a link), "Start a meeting", "Test call" and whether meetings
// are encrypted.
func (w *window) startMeeting() {
	w.t.Helper()
	w.focus()
	w.press("Tab", "space")
}

func (w *window) testCall() {
	w.t.Helper()
	w.focus()
	w.press("Tab", "Tab", "space")
}

// Somebody starts a meeting from the lobby, sends the link that it shows, and
// is joined by it; it ends with the one who started it.
func TestLobbyStartsAMeeting(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	dir := t.TempDir()
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", dir, "--camera", "test", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.awaitPreview()
	ann.startMeeting()
	link := ann.copyInvitation(d, "")
	bob := join(t, link, "Bob", "--camera", "test", "--microphone", "test", "--speaker", "none")
	var host call.Participant
	bob.awaitSnapshot(0, "Ann", func(s call.Snapshot) bool {
		for _, p := range s.People {
			if p.Name == "Ann" && p.Role == call.RoleHost && p.Has(call.Camera) && p.Has(call.Microphone) {
				host = p
				return s.Me.Role == call.RoleGuest
			}
		}
		return false
	})
	bob.checkColours(bob.awaitCard(0, host.Identity, call.Camera, 20))
	ann.awaitCards(1, 20*time.Second)

	// Leaving ends the meeting that runs here, for all: that is asked first, with
	// staying as what Return means. Then the lobby is back with the preview in it.
	ann.focus()
	ann.press("ctrl+d")
	ann.press("Tab")
	ann.press("Return")
	bob.await("the end", 20*time.Second, func(s said) bool { return s.Type == "left" && s.Reason == call.ErrEnded.Error() })
	if _, err := bob.Wait(within(t, 20*time.Second)); err != nil {
		t.Fatal(err)
	}
	ann.awaitLobby()
	ann.awaitPreview()
	// And another can be started at once.
	ann.startMeeting()
	again := ann.copyInvitation(d, link)
	eve := join(t, again, "Eve", silent...)
	eve.awaitSnapshot(0, "Ann", func(s call.Snapshot) bool { return len(s.People) == 1 && s.People[0].Name == "Ann" })
	eve.leave()
	ann.quit()
	s, _, err := settings.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Get(); got.Name != "" || got.Camera != "" {
		t.Errorf("what was for this time only is kept: %q, %q", got.Name, got.Camera)
	}
}

// Who leaves a meeting that runs here is asked once, in each way of leaving, where others
// are in it, and nothing otherwise; Escape stays.
func TestLeavingAsksInEachWay(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", t.TempDir(), "--camera", "none", "--microphone", "none", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.startMeeting()
	first := ann.copyInvitation(d, "")
	ann.focus()
	ann.press("ctrl+d") // alone
	ann.awaitLobby()

	ann.startMeeting()
	bob := join(t, ann.copyInvitation(d, first), "Bob", "--camera", "test", "--microphone", "none", "--speaker", "none")
	ann.awaitCards(1, 20*time.Second) // Ann sees Bob a moment after Bob sees Ann
	plain, err := ann.Screenshot()
	if err != nil {
		t.Fatal(err)
	}
	leave := leaveButton(t, plain)
	for _, way := range []struct {
		name string
		do   func()
	}{
		{"Ctrl+D", func() { ann.press("ctrl+d") }}, {"the button", func() { ann.click(leave) }}, {"closing the window", func() { ann.press("alt+F4") }},
	} {
		ann.focus()
		way.do()
		ann.asks(plain, true)
		ann.press("Escape")
		ann.asks(plain, false)
	}
	for _, line := range bob.Lines.Since(0) {
		if hear(line).Type == "left" {
			t.Fatal("the meeting has ended, and Ann stays in it")
		}
	}
	ann.press("alt+F4")
	ann.asks(plain, true)
	ann.press("Tab", "Return")
	bob.await("the end", 20*time.Second, func(s said) bool { return s.Type == "left" && s.Reason == call.ErrEnded.Error() })
	if code, err := ann.Wait(within(t, 20*time.Second)); err != nil || code != 0 {
		t.Errorf("the window ends with code %d: %v", code, err)
	}
}

// leaveButton is the middle of the one red button at the window's lower edge.
func leaveButton(t *testing.T, img *image.RGBA) image.Point {
	t.Helper()
	var r image.Rectangle
	for y := img.Rect.Max.Y * 3 / 4; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			if c := img.RGBAAt(x, y); c.R > 190 && c.G < 80 && c.B < 100 {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if r.Dx() < 20 || r.Dx() > 200 {
		t.Fatalf("the red button is at %v", r)
	}
	return r.Min.Add(r.Size().Div(4)) // beside its drawing
}

// A meeting that is started with encryption ticked is sealed: whoever has the whole link
// sees it, and a link that was cut off sends nothing into it.
func TestLobbyStartsAnEncryptedMeeting(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", t.TempDir(), "--camera", "test", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.awaitPreview()
	ann.focus()
	ann.press("Tab", "Tab", "Tab", "space", "shift+Tab", "shift+Tab", "space")
	link := ann.copyInvitation(d, "")
	whole, err := invite.Parse(link)
	if err != nil || len(whole.Link.Key) != invite.KeySize {
		t.Fatalf("the link that is copied has no key: %v", err)
	}
	cut := *whole.Link
	cut.Key = nil
	refused(t, 1, "no key", "join", "--headless", cut.String(), "--name", "Eve", "--camera", "test", "--microphone", "test", "--speaker", "none")
	bob := join(t, link, "Bob", "--camera", "test", "--microphone", "test", "--speaker", "none")
	var host call.Participant
	bob.awaitSnapshot(0, "Ann", func(s call.Snapshot) bool {
		for _, p := range s.People {
			if p.Name == "Eve" {
				t.Error("whoever has no key is in the meeting")
			}
			if p.Name == "Ann" && p.Has(call.Camera) && p.Has(call.Microphone) {
				host = p
				return true
			}
		}
		return false
	})
	bob.checkColours(bob.awaitCard(0, host.Identity, call.Camera, 20))
	ann.awaitCards(1, 20*time.Second)
	// What the server passes on is sealed: by a key of one's own nothing can be seen.
	other := *whole.Link
	other.Key = invite.NewKey()
	eve := join(t, other.String(), "Eve", silent...)
	eve.awaitSnapshot(0, "that Ann's pictures cannot be read", func(s call.Snapshot) bool {
		p, _ := otherNamed(s, "Ann")
		return slices.ContainsFunc(p.Tracks, func(t call.Track) bool { return t.Source == call.Camera && t.Unreadable })
	})
	eve.leave()
	bob.leave()
	ann.quit()
}

func otherNamed(s call.Snapshot, name string) (call.Participant, bool) {
	i := slices.IndexFunc(s.People, func(p call.Participant) bool { return p.Name == name })
	if i < 0 {
		return call.Participant{}, false
	}
	return s.People[i], true
}

// copyInvitation waits for the meeting and the dialog over it that offers the
// link, whose button has the keyboard, and presses it. The link is another than
// the last one.
func (w *window) copyInvitation(d *display.Display, last string) string {
	w.t.Helper()
	w.awaitMeeting()
	w.focus()
	w.press("Return")
	text, err := d.Clipboard(within(w.t, 10*time.Second), func(s string) bool { return s != "" && s != last })
	if err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
	if t, err := invite.Parse(text); err != nil || t.Link == nil || t.Link.Code == "" {
		w.t.Fatalf("%s: the clipboard holds %q: %v", w.name, text, err)
	}
	return text
}

// awaitLobby and awaitMeeting wait until the window's title says where it is:
// others may see somebody a moment before their window shows the meeting.
func (w *window) awaitLobby() {
	w.t.Helper()
	w.awaitTitle(func(title string) bool { return title == "Foyer" })
}

func (w *window) awaitMeeting() {
	w.t.Helper()
	w.awaitTitle(func(title string) bool { return strings.HasSuffix(title, " – Foyer") })
}

func (w *window) awaitTitle(ok func(string) bool) {
	w.t.Helper()
	ctx := within(w.t, 30*time.Second)
	var title string
	if _, err := w.Until(ctx, func(*image.RGBA) bool {
		title, _ = w.Title(ctx)
		return ok(title)
	}); err != nil {
		w.t.Fatalf("%s: the window is still called %q: %v", w.name, title, err)
	}
}

// awaitJoinButton waits until the lobby's main button can be pressed.
func (w *window) awaitJoinButton() {
	w.t.Helper()
	primary := [3]uint8{0x3E, 0xCF, 0xBA} // of the dark theme
	if _, err := w.Until(within(w.t, 20*time.Second), func(img *image.RGBA) bool {
		n := 0
		for i := 0; i < len(img.Pix); i += 4 {
			if [3]uint8(img.Pix[i:i+3]) == primary {
				n++
			}
		}
		return n > 8000
	}); err != nil {
		w.t.Fatalf("%s: nothing can be joined: %v", w.name, err)
	}
}

// deaf is an address that takes connections and never says anything.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// The test call has somebody in it whose face nods, and closes without a question:
// nobody is left behind.
func TestLobbyTestCall(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--camera", "test", "--microphone", "test", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.awaitPreview()
	for again := range 2 { // the second after coming back
		ann.testCall()
		tops := map[int]bool{}
		_, err := ann.Until(within(t, 40*time.Second), func(img *image.RGBA) bool {
			if top, n := faceIn(img); n > 5000 {
				tops[top] = true
			}
			return len(tops) > 3
		})
		if err != nil {
			t.Fatalf("no nodding face: its upper edge was at %v: %v", tops, err)
		}
		if again == 0 {
			keepScreenshot(t, d, "test-call")
			ann.focus()
			ann.press("ctrl+d")
			ann.awaitLobby()
			ann.awaitPreview()
		}
	}
	ann.quit()
}

// faceIn is the upper edge of the echo's face, and of how many pixels it is.
func faceIn(img *image.RGBA) (top, n int) {
	near := func(a uint8, b int) bool { return int(a)-b < 16 && b-int(a) < 16 }
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			if c := img.RGBAAt(x, y); near(c.R, 231) && near(c.G, 201) && near(c.B, 105) {
				if n == 0 {
					top = y
				}
				n++
			}
		}
	}
	return top, n
}

// A meeting joined once is offered again, and a click joins it.
func TestLobbyOffersRecentMeetings(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	h := serve(t)
	eve := join(t, h.link(t, "host"), "Eve", silent...)
	dir := t.TempDir()
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", dir, "--camera", "test", "--microphone", "none", "--speaker", "none")
	ann.event("lobby-drawn")
	there := func(s call.Snapshot) bool { return len(s.People) == 1 && s.People[0].Has(call.Camera) }
	gone := func(s call.Snapshot) bool { return len(s.People) == 0 }
	ann.enter(h.link(t, "guest"))
	eve.awaitSnapshot(0, "Ann", there)
	ann.awaitMeeting()
	mark := eve.Lines.Len()
	ann.focus()
	ann.press("ctrl+d")
	eve.awaitSnapshot(mark, "Ann to leave", gone)
	ann.quit()

	// The next day: nothing is typed, the first of the recent meetings is
	// behind "Join", "Start a meeting", "Test call" and the tick for encryption.
	ann = openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", dir, "--camera", "test", "--microphone", "none", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.awaitPreview()
	mark = eve.Lines.Len()
	ann.focus()
	ann.press("Tab", "Tab", "Tab", "Tab", "Tab", "space")
	eve.awaitSnapshot(mark, "Ann to come again", there)
	ann.quit()
}

// Cancel brings back the lobby with what was typed.
func TestLobbyCancelsJoining(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	h := serve(t)
	l := h.parsed(t, "guest")
	eve := join(t, h.link(t, "host"), "Eve", silent...)
	good := l.String()
	l.Host = deaf(t)
	ann := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Ann", "--camera", "test", "--microphone", "none", "--speaker", "none")
	ann.event("lobby-drawn")
	ann.awaitPreview()
	ann.enter(l.String())
	ann.event("join")
	ann.press("Escape")
	ann.awaitJoinButton()
	// The lobby takes another link, and joins.
	ann.enter(good)
	eve.awaitSnapshot(0, "Ann", func(s call.Snapshot) bool { return len(s.People) == 1 && s.People[0].Name == "Ann" })
	ann.quit()
}

// Without a display there is no window, and the program says what there is.
func TestLobbyWithoutADisplay(t *testing.T) {
	code, p := runToEnd(t, 20*time.Second, quietEnv(t), "--settings", t.TempDir())
	if code == 0 {
		t.Error("it exits with 0")
	}
	for _, want := range []string{"foyer serve", "xvfb-run"} {
		if !strings.Contains(p.Stderr(), want) {
			t.Errorf("it does not name %q: %s", want, p.Stderr())
		}
	}
}

// awaitPreview waits until the window shows its owner, mirrored.
func (w *window) awaitPreview() {
	w.t.Helper()
	if _, err := w.Until(within(w.t, 20*time.Second), func(img *image.RGBA) bool { return len(display.MirroredCards(img)) > 0 }); err != nil {
		w.t.Fatalf("%s: wait for the self view: %v", w.name, err)
	}
}
