package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"foyer/ui/theme"
)

func TestCheckWrapsAndIsPressedAnywhere(t *testing.T) {
	themed(t, theme.Dark)
	var told []bool
	c := NewCheck("Hardware acceleration (after restart)", func(on bool) { told = append(told, on) })
	w := test.NewTempWindow(t, container.NewWithoutLayout(c))
	w.Resize(fyne.NewSize(600, 300))
	wide := HeightAt(c, 560)
	if len(c.lines) != 1 {
		t.Errorf("%d lines on 560", len(c.lines))
	}
	narrow := HeightAt(c, 180)
	if len(c.lines) < 2 || narrow <= wide {
		t.Errorf("%d lines and a height of %v on 180, %v on 560", len(c.lines), narrow, wide)
	}
	c.Resize(fyne.NewSize(180, narrow))
	for _, l := range c.lines {
		if l.Position().X+l.MinSize().Width > 180 || l.Position().Y+l.MinSize().Height > narrow {
			t.Errorf("%q leaves the check", l.Text)
		}
	}
	last := c.lines[len(c.lines)-1]
	test.TapAt(c, last.Position().AddXY(5, 5))
	if !c.Checked || len(told) != 1 || !told[0] || w.Canvas().Focused() != fyne.Focusable(c) {
		t.Errorf("after a tap on its last line: %v, told %v", c.Checked, told)
	}
	c.Disable()
	test.Tap(c)
	if !c.Checked {
		t.Error("a disabled check is unticked")
	}
}

func TestEscapeIsTheOwners(t *testing.T) {
	themed(t, theme.Dark)
	escaped := 0
	count := func() { escaped++ }
	c, s, l := NewCheck("a", nil), NewSelect("b", []string{"1", "2"}, nil), NewSlider("c", 0, 10, 1)
	c.OnEscape, s.OnEscape, l.OnEscape = count, count, count
	w := test.NewTempWindow(t, container.NewVBox(c, s, l))
	for i, f := range []fyne.Focusable{c, s, l} {
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if escaped != i+1 {
			t.Errorf("%T keeps Escape", f)
		}
	}
	passed := false
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { passed = e.Name == fyne.KeyEscape })
	s.OnEscape = nil
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if !passed {
		t.Error("without an owner Escape is not the window's")
	}
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.Canvas().Overlays().Top() == nil {
		t.Error("Return does not open the list")
	}
	for want, got := range map[string]string{"a": c.Label(), "b": s.Label(), "c": l.Label()} {
		if got != want {
			t.Errorf("named %q, want %q", got, want)
		}
	}
}
