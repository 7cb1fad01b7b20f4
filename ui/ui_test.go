package ui

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

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
	w := &window{o: o, app: app, win: app.NewWindow("test"), seen: map[string]bool{}, gone: make(chan struct{})}
	t.Cleanup(w.win.Close)
	return w
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
