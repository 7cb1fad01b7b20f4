package device

import (
	"bufio"
	"image"
	"image/color"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// xserver is an Xvfb of the test's own, with a window over the whole screen to
// paint in.
type xserver struct {
	t    testing.TB
	cmd  *exec.Cmd
	d    *x11Display
	win  xproto.Window
	gc   xproto.Gcontext
	size image.Point
}

// startX starts an Xvfb and points DISPLAY at it. It ends with the test.
func startX(t testing.TB, size string, args ...string) *xserver {
	t.Helper()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed (package xvfb)")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	args = append([]string{"-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp", "-noreset"}, args...)
	cmd := exec.Command(path, args...)
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	x := &xserver{t: t, cmd: cmd}
	t.Cleanup(x.kill)
	r.SetReadDeadline(time.Now().Add(20 * time.Second))
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not say its display: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(number))
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("XAUTHORITY", "/dev/null")
	if i := slices.Index(args, "-auth"); i >= 0 {
		t.Setenv("XAUTHORITY", args[i+1])
	}

	if x.d, err = x11Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.d.close)
	conn := x.d.conn
	x.size = image.Pt(int(x.d.screen.WidthInPixels), int(x.d.screen.HeightInPixels))
	x.win, _ = xproto.NewWindowId(conn)
	x.gc, _ = xproto.NewGcontextId(conn)
	x.check(xproto.CreateWindowChecked(conn, x.d.screen.RootDepth, x.win, x.d.screen.Root, 0, 0, uint16(x.size.X), uint16(x.size.Y), 0,
		xproto.WindowClassInputOutput, x.d.screen.RootVisual, xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{0, 1}).Check())
	x.check(xproto.MapWindowChecked(conn, x.win).Check())
	x.check(xproto.CreateGCChecked(conn, x.gc, xproto.Drawable(x.win), 0, nil).Check())
	return x
}

func (x *xserver) check(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *xserver) kill() {
	x.cmd.Process.Kill()
	x.cmd.Wait()
}

// paint fills a rectangle, and returns when the server has done it.
func (x *xserver) paint(r image.Rectangle, c color.RGBA) {
	x.t.Helper()
	xproto.ChangeGC(x.d.conn, x.gc, xproto.GcForeground, []uint32{uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)})
	x.check(xproto.PolyFillRectangleChecked(x.d.conn, xproto.Drawable(x.win), x.gc, []xproto.Rectangle{{
		X: int16(r.Min.X), Y: int16(r.Min.Y), Width: uint16(r.Dx()), Height: uint16(r.Dy())}}).Check())
}

// monitors replaces the server's monitors. The first one takes the real output.
func (x *xserver) monitors(list map[string]image.Rectangle, primary string) {
	x.t.Helper()
	res, err := randr.GetScreenResources(x.d.conn, x.d.screen.Root).Reply()
	x.check(err)
	outputs := res.Outputs
	old, err := randr.GetMonitors(x.d.conn, x.d.screen.Root, true).Reply()
	x.check(err)
	for _, m := range old.Monitors {
		if !m.Automatic {
			x.check(randr.DeleteMonitorChecked(x.d.conn, x.d.screen.Root, m.Name).Check())
		}
	}
	for name, r := range list {
		atom, err := xproto.InternAtom(x.d.conn, false, uint16(len(name)), name).Reply()
		x.check(err)
		m := randr.MonitorInfo{Name: atom.Atom, Primary: name == primary, X: int16(r.Min.X), Y: int16(r.Min.Y),
			Width: uint16(r.Dx()), Height: uint16(r.Dy()), WidthInMillimeters: 300, HeightInMillimeters: 200,
			NOutput: uint16(len(outputs)), Outputs: outputs}
		outputs = nil
		x.check(randr.SetMonitorChecked(x.d.conn, x.d.screen.Root, m).Check())
	}
}
