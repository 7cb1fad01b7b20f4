package lobby

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// bench is a lobby on a test window with its UI goroutine in the test's hands.
type bench struct {
	*View
	t     *testing.T
	w     fyne.Window
	queue chan func()
	lists chan device.List
	kept  settings.Settings // what the lobby asked to remember

	went      []string // "join", "start", "test", "cancel"
	target    invite.Target
	typed     string
	choice    Choice
	mu        sync.Mutex
	camera    func(id string) (video.Reader, error) // guarded by mu
	cameras   []string                              // opened or tried
	sound     error                                 // of the next microphone
	silent    *silentCapture                        // the last microphone opened
	played    chan string
	speakerOK error
}

var (
	now = time.Date(2026, 5, 4, 15, 30, 0, 0, time.Local)

	normal  = fyne.NewSize(1280, 720)
	small   = fyne.NewSize(800, 600)
	webcam  = device.Info{Kind: device.Camera, ID: "cam1", Name: "Integrated Camera", Default: true}
	brio    = device.Info{Kind: device.Camera, ID: "cam2", Name: "Logitech BRIO Ultra HD Business Webcam (046d:085e)"}
	builtIn = device.Info{Kind: device.Microphone, ID: "mic1", Name: "Built-in Microphone", Default: true}
	headset = device.Info{Kind: device.Microphone, ID: "mic2", Name: "Jabra Evolve2 65 Mono"}
	phones  = device.Info{Kind: device.Speaker, ID: "spk1", Name: "Headphones", Default: true}

	plugged = device.List{
		Cameras: []device.Info{webcam, brio}, Microphones: []device.Info{builtIn, headset}, Speakers: []device.Info{phones},
	}
)

func newBench(t *testing.T, s settings.Settings, size fyne.Size, change ...func(*Options)) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(s.Theme))
	b := &bench{t: t, queue: make(chan func(), 256), lists: make(chan device.List), kept: s, played: make(chan string, 1)}
	b.camera = func(string) (video.Reader, error) {
		return device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360})
	}
	b.w = app.NewWindow("test")
	b.w.SetPadded(false)
	went := func(what string) func(Choice) {
		return func(c Choice) { b.went, b.choice = append(b.went, what), c }
	}
	o := Options{
		Version: "1.2.3", Settings: s,
		OnJoin: func(l invite.Target, typed string, c Choice) {
			b.target, b.typed = l, typed
			went("join")(c)
		},
		OnStart: went("start"), OnTestCall: went("test"), OnCancel: func() { b.went = append(b.went, "cancel") },
		OnChange: func(f func(*settings.Settings)) { f(&b.kept) },
		Sentence: func(err error) string { return "Sentence for: " + root(err).Error() + "." },
		Watch:    func(context.Context) <-chan device.List { return b.lists },
		OpenCamera: func(id string) (video.Reader, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.cameras = append(b.cameras, id)
			return b.camera(id)
		},
		OpenMicrophone: func(id string) (device.Capture, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.sound != nil {
				return nil, fmt.Errorf("open microphone: %w", b.sound)
			}
			m, err := device.OpenMicrophone(device.Test)
			b.silent = &silentCapture{Capture: m}
			return b.silent, err
		},
		OpenSpeaker: func(id string) (device.Playback, error) {
			b.played <- id
			if b.speakerOK != nil {
				return nil, b.speakerOK
			}
			return device.OpenSpeaker(device.None)
		},
		Now: func() time.Time { return now },
		Do:  func(f func()) { b.queue <- f },
	}
	for _, c := range change {
		c(&o)
	}
	b.View = New(o)
	b.w.SetContent(b.View.Object())
	b.w.Resize(size)
	b.View.Focus(b.w.Canvas())
	t.Cleanup(func() {
		b.close()
		b.w.Close()
	})
	return b
}

// close closes the lobby while what is on its way to the UI is dropped.
func (b *bench) close() {
	closed, dropped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(dropped)
		for {
			select {
			case <-b.queue:
			case <-closed:
				return
			}
		}
	}()
	b.View.Close()
	close(closed)
	<-dropped
}

// root is the sentinel at the bottom of an error.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// until runs what is sent to the UI goroutine until ok.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case f := <-b.queue:
			f()
		case <-deadline:
			b.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// plug makes the watch tell of a list, and waits until the lobby shows it.
func (b *bench) plug(l device.List) {
	b.t.Helper()
	for sent := false; !sent; {
		select {
		case b.lists <- l:
			sent = true
		case f := <-b.queue:
			f()
		}
	}
	b.until("the list", func() bool {
		return b.haveList && len(b.list.Cameras) == len(l.Cameras) && len(b.list.Microphones) == len(l.Microphones) && len(b.list.Speakers) == len(l.Speakers)
	})
}

// tried is which cameras were opened, or tried, since the last time.
func (b *bench) tried() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cameras
	b.cameras = nil
	return c
}

func (b *bench) wantWent(want ...string) {
	b.t.Helper()
	if fmt.Sprint(b.went) != fmt.Sprint(want) {
		b.t.Errorf("the lobby asked for %v, want %v", b.went, want)
	}
	b.went = nil
}

// silentCapture is a microphone whose health the test decides on.
type silentCapture struct {
	device.Capture
	mu  sync.Mutex
	err error
}

func (c *silentCapture) Err() error { c.mu.Lock(); defer c.mu.Unlock(); return c.err }

func (c *silentCapture) fail(err error) { c.mu.Lock(); defer c.mu.Unlock(); c.err = err }

// pulled is a camera that the test unplugs.
type pulled struct {
	video.Reader
	out  chan struct{}
	once sync.Once
}

func pullable(t *testing.T) *pulled {
	t.Helper()
	r, err := device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360})
	if err != nil {
		t.Fatal(err)
	}
	return &pulled{Reader: r, out: make(chan struct{})}
}

func (p *pulled) unplug() { p.once.Do(func() { close(p.out) }) }

func (p *pulled) Read() (*video.Frame, error) {
	select {
	case <-p.out:
		return nil, fmt.Errorf("read camera: %w", device.ErrGone)
	default:
	}
	f, err := p.Reader.Read()
	if err == io.EOF {
		return nil, err
	}
	return f, err
}

// shot draws the lobby and saves it where FOYER_SHOTS names a folder.
func (b *bench) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("FOYER_SHOTS")
	if dir == "" && (b.w.Canvas().Size() != small || !strings.HasPrefix(name, "lobby-usual")) {
		return // drawing takes long, and nobody looks
	}
	img := b.w.Canvas().Capture()
	if dir == "" {
		return
	}
	out, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		b.t.Fatal(err)
	}
}

// leaf is something seen, with its place on the window.
type leaf struct {
	o  fyne.CanvasObject
	at fyne.Position
}

// leaves walks over the visible widgets of the lobby and its own texts.
func (b *bench) leaves() []leaf {
	var out []leaf
	var walk func(fyne.CanvasObject, fyne.Position)
	walk = func(o fyne.CanvasObject, from fyne.Position) {
		if !o.Visible() {
			return
		}
		at := from.Add(o.Position())
		switch x := o.(type) {
		case *fyne.Container:
			for _, c := range x.Objects {
				walk(c, at)
			}
		case fyne.Widget, *canvas.Text:
			out = append(out, leaf{x, at})
		}
	}
	walk(b.page, fyne.NewPos(0, 0))
	return out
}

// tell types over what an entry holds, as a keyboard does.
func tell(e *ours.Entry, text string) {
	fyne.CurrentApp().Driver().CanvasForObject(e).Focus(e)
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	test.Type(e, text)
}
