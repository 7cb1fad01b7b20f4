package meeting

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// desk is a desktop of windows that open and close.
type desk struct {
	mu      sync.Mutex
	windows []device.Info
}

func (d *desk) list() []device.Info {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.windows)
}

func (d *desk) set(windows ...device.Info) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.windows = windows
}

func window(n int, title string, w, h int) device.Info {
	return device.Info{Kind: device.Window, ID: fmt.Sprintf("window:%d", n), Name: title, Bounds: image.Rect(0, 0, w, h)}
}

// sketch draws a made-up program of a shape.
func sketch(w, h, seed int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fill := func(r image.Rectangle, c color.RGBA) { draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src) }
	fill(img.Rect, color.RGBA{246, 246, 248, 255})
	fill(image.Rect(0, 0, w, h/10), color.RGBA{uint8(60 + seed*37%120), uint8(70 + seed*53%110), uint8(110 + seed*29%120), 255})
	for y := h / 6; y < h-h/20; y += h / 16 {
		fill(image.Rect(w/12, y, w/2+(y*7919+seed*131)%(w*2/5), y+h/40+1), color.RGBA{120, 124, 134, 255})
	}
	return img
}

var desktop4 = []device.Info{
	window(1, "Quarterly figures, second draft with the comments of everybody – LibreOffice Calc", 1600, 1000),
	window(2, "foyer – ~/src/foyer", 800, 1200),
	window(3, "李小龍 – Notizen", 1200, 400),
	window(4, "Inbox (4) – Mail", 1280, 720),
	window(5, "Terminal", 720, 450),
}

func newDeskBench(t *testing.T, d *desk, size fyne.Size, devices device.List) *bench {
	b := newBench(t, meeting(4), size, func(o *Options) {
		o.Windows = d.list
		o.Thumbnail = func(id string, max int) (*image.RGBA, error) {
			for i, w := range append(d.list(), devices.Screens...) {
				if w.ID == id {
					s := w.Bounds.Size()
					return sketch(max, max*s.Y/s.X, i), nil
				}
			}
			return nil, errors.New("gone")
		}
	})
	b.applyDevices(devices)
	return b
}

func (b *bench) pictures(n int) func() bool {
	return func() bool {
		cards := find[*screenCard](b)
		return len(cards) == n && !slices.ContainsFunc(cards, func(c *screenCard) bool { return c.picture.Image == nil })
	}
}

func TestShotsOfSharePicker(t *testing.T) {
	one := device.List{Screens: allDevices.Screens[:1]}
	for _, look := range []string{theme.Dark, theme.Light} {
		for _, z := range sizes[:2] {
			for name, at := range map[string]struct {
				devices device.List
				windows []device.Info
			}{
				"both": {allDevices, desktop4}, "one": {one, desktop4[1:3]}, "screens": {allDevices, nil}, "windows": {device.List{}, desktop4},
			} {
				if !looked && (look != theme.Dark || z.name != "800x600") {
					continue
				}
				t.Run(name+" "+look+" "+z.name, func(t *testing.T) {
					d := &desk{windows: at.windows}
					b := newDeskBench(t, d, z.size, at.devices)
					b.setTheme(look)
					b.pickScreen()
					b.until("pictures", b.pictures(len(at.devices.Screens)+len(at.windows)))
					cards := find[*screenCard](b)
					for _, c := range cards {
						if w := c.name.MinSize().Width; w > c.Size().Width-2*cardMargin {
							t.Errorf("%q is %v wide", c.name.Text, w)
						}
					}
					b.namesSeen(t)
					b.shot("picker-" + name + "-" + look + "-" + z.name)
				})
			}
		}
	}
}

// Sound goes with a screen where the box is ticked, and the box stays as it was left.
func TestShareWithSound(t *testing.T) {
	d := &desk{windows: desktop4}
	b := newDeskBench(t, d, normal, allDevices)
	for i, want := range []string{"share " + allDevices.Screens[0].ID, "share sound"} {
		b.pickScreen()
		b.until("pictures", b.pictures(7))
		box := find[*widget.Check](b)
		if len(box) != 1 || box[0].Checked != (i > 1) {
			t.Fatalf("%d boxes", len(box))
		}
		if i == 1 {
			test.Tap(box[0])
		}
		test.Tap(find[*screenCard](b)[0])
		if told := b.f.took(); len(told) > 0 || b.modal == nil {
			t.Fatalf("one click tells the call %q", told)
		}
		b.button("Share").OnTapped()
		b.until(want, func() bool { return slices.Contains(b.f.took(), want) })
	}
	b.pickScreen()
	b.until("pictures", b.pictures(7))
	if box := find[*widget.Check](b); len(box) != 1 || !box[0].Checked {
		t.Error("the choice is forgotten")
	}
}

func TestPickAWindowByKeyboard(t *testing.T) {
	d := &desk{windows: desktop4}
	b := newDeskBench(t, d, normal, allDevices)
	b.pickScreen()
	b.until("pictures", b.pictures(7))
	// In three columns: two screens, three windows, two windows.
	var all []string
	for _, row := range find[*screenCard](b) {
		all = append(all, row.name.Text)
	}
	c := b.w.Canvas()
	at := func(want int) {
		t.Helper()
		f, ok := c.Focused().(*screenCard)
		if !ok || f.name.Text != all[want] {
			t.Fatalf("the keyboard is at %v, want %q", c.Focused(), all[want])
		}
		for _, o := range find[*screenCard](b) {
			if o.chosen != (o == f) || o.ring.Visible() != o.chosen {
				t.Fatalf("with the keyboard at %q, %q is chosen: %v", all[want], o.name.Text, o.chosen)
			}
		}
		top := fyne.CurrentApp().Driver().AbsolutePositionForObject(f).Y
		scroll := fyne.CurrentApp().Driver().AbsolutePositionForObject(b.scrolls()).Y
		if top < scroll-1 || top+f.Size().Height > scroll+b.scrolls().Size().Height+1 {
			t.Errorf("card %d is at %v, out of view", want, top)
		}
	}
	at(0)
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace}) // held to talk
	if told := b.f.took(); len(told) > 0 || b.modal == nil {
		t.Fatalf("Space tells the call %q", told)
	}
	for _, step := range []struct {
		key  fyne.KeyName
		want int
	}{
		{fyne.KeyLeft, 0}, {fyne.KeyUp, 0}, {fyne.KeyRight, 1}, {fyne.KeyRight, 1}, {fyne.KeyDown, 3}, {fyne.KeyRight, 4},
		{fyne.KeyDown, 6}, {fyne.KeyDown, 6}, {fyne.KeyLeft, 5}, {fyne.KeyUp, 2}, {fyne.KeyUp, 0}, {fyne.KeyDown, 2}, {fyne.KeyRight, 3},
	} {
		c.Focused().TypedKey(&fyne.KeyEvent{Name: step.key})
		at(step.want)
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.modal != nil {
		t.Fatal("Escape does not close the picker")
	}
	b.pickScreen()
	b.until("pictures", b.pictures(7))
	c.Focus(find[*screenCard](b)[3])
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	var verbs []string
	b.until("sharing", func() bool { verbs = append(verbs, b.f.took()...); drain(b); return len(verbs) > 0 })
	if !slices.Equal(verbs, []string{"share window:2"}) || b.modal != nil {
		t.Errorf("the call was told %q", verbs)
	}
}

// A second click shares, and the meeting says which window that is; a click on another
// card is a first one.
func TestASecondClickShares(t *testing.T) {
	d := &desk{windows: desktop4}
	b := newDeskBench(t, d, normal, allDevices)
	b.pickScreen()
	b.until("pictures", b.pictures(7))
	cards := find[*screenCard](b)
	test.Tap(cards[2])
	test.Tap(cards[3])
	b.now = b.now.Add(doubleClick)
	test.Tap(cards[3])
	if told := b.f.took(); len(told) > 0 {
		t.Fatalf("three single clicks tell the call %q", told)
	}
	test.Tap(cards[3])
	b.until("sharing", func() bool { return slices.Contains(b.f.took(), "share window:2") })
	if b.f.shared.Window != desktop4[1].Name {
		t.Errorf("the window is called %q, want %q", b.f.shared.Window, desktop4[1].Name)
	}
}

// The chosen window goes: another is chosen, and Share has something to share.
func TestAChosenWindowGoes(t *testing.T) {
	d := &desk{windows: desktop4[:2]}
	b := newDeskBench(t, d, normal, device.List{})
	b.pickScreen()
	b.until("pictures", b.pictures(2))
	test.Tap(find[*screenCard](b)[1])
	d.set(desktop4[0])
	b.until("one window", func() bool { return len(find[*screenCard](b)) == 1 })
	if c := find[*screenCard](b)[0]; !c.chosen || b.button("Share").Disabled() {
		t.Error("the other window is not chosen")
	}
	d.set()
	b.until("no window", func() bool { return len(find[*screenCard](b)) == 0 })
	if !b.button("Share").Disabled() {
		t.Error("nothing can be shared, and Share can be pressed")
	}
}

// What is shared is named: a window by its title, a screen as such.
func TestTheSharedWindowIsNamed(t *testing.T) {
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720))
	for title, want := range map[string]string{
		"":                   "You are sharing your screen",
		"Inbox (4) – Mail":   "You are sharing \"Inbox (4) – Mail\"",
		desktop4[0].Name:     "You are sharing \"Quarterly figures, second",
		"דוד (שיווק) – Mail": "You are sharing \"",
	} {
		b.snapshot(func(s *call.Snapshot) {
			s.Local.Sharing, s.Local.SharedScreen, s.Local.SharedWindow = true, "scr1", title
		})
		if got := strings.TrimLeft(b.top.sharing.Text, "\u200e"); !strings.HasPrefix(got, want) || b.top.sharing.MinSize().Width > 420 {
			t.Errorf("%q is told as %q, %v wide", title, got, b.top.sharing.MinSize().Width)
		}
	}
	b.shot("sharing-window")
}

// A window that we share is seen as others see it, beside the others and not in the
// spotlight; a screen is not, which would show itself within itself.
func TestTheSharedWindowIsSeen(t *testing.T) {
	s := meeting(4)
	b := newBench(t, s, fyne.NewSize(1280, 720))
	mine := key{s.Me.Identity, call.Screen}
	for _, step := range []struct {
		sharing bool
		window  string
		seen    bool
	}{{true, "", false}, {true, "Inbox (4) – Mail", true}, {false, "", false}} {
		b.snapshot(func(s *call.Snapshot) { s.Local.Sharing, s.Local.SharedWindow = step.sharing, step.window })
		tile := b.stage.tiles[mine]
		if (tile != nil) != step.seen || b.stage.spot() != (key{}) {
			t.Fatalf("%+v: the tile is %v, the spotlight at %v", step, tile, b.stage.spot())
		}
		if step.seen && (!tile.Visible() || tile.Label() != "You · screen") {
			t.Errorf("it is visible %v, and called %q", tile.Visible(), tile.Label())
		}
		b.shot(fmt.Sprintf("own-window-%v", step.seen))
	}
	if n := len(b.stage.tiles); n != len(s.People)+1 {
		t.Errorf("%d tiles are left", n)
	}
}

// namesSeen checks that a row of each kind is seen with its names, without scrolling.
func (b *bench) namesSeen(t *testing.T) {
	t.Helper()
	d := fyne.CurrentApp().Driver()
	scroll := b.scrolls()
	end := d.AbsolutePositionForObject(scroll).Y + scroll.Size().Height
	seen := map[device.Kind]bool{}
	for _, c := range find[*screenCard](b) {
		if y := d.AbsolutePositionForObject(c).Y + c.Size().Height; !seen[c.info.Kind] && y > end+1 {
			t.Errorf("the name of %q ends at %v, below the fold at %v", c.name.Text, y, end)
		}
		seen[c.info.Kind] = true
	}
}

// button is the dialog's of that label.
func (b *bench) button(label string) *widget.KeyButton {
	for _, k := range find[*widget.KeyButton](b) {
		if k.Label() == label {
			return k
		}
	}
	b.t.Fatalf("no button %q", label)
	return nil
}

// scrolls is what the cards scroll in: dialogs come last.
func (b *bench) scrolls() fyne.CanvasObject {
	all := find[*container.Scroll](b)
	return all[len(all)-1]
}

// TestPickerFollowsWindows: windows open, close and change their titles meanwhile.
func TestPickerFollowsWindows(t *testing.T) {
	d := &desk{windows: desktop4[:2]}
	b := newDeskBench(t, d, normal, allDevices)
	b.pickScreen()
	b.until("pictures", b.pictures(4))
	cards := find[*screenCard](b)
	cards[3].MouseIn(&desktop.MouseEvent{})
	b.w.Canvas().Focus(cards[2])
	renamed := desktop4[1]
	renamed.Name = "main.go – ~/src/foyer"
	d.set(renamed, desktop4[4])
	b.until("the new windows", b.pictures(4))
	b.until("the new title", func() bool {
		now := find[*screenCard](b)
		return len(now) == 4 && now[2].name.Text == renamed.Name && now[3].name.Text == "Terminal"
	})
	if now := find[*screenCard](b); now[2] != cards[3] || !now[2].hovered {
		t.Error("a window that stays has another card")
	}
	if f := b.w.Canvas().Focused(); f != fyne.Focusable(b.button("Share")) {
		t.Errorf("the keyboard is still at %v", f)
	}
	d.set()
	b.until("no window", b.pictures(2))
	test.Tap(find[*screenCard](b)[0])
	b.button("Share").OnTapped()
	if b.modal != nil {
		t.Error("the picker stays open")
	}
}
