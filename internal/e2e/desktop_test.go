//go:build unix

package e2e

import (
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/bus"
	"foyer/internal/e2e/display"
	"foyer/internal/e2e/program"
)

// A second start hands its link to the open window and ends; in a meeting the
// window asks before it leaves.
func TestASecondStartHandsItsLinkOver(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	here, there := serve(t), serve(t)
	eve := join(t, here.link(t, "host"), "Eve", silent...)
	bob := join(t, there.link(t, "host"), "Bob", silent...)
	env, dir := append(quietEnv(t), "DISPLAY="+d.Name, "LIBGL_ALWAYS_SOFTWARE=1"), t.TempDir()
	ann := openWindowWith(t, env, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", dir, "--camera", "none", "--microphone", "none", "--speaker", "none")
	ann.event("lobby-drawn")
	again := func(args ...string) {
		t.Helper()
		if code, p := runToEnd(t, 20*time.Second, env, append([]string{"--settings", dir}, args...)...); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, p.Stderr())
		}
	}
	is := func(name string) func(call.Snapshot) bool {
		return func(s call.Snapshot) bool { return len(s.People) == 1 && s.People[0].Name == name }
	}
	gone := func(s call.Snapshot) bool { return len(s.People) == 0 }

	var plain *image.RGBA
	meeting := func() {
		t.Helper()
		ann.awaitMeeting()
		ann.awaitQuiet()
		var err error
		if plain, err = ann.Screenshot(); err != nil {
			t.Fatal(err)
		}
	}
	asks := func(yes bool) { t.Helper(); ann.asks(plain, yes) }

	again("foyer:nonsense") // said in the lobby
	again("--name", "Anna") // shown in the lobby
	again(here.link(t, "guest"))
	eve.awaitSnapshot(0, "Anna", is("Anna"))
	meeting()
	mark := eve.Lines.Len()
	again("--name", "Grace", there.link(t, "guest"))
	asks(true)
	ann.focus()
	if folder := os.Getenv("FOYER_SHOTS"); folder != "" {
		img, err := ann.Screenshot()
		if err != nil {
			t.Fatal(err)
		}
		if err := writePNG(filepath.Join(folder, "leave-and-join.png"), img); err != nil {
			t.Fatal(err)
		}
	}
	ann.press("Tab", "Return")
	eve.awaitSnapshot(mark, "Ann to leave", gone)
	bob.awaitSnapshot(0, "Grace", is("Grace"))
	meeting()

	// A link that does not hold, and this meeting's own, are tried before anything is
	// left: something is said, and that is all.
	mark = bob.Lines.Len()
	for _, link := range []string{strings.Replace(here.link(t, "guest"), "code=", "code=x", 1), there.link(t, "guest")} {
		again(link)
		asks(true)
		ann.focus()
		ann.press("Return") // the only button closes it
		asks(false)
	}
	for _, line := range bob.Lines.Since(mark) {
		if l := hear(line); l.Snapshot != nil && !is("Grace")(*l.Snapshot) {
			t.Fatal("a good meeting is left for a link that does not hold")
		}
	}

	mark = bob.Lines.Len()
	again(here.link(t, "guest"))
	asks(true)
	ann.focus()
	ann.press("Escape") // stays
	asks(false)
	again("--start")
	asks(true)
	ann.focus()
	ann.press("Tab", "Return")
	bob.awaitSnapshot(mark, "Ann to leave", gone)
	ann.awaitTitle(func(title string) bool { return strings.HasPrefix(title, "Grace's meeting") })
}

// asks waits until a dialog is there, or none: it dims all that is around it. plain is
// the window without one.
func (w *window) asks(plain *image.RGBA, yes bool) {
	w.t.Helper()
	if _, err := w.Until(within(w.t, 10*time.Second), func(img *image.RGBA) bool {
		return (changed(img, plain) > len(plain.Pix)/4/2) == yes
	}); err != nil {
		w.t.Fatalf("%s: the question is to be there: %v: %v", w.name, yes, err)
	}
}

// changed is in how many pixels two pictures differ.
func changed(a, b *image.RGBA) (n int) {
	for i := 0; i < len(a.Pix) && i < len(b.Pix); i += 4 {
		if [3]uint8(a.Pix[i:i+3]) != [3]uint8(b.Pix[i:i+3]) {
			n++
		}
	}
	return n
}

// Wrong use is said at once.
func TestTwoWishesAreOneTooMany(t *testing.T) {
	for _, args := range [][]string{{"--start", "--paste"}, {"--start", "example.org/r"}} {
		if code, p := runToEnd(t, 20*time.Second, quietEnv(t), args...); code != 2 || !strings.Contains(p.Stderr(), "not two") {
			t.Errorf("%v: code %d: %s", args, code, p.Stderr())
		}
	}
}

// A crash is offered at the next start, and its file is no more than stacks.
func TestACrashIsOfferedAtTheNextStart(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	env := append(quietEnv(t), "DISPLAY="+d.Name, "LIBGL_ALWAYS_SOFTWARE=1", "XDG_STATE_HOME="+t.TempDir())
	dir := t.TempDir()
	secret := "foyer://127.0.0.1:9/room?code=c0dec0dec0de"
	p, err := program.Start(program.Options{Args: []string{"--settings", dir, "--trace-start", "--camera", "none", "--microphone", "none", "--speaker", "none", secret}, Env: env, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Lines.Wait(within(t, 20*time.Second), 0, func(l program.Line) bool { return l.Type == "lobby-drawn" }); err != nil {
		p.Kill()
		t.Fatal(err)
	}
	_ = p.Signal(syscall.SIGABRT) // as a failed assertion in C
	if code, err := p.Wait(within(t, 20*time.Second)); err != nil || code == 0 {
		p.Kill()
		t.Fatal(code, err)
	}
	ann := openWindowWith(t, env, d, image.Rect(20, 40, 1300, 760), "Ann", "--settings", dir, "--camera", "none", "--microphone", "none", "--speaker", "none")
	ann.event("crash-offered")
	ann.focus()
	ann.press("shift+Tab", "shift+Tab", "Return") // copies
	text, err := d.Clipboard(within(t, 10*time.Second), func(s string) bool { return s != "" })
	if err != nil || !strings.Contains(text, "SIGABRT") || !strings.Contains(text, "goroutine ") || strings.Contains(text, "c0dec0de") {
		t.Errorf("%v: %.300s", err, text)
	}
	ann.press("Escape")
	ann.quit()
}

// A link is copied in one window and joined in another, which tells of what happens
// behind the first, and comes to the front when that is clicked.
func TestTheDesktopAroundTheWindow(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1340, Height: 800})
	need(t, bus.Missing())
	b, err := bus.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	desk, err := b.ServeNotifications("actions", "body")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = desk.Close() })
	shelf, err := b.ServeTray()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shelf.Close() })
	bare := []string{"--camera", "none", "--microphone", "none", "--speaker", "none"}
	bob := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Bob", append(bare, "--start")...)
	link := bob.copyInvitation(d, "")
	dir := t.TempDir()
	env := append(quietEnv(t), "DISPLAY="+d.Name, "LIBGL_ALWAYS_SOFTWARE=1", "DBUS_SESSION_BUS_ADDRESS="+b.Address)
	ann := openWindowWith(t, env, d, image.Rect(20, 40, 1300, 760), "Ann", append(bare, "--settings", dir, "--paste", "--microphone", "test")...)
	ann.awaitMeeting()
	eve := join(t, link, "Eve", silent...)
	eve.awaitSnapshot(0, "Ann and Bob", func(s call.Snapshot) bool { return len(s.People) == 2 })
	shown := func() bus.Notification {
		t.Helper()
		select {
		case n := <-desk.Shown:
			return n
		case <-time.After(15 * time.Second):
			t.Fatalf("no notification\n%s", ann.Stderr())
			panic("")
		}
	}
	active := func() {
		t.Helper()
		if err := ann.AwaitActive(within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}

	bob.focus()
	var hand bus.Notification
	for up := true; hand.ID == 0; up = !up { // whoever has just come in is told of nothing yet
		eve.raiseHand(up)
		select {
		case hand = <-desk.Shown:
		case <-time.After(time.Second):
		case <-t.Context().Done():
			t.Fatal("no notification")
		}
	}
	if hand.Title != "Eve raised a hand" || hand.Text != "Bob's meeting" {
		t.Errorf("shown is %+v", hand)
	}
	eve.chat("Where are you?")
	said := shown()
	if said.Title != "Eve" || said.Text != "Where are you?" {
		t.Errorf("shown is %+v", said)
	}
	if err := desk.Click(said.ID); err != nil {
		t.Fatal(err)
	}
	active()
	select { // what is seen is taken back
	case id := <-desk.Closed:
		if id != hand.ID {
			t.Errorf("closed is %d, not %d", id, hand.ID)
		}
	case <-time.After(10 * time.Second):
		t.Error("the other notification stays")
	}

	// A second start brings the window to the front, too, from an icon.
	if err := ann.Minimise(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	bob.focus()
	if code, p := runToEnd(t, 20*time.Second, env, "--settings", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.Stderr())
	}
	active()

	// So does the tray, which follows what is done in the window, and does the same.
	bob.focus()
	var icon bus.TrayItem
	select {
	case icon = <-shelf.Items:
	case <-time.After(10 * time.Second):
		t.Fatal("no icon in the tray")
	}
	ctx := within(t, 60*time.Second)
	menu := func(labels ...string) {
		t.Helper()
		if err := icon.Await(ctx, labels...); err != nil {
			t.Fatal(err)
		}
	}
	click := func(label string) {
		t.Helper()
		if err := icon.Click(ctx, label); err != nil {
			t.Fatal(err)
		}
	}
	speaking := func(mark int, want bool) {
		t.Helper()
		eve.awaitSnapshot(mark, "Ann's microphone", func(s call.Snapshot) bool {
			return slices.ContainsFunc(s.People, func(p call.Participant) bool { return p.Name == "Ann" && p.Has(call.Microphone) == want })
		})
	}
	menu("Show Foyer", "Mute", "Turn the camera on", "Leave the meeting", "Quit")
	if err := icon.Activate(ctx); err != nil {
		t.Fatal(err)
	}
	active()
	mark := eve.Lines.Len()
	ann.focus() // the keyboard follows
	ann.press("m")
	menu("Show Foyer", "Unmute", "Turn the camera on", "Leave the meeting", "Quit")
	speaking(mark, false)
	mark = eve.Lines.Len()
	click("Unmute")
	menu("Show Foyer", "Mute", "Turn the camera on", "Leave the meeting", "Quit")
	speaking(mark, true)
	click("Leave the meeting")
	ann.awaitLobby()
	menu("Show Foyer", "Quit")
	click("Quit")
	if code, err := ann.Wait(within(t, 15*time.Second)); err != nil || code != 0 {
		t.Errorf("Ann ends with code %d: %v", code, err)
	}
}
