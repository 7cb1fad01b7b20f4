package lobby

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/ui/theme"
)

func nameOf(o fyne.Focusable) string {
	switch o := o.(type) {
	case interface{ Label() string }:
		return o.Label()
	case *widget.Entry:
		return o.PlaceHolder
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
	for _, want := range []string{"Settings", "Your name", "Paste a meeting link", "Join", "Start a meeting", "Test call", "Forget this meeting"} {
		i := slices.Index(names, want)
		if i <= at {
			t.Errorf("%q comes at %d, after %d", want, i, at)
		}
		at = i
	}
}
