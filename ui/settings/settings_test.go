package settings

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/hotkey"
	"foyer/ui/language"
	"foyer/ui/mini"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// within lists the objects of a kind in a window's topmost overlay.
func within[T any](w fyne.Window) (found []T) {
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if x, ok := o.(T); ok {
			found = append(found, x)
		}
		switch x := o.(type) {
		case *fyne.Container:
			for _, o := range x.Objects {
				walk(o)
			}
		case *container.Scroll:
			walk(x.Content)
		case fyne.Widget:
			for _, o := range test.WidgetRenderer(x).Objects() {
				walk(o)
			}
		}
	}
	walk(w.Canvas().Overlays().Top())
	return found
}

type told struct {
	name, theme string
	off, closed bool
	now         settings.Settings // as changed
	tried       []bool
	used        []string // devices chosen
	lists       chan device.List
	queue       chan func() // for the UI goroutine
}

func open(t *testing.T, look string) (fyne.Window, *widget.Dialog, *told) {
	t.Helper()
	return openAt(t, look, fyne.NewSize(800, 600))
}

func openAt(t *testing.T, look string, size fyne.Size) (fyne.Window, *widget.Dialog, *told) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(look))
	w := test.NewTempWindow(t, base.NewLabel(""))
	w.Resize(size)
	g := &told{queue: make(chan func(), 256), lists: make(chan device.List)}
	d := Show(w, Options{
		Settings: settings.Settings{Name: "Ada", Theme: look, HardwareOff: true},
		OnName:   func(n string) { g.name = n }, OnTheme: func(p string) { g.theme = p },
		OnHardware: func(off bool) { g.off = off }, OnClosed: func() { g.closed = true },
		OnDevice: func(k device.Kind, id string) { g.used = append(g.used, fmt.Sprint(k, " ", id)) },
		Watch:    func(context.Context) <-chan device.List { return g.lists },
		OnTrial:  func(on bool) { g.tried = append(g.tried, on) },
		OnChange: func(f func(*settings.Settings)) {
			was := g.now.TextScale
			f(&g.now)
			if g.now.TextScale != was { // as the program does
				theme.ScaleText(float32(g.now.TextScale))
				a.Settings().SetTheme(theme.New(look))
			}
		},
		OpenMicrophone: func(string) (device.Capture, error) { return device.OpenMicrophone(device.Test) },
		OpenSpeaker:    func(string) (device.Playback, error) { return device.OpenSpeaker(device.None) },
		Do:             func(f func()) { g.queue <- f },
	})
	return w, d, g
}

// pickers are the lists of cameras, microphones and speakers.
func pickers(w fyne.Window) []*widget.Select {
	all := within[*widget.Select](w)
	return all[len(all)-3:]
}

// The lists of devices follow what is plugged in, say in words what is missing, and
// what is chosen is told at once.
func TestDevicesAreChosen(t *testing.T) {
	for _, z := range []fyne.Size{fyne.NewSize(800, 600), fyne.NewSize(1280, 720)} {
		for _, look := range []string{theme.Dark, theme.Light} {
			w, d, g := openAt(t, look, z)
			p := pickers(w)
			g.lists <- device.List{
				Cameras:     []device.Info{{Kind: device.Camera, ID: "cam1", Name: "HD Webcam", Default: true}, {Kind: device.Camera, ID: "cam2", Name: "Document camera"}},
				Microphones: []device.Info{{Kind: device.Microphone, ID: "mic1", Name: "Headset", Default: true}},
			}
			(<-g.queue)()
			for i, want := range []string{"System default: HD Webcam", "System default: Headset", "No speaker found"} {
				if p[i].Selected != want || p[i].Disabled() != (i == 2) {
					t.Errorf("list %d is at %q, disabled %v, want %q", i, p[i].Selected, p[i].Disabled(), want)
				}
			}
			p[0].SetSelected("Document camera")
			p[1].SetSelected("Headset")
			if want := []string{fmt.Sprint(device.Camera, " cam2"), fmt.Sprint(device.Microphone, " mic1")}; !slices.Equal(g.used, want) {
				t.Errorf("told %q, want %q", g.used, want)
			}
			try := within[*widget.IconButton](w)
			try = try[len(try)-2:]
			if try[0].Reason() != "" || try[1].Reason() != "No speaker found" {
				t.Errorf("trying is refused for %q and %q", try[0].Reason(), try[1].Reason())
			}
			for _, s := range within[*container.Scroll](w) {
				s.ScrollToBottom()
			}
			save(t, w, fmt.Sprintf("settings-devices-%s-%v", look, z.Width))
			g.lists <- device.List{Cameras: []device.Info{{Kind: device.Camera, ID: "cam1", Name: "HD Webcam"}}, NoSound: true}
			(<-g.queue)()
			for i, want := range []string{"Document camera (unplugged)", "Headset (unplugged)", "No sound server is running"} {
				if p[i].Selected != want {
					t.Errorf("list %d is at %q, want %q", i, p[i].Selected, want)
				}
			}
			// From what is unplugged to the default, of which there is none: said at once.
			p[1].SetSelectedIndex(0)
			if p[1].Selected != "No sound server is running" || try[0].Reason() != "No sound server is running" {
				t.Errorf("the microphone is %q, trying it is refused for %q", p[1].Selected, try[0].Reason())
			}
			d.Hide()
		}
	}
}

func TestWhatIsChangedIsTold(t *testing.T) {
	w, d, g := open(t, theme.Dark)
	looks := within[*widget.Select](w)
	checks := within[*widget.Check](w)
	names := within[*widget.Entry](w)
	if len(looks) != 10 || len(checks) < 8 || len(names) != 1 {
		t.Fatalf("%d selects, %d checks, %d entries", len(looks), len(checks), len(names))
	}
	if looks[0].Selected != "Dark" || checks[5].Checked || names[0].Text != "Ada" {
		t.Errorf("begins with %q, %v, %q", looks[0].Selected, checks[5].Checked, names[0].Text)
	}
	if looks[1].Selected != "Same as system" || !slices.Contains(looks[1].Options, "日本語") {
		t.Errorf("speaks %q of %q", looks[1].Selected, looks[1].Options)
	}
	looks[1].SetSelected("Deutsch")
	if g.now.Language != "de" {
		t.Errorf("told %+v", g.now)
	}
	looks[1].SetSelected("Same as system")
	if g.now.Language != language.System {
		t.Errorf("told %+v", g.now)
	}
	g.off = true
	looks[0].SetSelected("Light")
	checks[5].SetChecked(true)
	if g.theme != theme.Light || g.off {
		t.Errorf("told %+v", g)
	}
	names[0].SetText("  Ada   Lovelace ")
	if g.name != "" {
		t.Error("a name is told while it is typed")
	}
	d.Hide()
	if g.name != "Ada Lovelace" || !g.closed {
		t.Errorf("told %+v", g)
	}
}

func TestCaptionsAreTold(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	for _, c := range within[*widget.Check](w) {
		if c.Label() == "Show captions" {
			if !c.Checked {
				t.Error("captions begin as off")
			}
			c.SetChecked(false)
		}
	}
	for _, s := range within[*widget.Select](w) {
		if s.Label() == "Caption size" {
			if s.Selected != "Normal" {
				t.Errorf("their size begins as %q", s.Selected)
			}
			s.SetSelected("Large")
		}
	}
	if !g.now.CaptionsOff || g.now.CaptionSize != 1.5 {
		t.Errorf("told %+v", g.now)
	}
}

func TestMusicLeavesNothingToChoose(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	checks := within[*widget.Check](w)
	for i, c := range checks[1:4] {
		if !c.Checked || c.Disabled() {
			t.Errorf("%q begins as %v, disabled %v", c.Label(), c.Checked, c.Disabled())
		}
		c.SetChecked(false)
		if v := g.now; v.EchoOff != true || v.NoiseOff != (i > 0) || v.GainOff != (i > 1) {
			t.Errorf("after %q: %+v", c.Label(), v)
		}
	}
	for _, on := range []bool{true, false} {
		checks[4].SetChecked(on)
		if g.now.Music != on || checks[1].Disabled() != on || checks[3].Disabled() != on {
			t.Errorf("music %v: told %v, disabled %v", on, g.now.Music, checks[1].Disabled())
		}
	}
}

func TestNothingIsToldWhereNothingChanged(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	within[*widget.Entry](w)[0].SetText(" ")
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if g.name != "" || g.theme != "" || !g.closed {
		t.Errorf("told %+v", g)
	}
}

func TestSoundIsTold(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	selects, checks := within[*widget.Select](w), within[*widget.Check](w)
	checks[6].SetChecked(false) // sounds
	checks[7].SetChecked(false) // notifications
	after := checks[8:]
	if mini.Supported {
		after[0].SetChecked(false)
		after = after[1:]
		if !g.now.SmallOff {
			t.Error("the small window comes")
		}
	}
	after[0].SetChecked(true) // places
	selects[5].SetSelected("Hold to be muted")
	selects[6].SetSelected("F8")
	if n := g.now; !n.SoundsOff || !n.NotifyOff || !n.PlaceVoices || n.Talk != settings.TalkMute || n.TalkKey != "F8" {
		t.Errorf("told %+v", n)
	}
	if hotkey.Supported {
		after[1].SetChecked(true)
		if !g.now.TalkAnywhere {
			t.Error("the key counts here only")
		}
	}
	selects[5].SetSelected("Off")
	if g.now.Talk != settings.TalkOff || !selects[6].Disabled() {
		t.Errorf("told %+v; the key can be chosen", g.now)
	}
}

// The microphone is tried in the sheet, and closing it ends that.
func TestMicrophoneIsTried(t *testing.T) {
	w, d, g := open(t, theme.Dark)
	var record *widget.IconButton
	for _, b := range within[*widget.IconButton](w) {
		if b.Icon() == theme.IconRecord {
			record = b
		}
	}
	meter := within[*widget.LevelMeter](w)[0]
	test.Tap(record)
	late := time.After(10 * time.Second)
	for meter.Lit() == 0 {
		select {
		case f := <-g.queue:
			f()
		case <-late:
			t.Fatal("the meter stays dark")
		}
	}
	save(t, w, "settings-recording")
	hidden, dropped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(dropped)
		for {
			select {
			case <-g.queue:
			case <-hidden:
				return
			}
		}
	}()
	d.Hide()
	close(hidden)
	<-dropped
	if !g.closed || !slices.Equal(g.tried, []bool{true, false}) {
		t.Errorf("closed: %v, tried: %v", g.closed, g.tried)
	}
}

// save draws a window where FOYER_SHOTS names a folder.
func save(t *testing.T, w fyne.Window, name string) {
	t.Helper()
	dir := os.Getenv("FOYER_SHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

// FOYER_SHOTS names a folder for what the sheet looks like.
func TestShotsOfSettings(t *testing.T) {
	for _, look := range []string{theme.Dark, theme.Light} {
		w, _, _ := open(t, look)
		img := w.Canvas().Capture()
		if b := img.Bounds(); b.Dx() != 800 {
			t.Errorf("%s: %v", look, b)
		}
		save(t, w, "settings-"+look)
	}
}
