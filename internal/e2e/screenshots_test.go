//go:build unix

package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"foyer/app/call"
	"foyer/app/settings"
	"foyer/internal/e2e/display"
)

// TestScreenshots makes the README's pictures from the real program: the
// lobby, a meeting of four and a shared screen, dark and light.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("FOYER_SCREENSHOTS")
	if folder == "" {
		t.Skip("FOYER_SCREENSHOTS names no folder for the pictures")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	shared := openDisplay(t, display.Options{Width: 1280, Height: 720, Bare: true})
	p, err := shared.Show(image.Rect(0, 0, 1280, 720), "slide")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	slide, err := drawSlide(1280, 720)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Paint(slide); err != nil {
		t.Fatal(err)
	}

	cameras := t.TempDir()
	camera := func(name string, p portrait) string {
		path := filepath.Join(cameras, name+".y4m")
		if err := p.write(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	h := serve(t, "--room", "Garden club")
	ada := joinWith(t, append(quietEnv(t), "DISPLAY="+shared.Name), h.link(t, "guest"), "Ada Okafor",
		"--camera", camera("ada", adaPortrait), "--microphone", "test", "--speaker", "none")
	join(t, h.link(t, "guest"), "Jonas Lind", "--camera", camera("jonas", jonasPortrait), "--microphone", "none", "--speaker", "none").raiseHand(true)
	join(t, h.link(t, "guest"), "Mei Tanaka", "--camera", "none", "--microphone", "none", "--speaker", "none").chat("The numbers are in the shared folder")

	for _, theme := range []string{"dark", "light"} {
		suffix := ""
		if theme == "light" {
			suffix = "-light"
		}
		keep := func(w *window, name string) {
			t.Helper()
			img, err := w.Screenshot()
			if err != nil {
				t.Fatal(err)
			}
			if err := writePNG(filepath.Join(folder, name+suffix+".png"), img); err != nil {
				t.Fatal(err)
			}
		}
		dir := t.TempDir()
		s, _, err := settings.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(func(s *settings.Settings) { s.Theme = theme }); err != nil {
			t.Fatal(err)
		}
		d := openDisplay(t, display.Options{Width: 1340, Height: 800})
		w := openWindow(t, d, image.Rect(20, 40, 1300, 760), "Sam Rivera", "--settings", dir,
			"--camera", camera("sam", samPortrait), "--microphone", "test", "--speaker", "none")
		w.event("lobby-drawn")
		w.awaitPortraits(samPortrait)
		w.awaitQuiet()
		keep(w, "lobby")
		w.enter(h.link(t, "host"))
		w.awaitPortraits(adaPortrait, jonasPortrait, samPortrait)
		w.awaitQuiet()
		keep(w, "meeting-of-four")
		ada.share("")
		w.awaitPicture(slide)
		w.awaitQuiet()
		keep(w, "shared-screen")
		ada.stopShare()
		w.focus()
		mark := ada.Lines.Len()
		w.press("ctrl+d")
		ada.awaitSnapshot(mark, "Sam leaves", func(s call.Snapshot) bool { return len(s.People) == 2 })
	}
}

// awaitPortraits waits until the window shows each of these people.
func (w *window) awaitPortraits(people ...portrait) {
	w.t.Helper()
	if _, err := w.Until(within(w.t, 20*time.Second), func(img *image.RGBA) bool {
		for _, p := range people {
			if share(img, p.wall) < 0.02 || share(img, p.clothes) < 0.005 {
				return false
			}
		}
		return true
	}); err != nil {
		w.t.Fatalf("%s: wait for %d portraits: %v", w.name, len(people), err)
	}
}

// share is the part of a picture that has a colour, or nearly.
func share(img *image.RGBA, want color.RGBA) float64 {
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) < 12 }
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if near(img.Pix[i], want.R) && near(img.Pix[i+1], want.G) && near(img.Pix[i+2], want.B) {
			n++
		}
	}
	return float64(n*4) / float64(len(img.Pix))
}

// awaitPicture waits until a good part of the window has the colour of a page, and
// no notice lies over it.
func (w *window) awaitPicture(page *image.RGBA) {
	w.t.Helper()
	want := page.RGBAAt(2, 2)
	corner := image.Rect(136, 558, 144, 566) // of the page, where notices come
	if _, err := w.Until(within(w.t, 20*time.Second), func(img *image.RGBA) bool {
		notice := image.NewRGBA(corner)
		draw.Draw(notice, corner, img, corner.Min, draw.Src)
		return share(img, want) > 0.2 && share(notice, want) > 0.9
	}); err != nil {
		w.t.Fatalf("%s: wait for the shared page: %v", w.name, err)
	}
}

// awaitQuiet waits until nothing but running cards moves in the window: notices
// have come and gone, and what slides has arrived.
func (w *window) awaitQuiet() {
	w.t.Helper()
	var last *image.RGBA
	var since time.Time
	if _, err := w.Until(within(w.t, 30*time.Second), func(img *image.RGBA) bool {
		moving := append(display.Cards(img), display.MirroredCards(img)...)
		changed := last == nil || last.Rect != img.Rect
		if !changed {
			n := 0
			for y := 0; y < img.Rect.Dy(); y += 2 {
			next:
				for x := 0; x < img.Rect.Dx(); x += 2 {
					i := img.PixOffset(x, y)
					if [4]uint8(img.Pix[i:i+4]) == [4]uint8(last.Pix[i:i+4]) {
						continue
					}
					for _, c := range moving {
						if image.Pt(x, y).In(c.Area) {
							continue next
						}
					}
					n++
				}
			}
			// A clock and a level meter may move.
			changed = n*4 > img.Rect.Dx()*img.Rect.Dy()/100
		}
		if changed {
			last, since = img, time.Now()
		}
		return time.Since(since) > 1500*time.Millisecond
	}); err != nil {
		w.t.Fatalf("%s: it does not get quiet: %v", w.name, err)
	}
}

// drawSlide makes a page worth sharing.
func drawSlide(width, height int) (*image.RGBA, error) {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	rect := func(c color.RGBA, r image.Rectangle) { draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src) }
	rect(color.RGBA{250, 248, 243, 255}, img.Rect)
	text := func(data []byte, size float64, c color.RGBA, x, y int, s string) error {
		f, err := opentype.Parse(data)
		if err != nil {
			return err
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
		if err != nil {
			return err
		}
		defer face.Close()
		d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
		d.DrawString(s)
		return nil
	}
	ink, soft := color.RGBA{34, 40, 49, 255}, color.RGBA{110, 118, 128, 255}
	if err := text(gobold.TTF, 44, ink, 80, 120, "Garden club, autumn plan"); err != nil {
		return nil, err
	}
	if err := text(goregular.TTF, 22, soft, 80, 160, "Harvest by bed, kilograms a week"); err != nil {
		return nil, err
	}
	colours := []color.RGBA{{78, 121, 167, 255}, {242, 142, 43, 255}, {89, 161, 79, 255}, {176, 122, 161, 255}}
	for i, row := range []struct {
		name   string
		weight int
	}{{"Tomatoes", 64}, {"Courgettes", 91}, {"Beans", 38}, {"Chard", 52}} {
		y := 220 + i*80
		if err := text(goregular.TTF, 26, ink, 80, y+36, row.name); err != nil {
			return nil, err
		}
		rect(colours[i], image.Rect(260, y, 260+row.weight*9, y+52))
	}
	for i, s := range []string{"1.  Bulbs go in before the first frost", "2.  The shed needs a new hinge", "3.  Who brings the cider press?"} {
		if err := text(goregular.TTF, 26, ink, 80, 580+i*42, s); err != nil {
			return nil, err
		}
	}
	return img, nil
}
