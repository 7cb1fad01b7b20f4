package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

var (
	red   = color.RGBA{220, 30, 20, 255}
	green = color.RGBA{20, 200, 40, 255}
	blue  = color.RGBA{30, 40, 210, 255}
	white = color.RGBA{255, 255, 255, 255}
)

func openScreen(t testing.TB, id string, o ScreenOptions) video.Reader {
	t.Helper()
	r, err := OpenScreen(id, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// quarters paints four colours and returns a point in the middle of each.
func (x *xserver) quarters() map[image.Point]color.RGBA {
	w, h := x.size.X/2, x.size.Y/2
	points := make(map[image.Point]color.RGBA)
	for i, c := range []color.RGBA{red, green, blue, white} {
		at := image.Pt(i%2*w, i/2*h)
		x.paint(image.Rect(0, 0, w, h).Add(at), c)
		points[at.Add(image.Pt(w/2, h/2))] = c
	}
	return points
}

func expect(t *testing.T, f *video.Frame, points map[image.Point]color.RGBA) {
	t.Helper()
	for p, want := range points {
		if got := colourAt(f, p.X, p.Y); !near(got, want) {
			t.Errorf("pixel at %v is %v, painted %v", p, got, want)
		}
	}
}

func TestScreenPixels(t *testing.T) {
	for name, args := range map[string][]string{
		"shared memory":    nil,
		"no shared memory": {"-extension", "MIT-SHM"},
		"no damage":        {"-extension", "DAMAGE"},
		"no fixes":         {"-extension", "XFIXES"},
		"no randr":         {"-extension", "RANDR"},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			x := startX(t, "1280x720x24", args...)
			points := x.quarters()
			r := openScreen(t, Default, ScreenOptions{HideCursor: true})
			f := readFrame(t, r, 5*time.Second)
			if f.Width != 1280 || f.Height != 720 {
				t.Fatalf("frame is %dx%d", f.Width, f.Height)
			}
			if age := time.Since(f.Captured); age < 0 || age > 5*time.Second {
				t.Errorf("captured %v ago", age)
			}
			expect(t, f, points)
			f.Release()

			// What changes later is seen, and the rest stays.
			x.paint(image.Rect(600, 100, 610, 110), white)
			points[image.Pt(605, 105)] = white
			until(t, r, func(f *video.Frame) bool { return near(colourAt(f, 605, 105), white) }, func(f *video.Frame) {
				expect(t, f, points)
			})
		})
	}
}

// until reads frames until one is wanted.
func until(t *testing.T, r video.Reader, wanted func(*video.Frame) bool, then func(*video.Frame)) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); {
		f := readFrame(t, r, 5*time.Second)
		ok := wanted(f)
		if ok && then != nil {
			then(f)
		}
		f.Release()
		if ok {
			return
		}
	}
	t.Fatal("the wanted picture did not come")
}

func TestScreenCursor(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24")
	x.paint(image.Rectangle{Max: x.size}, blue)
	font, _ := xproto.NewFontId(x.d.conn)
	x.check(xproto.OpenFontChecked(x.d.conn, font, uint16(len("cursor")), "cursor").Check())
	pointer, _ := xproto.NewCursorId(x.d.conn)
	const box = 26 // XC_box_spiral's neighbour, a filled shape
	x.check(xproto.CreateGlyphCursorChecked(x.d.conn, pointer, font, font, box, box+1, 0xffff, 0, 0, 0xffff, 0xffff, 0xffff).Check())
	x.check(xproto.ChangeWindowAttributesChecked(x.d.conn, x.win, xproto.CwCursor, []uint32{uint32(pointer)}).Check())
	point := func(at image.Point) {
		x.check(xproto.WarpPointerChecked(x.d.conn, 0, x.win, 0, 0, 0, 0, int16(at.X), int16(at.Y)).Check())
	}
	// foreign counts pixels near p that are not the wall's.
	foreign := func(f *video.Frame, p image.Point) (n int) {
		img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
		if err := f.ToRGBA(img, img.Rect); err != nil {
			t.Fatal(err)
		}
		for y := p.Y - 16; y < p.Y+16; y++ {
			for x := p.X - 16; x < p.X+16; x++ {
				if !near(img.RGBAAt(x, y), blue) {
					n++
				}
			}
		}
		return n
	}
	a, b := image.Pt(100, 100), image.Pt(401, 301)
	point(a)
	hidden := openScreen(t, Default, ScreenOptions{HideCursor: true})
	f := readFrame(t, hidden, 5*time.Second)
	if n := foreign(f, a); n != 0 {
		t.Errorf("%d pixels of a hidden cursor", n)
	}
	f.Release()

	r := openScreen(t, Default, ScreenOptions{})
	f = readFrame(t, r, 5*time.Second)
	if n := foreign(f, a); n < 20 {
		t.Errorf("%d pixels of the cursor", n)
	}
	f.Release()
	// No damage comes with a move, and still it shows.
	point(b)
	until(t, r, func(f *video.Frame) bool { return foreign(f, b) >= 20 }, func(f *video.Frame) {
		if n := foreign(f, a); n != 0 {
			t.Errorf("%d pixels of the cursor stayed behind", n)
		}
	})
	// Half out of the screen.
	point(image.Pt(639, 479))
	f = readFrame(t, r, 5*time.Second)
	f.Release()
}

// stillTime is how long TestScreenStill watches.
const stillTime = 5 * time.Second

// TestScreenStill prints what a still screen costs.
func TestScreenStill(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1920x1080x24")
	x.quarters()
	for name, o := range map[string]ScreenOptions{"without cursor": {HideCursor: true}, "with cursor": {}} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			r := openScreen(t, Default, o)
			readFrame(t, r, 5*time.Second).Release()
			t.Logf("the first frame came %v after the call to OpenScreen", time.Since(begun).Round(100*time.Microsecond))
			still(t, r)
			server, ours := x.cpuTime(), cpuTime()
			timer := time.AfterFunc(stillTime, func() { r.Close() })
			defer timer.Stop()
			if f, err := r.Read(); err != io.EOF {
				t.Errorf("a still screen gave a frame %v, error %v", f, err)
			}
			ours, server = cpuTime()-ours, x.cpuTime()-server
			percent := func(d time.Duration) float64 { return 100 * d.Seconds() / stillTime.Seconds() }
			t.Logf("a still 1080p screen %s, over %v: %.2f %% of a core, and %.2f %% in the X server", name, stillTime, percent(ours), percent(server))
			if percent(ours) > 5 {
				t.Errorf("a still screen takes %.1f %% of a core", percent(ours))
			}
		})
	}
}

// still reads until the screen has been quiet for a while: what was drawn just
// before the capture began is told after it.
func still(t *testing.T, r video.Reader) {
	t.Helper()
	c := r.(*recording).frames.(*x11Capture)
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); {
		c.mu.Lock()
		c.due = time.Time{}
		f, err := c.look()
		c.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if f == nil {
			return
		}
		f.Release()
	}
	t.Fatal("the screen does not come to rest")
}

// cpuTime is what the server has used, in steps of a clock tick.
func (x *xserver) cpuTime() time.Duration {
	x.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	x.check(err)
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	x.check(err)
	system, err := strconv.Atoi(fields[12])
	x.check(err)
	return time.Duration(user+system) * (time.Second / 100) // USER_HZ
}

// repaint changes a small box as fast as every 5 ms, until stop is called.
func (x *xserver) repaint() (stop func()) {
	done := make(chan struct{})
	var w sync.WaitGroup
	w.Add(1)
	go func() {
		defer w.Done()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-tick.C:
				x.paint(image.Rect(100, 100, 140, 140), []color.RGBA{red, green, blue}[i%3])
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); w.Wait() }
}

func TestScreenMoving(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	defer x.repaint()()
	r := openScreen(t, Default, ScreenOptions{FrameRate: 30})
	best := 0
	for range 3 { // other tests may take the machine for a second
		n := 0
		for start := time.Now(); time.Since(start) < time.Second; n++ {
			readFrame(t, r, 5*time.Second).Release()
		}
		if best = max(best, n); n > 32 {
			t.Errorf("%d frames in a second where 30 were asked", n)
		}
		if best >= 25 {
			return
		}
	}
	t.Errorf("%d frames in a second, want 25 of 30", best)
}

func TestScreenMonitors(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	x.quarters()
	left, right := image.Rect(0, 0, 641, 720), image.Rect(641, 0, 1280, 719) // odd on purpose
	x.monitors(map[string]image.Rectangle{"LEFT-1": left, "RIGHT-1": right}, "RIGHT-1")

	got := Devices().Screens
	want := []Info{
		{Kind: Screen, ID: "RIGHT-1", Name: "RIGHT-1", Default: true, Bounds: right},
		{Kind: Screen, ID: "LEFT-1", Name: "LEFT-1", Bounds: left},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("screens are %v, want %v", got, want)
	}
	r := openScreen(t, "LEFT-1", ScreenOptions{HideCursor: true})
	f := readFrame(t, r, 5*time.Second)
	if f.Width != 640 || f.Height != 720 || !near(colourAt(f, 320, 180), red) || !near(colourAt(f, 320, 540), blue) {
		t.Errorf("the left monitor is %dx%d with %v and %v", f.Width, f.Height, colourAt(f, 320, 180), colourAt(f, 320, 540))
	}
	f.Release()
	r = openScreen(t, Default, ScreenOptions{HideCursor: true})
	f = readFrame(t, r, 5*time.Second)
	if f.Width != 638 || f.Height != 718 || !near(colourAt(f, 320, 180), green) || !near(colourAt(f, 320, 540), white) {
		t.Errorf("the right monitor is %dx%d with %v and %v", f.Width, f.Height, colourAt(f, 320, 180), colourAt(f, 320, 540))
	}
	f.Release()

	img, err := Thumbnail("RIGHT-1", 100)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 100 || b.Dy() != 112 || !near(img.RGBAAt(50, 20), green) || !near(img.RGBAAt(50, 90), white) {
		t.Errorf("thumbnail is %v with %v and %v", b, img.RGBAAt(50, 20), img.RGBAAt(50, 90))
	}

	// A monitor that is unplugged ends its capture.
	x.monitors(map[string]image.Rectangle{"LEFT-1": left}, "LEFT-1")
	for {
		f, err := r.Read()
		if err == nil {
			f.Release()
			continue
		}
		if !errors.Is(err, ErrGone) {
			t.Errorf("Read after the monitor went: %v", err)
		}
		break
	}
}

// resizer returns what gives the server's screen another size.
func (x *xserver) resizer() func(w, h int) {
	t := x.t
	t.Helper()
	res, err := randr.GetScreenResources(x.d.conn, x.d.screen.Root).Reply()
	x.check(err)
	crtc := func(mode randr.Mode, outputs []randr.Output) {
		t.Helper()
		s, err := randr.SetCrtcConfig(x.d.conn, res.Crtcs[0], 0, res.ConfigTimestamp, 0, 0, mode, randr.RotationRotate0, outputs).Reply()
		x.check(err)
		if s.Status != randr.SetConfigSuccess {
			t.Fatalf("set mode %d: status %d", mode, s.Status)
		}
	}
	modes := map[image.Point]randr.Mode{}
	return func(w, h int) {
		t.Helper()
		mode, ok := modes[image.Pt(w, h)]
		if !ok {
			name := fmt.Sprintf("test %dx%d", w, h)
			m, err := randr.CreateMode(x.d.conn, x.d.screen.Root, randr.ModeInfo{Width: uint16(w), Height: uint16(h), DotClock: 38250000,
				HsyncStart: uint16(w + 1), HsyncEnd: uint16(w + 2), Htotal: uint16(w + 3), VsyncStart: uint16(h + 1), VsyncEnd: uint16(h + 2),
				Vtotal: uint16(h + 3), NameLen: uint16(len(name))}, name).Reply()
			x.check(err)
			x.check(randr.AddOutputModeChecked(x.d.conn, res.Outputs[0], m.Mode).Check())
			mode = m.Mode
			modes[image.Pt(w, h)] = mode
		}
		crtc(0, nil)
		x.check(randr.SetScreenSizeChecked(x.d.conn, x.d.screen.Root, uint16(w), uint16(h), 300, 200).Check())
		crtc(mode, res.Outputs)
	}
}

func TestScreenResize(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	x.quarters()
	r := openScreen(t, Default, ScreenOptions{HideCursor: true})
	readFrame(t, r, 5*time.Second).Release()
	resize := x.resizer()
	for _, size := range []image.Point{{800, 600}, {320, 240}, {1280, 720}} {
		resize(size.X, size.Y)
		x.paint(image.Rectangle{Max: size}, green)
		until(t, r, func(f *video.Frame) bool { return f.Width == size.X && f.Height == size.Y }, func(f *video.Frame) {
			if c := colourAt(f, size.X-10, size.Y-10); !near(c, green) {
				t.Errorf("at %v the corner is %v", size, c)
			}
		})
	}
}

// TestScreenResizedWhileGrabbed: the root shrinks in the middle of grabs.
func TestScreenResizedWhileGrabbed(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	defer x.repaint()()
	r := openScreen(t, Default, ScreenOptions{FrameRate: 1e6})
	sizes := readSizes(r)
	resize := x.resizer()
	last := image.Point{}
	for n := range 24 {
		last = []image.Point{{640, 480}, {1280, 720}, {321, 241}}[n%3]
		resize(last.X, last.Y)
	}
	sizes.wait(t, r, image.Pt(last.X&^1, last.Y&^1))
}

// frameSizes are the sizes of frames, the newest of those not yet taken.
type frameSizes chan image.Point

// readSizes reads until the reader ends.
func readSizes(r video.Reader) frameSizes {
	sizes := make(frameSizes, 1)
	go func() {
		defer close(sizes)
		for {
			f, err := r.Read()
			if err != nil {
				return
			}
			size := image.Pt(f.Width, f.Height)
			f.Release()
			select {
			case <-sizes:
			default:
			}
			sizes <- size
		}
	}()
	return sizes
}

// wait waits for a size, and closes the reader.
func (sizes frameSizes) wait(t *testing.T, r video.Reader, want image.Point) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case size, ok := <-sizes:
			if !ok {
				t.Fatal("the capture ended")
			}
			if size != want {
				continue
			}
			r.Close()
			for range sizes {
			}
			return
		case <-limit:
			t.Fatalf("no frame of the last size %v", want)
		}
	}
}

func TestScreenServerDies(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24")
	window := x.open("Program", image.Rect(0, 0, 200, 100), 0)
	rw := openScreen(t, windowID(window.id), ScreenOptions{})
	readFrame(t, rw, 5*time.Second).Release()
	r := openScreen(t, Default, ScreenOptions{})
	readFrame(t, r, 5*time.Second).Release()
	x.kill()
	if err := untilError(t, rw); !errors.Is(err, ErrGone) {
		t.Errorf("Read of a window after the server died: %v", err)
	}
	for {
		f, err := r.Read()
		if err == nil {
			f.Release()
			continue
		}
		if !errors.Is(err, ErrGone) {
			t.Errorf("Read after the server died: %v", err)
		}
		break
	}
	if _, err := r.Read(); !errors.Is(err, ErrGone) {
		t.Errorf("the Read after that: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Read(); err != io.EOF {
		t.Errorf("Read after Close: %v", err)
	}
	if _, err := OpenScreen(Default, ScreenOptions{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("open with no server: %v", err)
	}
	if l := Devices().Screens; len(l) != 0 {
		t.Errorf("screens with no server: %v", l)
	}
}

func TestScreenCloseEndsRead(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24")
	t.Run("still screen", func(t *testing.T) {
		r := openScreen(t, Default, ScreenOptions{FrameRate: 0.01})
		readFrame(t, r, 5*time.Second).Release()
		closeEndsRead(t, r)
	})
	t.Run("hung server", func(t *testing.T) {
		r := openScreen(t, Default, ScreenOptions{})
		readFrame(t, r, 5*time.Second).Release()
		x.check(x.cmd.Process.Signal(syscall.SIGSTOP))
		defer x.cmd.Process.Signal(syscall.SIGCONT)
		done := make(chan struct{})
		go func() {
			r.Close()
			r.Close()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Error("Close hangs with the server")
		}
	})
}

func TestScreenUnknown(t *testing.T) {
	noLeaks(t)
	startX(t, "640x480x24")
	if _, err := OpenScreen("HDMI-99", ScreenOptions{}); !errors.Is(err, ErrNoDevice) {
		t.Errorf("unknown monitor: %v", err)
	}
	if _, err := OpenScreen(None, ScreenOptions{}); !errors.Is(err, ErrNoDevice) {
		t.Errorf("None: %v", err)
	}
	if _, err := Thumbnail("HDMI-99", 100); !errors.Is(err, ErrNoDevice) {
		t.Errorf("thumbnail of an unknown monitor: %v", err)
	}
	if s, err := ScreenSystem(); err != nil || s != "X11 MIT-SHM DAMAGE XFIXES RANDR Composite" {
		t.Errorf("ScreenSystem is %q, %v", s, err)
	}
}

func TestScreenNoDisplay(t *testing.T) {
	for name, env := range map[string][2]string{
		"nothing": {"", ""},
		"wayland": {"", "wayland-0"},
		"no one":  {":4711", ""},
		"broken":  {"broken", ""},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			t.Setenv("DISPLAY", env[0])
			t.Setenv("WAYLAND_DISPLAY", env[1])
			if _, err := OpenScreen(Default, ScreenOptions{}); !errors.Is(err, ErrUnsupported) {
				t.Errorf("open: %v", err)
			}
			if l := Devices().Screens; len(l) != 0 {
				t.Errorf("screens: %v", l)
			}
			if s, err := ScreenSystem(); s != "" || !errors.Is(err, ErrUnsupported) {
				t.Errorf("ScreenSystem is %q, %v", s, err)
			}
		})
	}
}

// TestScreenDenied: a display that wants a cookie (xauth's file format) lets in
// those who have it.
func TestScreenDenied(t *testing.T) {
	noLeaks(t)
	field := func(s string) string { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
	path := filepath.Join(t.TempDir(), "cookies")
	cookie := "\xff\xff" + field("") + field("") + field("MIT-MAGIC-COOKIE-1") + field("sixteen letters.")
	if err := os.WriteFile(path, []byte(cookie), 0o600); err != nil {
		t.Fatal(err)
	}
	startX(t, "640x480x24", "-auth", path)
	readFrame(t, openScreen(t, Default, ScreenOptions{}), 5*time.Second).Release()
	t.Setenv("XAUTHORITY", "/dev/null")
	if _, err := OpenScreen(Default, ScreenOptions{}); !errors.Is(err, ErrDenied) {
		t.Errorf("open without the cookie: %v", err)
	}
	if l := Devices().Screens; len(l) != 0 {
		t.Errorf("screens without the cookie: %v", l)
	}
}

func TestScreenOldPixels(t *testing.T) {
	noLeaks(t)
	startX(t, "640x480x16")
	if _, err := OpenScreen(Default, ScreenOptions{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a screen of 16 bits: %v", err)
	}
}

func TestWatchScreens(t *testing.T) {
	noLeaks(t)
	x := startX(t, "1280x720x24")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lists := Watch(ctx)
	wait := func(ids ...string) {
		t.Helper()
		limit := time.After(10 * time.Second)
		for {
			select {
			case l, ok := <-lists:
				if !ok {
					t.Fatal("Watch ended")
				}
				var got []string
				for _, s := range l.Screens {
					got = append(got, s.ID)
				}
				if slices.Equal(got, ids) {
					return
				}
			case <-limit:
				t.Fatalf("no list with screens %v", ids)
			}
		}
	}
	wait("screen")
	x.monitors(map[string]image.Rectangle{"A": image.Rect(0, 0, 640, 720), "B": image.Rect(640, 0, 1280, 720)}, "B")
	wait("B", "A")
	x.kill()
	wait()
	cancel()
	for range lists {
	}
}

// TestScreensConcurrent would find xgb's global maps written while read.
func TestScreensConcurrent(t *testing.T) {
	noLeaks(t)
	x := startX(t, "640x480x24")
	defer x.repaint()()
	var w sync.WaitGroup
	for range 4 {
		w.Add(1)
		go func() {
			defer w.Done()
			for range 3 {
				r, err := OpenScreen(Default, ScreenOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 {
					f, err := r.Read()
					if err != nil {
						t.Error(err)
						break
					}
					f.Release()
				}
				r.Close()
			}
		}()
	}
	w.Wait()
}

// BenchmarkScreen is one frame of a moving screen: wall and CPU time.
func BenchmarkScreen(b *testing.B) {
	for _, size := range []image.Point{{1920, 1080}, {3840, 2160}} {
		for _, part := range []struct {
			name string
			box  image.Rectangle
		}{
			{"all", image.Rectangle{Max: size}},
			{"half", image.Rect(0, 0, size.X, size.Y/2)},
			{"line", image.Rect(0, 500, size.X, 520)},
			{"scroll bar", image.Rect(size.X-20, 0, size.X, size.Y)},
		} {
			b.Run(fmt.Sprintf("%dx%d %s", size.X, size.Y, part.name), func(b *testing.B) {
				x := startX(b, fmt.Sprintf("%dx%dx24", size.X, size.Y))
				r := openScreen(b, Default, ScreenOptions{FrameRate: 1e6})
				readFrame(b, r, 5*time.Second).Release()
				b.ReportAllocs()
				var cpu time.Duration
				server := x.cpuTime()
				b.ResetTimer()
				for i := range b.N {
					b.StopTimer()
					x.paint(part.box, []color.RGBA{red, green}[i%2])
					b.StartTimer()
					before := cpuTime()
					f, err := r.Read()
					if err != nil {
						b.Fatal(err)
					}
					f.Release()
					cpu += cpuTime() - before
				}
				b.StopTimer()
				b.ReportMetric(float64(cpu.Microseconds())/float64(b.N)/1000, "cpu-ms/op")
				b.ReportMetric(float64((x.cpuTime()-server).Microseconds())/float64(b.N)/1000, "server-ms/op") // with the painting
			})
		}
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
