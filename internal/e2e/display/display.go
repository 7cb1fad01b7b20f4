//go:build unix

package display

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// pollEvery is how often a condition that X has no event for is looked at.
const pollEvery = 40 * time.Millisecond

// Display is a running X server. Safe for use by several goroutines.
type Display struct {
	Name          string // as in $DISPLAY
	Width, Height int    // pixels

	server, manager *exec.Cmd
	exited          chan struct{} // of the server
	managed         chan struct{} // of the window manager
	folder          string
	closing         sync.Once

	mu   sync.Mutex // guards conn's use as a pair of request and reply
	conn *xgb.Conn
	root xproto.Window
}

// Options says what to start.
type Options struct {
	Width, Height int  // pixels; 1280x720 where zero
	Bare          bool // no window manager
}

// Missing names a program that is needed and not installed, or is "".
func Missing() string {
	for _, p := range []string{"Xvfb", "openbox", "xdotool"} {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	return ""
}

// Start runs an X server and waits until it, and the window manager, are up.
func Start(ctx context.Context, o Options) (*Display, error) {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1280, 720
	}
	folder, err := os.MkdirTemp("", "foyer-display-")
	if err != nil {
		return nil, fmt.Errorf("make the display's folder: %w", err)
	}
	d := &Display{Width: o.Width, Height: o.Height, folder: folder, exited: make(chan struct{}), managed: make(chan struct{})}
	quiet()
	number, w, err := os.Pipe()
	if err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	var printed bytes.Buffer
	d.server = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", o.Width, o.Height),
		"-dpi", "96", "-nolisten", "tcp", "-noreset", "-ac")
	d.server.ExtraFiles = []*os.File{w}
	d.server.Stderr = &printed
	d.server.WaitDelay = 2 * time.Second
	err = d.server.Start()
	_ = w.Close()
	if err != nil {
		_ = number.Close()
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	go func() {
		_ = d.server.Wait()
		close(d.exited)
	}()
	// Xvfb writes its number when it takes connections; its end closes the pipe.
	lines := make(chan string, 1)
	go func() {
		defer number.Close()
		line, _ := bufio.NewReader(number).ReadString('\n')
		lines <- strings.TrimSpace(line)
	}()
	var line string
	select {
	case line = <-lines:
	case <-ctx.Done():
	}
	if line == "" {
		close(d.managed)
		_ = d.Close()
		return nil, fmt.Errorf("start Xvfb: it gave no display: %w\n%s", ctx.Err(), printed.String())
	}
	d.Name = ":" + line
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		close(d.managed)
		_ = d.Close()
		return nil, fmt.Errorf("connect to Xvfb: %w", err)
	}
	d.conn, d.root = conn, xproto.Setup(conn).DefaultScreen(conn).Root
	if o.Bare {
		close(d.managed)
		return d, nil
	}
	if err := d.manage(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// quiet keeps xgb from logging every closed connection.
var quiet = sync.OnceFunc(func() { xgb.Logger.SetOutput(io.Discard) })

// manage starts openbox and waits until it minds windows.
func (d *Display) manage(ctx context.Context) error {
	d.manager = exec.Command("openbox", "--sm-disable")
	d.manager.Env = append(d.Env(), "HOME="+d.folder, "XDG_CONFIG_HOME="+filepath.Join(d.folder, "config"))
	d.manager.WaitDelay = 2 * time.Second
	if err := d.manager.Start(); err != nil {
		close(d.managed)
		return fmt.Errorf("start openbox: %w", err)
	}
	go func() {
		_ = d.manager.Wait()
		close(d.managed)
	}()
	// Openbox announces itself (_NET_SUPPORTING_WM_CHECK) before it minds windows,
	// and loses those opened in between: what counts is that it maps one.
	probe, err := xproto.NewWindowId(d.conn)
	if err != nil {
		return fmt.Errorf("wait for openbox: %w", err)
	}
	screen := xproto.Setup(d.conn).DefaultScreen(d.conn)
	if err := xproto.CreateWindowChecked(d.conn, screen.RootDepth, probe, d.root, 0, 0, 8, 8, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, 0, nil).Check(); err != nil {
		return fmt.Errorf("wait for openbox: %w", err)
	}
	defer xproto.DestroyWindow(d.conn, probe)
	err = until(ctx, func() (bool, error) {
		if err := xproto.MapWindowChecked(d.conn, probe).Check(); err != nil {
			return false, err
		}
		tree, err := xproto.QueryTree(d.conn, probe).Reply()
		if err != nil || tree.Parent == d.root { // no frame around it yet
			return false, err
		}
		a, err := xproto.GetWindowAttributes(d.conn, probe).Reply()
		return err == nil && a.MapState == xproto.MapStateViewable, err
	})
	if err != nil {
		return fmt.Errorf("wait for openbox: %w", err)
	}
	return nil
}

// PID is the X server's process.
func (d *Display) PID() int { return d.server.Process.Pid }

// Env is this process's environment with the display in it, and no other
// display, session bus or sound server.
func (d *Display) Env() []string {
	var env []string
	for _, e := range os.Environ() {
		switch name, _, _ := strings.Cut(e, "="); name {
		case "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE":
		default:
			env = append(env, e)
		}
	}
	return append(env, "DISPLAY="+d.Name, "LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1")
}

// Screenshot returns what the screen shows now.
func (d *Display) Screenshot() (*image.RGBA, error) {
	return d.Grab(image.Rect(0, 0, d.Width, d.Height))
}

// Grab returns a part of what the screen shows now; its bounds start at 0,0.
func (d *Display) Grab(r image.Rectangle) (*image.RGBA, error) {
	r = r.Intersect(image.Rect(0, 0, d.Width, d.Height))
	if r.Empty() {
		return nil, errors.New("take a screenshot: nothing of it is on the screen")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	got, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), ^uint32(0)).Reply()
	if err != nil {
		return nil, fmt.Errorf("take a screenshot: %w", err)
	}
	img := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	if len(got.Data) < len(img.Pix) {
		return nil, fmt.Errorf("take a screenshot: %d bytes where %d are due", len(got.Data), len(img.Pix))
	}
	for i := 0; i < len(img.Pix); i += 4 { // BGRX to RGBA
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = got.Data[i+2], got.Data[i+1], got.Data[i], 255
	}
	return img, nil
}

// Until looks at the screen again and again until ok accepts it, and returns it then.
func (d *Display) Until(ctx context.Context, ok func(*image.RGBA) bool) (*image.RGBA, error) {
	var img *image.RGBA
	err := until(ctx, func() (bool, error) {
		var err error
		if img, err = d.Screenshot(); err != nil {
			return false, err
		}
		return ok(img), nil
	})
	return img, err
}

func until(ctx context.Context, ok func() (bool, error)) error {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		done, err := ok()
		if err != nil || done {
			return err
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Close ends the window manager and the server. Idempotent.
func (d *Display) Close() error {
	d.closing.Do(func() {
		if d.conn != nil {
			d.conn.Close()
		}
		if d.manager != nil && d.manager.Process != nil {
			_ = d.manager.Process.Signal(syscall.SIGTERM)
		}
		_ = d.server.Process.Signal(syscall.SIGTERM)
		for _, c := range []struct {
			gone chan struct{}
			cmd  *exec.Cmd
		}{{d.managed, d.manager}, {d.exited, d.server}} {
			select {
			case <-c.gone:
			case <-time.After(5 * time.Second):
				_ = c.cmd.Process.Kill()
				<-c.gone
			}
		}
		_ = os.RemoveAll(d.folder)
	})
	return nil
}
