package lobby

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/app/settings"
	"foyer/ui/motion"
	"foyer/ui/motion/moved"
	"foyer/ui/theme"
)

// With motion reduced nothing moves, whatever is done in the lobby.
func TestNothingMovesWhereMotionIsReduced(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Theme: theme.Dark, Recent: meetings(2)}, normal)
	b.plug(plugged)
	count := moved.Watch(t)
	for _, p := range []string{motion.Full, motion.Reduced} {
		motion.Prefer(p)
		c := b.w.Canvas()
		for _, f := range []fyne.Focusable{b.name, b.link, b.View.cameras.Select, b.start} {
			c.Focus(f)
			c.FocusNext()
		}
		b.Focus(c)
		b.View.cameras.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		c.Overlays().Top().Hide()
		for _, x := range []fyne.Tappable{b.View.cameras.Select, b.start, b.test} {
			x.Tapped(&fyne.PointEvent{})
			if top := c.Overlays().Top(); top != nil {
				top.Hide()
			}
		}
		test.Tap(b.camButton)
		test.Tap(b.camButton)
		b.SetJoining(true)
		if b.busyBox.Visible() != (p == motion.Full) || b.hint.Text() != "Joining…" {
			t.Errorf("%s: while joining the bar is seen: %v, and it says %q", p, b.busyBox.Visible(), b.hint.Text())
		}
		b.SetJoining(false)
		if n := count.Begun(); (n > 0) != (p == motion.Full) {
			t.Errorf("%s: %d movements", p, n)
		}
	}
}
