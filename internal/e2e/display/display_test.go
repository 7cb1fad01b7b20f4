//go:build unix

package display

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

func start(t *testing.T, o Options) (*Display, context.Context) {
	t.Helper()
	if m := Missing(); m != "" {
		if os.Getenv("FOYER_E2E_REQUIRE") != "" {
			t.Fatalf("%s is not installed", m)
		}
		t.Skipf("%s is not installed", m)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	t.Cleanup(cancel)
	d, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, ctx
}

func TestAPictureIsInTheScreenshot(t *testing.T) {
	d, _ := start(t, Options{Width: 800, Height: 600, Bare: true})
	p, err := d.Show(image.Rect(100, 50, 500, 350), "picture")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), 77, 255})
		}
	}
	if err := p.Paint(img); err != nil {
		t.Fatal(err)
	}
	shot, err := d.Screenshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{0, 0}, {10, 299}, {399, 0}, {123, 231}} {
		if got, want := shot.RGBAAt(100+at.X, 50+at.Y), img.RGBAAt(at.X, at.Y); got != want {
			t.Errorf("at %v the screen shows %v; want %v", at, got, want)
		}
	}
	part, err := d.Grab(image.Rect(100, 50, 500, 350))
	if err != nil || !bytes.Equal(part.Pix, img.Pix) {
		t.Errorf("the part with the picture differs from it (%v)", err)
	}
}

// Keys and the mouse reach a window: xev prints what it gets.
func TestKeysAndMouseReachAWindow(t *testing.T) {
	if _, err := exec.LookPath("xev"); err != nil {
		t.Skip("xev is not installed")
	}
	d, ctx := start(t, Options{})
	var printed syncBuffer
	cmd := exec.Command("xev", "-name", "keys here", "-geometry", "300x200+40+60")
	cmd.Env, cmd.Stdout = d.Env(), &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	// xev sets no process of its window, so it is found by its title alone.
	var (
		id       string
		searched error
	)
	if err := until(ctx, func() (bool, error) {
		id, searched = d.xdotool(ctx, "search", "--onlyvisible", "--name", "^keys here$")
		return id != "", nil
	}); err != nil {
		t.Fatal(err, searched, printed.String())
	}
	w := &Window{d: d, ID: id}
	if err := w.Focus(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Bounds(); err != nil || r.Dx() != 300 || r.Dy() != 200 {
		t.Fatalf("bounds %v, %v", r, err)
	}
	if title, err := w.Title(ctx); err != nil || title != "keys here" {
		t.Fatalf("title %q, %v", title, err)
	}
	if err := w.Type(ctx, "q:#"); err != nil {
		t.Fatal(err)
	}
	if err := w.Click(ctx, image.Pt(30, 20)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"keysym 0x71, q", "colon", "numbersign", "ButtonRelease"} {
		if err := until(ctx, func() (bool, error) { return strings.Contains(printed.String(), want), nil }); err != nil {
			t.Errorf("the window has not got %s: %v", want, err)
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
