//go:build unix

package display

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"strconv"
	"strings"

	"github.com/jezek/xgb/xproto"
)

// Window is a program's window on the display.
type Window struct {
	d  *Display
	ID string // X's number of it, in decimal
}

func (d *Display) xdotool(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = d.Env()
	var out, printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &printed
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("xdotool %s: %w %s", args[0], err, strings.TrimSpace(printed.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// Window waits for a visible window of a process whose title matches a regular
// expression ("" is any).
func (d *Display) Window(ctx context.Context, pid int, title string) (*Window, error) {
	var found string
	err := until(ctx, func() (bool, error) {
		// search exits with 1 while there is none.
		args := []string{"search", "--all", "--onlyvisible", "--pid", strconv.Itoa(pid)}
		if title == "" {
			title = "."
		}
		out, err := d.xdotool(ctx, append(args, "--name", title)...)
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 1 {
				return false, nil
			}
			return false, err
		}
		found, _, _ = strings.Cut(out, "\n")
		return found != "", nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the window of process %d: %w", pid, err)
	}
	return &Window{d: d, ID: found}, nil
}

// Focus gives the window the keyboard, and waits until it has it.
func (w *Window) Focus(ctx context.Context) error {
	if _, err := w.d.xdotool(ctx, "windowactivate", "--sync", w.ID); err != nil {
		return err
	}
	return until(ctx, func() (bool, error) {
		w.d.mu.Lock()
		defer w.d.mu.Unlock()
		f, err := xproto.GetInputFocus(w.d.conn).Reply()
		return err == nil && strconv.FormatUint(uint64(f.Focus), 10) == w.ID, err
	})
}

// AwaitActive waits until the window manager has made the window the active one.
func (w *Window) AwaitActive(ctx context.Context) error {
	return until(ctx, func() (bool, error) {
		id, err := w.d.xdotool(ctx, "getactivewindow")
		var exit *exec.ExitError
		if errors.As(err, &exit) { // none is
			return false, nil
		}
		return id == w.ID, err
	})
}

// Minimise makes the window an icon.
func (w *Window) Minimise(ctx context.Context) error {
	_, err := w.d.xdotool(ctx, "windowminimize", w.ID)
	return err
}

// Type types text into whatever has the keyboard.
func (w *Window) Type(ctx context.Context, text string) error {
	_, err := w.d.xdotool(ctx, "type", "--delay", "8", "--", text)
	return err
}

// Key presses keys by X's names: "Return", "m", "ctrl+d".
func (w *Window) Key(ctx context.Context, names ...string) error {
	_, err := w.d.xdotool(ctx, append([]string{"key", "--delay", "30"}, names...)...)
	return err
}

// KeyDown and KeyUp hold a key.
func (w *Window) KeyDown(ctx context.Context, name string) error {
	_, err := w.d.xdotool(ctx, "keydown", name)
	return err
}

// KeyUp lets it go.
func (w *Window) KeyUp(ctx context.Context, name string) error {
	_, err := w.d.xdotool(ctx, "keyup", name)
	return err
}

// Click clicks a place inside the window, in pixels from its top left.
func (w *Window) Click(ctx context.Context, at image.Point) error {
	if err := w.Hover(ctx, at); err != nil {
		return err
	}
	_, err := w.d.xdotool(ctx, "click", "1")
	return err
}

// Hover moves the mouse to a place inside the window.
func (w *Window) Hover(ctx context.Context, at image.Point) error {
	_, err := w.d.xdotool(ctx, "mousemove", "--window", w.ID, strconv.Itoa(at.X), strconv.Itoa(at.Y))
	return err
}

// Place puts the window (with its frame) somewhere and makes it a size.
func (w *Window) Place(ctx context.Context, r image.Rectangle) error {
	if _, err := w.d.xdotool(ctx, "windowsize", w.ID, strconv.Itoa(r.Dx()), strconv.Itoa(r.Dy())); err != nil {
		return err
	}
	_, err := w.d.xdotool(ctx, "windowmove", w.ID, strconv.Itoa(r.Min.X), strconv.Itoa(r.Min.Y))
	return err
}

// Bounds is where the window's inside lies on the screen.
func (w *Window) Bounds() (image.Rectangle, error) {
	id, err := strconv.ParseUint(w.ID, 10, 32)
	if err != nil {
		return image.Rectangle{}, err
	}
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	g, err := xproto.GetGeometry(w.d.conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("place of window %s: %w", w.ID, err)
	}
	at, err := xproto.TranslateCoordinates(w.d.conn, xproto.Window(id), w.d.root, 0, 0).Reply()
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("place of window %s: %w", w.ID, err)
	}
	return image.Rect(int(at.DstX), int(at.DstY), int(at.DstX)+int(g.Width), int(at.DstY)+int(g.Height)), nil
}

// Title is what its title bar says.
func (w *Window) Title(ctx context.Context) (string, error) {
	return w.d.xdotool(ctx, "getwindowname", w.ID)
}

// Screenshot is what the screen shows in the window's place.
func (w *Window) Screenshot() (*image.RGBA, error) {
	r, err := w.Bounds()
	if err != nil {
		return nil, err
	}
	return w.d.Grab(r)
}

// Until looks at the window again and again until ok accepts it.
func (w *Window) Until(ctx context.Context, ok func(*image.RGBA) bool) (*image.RGBA, error) {
	var img *image.RGBA
	err := until(ctx, func() (bool, error) {
		var err error
		if img, err = w.Screenshot(); err != nil {
			return false, err
		}
		return ok(img), nil
	})
	return img, err
}

// Close asks the window to close, as its title bar's button does.
func (w *Window) Close(ctx context.Context) error {
	_, err := w.d.xdotool(ctx, "windowquit", w.ID)
	return err
}

// Atoms is what a property of the window lists by name, such as _NET_WM_STATE.
func (w *Window) Atoms(property string) ([]string, error) {
	id, err := strconv.ParseUint(w.ID, 10, 32)
	if err != nil {
		return nil, err
	}
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	named, err := xproto.InternAtom(w.d.conn, false, uint16(len(property)), property).Reply()
	if err != nil {
		return nil, fmt.Errorf("read %s of window %s: %w", property, w.ID, err)
	}
	got, err := xproto.GetProperty(w.d.conn, false, xproto.Window(id), named.Atom, xproto.AtomAtom, 0, 64).Reply()
	if err != nil {
		return nil, fmt.Errorf("read %s of window %s: %w", property, w.ID, err)
	}
	var names []string
	for v := got.Value; len(v) >= 4; v = v[4:] {
		name, err := xproto.GetAtomName(w.d.conn, xproto.Atom(binary.LittleEndian.Uint32(v))).Reply()
		if err != nil {
			return nil, fmt.Errorf("read %s of window %s: %w", property, w.ID, err)
		}
		names = append(names, name.Name)
	}
	return names, nil
}

// Visible says whether the window is there and mapped, with all it lies in.
func (w *Window) Visible() (bool, error) {
	id, err := strconv.ParseUint(w.ID, 10, 32)
	if err != nil {
		return false, err
	}
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	a, err := xproto.GetWindowAttributes(w.d.conn, xproto.Window(id)).Reply()
	var gone xproto.WindowError
	if errors.As(err, &gone) {
		return false, nil
	}
	return err == nil && a.MapState == xproto.MapStateViewable, err
}

// AwaitVisible waits until the window is visible, or is not.
func (w *Window) AwaitVisible(ctx context.Context, want bool) error {
	return until(ctx, func() (bool, error) {
		is, err := w.Visible()
		return is == want, err
	})
}

// Drag presses the mouse at a place inside the window and lets it go elsewhere.
func (w *Window) Drag(ctx context.Context, from, by image.Point) error {
	if err := w.Hover(ctx, from); err != nil {
		return err
	}
	args := []string{"mousedown", "1"}
	const steps = 8
	for range steps {
		args = append(args, "mousemove_relative", "--sync", "--", strconv.Itoa(by.X/steps), strconv.Itoa(by.Y/steps), "sleep", "0.04")
	}
	_, err := w.d.xdotool(ctx, append(args, "mouseup", "1")...)
	return err
}
