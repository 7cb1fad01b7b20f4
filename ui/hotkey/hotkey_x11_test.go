//go:build linux && !wayland

package hotkey

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// onDisplay gives the test an X server of its own.
func onDisplay(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s: keys cannot be pressed", tool)
		}
	}
	number, told, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "320x240x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{told}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	told.Close()
	line, err := bufio.NewReader(number).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

func press(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}

// focused makes a window and gives it the keyboard.
func focused(t *testing.T) (conn *xgb.Conn, id xproto.Window) {
	t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if id, err = xproto.NewWindowId(conn); err != nil {
		t.Fatal(err)
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	if err := xproto.CreateWindowChecked(conn, screen.RootDepth, id, screen.Root, 0, 0, 50, 50, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, 0, nil).Check(); err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(conn, id).Check(); err != nil {
		t.Fatal(err)
	}
	focus(t, conn, id)
	return conn, id
}

func focus(t *testing.T, conn *xgb.Conn, id xproto.Window) {
	t.Helper()
	if err := xproto.SetInputFocusChecked(conn, xproto.InputFocusPointerRoot, id, xproto.TimeCurrentTime).Check(); err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, changes <-chan bool, want bool) {
	t.Helper()
	select {
	case down, ok := <-changes:
		if !ok || down != want {
			t.Fatalf("told %v (%v), want %v", down, ok, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("not told of %v", want)
	}
}

func TestHeldKeyIsTold(t *testing.T) {
	onDisplay(t)
	conn, ours := focused(t)
	_, theirs := focused(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, k := range []struct {
		key  fyne.KeyName
		name string
	}{{fyne.KeySpace, "space"}, {desktop.KeyControlRight, "Control_R"}, {fyne.KeyF8, "F8"}, {fyne.KeyBackTick, "grave"}, {fyne.KeyM, "m"}} {
		one, end := context.WithCancel(ctx)
		focus(t, conn, theirs)
		changes, err := Watch(one, k.key, uint32(ours))
		if err != nil {
			t.Fatal(err)
		}
		// Other keys are none of ours; a held key that repeats is told once.
		press(t, "keydown", "a")
		press(t, "keydown", k.name)
		next(t, changes, true)
		press(t, "keyup", "a")
		press(t, "keyup", k.name)
		next(t, changes, false)

		// Our own window hears its keys itself: what is held when it comes to the front is let go.
		press(t, "keydown", k.name)
		next(t, changes, true)
		focus(t, conn, ours)
		next(t, changes, false)
		focus(t, conn, theirs)
		next(t, changes, true)
		press(t, "keyup", k.name)
		next(t, changes, false)
		end()
		for range changes {
			t.Error("something is told after the end")
		}
	}
}

func TestUnknownKeyAndNoDisplay(t *testing.T) {
	if _, err := Watch(t.Context(), "Nonsense", 0); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%v", err)
	}
	t.Setenv("DISPLAY", "/nowhere")
	if _, err := Watch(t.Context(), fyne.KeySpace, 0); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// The key left of 1 types a letter on a Russian layout; it is the same key.
func TestHeldKey_isToldByItsPlaceWhereTheLayoutHasItNot(t *testing.T) {
	if _, err := exec.LookPath("setxkbmap"); err != nil {
		t.Skip("no setxkbmap: the layout cannot be changed")
	}
	onDisplay(t)
	if out, err := exec.Command("setxkbmap", "-layout", "ru").CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v: %s", err, out)
	}
	conn, ours := focused(t)
	_, theirs := focused(t)
	focus(t, conn, theirs)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	changes, err := Watch(ctx, fyne.KeyBackTick, uint32(ours))
	if err != nil {
		t.Fatal(err)
	}
	press(t, "keydown", "49") // X11's keycode
	next(t, changes, true)
	press(t, "keyup", "49")
	next(t, changes, false)
	cancel()
	for range changes {
		t.Error("something is told after the end")
	}
}
