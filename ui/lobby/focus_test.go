package lobby

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/app/settings"
	"foyer/ui/theme"
)

func nameOf(o fyne.Focusable) string {
	switch o := o.(type) {
	case interface{ Label() string }:
		return o.Label()
	}
	return ""
}

func TestTabGoesThroughEverythingByName(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Theme: theme.Dark, Recent: meetings(2)}, fyne.NewSize(1280, 720),
		func(o *Options) { o.OnSettings = func() {} })
	c := b.w.Canvas()
	c.Unfocus()
	var names []string
	seen := map[fyne.Focusable]bool{}
	for c.FocusNext(); c.Focused() != nil && !seen[c.Focused()]; c.FocusNext() {
		seen[c.Focused()] = true
		name := nameOf(c.Focused())
		if name == "" {
			t.Errorf("%T after %q has no name", c.Focused(), names)
		}
		names = append(names, name)
	}
	t.Log(strings.Join(names, " | "))
	at := -1
	for _, want := range []string{"Settings", "Your name", "Paste a meeting link", "Join", "Start a meeting", "Test call", "Encrypt new meetings end-to-end", "Forget this meeting"} {
		i := slices.Index(names, want)
		if i <= at {
			t.Errorf("%q comes at %d, after %d", want, i, at)
		}
		at = i
	}
}

// On a low window what gets the keyboard is scrolled to.
func TestWhatHasTheKeyboardIsSeen(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, scale := range []float32{1, 2} {
		theme.ScaleText(scale)
		b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Theme: theme.Dark, Recent: meetings(5)}, fyne.NewSize(1, 400),
			func(o *Options) { o.OnSettings = func() {} })
		b.w.Resize(fyne.NewSize(1, 400).Max(b.w.Content().MinSize()))
		c := b.w.Canvas()
		c.Unfocus()
		scrolled := false
		for range 40 {
			c.FocusNext()
			o := c.Focused().(fyne.CanvasObject)
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
			if at.Y < -0.5 || at.Y+o.Size().Height > c.Size().Height+0.5 {
				t.Errorf("at %v %q is at %v, of %v high, in a window of %v", scale, nameOf(c.Focused()), at, o.Size().Height, c.Size())
			}
			scrolled = scrolled || b.root.Offset.Y > 0
		}
		if !scrolled {
			t.Error("nothing was out of sight")
		}
	}
}
