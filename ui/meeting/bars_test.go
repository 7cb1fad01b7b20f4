package meeting

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"foyer/app/call"
	"foyer/app/settings"
)

// In full screen the share is all that is seen; the controls come with the pointer,
// and go when it rests, unless they are in use.
func TestFullScreenIsTheShareAlone(t *testing.T) {
	s := meeting(6)
	sharing(&s, 1)
	b := newBench(t, s, normal)
	screen := b.stage.tiles[key{"p1", call.Screen}]
	window := screen.Size()
	b.toggleFullScreen()
	b.feed()
	b.shot("full-share-controls")
	if !b.bar.box.Visible() || !b.top.box.Visible() {
		t.Error("the controls are not shown at first")
	}
	still := func() {
		t.Helper()
		b.now = b.now.Add(stillness)
		b.bars.rest()
	}
	still()
	b.shot("full-share")
	if b.bar.box.Visible() || b.top.box.Visible() {
		t.Error("the controls stay while nothing moves")
	}
	if got := screen.Size(); got != normal || screen.Position() != (fyne.Position{}) {
		t.Errorf("the share has %v at %v of %v, in the window %v", got, screen.Position(), normal, window)
	}
	if n := len(b.seen()); n != 1 {
		t.Errorf("%d tiles are shown beside the share", n-1)
	}
	// The pointer moves over the share.
	screen.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: fyne.NewPos(300, 300)}})
	if !b.bar.box.Visible() || !b.top.box.Visible() || screen.Size() != normal {
		t.Error("the controls do not come")
	}
	b.now = b.now.Add(stillness - time.Millisecond)
	b.bars.rest()
	if !b.bar.box.Visible() {
		t.Error("the controls go too early")
	}
	// Use keeps them: a menu, the keyboard, the pointer on them, a panel.
	for _, use := range []struct {
		name        string
		begin, ends func()
	}{
		{"menu", func() { b.moreMenu(b.bar.more) }, func() { b.w.Canvas().Overlays().Top().Hide() }},
		{"keyboard", func() { b.w.Canvas().Focus(b.bar.hand) }, func() { b.w.Canvas().Unfocus() }},
		{"pointer", func() { b.bars.stir(fyne.NewPos(640, normal.Height-20)) }, func() { b.bars.stir(fyne.NewPos(640, 300)) }},
		{"panel", func() { b.panel.toggle(panelChat) }, func() { b.panel.toggle(panelChat) }},
	} {
		b.bars.stir(fyne.NewPos(300, 300))
		use.begin()
		still()
		if !b.bar.box.Visible() || !b.top.box.Visible() {
			t.Errorf("%s: the controls go", use.name)
		}
		use.ends()
		still()
		if use.name != "panel" {
			still()
		}
		if b.bar.box.Visible() {
			t.Errorf("after %s the controls stay", use.name)
		}
	}
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeyM})
	if !b.bar.box.Visible() {
		t.Error("a key does not show the controls")
	}
	still()
	b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.w.FullScreen() || !b.bar.box.Visible() || screen.Size() != window {
		t.Errorf("after full screen the share has %v, before %v", screen.Size(), window)
	}
}

func TestFullScreenGridTurnsPages(t *testing.T) {
	b := newBench(t, meeting(30), normal)
	b.toggleFullScreen()
	b.feed()
	b.shot("full-grid-controls")
	b.now = b.now.Add(stillness)
	b.bars.rest()
	b.shot("full-grid")
	if b.stage.pager.box.Visible() {
		t.Error("the arrows stay")
	}
	first := len(b.seen())
	b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	if b.stage.page != 1 || len(b.seen()) == first || !b.stage.pager.box.Visible() {
		t.Errorf("Page Down shows page %d", b.stage.page)
	}
	for range 3 {
		b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
	}
	if b.stage.page != 0 || len(b.seen()) != first {
		t.Errorf("Page Up shows page %d", b.stage.page)
	}
}

// A last page has tiles of the size of the first.
func TestTheLastPageKeepsTheSize(t *testing.T) {
	b := newBench(t, meeting(26), normal)
	size := b.stage.tiles[key{"me", call.Camera}].Size()
	b.stage.turn(1)
	b.feed()
	b.shot("last-page")
	if got := b.stage.tiles[key{"me", call.Camera}].Size(); got != size || len(b.seen()) != 2 {
		t.Errorf("%d tiles of %v, want 2 of %v", len(b.seen()), got, size)
	}
}

// Beside a share the strip and its arrows stay in the window, and cover nothing.
func TestTheStripIsTurnedBesideIt(t *testing.T) {
	for _, z := range sizes[:2] {
		for _, mode := range []panelMode{panelNone, panelChat} {
			s := meeting(14)
			sharing(&s, 1)
			b := newBench(t, s, z.size)
			if mode != panelNone {
				b.panel.toggle(mode)
			}
			b.feed()
			b.shot("strip-" + z.name + "-" + itoa(int(mode)))
			b.checkTiles()
			pager, main := b.stage.pager.box, b.stage.tiles[key{"p1", call.Screen}]
			if !pager.Visible() {
				t.Fatalf("%s: no arrows", z.name)
			}
			if pager.Size().Width > z.size.Width*0.6 && mode == panelNone {
				t.Errorf("%s: the arrows take %v of the window", z.name, pager.Size())
			}
			if p, m := pager.Position(), main.Position(); p.X < m.X+main.Size().Width && p.Y < m.Y+main.Size().Height {
				t.Errorf("%s: the arrows at %v lie on the share at %v %v", z.name, p, m, main.Size())
			}
			n := len(b.seen())
			test.Tap(b.stage.pager.next)
			if b.stage.page != 1 || len(b.seen()) != n {
				t.Errorf("%s: page %d has %d tiles, the first %d", z.name, b.stage.page, len(b.seen()), n)
			}
		}
	}
}

// One's own picture can be small in a corner, or hidden, and that is kept.
func TestSelfView(t *testing.T) {
	var kept []string
	b := newBench(t, meeting(4), normal, func(o *Options) { o.OnSelfView = func(how string) { kept = append(kept, how) } })
	me := key{"me", call.Camera}
	choose := func(label string, items []*fyne.MenuItem) {
		t.Helper()
		for _, i := range items {
			if i.Label == label {
				i.Action()
				return
			}
		}
		t.Fatalf("no %q", label)
	}
	mine := func() []*fyne.MenuItem { return b.tileItems(me, fyne.Position{}) }
	size := b.stage.tiles[me].Size()
	choose("Show me in the corner", mine())
	b.feed()
	b.shot("self-corner")
	tile := b.stage.tiles[me]
	if s := tile.Size(); s.Width > 240 || s.Width >= size.Width || tile.Position().X < normal.Width-260 {
		t.Errorf("in the corner: %v at %v", s, tile.Position())
	}
	if n := len(b.seen()); n != 4 || b.stage.tiles[key{"p0", call.Camera}].Size().Width < size.Width {
		t.Errorf("%d tiles, the others' of %v", n, b.stage.tiles[key{"p0", call.Camera}].Size())
	}
	choose("Show me among the others", mine())
	if b.stage.tiles[me].Size() != size {
		t.Errorf("back among the others: %v", b.stage.tiles[me].Size())
	}
	choose("Hide self view", mine())
	if b.seen()[me] != nil || len(b.seen()) != 3 {
		t.Error("our own picture is not hidden")
	}
	if w, h := b.stage.tiles[me].Surface().Size(); w != 0 || h != 0 {
		t.Errorf("a hidden picture has %dx%d", w, h)
	}
	choose("Show self view", b.moreItems())
	if b.seen()[me] == nil {
		t.Error("our own picture stays hidden")
	}
	if len(kept) != 4 || kept[0] != settings.SelfCorner || kept[1] != settings.SelfTile || kept[2] != settings.SelfHidden || kept[3] != settings.SelfTile {
		t.Errorf("kept %q", kept)
	}
}
