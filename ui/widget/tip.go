package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"foyer/ui/theme"
)

// tip is a tooltip that its owner draws outside of its own bounds: above it, or
// below where there is no room, and never past the window's edge. A pop-up would
// take the pointer away from the owner.
type tip struct {
	owner fyne.CanvasObject
	box   *canvas.Rectangle
	text  *canvas.Text
	timer *time.Timer
	due   int // which soon is meant; UI goroutine
}

func newTip(owner fyne.CanvasObject) *tip {
	t := &tip{owner: owner, box: canvas.NewRectangle(nil), text: canvas.NewText("", nil)}
	t.box.StrokeWidth = 1
	t.box.CornerRadius = 6
	t.text.TextSize = theme.TextCaption
	t.box.Hide()
	t.text.Hide()
	return t
}

func (t *tip) setText(s string) {
	setText(t.text, s)
	if t.box.Visible() {
		t.show()
	}
}

// soon shows the tip when the pointer has rested.
func (t *tip) soon() {
	t.due++
	due := t.due
	t.timer = time.AfterFunc(TipDelay, func() {
		fyne.Do(func() {
			if t.due == due {
				t.show()
			}
		})
	})
}

func (t *tip) show() {
	if t.text.Text == "" {
		return
	}
	m := t.text.MinSize()
	w, h := m.Width+16, m.Height+8
	size := t.owner.Size()
	x, y := (size.Width-w)/2, -h-8
	if c := canvasOf(t.owner); c != nil {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.owner)
		if at.Y+y < 4 {
			y = size.Height + 8
		}
		x = fyne.Min(x, c.Size().Width-4-w-at.X)
		x = fyne.Max(x, 4-at.X)
	}
	t.box.FillColor, t.box.StrokeColor = theme.Color(theme.ColorTip), theme.Color(theme.ColorTipBorder)
	t.text.Color = theme.Color(theme.ColorOnStage)
	place(t.box, x, y, w, h)
	place(t.text, x+8, y+4, m.Width, m.Height)
	t.box.Show()
	t.text.Show()
	t.box.Refresh()
	t.text.Refresh()
}

func (t *tip) hide() {
	t.due++
	if t.timer != nil {
		t.timer.Stop()
	}
	show(t.box, false)
	show(t.text, false)
}
