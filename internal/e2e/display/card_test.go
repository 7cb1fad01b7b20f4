//go:build unix

package display

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"foyer/media/video"
)

// picture draws a card through a surface, as a window does.
func picture(t *testing.T, n uint32, width, height int, mirror bool) *image.RGBA {
	t.Helper()
	var pool video.Pool
	f := pool.Get(1280, 720)
	defer f.Release()
	video.NewCard(1280, 720).Draw(f, n, time.Now())
	s := video.NewSurface(nil)
	s.SetFit(video.Cover)
	s.SetMirror(mirror)
	s.Resize(width, height)
	s.Push(f)
	img, _ := s.Swap()
	if img == nil {
		t.Fatal("the surface shows nothing")
	}
	return img
}

func TestCardsAreFoundWhereTheyLie(t *testing.T) {
	screen := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(screen, screen.Rect, image.NewUniform(color.RGBA{28, 30, 38, 255}), image.Point{}, draw.Src)
	for _, c := range []struct {
		n      uint32
		at     image.Rectangle
		mirror bool
	}{
		{7, image.Rect(13, 17, 13+640, 17+360), false},
		{70000, image.Rect(700, 31, 700+241, 31+135), false},
		{3, image.Rect(700, 200, 700+320, 200+180), true},
		{99, image.Rect(901, 400, 901+300, 400+200), false}, // sides cut
		{12, image.Rect(40, 420, 40+500, 420+200), false},   // top and bottom cut
	} {
		draw.Draw(screen, c.at, picture(t, c.n, c.at.Dx(), c.at.Dy(), c.mirror), image.Point{}, draw.Src)
	}
	got := map[uint32]image.Rectangle{}
	for _, c := range Cards(screen) {
		got[c.Number] = c.Area
		if age := time.Since(c.Drawn); age < 0 || age > time.Minute {
			t.Errorf("card %d was drawn %v ago", c.Number, age)
		}
	}
	for n, want := range map[uint32]image.Rectangle{7: image.Rect(13, 17, 653, 377), 70000: image.Rect(700, 31, 941, 166)} {
		if d := got[n].Min.Sub(want.Min); d.X*d.X+d.Y*d.Y > 8 {
			t.Errorf("card %d found at %v; want %v", n, got[n], want)
		}
	}
	if _, ok := got[99]; !ok {
		t.Errorf("the card with cut sides is not found")
	}
	if len(got) < 3 || len(got) > 4 {
		t.Errorf("found %v", got)
	}
	if _, ok := got[3]; ok {
		t.Errorf("the mirrored card counts")
	}
}

func TestAMirroredCardIsFound(t *testing.T) {
	screen := image.NewRGBA(image.Rect(0, 0, 640, 480))
	at := image.Rect(100, 40, 500, 265)
	draw.Draw(screen, at, picture(t, 5, at.Dx(), at.Dy(), true), image.Point{}, draw.Src)
	got := MirroredCards(screen)
	if len(got) != 1 || got[0].Number != 5 {
		t.Fatalf("found %v", got)
	}
	if d := got[0].Area.Min.Sub(at.Min); d.X*d.X+d.Y*d.Y > 8 {
		t.Errorf("found at %v; want %v", got[0].Area, at)
	}
}

func TestCardsOnAScreenMove(t *testing.T) {
	d, ctx := start(t, Options{Bare: true})
	ctx, stop := context.WithCancel(ctx)
	painted := make(chan error, 1)
	go func() { painted <- d.PaintCards(ctx, image.Rect(0, 0, 1280, 720), 50*time.Millisecond) }()
	first := uint32(0)
	_, err := d.Until(ctx, func(img *image.RGBA) bool {
		cards := Cards(img)
		if len(cards) == 0 {
			return false
		}
		if first == 0 {
			first = cards[0].Number
		}
		return cards[0].Number > first+2
	})
	stop()
	if err != nil {
		t.Errorf("the card does not move: %v", err)
	}
	if err := <-painted; err != nil {
		t.Error(err)
	}
}

// A reader of one place reads the cards that come there, in their order.
func TestACardIsWatched(t *testing.T) {
	d, ctx := start(t, Options{Bare: true})
	ctx, stop := context.WithCancel(ctx)
	at := image.Rect(100, 60, 740, 420)
	painted := make(chan error, 1)
	go func() { painted <- d.PaintCards(ctx, at, 50*time.Millisecond) }()
	r, err := d.Watch(at)
	if err != nil {
		t.Fatal(err)
	}
	var seen []Card
	err = until(ctx, func() (bool, error) {
		c, ok, err := r.Read()
		if ok && (len(seen) == 0 || c.Number != seen[len(seen)-1].Number) {
			seen = append(seen, c)
		}
		return len(seen) >= 4, err
	})
	stop()
	if err != nil {
		t.Errorf("saw %v: %v", seen, err)
	}
	for i, c := range seen {
		if age := time.Since(c.Drawn); c.Area != at || age < 0 || age > time.Minute || i > 0 && c.Number < seen[i-1].Number {
			t.Errorf("saw %+v", c)
		}
	}
	if err := <-painted; err != nil {
		t.Error(err)
	}
	if _, err := d.Watch(image.Rect(1000, 600, 1400, 800)); err == nil {
		t.Error("a place beyond the screen is watched")
	}
}
