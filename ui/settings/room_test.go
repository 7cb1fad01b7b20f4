package settings

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"foyer/ui/hotkey"
	"foyer/ui/mini"
	"foyer/ui/theme"
	"foyer/ui/widget"
	"foyer/ui/widget/room"
)

// Everything has its room at every size of text, also when the size is changed in
// the sheet itself.
func TestTextOfEverySizeHasItsRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, scale := range []int{80, 100, 150, 200} {
		for _, look := range []string{theme.Dark, theme.Light} {
			for _, size := range []fyne.Size{fyne.NewSize(1280, 720), fyne.NewSize(400, 320)} {
				for _, live := range []bool{false, true} {
					if look == theme.Light && live {
						continue
					}
					t.Run(fmt.Sprintf("%d %s %v live %v", scale, look, size.Width, live), func(t *testing.T) {
						theme.ScaleText(1)
						if size.Width < 1000 {
							size = size.Max(fyne.NewSize(4*float32(scale), 3.2*float32(scale))) // as the meeting's smallest
						}
						if !live {
							theme.ScaleText(float32(scale) / 100)
						}
						w, _, g := openAt(t, look, size)
						if live {
							within[*widget.Select](w)[2].SetSelected(fmt.Sprintf("%d %%", scale))
							if g.now.TextScale != float64(scale)/100 && scale != 100 {
								t.Errorf("told %v", g.now.TextScale)
							}
						}
						save(t, w, fmt.Sprintf("settings-text-%d-%s-%v-%v", scale, look, size.Width, live))
						top := w.Canvas().Overlays().Top()
						for _, f := range room.Faults(top) {
							t.Error(f)
						}
						for _, c := range within[fyne.Focusable](w) {
							o := c.(fyne.CanvasObject)
							at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
							if at.X < 0 || at.X+o.Size().Width > size.Width+1 {
								t.Errorf("%T at %v %v is off a window of %v", o, at, o.Size(), size)
							}
						}
					})
				}
			}
		}
	}
}

func nameOf(f fyne.Focusable) string {
	switch f := f.(type) {
	case interface{ Label() string }:
		return f.Label()
	}
	return ""
}

// Tab goes through the sheet from top to bottom; everything has a name, and Escape
// closes from wherever the keyboard is chosen by.
func TestTabGoesThroughTheSheetByName(t *testing.T) {
	w, _, _ := openAt(t, theme.Dark, fyne.NewSize(1280, 1000))
	c := w.Canvas()
	c.Unfocus()
	var names []string
	seen := map[fyne.Focusable]bool{}
	var before fyne.Position
	for c.FocusNext(); c.Focused() != nil && !seen[c.Focused()]; c.FocusNext() {
		f := c.Focused()
		seen[f] = true
		name := nameOf(f)
		if name == "" {
			t.Errorf("%T after %q has no name", f, names)
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(f.(fyne.CanvasObject))
		if at.Y < before.Y-20 || at.Y < before.Y+20 && at.X < before.X {
			t.Errorf("%q at %v comes after what is at %v", name, at, before)
		}
		before = at
		names = append(names, name)
	}
	want := []string{
		"Your name", "Theme", "Language", "Text size", "Motion", "Show captions", "Caption size", "Remove echo", "Remove background noise", "Adjust my volume automatically", "Music mode (stereo, no processing)",
		"Hardware acceleration (after restart)", "When people join, leave, write or raise a hand",
		"When Foyer is in the background",
	}
	if mini.Supported {
		want = append(want, "Show when minimised or sharing")
	}
	want = append(want, "Voices follow people's position", "What holding the key does", "Talk key")
	if hotkey.Supported {
		want = append(want, "Also when Foyer is in the background")
	}
	want = append(want, "Camera", "Microphone", "Speaker", "Test the microphone: record, then listen", "Play a sound", "Done")
	if !slices.Equal(names, want) {
		t.Errorf("Tab goes\n%q, want\n%q", names, want)
	}
}

func TestEscapeClosesTheSheetFromAnyChoice(t *testing.T) {
	for i := range 20 {
		w, _, g := open(t, theme.Dark)
		var choices []fyne.Focusable
		for _, f := range within[fyne.Focusable](w) {
			switch f.(type) {
			case *widget.Select, *widget.Check:
				choices = append(choices, f)
			}
		}
		if i >= len(choices) {
			if i < 10 {
				t.Fatalf("%d choices", len(choices))
			}
			return
		}
		w.Canvas().Focus(choices[i])
		choices[i].TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if !g.closed {
			t.Errorf("Escape in %q leaves the sheet open", nameOf(choices[i]))
		}
	}
}

// Where the sheet scrolls, what gets the keyboard is scrolled to.
func TestWhatHasTheKeyboardIsSeen(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, scale := range []float32{1, 2} {
		theme.ScaleText(scale)
		w, _, _ := openAt(t, theme.Dark, fyne.NewSize(800, 600))
		page := within[*container.Scroll](w)[0]
		d := fyne.CurrentApp().Driver()
		c := w.Canvas()
		c.Unfocus()
		scrolled := false
		for range 50 {
			c.FocusNext()
			o := c.Focused().(fyne.CanvasObject)
			if nameOf(c.Focused()) == "Done" { // below the page
				continue
			}
			at, top := d.AbsolutePositionForObject(o), d.AbsolutePositionForObject(page)
			if at.Y < top.Y-0.5 || at.Y+o.Size().Height > top.Y+page.Size().Height+0.5 {
				t.Errorf("at %v %q is at %v, of %v high, in a page at %v of %v", scale, nameOf(c.Focused()), at, o.Size().Height, top, page.Size())
			}
			scrolled = scrolled || page.Offset.Y > 0
		}
		if !scrolled {
			t.Error("nothing was out of sight")
		}
	}
}
