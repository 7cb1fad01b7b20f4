package meeting

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/motion"
	"foyer/ui/motion/moved"
	"foyer/ui/widget"
)

// With motion reduced nothing moves, whatever is done in a meeting.
func TestNothingMovesWhereMotionIsReduced(t *testing.T) {
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720))
	count := moved.Watch(t)
	for _, p := range []string{motion.Full, motion.Reduced} {
		motion.Prefer(p)
		c := b.w.Canvas()
		for _, mode := range []panelMode{panelChat, panelPeople, panelStatistics} {
			b.panel.toggle(mode)
			for range b.tabs() {
				c.FocusNext()
			}
		}
		for _, x := range find[*widget.IconButton](b) {
			if x.Visible() && x != b.bar.leave {
				x.MouseIn(&desktop.MouseEvent{})
				x.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
				x.MouseOut()
			}
			if top := c.Overlays().Top(); top != nil {
				top.Hide()
			}
		}
		for _, x := range find[*widget.KeyButton](b) {
			test.Tap(x)
		}
		b.snapshot(func(s *call.Snapshot) {
			s.People = append(s.People, person(7))
			s.People[0].Speaking = true
			s.People[1].Hand = epoch
			s.Messages = append(s.Messages, call.Message{ID: p, From: "p1", FromName: "Grace", Text: "Hello", At: epoch})
		})
		b.snapshot(func(s *call.Snapshot) { s.People = s.People[:2] })
		b.stage.togglePin(key{"p1", call.Camera})
		b.stage.togglePin(key{"p1", call.Camera})
		b.showLoudness("p1", "Grace", fyne.NewPos(10, 10))
		find[*base.PopUp](b)[0].Hide()
		if n := count.Begun(); (n > 0) != (p == motion.Full) {
			t.Errorf("%s: %d movements", p, n)
		}
	}
}
