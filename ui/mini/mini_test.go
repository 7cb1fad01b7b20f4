package mini

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"foyer/media/video"
	"foyer/ui/language"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

func TestMain(m *testing.M) {
	if err := language.Use("en"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// opened is a window with what it was told to do.
type opened struct {
	*Window
	verbs []string
	shown map[*video.Surface]string
}

func open(t *testing.T, s State) *opened {
	t.Helper()
	o := &opened{shown: map[*video.Surface]string{}}
	did := func(verb string) func() { return func() { o.verbs = append(o.verbs, verb) } }
	main := test.NewTempWindow(t, nil)
	o.Window = Open(Options{
		Main: NewMain(main),
		Show: func(identity string, to *video.Surface) { o.shown[to] = identity },
		Hide: func(to *video.Surface) { delete(o.shown, to) },
		Do:   func(f func()) { go f() },

		OnMicrophone: did("microphone"), OnCamera: did("camera"), OnStopShare: did("stop"), OnReturn: did("return"),
		OnLeave: did("leave"), OnClose: did("close"),
	}, s)
	t.Cleanup(o.Close)
	return o
}

func (o *opened) want(t *testing.T, verbs ...string) {
	t.Helper()
	if !slices.Equal(o.verbs, verbs) {
		t.Errorf("it did %q, not %q", o.verbs, verbs)
	}
	o.verbs = nil
}

var ada = State{Person: widget.TileState{Identity: "a", Name: "Ada", Picture: true}, MicrophoneOn: true}

func TestButtonsAndKeys(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	o := open(t, ada)
	for _, b := range []*widget.IconButton{o.microphone, o.camera, o.back, o.leave, o.close} {
		test.Tap(b)
	}
	o.want(t, "microphone", "camera", "return", "leave", "close")
	if o.stop.Visible() || o.shares.Visible() {
		t.Error("nothing is shared, and it says so")
	}
	c := o.window.Canvas()
	test.TypeOnCanvas(c, "mvs") // nothing is shared
	o.want(t, "microphone", "camera")
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	c.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierControl})
	test.DoubleTap(o.grip)
	o.want(t, "close", "leave", "return")

	s := ada
	s.Sharing, s.MicrophoneOn, s.WhyNoCamera, s.Leaving = true, false, "No camera found", true
	o.Set(s)
	test.Tap(o.stop)
	test.TypeOnCanvas(c, "S")
	test.Tap(o.camera)
	test.Tap(o.leave)
	o.want(t, "stop", "stop")
	if !o.shares.Visible() || o.microphone.Label() != "Unmute (M)" || o.camera.Reason() != "No camera found" {
		t.Error("it does not show how things stand")
	}
	if got, want := o.text.Text, "You are sharing your screen"; got != want {
		t.Errorf("of a screen it says %q, want %q", got, want)
	}
	s.Window = "Quarterly figures, second draft"
	o.Set(s)
	if got := o.text.Text; !strings.HasPrefix(got, "You are sharing \"Quarterly") || o.text.MinSize().Width > pictureWidth-60 {
		t.Errorf("of a window it says %q", got)
	}
	if o.record.Visible() {
		t.Error("a recording is shown, and there is none")
	}
	s.Recording = true
	o.Set(s)
	if !o.record.Visible() || o.record.Position().Y < o.shares.Position().Y+24 {
		t.Errorf("the recording's mark is at %v", o.record.Position())
	}
	// Tab goes through all of them.
	var labels []string
	for range 6 {
		c.FocusNext()
		labels = append(labels, c.Focused().(*widget.IconButton).Label())
	}
	if want := []string{"Unmute (M)", "Turn the camera on (V)", "Stop sharing (S)", "Back to the meeting", "Leave (Ctrl+D)", "Close the small window (Esc)"}; !slices.Equal(labels, want) {
		t.Errorf("Tab goes to %q", labels)
	}
}

// One picture is asked for, in the small size, and none when it is closed.
func TestOneSmallPictureIsAskedFor(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	o := open(t, ada)
	only := func(want string) {
		t.Helper()
		if len(o.shown) != 1 {
			t.Fatalf("%d surfaces get pictures", len(o.shown))
		}
		for s, identity := range o.shown {
			if w, h := s.Size(); identity != want || w != 320 || h != 180 {
				t.Errorf("%s is asked for at %dx%d", identity, w, h)
			}
		}
	}
	only("a")
	s := ada
	s.Person = widget.TileState{Identity: "b", Name: "Bob", Picture: true}
	o.Set(s)
	only("b")
	o.Close()
	o.Close()
	if len(o.shown) != 0 {
		t.Error("closed, it gets pictures")
	}
}

// Nothing sticks out, whatever a text is cut to. FOYER_SHOTS names a folder for pictures.
func TestNothingSticksOut(t *testing.T) {
	for _, look := range []string{theme.Dark, theme.Light} {
		app := test.NewTempApp(t)
		app.Settings().SetTheme(theme.New(look))
		theme.ShowStage(true) // as a meeting does
		s := ada
		s.Sharing, s.Person.Picture = true, false
		s.Person.Name = "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Senior"
		o := open(t, s)
		for _, b := range o.root.Objects {
			at, size := b.Position(), b.Size()
			if b != o.shares && (at.X < 0 || at.Y < 0 || at.X+size.Width > width || at.Y+size.Height > height) {
				t.Errorf("%T lies at %v, %v", b, at, size)
			}
		}
		if end := o.shares.Position().X + o.plate.Size().Width; end > o.close.Position().X {
			t.Errorf("what says that we share ends at %v", end)
		}
		if dir := os.Getenv("FOYER_SHOTS"); dir != "" {
			f, err := os.Create(filepath.Join(dir, fmt.Sprintf("mini-%s.png", look)))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, o.window.Canvas().Capture()); err != nil {
				t.Error(err)
			}
			f.Close()
		}
		o.Close()
		theme.ShowStage(false)
	}
}

// X11's keycodes of M and V, with what a Russian and a Hebrew layout type there.
func TestLettersOfOtherScriptsActByTheKey(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the keys' places in this test are X11's")
	}
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	o := open(t, ada)
	for _, k := range []struct {
		place int
		r     rune
	}{{58, 'ь'}, {55, 'М'}, {58, 'צ'}, {47, 'm'}, {58, ','}} {
		o.keyDown(&fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: k.place}})
		o.typedRune(k.r)
	}
	o.want(t, "microphone", "camera", "microphone", "microphone")
}
