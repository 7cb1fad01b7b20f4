package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"foyer/ui/theme"
)

// tipLines is how many lines a tooltip may have.
const tipLines = 3

// tip is a tooltip that its owner draws outside of its own bounds: above it, or
// below where there is no room, and never past the window's edge. A pop-up would
// take the pointer away from the owner.
type tip struct {
	owner fyne.CanvasObject
	box   *canvas.Rectangle
	text  string
	lines [tipLines]*canvas.Text
	timer *time.Timer
	due   int // which soon is meant; UI goroutine
}

func newTip(owner fyne.CanvasObject) *tip {
	t := &tip{owner: owner, box: canvas.NewRectangle(nil)}
	t.box.StrokeWidth = 1
	t.box.CornerRadius = 6
	t.box.Hide()
	for i := range t.lines {
		t.lines[i] = canvas.NewText("", nil)
		t.lines[i].Hide()
	}
	return t
}

func (t *tip) objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{t.box}
	for _, l := range t.lines {
		out = append(out, l)
	}
	return out
}

func (t *tip) setText(s string) {
	t.text = s
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
	if t.text == "" {
		t.hide()
		return
	}
	size, c := t.owner.Size(), canvasOf(t.owner)
	room := theme.Grown(480)
	if c != nil {
		room = fyne.Min(room, c.Size().Width-24)
	}
	texts := wrap(t.text, room, theme.TextCaption(), fyne.TextStyle{}, tipLines)
	line := fyne.MeasureText("Ág", theme.TextCaption(), fyne.TextStyle{}).Height
	w := float32(0)
	for i, l := range t.lines {
		show(l, i < len(texts))
		if i < len(texts) {
			l.TextSize, l.Color = theme.TextCaption(), theme.Color(theme.ColorOnStage)
			SetText(l, texts[i])
			w = fyne.Max(w, l.MinSize().Width)
		}
	}
	w += 16
	h := line*float32(len(texts)) + 8
	x, y := (size.Width-w)/2, -h-8
	if c != nil {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.owner)
		if at.Y+y < 4 {
			y = size.Height + 8
		}
		x = fyne.Min(x, c.Size().Width-4-w-at.X)
		x = fyne.Max(x, 4-at.X)
	}
	t.box.FillColor, t.box.StrokeColor = theme.Color(theme.ColorTip), theme.Color(theme.ColorTipBorder)
	place(t.box, x, y, w, h)
	for i, l := range t.lines {
		place(l, x+8, y+4+line*float32(i), w-16, line)
		l.Refresh()
	}
	t.box.Show()
	t.box.Refresh()
}

func (t *tip) hide() {
	t.due++
	if t.timer != nil {
		t.timer.Stop()
	}
	show(t.box, false)
	for _, l := range t.lines {
		show(l, false)
	}
}
