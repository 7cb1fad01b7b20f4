package widget

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	basetheme "fyne.io/fyne/v2/theme"

	"foyer/media/video"
	"foyer/ui/theme"
	"foyer/ui/theme/contrast"
)

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Lovelace": "AL", "ada": "A", "  Jean  Luc   Picard ": "JP", "李小龍": "李", "Łukasz Żółć": "ŁŻ",
		"🦊": "", "": "", "(Bob) [Host]": "BH", "R2 D2": "RD", "e\u0301mile": "E\u0301", "42": "4", "محمد علي": "م\u200cع", "דוד לוי": "דל",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAvatarColorsCarryWhite(t *testing.T) {
	white := color.NRGBA{255, 255, 255, 255}
	for _, c := range avatarColors {
		if ratio := contrast.Ratio(white, c); ratio < contrast.Text {
			t.Errorf("white on %v has contrast %.2f", c, ratio)
		}
	}
	seen := map[color.Color]int{}
	for i := range 200 {
		seen[AvatarColor(string(rune('a'+i%26))+string(rune('0'+i/26)))]++
	}
	for _, c := range avatarColors {
		if seen[c] < 10 {
			t.Errorf("of 200 people %d have the colour %v", seen[c], c)
		}
	}
	if AvatarColor("x") != AvatarColor("x") {
		t.Error("a person's colour changes")
	}
}

func TestEllipsis(t *testing.T) {
	themed(t, theme.Dark)
	for _, s := range []string{"short", "a name that is much too long for its place", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "👩\u200d👩\u200d👧👩\u200d👩\u200d👧👩\u200d👩\u200d👧", "  spaces   within  "} {
		for _, w := range []float32{0, 5, 30, 60, 1000} {
			got := Ellipsis(s, w, 14, fyne.TextStyle{})
			if fyne.MeasureText(got, 14, fyne.TextStyle{}).Width > w {
				t.Errorf("Ellipsis(%q, %v) = %q is too wide", s, w, got)
			}
			r := []rune(got)
			if n := len(r); n > 1 && r[n-1] == '…' && (r[n-2] == '\u200d' || r[n-2] == ' ') {
				t.Errorf("Ellipsis(%q, %v) = %q is cut within a letter or at a space", s, w, got)
			}
		}
	}
	if got := Ellipsis("two  words", 1000, 14, fyne.TextStyle{}); got != "two words" {
		t.Errorf("got %q", got)
	}
}

func TestButtonSaysWhy(t *testing.T) {
	themed(t, theme.Dark)
	pressed := 0
	b := NewIconButton(theme.IconCamera, "Camera", func() { pressed++ })
	w := test.NewTempWindow(t, container.NewCenter(b))
	w.Resize(fyne.NewSize(300, 200))
	test.Tap(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 3 {
		t.Errorf("pressed %d times, want 3", pressed)
	}
	b.SetReason("No camera found")
	test.Tap(b)
	if pressed != 3 {
		t.Error("a disabled button was pressed")
	}
	b.tip.show()
	if !b.tip.lines[0].Visible() || b.tip.lines[0].Text != "No camera found" {
		t.Errorf("the tip says %q", b.tip.text)
	}
	b.SetReason("")
	if b.tip.text != "Camera" {
		t.Errorf("the tip says %q", b.tip.text)
	}
	b.MouseOut()
	if b.tip.box.Visible() {
		t.Error("the tip stays")
	}
	b.SetBadge(120)
	if b.badgeText.Text != "99+" || !b.badgeDisc.Visible() {
		t.Errorf("the badge says %q", b.badgeText.Text)
	}
	b.SetBadge(0)
	if b.badgeDisc.Visible() {
		t.Error("a badge of nothing shows")
	}
	if b.Cursor() != desktop.PointerCursor {
		t.Error("no pointer over a button")
	}
}

func TestTipStaysInTheWindow(t *testing.T) {
	themed(t, theme.Dark)
	for _, at := range []fyne.Position{{X: 0, Y: 0}, {X: 252, Y: 0}, {X: 0, Y: 152}, {X: 252, Y: 152}} {
		b := NewIconButton(theme.IconCamera, "A rather long explanation", nil)
		w := test.NewTempWindow(t, container.NewWithoutLayout(b))
		w.SetPadded(false)
		w.Resize(fyne.NewSize(300, 200))
		b.Move(at)
		b.Resize(b.MinSize())
		b.tip.show()
		p, s := at.Add(b.tip.box.Position()), b.tip.box.Size()
		if p.X < 0 || p.Y < 0 || p.X+s.Width > 300 || p.Y+s.Height > 200 {
			t.Errorf("button at %v: the tip lies at %v, %v", at, p, s)
		}
	}
}

func TestFocusedButtonPassesLettersOn(t *testing.T) {
	themed(t, theme.Dark)
	b := NewIconButton(theme.IconCamera, "Camera", func() {})
	w := test.NewTempWindow(t, b)
	var typed []rune
	var keys []fyne.KeyName
	w.Canvas().SetOnTypedRune(func(r rune) { typed = append(typed, r) })
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { keys = append(keys, e.Name) })
	w.Canvas().Focus(b)
	for _, r := range "m " {
		b.TypedRune(r)
	}
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if string(typed) != "m" || !slices.Equal(keys, []fyne.KeyName{fyne.KeyEscape}) {
		t.Errorf("passed on %q and %v", string(typed), keys)
	}
	if !b.ring.Visible() {
		t.Error("the focus is not seen")
	}
}

func TestMeterIsInDecibels(t *testing.T) {
	themed(t, theme.Light)
	m := NewLevelMeter()
	w := test.NewTempWindow(t, m)
	w.Resize(fyne.NewSize(200, 20))
	for _, c := range []struct {
		level float64
		lit   int
	}{{0, 0}, {-1, 0}, {0.15, 0}, {0.4167, 7}, {0.6667, 14}, {0.9, 21}, {1, 24}, {7, 24}, {0, 0}} {
		m.SetLevel(c.level)
		if m.Lit() != c.lit {
			t.Errorf("level %v lights %d, want %d", c.level, m.Lit(), c.lit)
		}
		for i, l := range m.lights {
			if on := l.FillColor != theme.Color(theme.ColorTrack); on != (i < c.lit) {
				t.Fatalf("level %v: light %d is on: %v", c.level, i, on)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { m.SetLevel(0.3) }); n != 0 {
		t.Errorf("an unchanged level allocates %v times", n)
	}
}

func TestToastsComeAndGo(t *testing.T) {
	themed(t, theme.Dark)
	var ends []func()
	stopped := 0
	toasts := NewToasts(func(d time.Duration, f func()) func() {
		if d < 3*time.Second {
			t.Errorf("a toast for %v only", d)
		}
		ends = append(ends, f)
		return func() { stopped++ }
	})
	w := test.NewTempWindow(t, toasts)
	w.Resize(fyne.NewSize(400, 400))
	for _, s := range []string{"one", "two", "three", "four", "two"} {
		toasts.Say(Info, "", s)
	}
	if got := toasts.Texts(); !slices.Equal(got, []string{"three", "four", "two"}) {
		t.Errorf("toasts are %q", got)
	}
	last := fyne.Position{}
	for _, o := range test.WidgetRenderer(toasts).Objects() {
		if o.Position().Y <= last.Y && last.Y > 0 || o.Position().Y+o.Size().Height > toasts.Size().Height {
			t.Errorf("a toast lies at %v", o.Position())
		}
		last = o.Position()
	}
	ends[3]()
	if got := toasts.Texts(); !slices.Equal(got, []string{"three", "two"}) {
		t.Errorf("toasts are %q", got)
	}
	toasts.Clear()
	if len(toasts.Texts()) != 0 || stopped != 5 {
		t.Errorf("%d toasts left, %d clocks stopped", len(toasts.Texts()), stopped)
	}
}

func TestNoticeWraps(t *testing.T) {
	themed(t, theme.Dark)
	pressed := false
	n := NewNotice(Problem, "", "A sentence that is too long for one line of a notice, so that it takes two or even three of them to be read.")
	n.SetAction("Retry", func() { pressed = true })
	w := test.NewTempWindow(t, container.NewCenter(n))
	w.Resize(fyne.NewSize(600, 300))
	if len(n.lines) < 2 || n.MinSize().Width > 420 {
		t.Errorf("%d lines, %v wide", len(n.lines), n.MinSize().Width)
	}
	for _, l := range n.lines {
		if end := l.Position().X + l.MinSize().Width; end > n.action.Position().X {
			t.Errorf("%q ends at %v under the button at %v", l.Text, end, n.action.Position().X)
		}
	}
	test.Tap(n.action)
	if !pressed {
		t.Error("the button does nothing")
	}
	n.Set(Info, "", "Short.")
	if len(n.lines) != 1 || n.Text() != "Short." {
		t.Errorf("%d lines", len(n.lines))
	}
}

func TestCornersAreRound(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	var m cornerMask
	m.apply(img, 12)
	for _, p := range []image.Point{{0, 0}, {39, 0}, {0, 29}, {39, 29}} {
		if c := img.RGBAAt(p.X, p.Y); c.A != 0 || c.R != 0 {
			t.Errorf("the corner %v is %v", p, c)
		}
	}
	for _, p := range []image.Point{{20, 0}, {0, 15}, {39, 15}, {20, 29}, {12, 12}, {4, 4}} {
		if c := img.RGBAAt(p.X, p.Y); c.A != 255 {
			t.Errorf("%v within is %v", p, c)
		}
	}
	if n := testing.AllocsPerRun(10, func() { m.apply(img, 12) }); n != 0 {
		t.Errorf("rounding allocates %v times", n)
	}
	tiny := image.NewRGBA(image.Rect(0, 0, 3, 1))
	m.apply(tiny, 12) // smaller than its corners
}

func TestTileDrawsNoMoreThanItMust(t *testing.T) {
	themed(t, theme.Dark)
	q := newQueue()
	p := NewPainter(q.do)
	defer p.Close()
	tile := NewVideoTile(p, video.Cover)
	w := test.NewTempWindow(t, tile)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(320, 180))
	tile.Set(TileState{Identity: "a", Name: "Ada"})
	if px, py := tile.Surface().Size(); px != 0 || py != 0 {
		t.Errorf("without a picture the surface is %dx%d", px, py)
	}
	tile.Set(TileState{Identity: "a", Name: "Ada", Picture: true})
	if px, py := tile.Surface().Size(); px != 320 || py != 180 {
		t.Errorf("the surface is %dx%d", px, py)
	}
	if tile.Showing() || !tile.avatar.Visible() {
		t.Error("no avatar before the first picture")
	}
	var pool video.Pool
	f := card(&pool, 640, 360)
	defer f.Release()
	tile.Surface().Push(f)
	q.until(t, tile.Showing)
	if tile.avatar.Visible() || tile.back.Visible() {
		t.Error("what the picture covers is drawn too")
	}
	if tile.Frames() != 1 {
		t.Errorf("%d pictures", tile.Frames())
	}
	// Speaking draws the ring and moves nothing.
	tile.name.Move(fyne.NewPos(1, 2))
	tile.Set(TileState{Identity: "a", Name: "Ada", Picture: true, Speaking: true})
	if !tile.ring.visible() || tile.name.Position() != fyne.NewPos(1, 2) {
		t.Error("speaking arranges the tile anew")
	}
	tile.Hide()
	if px, py := tile.Surface().Size(); px != 0 || py != 0 {
		t.Errorf("hidden, the surface is %dx%d", px, py)
	}
	tile.Show()
	if px, py := tile.Surface().Size(); px != 320 || py != 180 {
		t.Errorf("shown again, the surface is %dx%d", px, py)
	}
	tile.Set(TileState{Identity: "a", Name: "Ada"})
	if tile.Showing() || !tile.avatar.Visible() {
		t.Error("the last picture stays after the camera went off")
	}
	tile.Close()
	if len(p.marks) != 0 {
		t.Error("a closed tile is still painted")
	}
}

func TestTileIsPressed(t *testing.T) {
	themed(t, theme.Dark)
	p := NewPainter(newQueue().do)
	defer p.Close()
	tile := NewVideoTile(p, video.Cover)
	pins := 0
	var menus []fyne.Position
	tile.OnPin = func() { pins++ }
	w := test.NewTempWindow(t, tile)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(320, 180))
	tile.MouseIn(nil)
	if tile.corner.Visible() {
		t.Error("a tile without a menu offers one")
	}
	tile.OnMenu = func(at fyne.Position) { menus = append(menus, at) }
	tile.MouseIn(nil)
	if !tile.corner.Visible() {
		t.Error("the pointer brings no menu")
	}
	test.DoubleTap(tile)
	test.TapSecondary(tile)
	test.Tap(tile.corner)
	tile.MouseOut()
	if pins != 1 || len(menus) != 2 || tile.corner.Visible() {
		t.Errorf("%d pins, %d menus", pins, len(menus))
	}
	// A click gives it the keyboard: the mark leaves with the pointer all the same.
	tile.MouseIn(nil)
	w.Canvas().Focus(tile)
	tile.MouseOut()
	if tile.corner.Visible() {
		t.Error("the mark stays after a click")
	}
	w.Canvas().Unfocus()
	w.Canvas().Focus(tile)
	if !tile.corner.Visible() {
		t.Error("the keyboard brings no menu")
	}
	w.Canvas().Unfocus()
	// The pointer leaves the window, of which nothing tells.
	tile.MouseIn(nil)
	tile.Rest()
	if !tile.corner.Visible() {
		t.Error("the mark leaves at once")
	}
	tile.stirred = time.Now().Add(-2 * restsAfter)
	tile.Rest()
	if tile.corner.Visible() {
		t.Error("the mark stays when the pointer has left the window")
	}
	tile.MouseMoved(&desktop.MouseEvent{})
	if !tile.corner.Visible() {
		t.Error("the mark does not come back")
	}
}

// A warmup tells of the first drawing, then that all is warm, and neither twice.
func TestWarmup(t *testing.T) {
	w := test.NewTempWindow(t, nil)
	var told []string
	later := make(chan func(), 10)
	tell := func(what string) func() { return func() { told = append(told, what) } }
	w.SetContent(NewWarmup(w, func(f func()) { later <- f }, tell("drawn"), tell("warm")))
	for range 3 {
		w.Canvas().Capture()
		for len(later) > 0 {
			(<-later)()
		}
	}
	if !slices.Equal(told, []string{"drawn", "warm"}) {
		t.Errorf("told %v", told)
	}
}

// What is pasted goes through Pasted, in one's own line breaks.
func TestEntryChangesWhatIsPasted(t *testing.T) {
	app := test.NewTempApp(t)
	app.Clipboard().SetContent("Join:\nfoyer://h/r")
	e := NewEntry("Link")
	e.Pasted = func(s string) string { return strings.TrimPrefix(s, "Join:\n") }
	e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: app.Clipboard()})
	if e.Text != "foyer://h/r" {
		t.Errorf("pasted %q", e.Text)
	}
}

// One's own tile is called "You", and has the initials of one's name.
func TestTileHasThePersonsInitials(t *testing.T) {
	test.NewTempApp(t)
	p := NewPainter(newQueue().do)
	defer p.Close()
	v := NewVideoTile(p, video.Cover)
	v.Set(TileState{Identity: "me", Name: "You", Person: "Ada Lovelace"})
	if got := v.avatar.letters.Text; got != "AL" {
		t.Errorf("initials are %q", got)
	}
}

// The button of a notice on a page is read on that page's colour.
func TestTheButtonOfANoticeOnAPage(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light))
	n := NewNotice(Problem, "", "The meeting's server cannot be reached.")
	n.OnPage = true
	n.SetAction("Close", func() {})
	test.NewTempWindow(t, n)
	n.Set(Problem, "", "The meeting has ended.")
	if got, want := n.action.text.Color, theme.Color(basetheme.ColorNamePrimary); got != want {
		t.Errorf("it is %v, want %v", got, want)
	}
}
