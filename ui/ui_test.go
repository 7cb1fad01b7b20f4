package ui

import (
	"context"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

func newTestWindow(t *testing.T, o Options) *window {
	t.Helper()
	s, _, err := settings.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app := test.NewTempApp(t)
	o.Settings = s
	w := &window{o: o, app: app, win: app.NewWindow("test"), seen: map[string]bool{}, gone: make(chan struct{}), soon: fyne.Do}
	t.Cleanup(w.win.Close)
	return w
}

// Fyne runs what is asked for at once, on any goroutine, when its loop has ended.
func TestDo_windowClosesMeanwhile_runsNothing(t *testing.T) {
	w := newTestWindow(t, Options{})
	w.soon = func(f func()) { w.stopped(); f() }
	w.do(func() { t.Error("ran without a window") })
	w.do(func() { t.Error("ran later without a window") })
}

// What the command line gave for this time only holds until a person chooses
// otherwise, and is not kept.
func TestForThisTimeOnly(t *testing.T) {
	w := newTestWindow(t, Options{Name: "Ann", Camera: "test", Microphone: "none"})
	w.remember(func(s *settings.Settings) { s.Name, s.Camera = "Grace", "cam1" })
	w.o.Name, w.o.Camera = "Ann", "test"
	if s := w.settings(); s.Name != "Ann" || s.Camera != "test" || s.Microphone != "none" {
		t.Errorf("the lobby begins with %q, %q, %q", s.Name, s.Camera, s.Microphone)
	}
	w.remember(func(s *settings.Settings) { s.LastLink = "example.org/r" })
	if s := w.o.Settings.Get(); s.Name != "Grace" || s.Camera != "cam1" || s.Microphone != "" || s.LastLink != "example.org/r" {
		t.Errorf("kept are %q, %q, %q, %q", s.Name, s.Camera, s.Microphone, s.LastLink)
	}
	w.remember(func(s *settings.Settings) { s.Camera = "" }) // back to the system's
	if s := w.settings(); s.Name != "Ann" || s.Camera != "" || s.Microphone != "none" {
		t.Errorf("after a choice the lobby begins with %q, %q, %q", s.Name, s.Camera, s.Microphone)
	}
	if s := w.o.Settings.Get(); s.Camera != "" || s.Name != "Grace" {
		t.Errorf("kept are %q, %q", s.Name, s.Camera)
	}
}

// A later start's flags hold here; those of the first one are no news.
func TestFlagsOfALaterStart(t *testing.T) {
	w := newTestWindow(t, Options{Name: "Ann", Camera: device.None, Microphone: device.None})
	if w.forThisTime(w.o.Wish()) {
		t.Error("its own flags are news")
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("voice.wav", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	later := Options{Name: "Grace", Microphone: "voice.wav", Speaker: "heard.wav", Camera: device.Test}
	if !w.forThisTime(later.Wish()) {
		t.Error("another start's flags are no news")
	}
	if s := w.settings(); s.Name != "Grace" || s.Camera != device.Test || !filepath.IsAbs(s.Microphone) || !filepath.IsAbs(s.Speaker) {
		t.Errorf("the lobby begins with %q, %q, %q, %q", s.Name, s.Camera, s.Microphone, s.Speaker)
	}
	if s := w.o.Settings.Get(); s.Name != "" || s.Camera != "" {
		t.Errorf("kept are %q, %q", s.Name, s.Camera)
	}
}

var guest = invite.Link{Host: "192.168.178.24:7443", Room: "ada-s-meeting-hkd45h4x", Code: strings.Repeat("c", 26), Key: make([]byte, 32), Fingerprint: make([]byte, 32)}

func TestTheInvitationIsCopiedByReturn(t *testing.T) {
	w := newTestWindow(t, Options{})
	w.showInvite([]invite.Link{guest})
	b, ok := w.win.Canvas().Focused().(*ours.KeyButton)
	if !ok {
		t.Fatalf("the keyboard is at %T", w.win.Canvas().Focused())
	}
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := w.app.Clipboard().Content(); got != guest.String() {
		t.Errorf("copied is %q", got)
	}
	if w.win.Canvas().Overlays().Top() != nil {
		t.Error("the dialog stays")
	}
	w.app.Clipboard().SetContent("")
	w.showInvite([]invite.Link{guest})
	w.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.app.Clipboard().Content() != "" || w.win.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not just close it")
	}
}

// TestInvitationShots draws the dialog, and keeps it where FOYER_SHOTS names a folder.
func TestInvitationShots(t *testing.T) {
	for _, look := range []string{theme.Dark, theme.Light} {
		for name, size := range map[string]fyne.Size{"1280x720": fyne.NewSize(1280, 720), "800x600": fyne.NewSize(800, 600)} {
			w := newTestWindow(t, Options{})
			w.app.Settings().SetTheme(theme.New(look))
			w.win.Resize(size)
			w.showInvite([]invite.Link{guest})
			if m := w.win.Canvas().Overlays().Top().MinSize(); m.Width > size.Width || m.Height > size.Height {
				t.Errorf("the dialog wants %v of %v", m, size)
			}
			img := w.win.Canvas().Capture()
			if dir := os.Getenv("FOYER_SHOTS"); dir != "" {
				f, err := os.Create(filepath.Join(dir, "invitation-"+look+"-"+name+".png"))
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(f, img); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}

func TestTheReportOfACrashIsCopied(t *testing.T) {
	w := newTestWindow(t, Options{})
	w.app.Settings().SetTheme(theme.New(theme.Dark))
	w.win.Resize(fyne.NewSize(800, 600))
	path := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(path, []byte("panic: a bug\n\ngoroutine 7 [running]:\nmain.main()\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.offerReport(path)
	top := w.win.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("nothing is offered")
	}
	if dir := os.Getenv("FOYER_SHOTS"); dir != "" {
		f, err := os.Create(filepath.Join(dir, "crash-report.png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, w.win.Canvas().Capture()); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	w.win.Canvas().FocusPrevious()
	w.win.Canvas().FocusPrevious()
	w.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := w.app.Clipboard().Content(); !strings.HasPrefix(got, "panic: a bug") {
		t.Errorf("copied is %q", got)
	}
	w.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.win.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close it")
	}
}

// lobbyWindow is one in the lobby, without devices.
// What is sent to the UI goroutine waits for wayOver.
func lobbyWindow(t *testing.T, o Options) *testWindow {
	t.Helper()
	w := &testWindow{newTestWindow(t, o), make(chan func(), 256)}
	w.soon = func(f func()) { w.queue <- f }
	w.watch = func(context.Context) <-chan device.List { return nil }
	w.app.Settings().SetTheme(theme.New(theme.Dark))
	w.win.Resize(fyne.NewSize(1280, 720))
	w.crash, w.warm = o.Crash, true
	if err := w.o.Settings.Update(func(s *settings.Settings) {
		s.Name, s.Camera, s.Microphone, s.Speaker = "Ann", device.None, device.None, device.None
		s.Joined = true
	}); err != nil {
		t.Fatal(err)
	}
	w.showLobby("", ours.Info)
	t.Cleanup(func() {
		w.closing.Store(true)
		w.end()
		w.wayOver()
	})
	return w
}

type testWindow struct {
	*window
	queue chan func()
}

// wayOver is the UI goroutine until nobody is on the way into a meeting.
func (w *testWindow) wayOver() {
	over := make(chan struct{})
	go func() {
		w.going.Wait()
		close(over)
	}()
	for {
		select {
		case f := <-w.queue:
			f()
		case <-over:
			return
		}
	}
}

// meetingHost answers each request to join alike.
func meetingHost(t *testing.T, answer http.HandlerFunc) (l invite.Link) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return invite.Link{Host: strings.TrimPrefix(s.URL, "http://"), Room: "standup", Code: "c", Insecure: true}
}

// said is what the lobby's notice says.
func (w *testWindow) said() string {
	for _, o := range test.LaidOutObjects(w.win.Content()) {
		if n, ok := o.(*ours.Notice); ok && n.Visible() {
			return n.Text()
		}
	}
	return ""
}

// A link whose key was cut off is refused, stays in its field with the cursor where
// the key belongs, and is made whole where the whole one was used before.
func TestALinkWithoutItsKey(t *testing.T) {
	asked := 0
	l := meetingHost(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_ = json.NewEncoder(w).Encode(invite.JoinResponse{URL: "ws://127.0.0.1:9", Token: "a.b.c", Encrypted: true})
	})
	w := lobbyWindow(t, Options{})
	w.follow(instance.Wish{Link: l.String()}, invite.Target{Link: &l})
	w.wayOver()
	if got := w.said(); got != Sentence(invite.ErrKeyNeeded) || asked != 1 {
		t.Errorf("asked %d times, it says %q", asked, got)
	}
	e, ok := w.win.Canvas().Focused().(*ours.Entry)
	if !ok || e.Text != l.String() || e.CursorColumn != len(l.String()) || e.SelectedText() != "" {
		t.Errorf("the keyboard is at %T %+v", w.win.Canvas().Focused(), e)
	}
	whole := l
	whole.Key = invite.NewKey()
	w.remember(func(s *settings.Settings) { s.Remember(settings.Meeting{Title: "Standup", Link: whole.String()}) })
	w.join(invite.Target{Link: &l}, l.String(), w.choice())
	w.wayOver()
	if got := w.said(); got == "" || got == Sentence(invite.ErrKeyNeeded) || asked != 2 || len(l.Key) > 0 {
		t.Errorf("with the key remembered: asked %d times, it says %q", asked, got)
	}
	other := l
	other.Room = "retro"
	w.join(invite.Target{Link: &other}, other.String(), w.choice())
	w.wayOver()
	if got := w.said(); got != Sentence(invite.ErrKeyNeeded) {
		t.Errorf("in another room it says %q", got)
	}
}

func report(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(path, []byte("panic: a bug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The report of a crash is offered where nobody is on the way into a meeting, and
// goes away before one, to come back after it.
func TestTheReportOfACrashCoversNoMeeting(t *testing.T) {
	w := lobbyWindow(t, Options{Crash: report(t), SettingsKept: "kept"})
	w.cancel = func() {} // on the way
	w.settle()
	if w.win.Canvas().Overlays().Top() != nil || w.crash == "" {
		t.Fatal("it covers what a link leads to")
	}
	w.cancel = nil
	w.settle()
	top := w.win.Canvas().Overlays().Top()
	if top == nil || w.crash != "" {
		t.Fatal("it is not offered in the lobby")
	}
	w.unsettle() // a second start's link
	if w.win.Canvas().Overlays().Top() != nil || w.crash == "" {
		t.Error("it stays over the meeting that begins")
	}
	w.settle()
	if w.win.Canvas().Overlays().Top() == nil {
		t.Fatal("it does not come back")
	}
	w.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	w.settle()
	if w.win.Canvas().Overlays().Top() != nil {
		t.Error("what was closed comes again")
	}
}

// A start with a link goes on its way, and tells of the crash and of damaged settings
// when it is back in the lobby.
func TestALinkGoesBeforeWhatALobbyTells(t *testing.T) {
	asked := make(chan struct{})
	l := meetingHost(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before that, nobody notices that the client goes
		close(asked)
		<-r.Context().Done()
	})
	w := lobbyWindow(t, Options{Crash: report(t), Link: l.String()})
	w.damage = "The settings were damaged."
	w.begin()
	<-asked
	if w.win.Canvas().Overlays().Top() != nil || w.said() != "" {
		t.Fatalf("over what the link leads to: %v, %q", w.win.Canvas().Overlays().Top(), w.said())
	}
	w.cancel()
	w.wayOver()
	if w.win.Canvas().Overlays().Top() == nil || w.said() != "The settings were damaged." || w.damage != "" || w.crash != "" {
		t.Errorf("in the lobby again: %v, %q", w.win.Canvas().Overlays().Top(), w.said())
	}
}
