package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"foyer/ui/theme"
	"foyer/ui/widget"
	"foyer/ui/widget/room"
)

func typed(c fyne.Canvas, key fyne.KeyName) {
	c.Focused().TypedKey(&fyne.KeyEvent{Name: key})
}

// The safe button has the keyboard, Return presses what has it, Escape means no, and
// a click beside everything does not take the keyboard away for good.
func TestAQuestionIsAnsweredByKeys(t *testing.T) {
	test.NewTempApp(t)
	w := test.NewTempWindow(t, container.NewVBox(widget.NewEntry("below")))
	c := w.Canvas()
	yes, closed := 0, 0
	ask := func() *widget.Dialog {
		d := widget.NewQuestion(w, widget.Question{Title: "Really?", Text: "It goes.", No: "Stay", Yes: "End", Danger: true, Do: func() { yes++ }})
		d.SetOnClosed(func() { closed++ })
		d.Show()
		return d
	}
	focused := func() string {
		if b, ok := c.Focused().(*widget.KeyButton); ok {
			return b.Label()
		}
		return fmt.Sprintf("%T", c.Focused())
	}
	for i, k := range []struct {
		keys []fyne.KeyName // before Tab, or without
		tab  bool
		yes  int
	}{
		{[]fyne.KeyName{fyne.KeyReturn}, false, 0},
		{[]fyne.KeyName{fyne.KeyEscape}, false, 0},
		{[]fyne.KeyName{fyne.KeyEscape}, true, 0},
		{[]fyne.KeyName{fyne.KeyReturn}, true, 1},
		{[]fyne.KeyName{fyne.KeyEnter}, true, 2},
	} {
		d := ask()
		if focused() != "Stay" {
			t.Fatalf("%d: the keyboard is at %s", i, focused())
		}
		if k.tab {
			c.FocusNext()
			if focused() != "End" {
				t.Fatalf("%d: Tab goes to %s", i, focused())
			}
		}
		for _, key := range k.keys {
			typed(c, key)
		}
		if c.Overlays().Top() != nil || yes != k.yes || closed != i+1 {
			t.Fatalf("%d: open %v, %d times yes, %d times closed", i, c.Overlays().Top() != nil, yes, closed)
		}
		d.Hide() // once more does nothing
		if closed != i+1 {
			t.Fatalf("%d: closed twice", i)
		}
	}
	d := ask()
	c.FocusNext()
	c.FocusNext() // round, within the dialog
	if focused() != "Stay" {
		t.Errorf("Tab leaves the dialog for %s", focused())
	}
	c.Unfocus()
	d.Tapped(&fyne.PointEvent{})
	if focused() != "Stay" {
		t.Errorf("after a click beside the buttons the keyboard is at %s", focused())
	}
	closed = 0
	ask() // over the first
	d.Hide()
	if c.Overlays().Top() != nil || closed != 2 {
		t.Errorf("closing the lower of two leaves %v, %d closed", c.Overlays().Top(), closed)
	}
}

// Long words have their room on a small window with large text, in both looks, and
// when the window's size changes under them.
func TestADialogHasItsRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, look := range []string{theme.Dark, theme.Light} {
		for _, scale := range []float32{1, 2} {
			for _, size := range []fyne.Size{{Width: 1280, Height: 720}, {Width: 800, Height: 600}, {Width: 480, Height: 400}} {
				if scale > 1 && size.Width < 800 {
					continue // below the least that the program's windows get
				}
				t.Run(fmt.Sprintf("%s %v %v", look, scale, size.Width), func(t *testing.T) {
					app := test.NewTempApp(t)
					theme.ScaleText(scale)
					app.Settings().SetTheme(theme.New(look))
					w := test.NewTempWindow(t, container.NewVBox())
					w.SetPadded(false)
					w.Resize(fyne.NewSize(1280, 720))
					d := widget.NewQuestion(w, widget.Question{
						Title: `„Jahreshauptversammlung der Donaudampfschifffahrtsgesellschaft“ verlassen und „Zweiter Raum“ beitreten?`,
						Text:  strings.Repeat("Die Besprechung läuft auf diesem Computer. Wenn Sie gehen, endet sie für alle. ", 3),
						No:    "Bleiben", Yes: "Verlassen und beitreten", Danger: true, Do: func() {},
					})
					d.Show()
					w.Resize(size)
					d.Resize(w.Canvas().Size())
					if m := d.MinSize(); m.Width > size.Width || m.Height > size.Height {
						t.Errorf("it wants %v of %v", m, size)
					}
					for _, f := range room.Faults(d) {
						t.Error(f)
					}
					widget.Keep(t, w, fmt.Sprintf("dialog-%s-%v-%v", look, scale, size.Width))
				})
			}
		}
	}
}
