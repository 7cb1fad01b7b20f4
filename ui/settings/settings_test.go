package settings

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/ui/theme"
)

// within lists the objects of a kind in a window's topmost overlay.
func within[T fyne.CanvasObject](w fyne.Window) (found []T) {
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
	voice       settings.Settings
}

func open(t *testing.T, look string) (fyne.Window, dialog.Dialog, *told) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(look))
	w := test.NewTempWindow(t, base.NewLabel(""))
	w.Resize(fyne.NewSize(800, 600))
	g := &told{}
	d := Show(w, Options{
		Settings: settings.Settings{Name: "Ada", Theme: look, HardwareOff: true},
		OnName:   func(n string) { g.name = n }, OnTheme: func(p string) { g.theme = p },
		OnHardware: func(off bool) { g.off = off }, OnVoice: func(f func(*settings.Settings)) { f(&g.voice) }, OnClosed: func() { g.closed = true },
	})
	return w, d, g
}

func TestWhatIsChangedIsTold(t *testing.T) {
	w, d, g := open(t, theme.Dark)
	looks := within[*base.Select](w)
	checks := within[*base.Check](w)
	names := within[*base.Entry](w)
	if len(looks) != 1 || len(checks) != 5 || len(names) != 1 {
		t.Fatalf("%d selects, %d checks, %d entries", len(looks), len(checks), len(names))
	}
	if looks[0].Selected != "Dark" || checks[4].Checked || names[0].Text != "Ada" {
		t.Errorf("begins with %q, %v, %q", looks[0].Selected, checks[4].Checked, names[0].Text)
	}
	g.off = true
	looks[0].SetSelected("Light")
	checks[4].SetChecked(true)
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

func TestMusicLeavesNothingToChoose(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	checks := within[*base.Check](w)
	for i, c := range checks[:3] {
		if !c.Checked || c.Disabled() {
			t.Errorf("%q begins as %v, disabled %v", c.Text, c.Checked, c.Disabled())
		}
		c.SetChecked(false)
		if v := g.voice; v.EchoOff != true || v.NoiseOff != (i > 0) || v.GainOff != (i > 1) {
			t.Errorf("after %q: %+v", c.Text, v)
		}
	}
	for _, on := range []bool{true, false} {
		checks[3].SetChecked(on)
		if g.voice.Music != on || checks[0].Disabled() != on || checks[2].Disabled() != on {
			t.Errorf("music %v: told %v, disabled %v", on, g.voice.Music, checks[0].Disabled())
		}
	}
}

func TestNothingIsToldWhereNothingChanged(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	within[*base.Entry](w)[0].SetText(" ")
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if g.name != "" || g.theme != "" || !g.closed {
		t.Errorf("told %+v", g)
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
		dir := os.Getenv("FOYER_SHOTS")
		if dir == "" {
			continue
		}
		f, err := os.Create(filepath.Join(dir, "settings-"+look+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
	}
}
