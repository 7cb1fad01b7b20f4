package settings

import (
	"testing"

	"fyne.io/fyne/v2"

	"foyer/ui/motion"
	"foyer/ui/motion/moved"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// The choice of motion is told, and with it reduced nothing moves in the sheet.
func TestNothingMovesWhereMotionIsReduced(t *testing.T) {
	w, _, g := open(t, theme.Dark)
	count := moved.Watch(t)
	var choice *widget.Select
	for _, s := range within[*widget.Select](w) {
		if s.Label() == "Motion" {
			choice = s
		}
	}
	if choice == nil || choice.Selected != "Same as system" {
		t.Fatalf("the choice is %+v", choice)
	}
	for _, c := range []struct{ label, kept string }{{"Full", motion.Full}, {"Reduced", motion.Reduced}} {
		choice.SetSelected(c.label)
		if g.now.Motion != c.kept {
			t.Errorf("told %q, want %q", g.now.Motion, c.kept)
		}
		motion.Prefer(g.now.Motion) // as the program does
		for _, f := range within[fyne.Focusable](w) {
			w.Canvas().Focus(f)
		}
		for _, s := range within[*widget.Select](w) {
			s.Tapped(&fyne.PointEvent{})
			if w.Canvas().Overlays().List()[len(w.Canvas().Overlays().List())-1] != w.Canvas().Overlays().List()[0] {
				w.Canvas().Overlays().Top().Hide()
			}
		}
		if n := count.Begun(); (n > 0) != (c.kept == motion.Full) {
			t.Errorf("%s: %d movements", c.label, n)
		}
	}
}
