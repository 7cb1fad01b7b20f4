package meeting

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/widget"
)

// nameOf is what a person is told about something that can have the keyboard.
func nameOf(o fyne.Focusable) string {
	switch o := o.(type) {
	case interface{ Label() string }:
		return o.Label()
	case *base.Button:
		return o.Text
	case *composer:
		return o.PlaceHolder
	case *searchField:
		return o.PlaceHolder
	case *base.Entry:
		return o.PlaceHolder
	case *screenCard:
		return o.name.Text
	}
	return ""
}

// tabs presses Tab until it is back where it began, and says what had the
// keyboard.
func (b *bench) tabs() (names []string) {
	b.t.Helper()
	c := b.w.Canvas()
	c.Unfocus()
	seen := map[fyne.Focusable]bool{}
	for range 200 {
		c.FocusNext()
		f := c.Focused()
		if f == nil || seen[f] {
			return names
		}
		seen[f] = true
		name := nameOf(f)
		if name == "" {
			b.t.Errorf("%T after %q has no name", f, names)
		}
		names = append(names, name)
	}
	b.t.Fatal("Tab never comes back")
	return nil
}

func TestTabGoesInReadingOrder(t *testing.T) {
	s := meeting(4)
	s.Local.Sharing = true
	b := newBench(t, s, fyne.NewSize(1280, 720))
	for _, p := range []struct {
		mode panelMode
		last string
	}{{panelNone, b.bar.leave.Label()}, {panelChat, "Send (Enter)"}, {panelPeople, "Copy link"}, {panelStatistics, "Copy report"}} {
		if p.mode != panelNone {
			b.panel.toggle(p.mode)
		}
		names := b.tabs()
		t.Logf("panel %d: %s", p.mode, strings.Join(names, " | "))
		at := -1
		for _, want := range []string{"Stop", s.People[0].Name, b.bar.microphone.Label(), b.bar.camera.Label(), b.bar.leave.Label()} {
			i := slices.Index(names, want)
			if i <= at {
				t.Errorf("panel %d: %q comes at %d of %q, after %d", p.mode, want, i, names, at)
			}
			at = i
		}
		if p.last != "" && names[len(names)-1] != p.last {
			t.Errorf("panel %d: ends with %q, want %q", p.mode, names[len(names)-1], p.last)
		}
	}
}

func TestATilesMenuOpensByKey(t *testing.T) {
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720))
	c := b.w.Canvas()
	var tile *widget.VideoTile
	for _, x := range find[*widget.VideoTile](b) {
		if x.Visible() && x.State().Identity == "p1" {
			tile = x
		}
	}
	if tile == nil {
		t.Fatal("no tile")
	}
	b.feed()
	c.Focus(tile)
	b.shot("focus-tile")
	tile.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	menu := find[*base.PopUpMenu](b)
	if len(menu) != 1 {
		t.Fatalf("%d menus are open", len(menu))
	}
	b.shot("focus-menu")
	// The menu has the keyboard, and the first of it is to pin.
	menu[0].TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	menu[0].TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := b.stage.spot(); got.identity != "p1" || got.source != call.Camera {
		t.Errorf("in the spotlight is %+v", got)
	}
	// Letters act as they do without the keyboard on a tile.
	c.Focus(tile)
	tile.TypedRune('c')
	if b.panel.mode != panelChat {
		t.Error("C does not open the chat")
	}
}

func TestEscapeClosesThePanelAndGivesTheKeyboardBack(t *testing.T) {
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720))
	c := b.w.Canvas()
	press := func(key fyne.KeyName) { c.Focused().TypedKey(&fyne.KeyEvent{Name: key}) }
	for _, from := range []*widget.IconButton{b.bar.chat, b.bar.people} {
		c.Focus(from)
		press(fyne.KeySpace)
		if b.panel.mode == panelNone {
			t.Fatalf("%s: nothing opens", from.Label())
		}
		within := 0
		for c.Focus(b.panel.close_); b.panel.holds(c.Focused()); c.FocusNext() {
			within++
			was := b.panel.mode
			press(fyne.KeyEscape)
			if b.panel.mode != panelNone || c.Focused() != from {
				t.Fatalf("%s: after Escape in the %d. thing the panel is %d and %T has the keyboard", from.Label(), within, b.panel.mode, c.Focused())
			}
			press(fyne.KeySpace)
			if b.panel.mode != was {
				t.Fatalf("%s: opens %d, not %d", from.Label(), b.panel.mode, was)
			}
			c.Focus(b.panel.close_)
			for range within - 1 {
				c.FocusNext()
			}
		}
		if within < 3 {
			t.Errorf("%s: %d things in the panel", from.Label(), within)
		}
		c.Focus(from)
		press(fyne.KeySpace)
	}
}
