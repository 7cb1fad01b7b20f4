package device

import (
	"errors"
	"image"
	"image/color"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

// open makes a window of another program: one without our process number.
func (x *xserver) open(title string, r image.Rectangle, border int) *xwindow {
	x.t.Helper()
	conn := x.d.conn
	w := &xwindow{x: x}
	w.id, _ = xproto.NewWindowId(conn)
	x.check(xproto.CreateWindowChecked(conn, x.d.screen.RootDepth, w.id, x.d.screen.Root, int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), uint16(border), xproto.WindowClassInputOutput, x.d.screen.RootVisual,
		xproto.CwBackPixel|xproto.CwBorderPixel, []uint32{0, 0xffffff}).Check())
	w.property("_NET_WM_NAME", "UTF8_STRING", 8, []byte(title))
	w.show()
	return w
}

type xwindow struct {
	x  *xserver
	id xproto.Window
}

func (x *xserver) atom(name string) xproto.Atom {
	x.t.Helper()
	r, err := xproto.InternAtom(x.d.conn, false, uint16(len(name)), name).Reply()
	x.check(err)
	return r.Atom
}

func (w *xwindow) property(name, kind string, bits byte, value []byte) {
	w.x.t.Helper()
	w.x.check(xproto.ChangePropertyChecked(w.x.d.conn, xproto.PropModeReplace, w.id, w.x.atom(name), w.x.atom(kind), bits,
		uint32(len(value)/int(bits/8)), value).Check())
}

func words(list ...uint32) []byte {
	b := make([]byte, 4*len(list))
	for i, n := range list {
		xgb.Put32(b[4*i:], n)
	}
	return b
}

func (w *xwindow) show() {
	w.x.t.Helper()
	w.x.check(xproto.MapWindowChecked(w.x.d.conn, w.id).Check())
}

func (w *xwindow) hide() {
	w.x.t.Helper()
	w.x.check(xproto.UnmapWindowChecked(w.x.d.conn, w.id).Check())
}

func (w *xwindow) close() {
	w.x.t.Helper()
	w.x.check(xproto.DestroyWindowChecked(w.x.d.conn, w.id).Check())
}

func (w *xwindow) configure(mask uint16, values ...uint32) {
	w.x.t.Helper()
	w.x.check(xproto.ConfigureWindowChecked(w.x.d.conn, w.id, mask, values).Check())
}

func (w *xwindow) resize(width, height int) {
	w.x.t.Helper()
	w.configure(xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, uint32(width), uint32(height))
}

func (w *xwindow) paint(r image.Rectangle, c color.RGBA) {
	w.x.t.Helper()
	window := w.x.win
	w.x.win = w.id
	w.x.paint(r, c)
	w.x.win = window
}

func shows(p image.Point, c color.RGBA) func(*video.Frame) bool {
	return func(f *video.Frame) bool { return p.X < f.Width && p.Y < f.Height && near(colourAt(f, p.X, p.Y), c) }
}

// untilError reads until an error comes.
func untilError(t *testing.T, r video.Reader) error {
	t.Helper()
	limit := time.AfterFunc(10*time.Second, func() { r.Close() })
	defer limit.Stop()
	for {
		f, err := r.Read()
		if err != nil {
			return err
		}
		f.Release()
	}
}

func TestWindows(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	whole := image.Rect(0, 0, 300, 200)
	at := func(p image.Point) image.Rectangle { return whole.Add(p) }
	a := x.open("  Bericht – Änderungen.odt\n(2) ", at(image.Pt(10, 20)), 3)
	x.open("", at(image.Pt(0, 0)), 0)                 // no title
	x.open("Tiny", image.Rect(0, 0, 20, 20), 0)       // a tool
	x.open("Minimised", at(image.Pt(0, 0)), 0).hide() // nothing to see
	ours := x.open("Foyer", at(image.Pt(0, 0)), 0)    // our own
	ours.property("_NET_WM_PID", "CARDINAL", 32, words(uint32(os.Getpid())))
	panel := x.open("Panel", at(image.Pt(0, 0)), 0)
	panel.property("_NET_WM_WINDOW_TYPE", "ATOM", 32, words(uint32(x.atom("_NET_WM_WINDOW_TYPE_DOCK"))))
	old := x.open("", at(image.Pt(500, 300)), 0)
	old.property("WM_NAME", "STRING", 8, []byte("caf\xe9"))
	old.property("_NET_WM_WINDOW_TYPE", "ATOM", 32, words(uint32(x.atom("_NET_WM_WINDOW_TYPE_NORMAL"))))

	want := []Info{
		{Kind: Window, ID: windowID(a.id), Name: "Bericht – Änderungen.odt (2)", Bounds: at(image.Pt(13, 23))},
		{Kind: Window, ID: windowID(old.id), Name: "café", Bounds: at(image.Pt(500, 300))},
	}
	if got := Windows(); !slices.Equal(got, want) {
		t.Errorf("without a window manager %v, want %v", got, want)
	}
	// A window manager says which windows are programs', and in which order.
	root := &xwindow{x: x, id: x.d.screen.Root}
	root.property("_NET_CLIENT_LIST", "WINDOW", 32, words(uint32(old.id), 0x7777777, uint32(ours.id), uint32(a.id)))
	slices.Reverse(want)
	if got := Windows(); !slices.Equal(got, want) {
		t.Errorf("with a window manager %v, want %v", got, want)
	}
	if got := Devices().Screens; len(got) != 1 || got[0].Kind != Screen {
		t.Errorf("screens are %v", got)
	}
}

func TestWindowsNoComposite(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24", "-extension", "Composite")
	w := x.open("Program", image.Rect(0, 0, 300, 200), 0)
	if l := Windows(); len(l) != 0 {
		t.Errorf("windows are %v", l)
	}
	if _, err := OpenScreen(windowID(w.id), ScreenOptions{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("open: %v", err)
	}
}

func TestWindowPixels(t *testing.T) {
	for name, args := range map[string][]string{
		"shared memory":    nil,
		"no shared memory": {"-extension", "MIT-SHM"},
		"no damage":        {"-extension", "DAMAGE"},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			x := startX(t, "1280x720x24", args...)
			w := x.open("Program", image.Rect(100, 50, 501, 351), 2) // odd on purpose
			w.paint(image.Rect(0, 0, 401, 301), red)
			w.paint(image.Rect(100, 100, 120, 120), green)
			r := openScreen(t, windowID(w.id), ScreenOptions{})
			f := readFrame(t, r, 5*time.Second)
			if f.Width != 400 || f.Height != 300 {
				t.Fatalf("frame is %dx%d", f.Width, f.Height)
			}
			expect(t, f, map[image.Point]color.RGBA{{1, 1}: red, {99, 99}: red, {110, 110}: green, {398, 298}: red})
			f.Release()

			// Covered by another one, the window still shows what is drawn in it.
			over := x.open("Other", image.Rect(0, 0, 1280, 720), 0)
			over.paint(image.Rect(0, 0, 1280, 720), white)
			w.paint(image.Rect(200, 200, 220, 220), blue)
			until(t, r, shows(image.Pt(210, 210), blue), func(f *video.Frame) {
				expect(t, f, map[image.Point]color.RGBA{{1, 1}: red, {110, 110}: green, {398, 298}: red})
			})
			// So does a child, and one half out of the screen.
			w.configure(xproto.ConfigWindowX|xproto.ConfigWindowY, uint32(1100), uint32(600))
			child := &xwindow{x: x}
			child.id, _ = xproto.NewWindowId(x.d.conn)
			x.check(xproto.CreateWindowChecked(x.d.conn, x.d.screen.RootDepth, child.id, w.id, 300, 0, 100, 300, 0,
				xproto.WindowClassInputOutput, x.d.screen.RootVisual, xproto.CwBackPixel, []uint32{0xffffff}).Check())
			child.show()
			until(t, r, shows(image.Pt(350, 250), white), nil)

			img, err := Thumbnail(windowID(w.id), 200)
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); b.Dx() != 200 || b.Dy() != 150 || !near(img.RGBAAt(20, 20), red) || !near(img.RGBAAt(180, 130), white) {
				t.Errorf("thumbnail is %v with %v and %v", b, img.RGBAAt(20, 20), img.RGBAAt(180, 130))
			}

			// It follows the size, both ways, and a grab in between does no harm.
			for _, size := range []image.Point{{800, 600}, {300, 201}, {64, 64}, {2000, 1000}, {401, 301}} {
				w.resize(size.X, size.Y)
				w.paint(image.Rectangle{Max: size}, green)
				child.hide()
				even := image.Pt(size.X&^1, size.Y&^1)
				until(t, r, func(f *video.Frame) bool {
					return f.Width == even.X && f.Height == even.Y && near(colourAt(f, even.X-1, even.Y-1), green)
				}, nil)
			}

			// Minimised and back, perhaps changed.
			w.hide()
			w.show()
			w.paint(image.Rect(0, 0, 401, 301), blue)
			until(t, r, shows(image.Pt(200, 150), blue), nil)
			w.hide()
			if _, err := OpenScreen(windowID(w.id), ScreenOptions{}); !errors.Is(err, ErrNoDevice) {
				t.Errorf("open a minimised window: %v", err)
			}
			w.show()

			w.close()
			if err := untilError(t, r); !errors.Is(err, ErrGone) {
				t.Errorf("Read after the window was closed: %v", err)
			}
			if _, err := r.Read(); !errors.Is(err, ErrGone) {
				t.Errorf("the Read after that: %v", err)
			}
			if _, err := OpenScreen(windowID(w.id), ScreenOptions{}); !errors.Is(err, ErrNoDevice) {
				t.Errorf("open a closed window: %v", err)
			}
		})
	}
	for _, id := range []string{"window:", "window:x", "window:0xffffffffff", "window:0x1"} {
		t.Run(id, func(t *testing.T) {
			noLeaks(t)
			startX(t, "640x480x24")
			if _, err := OpenScreen(id, ScreenOptions{}); !errors.Is(err, ErrNoDevice) {
				t.Errorf("open: %v", err)
			}
		})
	}
}

// TestWindowShadow: a program that draws its own frame says how wide its shadow is.
func TestWindowShadow(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	w := x.open("Program", image.Rect(100, 50, 500, 350), 0)
	w.property("_GTK_FRAME_EXTENTS", "CARDINAL", 32, words(10, 20, 30, 40))
	w.paint(image.Rect(0, 0, 400, 300), white)
	w.paint(image.Rect(10, 30, 380, 260), red)
	r := openScreen(t, windowID(w.id), ScreenOptions{HideCursor: true})
	f := readFrame(t, r, 5*time.Second)
	if f.Width != 370 || f.Height != 230 {
		t.Errorf("frame is %dx%d", f.Width, f.Height)
	}
	expect(t, f, map[image.Point]color.RGBA{{1, 1}: red, {368, 1}: red, {1, 228}: red, {368, 228}: red})
	f.Release()
	w.paint(image.Rect(10, 30, 40, 60), blue)
	until(t, r, shows(image.Pt(1, 1), blue), func(f *video.Frame) {
		expect(t, f, map[image.Point]color.RGBA{{28, 28}: blue, {33, 33}: red})
	})
}

func TestWindowCursor(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24")
	w := x.open("Program", image.Rect(100, 50, 400, 350), 0)
	w.paint(image.Rect(0, 0, 300, 300), blue)
	const star = 146 // of the cursor font
	font, _ := xproto.NewFontId(x.d.conn)
	x.check(xproto.OpenFontChecked(x.d.conn, font, uint16(len("cursor")), "cursor").Check())
	pointer, _ := xproto.NewCursorId(x.d.conn)
	x.check(xproto.CreateGlyphCursorChecked(x.d.conn, pointer, font, font, star, star+1, 0xffff, 0, 0, 0xffff, 0xffff, 0xffff).Check())
	x.check(xproto.ChangeWindowAttributesChecked(x.d.conn, w.id, xproto.CwCursor, []uint32{uint32(pointer)}).Check())
	point := func(x11 image.Point) {
		x.check(xproto.WarpPointerChecked(x.d.conn, 0, x.d.screen.Root, 0, 0, 0, 0, int16(x11.X), int16(x11.Y)).Check())
	}
	foreign := func(f *video.Frame) (n int) {
		img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
		x.check(f.ToRGBA(img, img.Rect))
		for i := 0; i < len(img.Pix); i += 4 {
			if !near(color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 255}, blue) {
				n++
			}
		}
		return n
	}
	some := func(f *video.Frame) bool { return foreign(f) > 10 }
	none := func(f *video.Frame) bool { return foreign(f) == 0 }
	point(image.Pt(250, 200))
	r := openScreen(t, windowID(w.id), ScreenOptions{})
	until(t, r, some, nil)
	point(image.Pt(20, 20)) // leaves
	until(t, r, none, nil)
	point(image.Pt(300, 300))
	until(t, r, some, nil)
	// Over another window that covers this one, it is not ours.
	over := x.open("Other", image.Rect(200, 200, 500, 450), 0)
	until(t, r, none, nil)
	over.close()
	until(t, r, some, nil)
	// The window moves under the resting pointer: both are still together.
	w.configure(xproto.ConfigWindowX|xproto.ConfigWindowY, 250, 250)
	until(t, r, func(f *video.Frame) bool { return some(f) && !near(colourAt(f, 50, 50), blue) }, nil)
}

// TestWindowManager: with a real one, which puts windows into frames.
func TestWindowManager(t *testing.T) {
	path, err := exec.LookPath("openbox")
	if err != nil {
		t.Skip("openbox is not installed")
	}
	noLeaks(t)
	x := startX(t, "1280x720x24")
	home := t.TempDir()
	wm := exec.Command(path)
	wm.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_DATA_HOME="+home)
	if err := wm.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { wm.Process.Kill(); wm.Wait() }()
	(&xwindow{x: x, id: x.win}).hide() // or it covers the window, and what is drawn there is lost
	w := x.open("Program", image.Rect(100, 100, 500, 400), 0)
	var list []Info
	eventually(t, "the window manager", func() bool {
		parent, err := xproto.QueryTree(x.d.conn, w.id).Reply()
		x.check(err)
		list = Windows()
		return parent.Parent != parent.Root && len(list) == 1
	})
	if i := list[0]; i.Name != "Program" || i.ID != windowID(w.id) || i.Bounds.Dx() != 400 || i.Bounds.Dy() != 300 {
		t.Fatalf("the window is %v", i)
	}
	w.paint(image.Rect(0, 0, 400, 300), red)
	r := openScreen(t, list[0].ID, ScreenOptions{})
	until(t, r, func(f *video.Frame) bool {
		return f.Width == 400 && f.Height == 300 && near(colourAt(f, 1, 1), red) && near(colourAt(f, 398, 298), red)
	}, nil)

	// Iconified: no picture, and again one when it is back.
	state := func(n uint32) {
		b := make([]byte, 32)
		b[0], b[1] = 33, 32 // ClientMessage of format 32
		xgb.Put32(b[4:], uint32(w.id))
		xgb.Put32(b[8:], uint32(x.atom("WM_CHANGE_STATE")))
		xgb.Put32(b[12:], n)
		x.check(xproto.SendEventChecked(x.d.conn, false, x.d.screen.Root,
			xproto.EventMaskSubstructureRedirect|xproto.EventMaskSubstructureNotify, string(b)).Check())
	}
	const iconic = 3
	state(iconic)
	eventually(t, "the window to be iconified", func() bool { return len(Windows()) == 0 })
	w.show()
	eventually(t, "the window to be back", func() bool { return len(Windows()) == 1 })
	w.paint(image.Rect(0, 0, 400, 300), green)
	until(t, r, shows(image.Pt(200, 150), green), nil)
	w.close()
	if err := untilError(t, r); !errors.Is(err, ErrGone) {
		t.Errorf("Read after the window was closed: %v", err)
	}
}

// eventually asks until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(15 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestWindowResizedWhileGrabbed: many sizes in the middle of many frames.
func TestWindowResizedWhileGrabbed(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	w := x.open("Program", image.Rect(0, 0, 400, 300), 0)
	r := openScreen(t, windowID(w.id), ScreenOptions{FrameRate: 1e6})
	sizes := readSizes(r)
	last := image.Point{}
	for n := range 200 {
		last = image.Pt(100+n*37%500, 100+n*53%400)
		w.resize(last.X, last.Y)
		w.paint(image.Rectangle{Max: last}, []color.RGBA{red, green, blue}[n%3])
	}
	sizes.wait(t, r, image.Pt(last.X&^1, last.Y&^1))
}
