package room

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/widget"
)

func text(s string, x, y, w, h float32) *canvas.Text {
	t := canvas.NewText(s, nil)
	t.TextSize = 14
	t.Move(fyne.NewPos(x, y))
	t.Resize(fyne.NewSize(w, h))
	return t
}

func TestFaultsAreFound(t *testing.T) {
	test.NewTempApp(t)
	button := base.NewButton("Press", nil)
	button.Resize(fyne.NewSize(80, 30))
	button.Move(fyne.NewPos(150, 10))
	far := container.NewScroll(text("far below", 0, 500, 150, 20))
	far.Resize(fyne.NewSize(200, 60))
	hidden := text("hidden", 0, 0, 200, 20)
	hidden.Hide()
	for _, c := range []struct {
		name string
		with []fyne.CanvasObject
		want string // in the one fault; "": there is none
	}{
		{"fine", []fyne.CanvasObject{text("one", 0, 0, 100, 20), text("two", 0, 25, 100, 20), hidden}, ""},
		{"too narrow", []fyne.CanvasObject{text("a long text", 0, 0, 20, 20)}, "wants"},
		{"too low", []fyne.CanvasObject{text("text", 0, 0, 100, 8)}, "wants"},
		{"off the edge", []fyne.CanvasObject{text("a text", 180, 0, 100, 20)}, "leaves"},
		{"over each other", []fyne.CanvasObject{text("one", 0, 0, 100, 20), text("two", 5, 3, 100, 20)}, "lies over"},
		{"a button off the edge", []fyne.CanvasObject{button}, "leaves"},
		{"scrolled", []fyne.CanvasObject{far}, ""},
	} {
		box := container.NewWithoutLayout(c.with...)
		box.Resize(fyne.NewSize(200, 100))
		faults := Faults(box)
		if c.want == "" && len(faults) > 0 || c.want != "" && (len(faults) == 0 || !strings.Contains(strings.Join(faults, "\n"), c.want)) {
			t.Errorf("%s: found %q, want %q", c.name, faults, c.want)
		}
	}
}
