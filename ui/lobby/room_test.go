package lobby

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/ui/theme"
	"foyer/ui/widget/room"
)

// Everything has its room at every size of text, on the usual window and on the
// smallest, also when the size changes while the lobby is open.
func TestTextOfEverySizeHasItsRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, scale := range []float32{0.8, 1, 1.5, 2} {
		for _, s := range states {
			for _, size := range []fyne.Size{normal, fyne.NewSize(1, 480)} {
				t.Run(fmt.Sprintf("%v %s %v", scale, s.name, size.Width), func(t *testing.T) {
					theme.ScaleText(1)
					set := s.settings
					set.Theme = theme.Dark
					b := newBench(t, set, size)
					b.plug(s.list)
					if s.then != nil {
						s.then(b)
					}
					theme.ScaleText(scale)
					fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
					b.w.Resize(size.Max(b.w.Content().MinSize()))
					if b.w.Canvas().Size().Width < 1000 && size == normal {
						t.Fatalf("the window is %v", b.w.Canvas().Size())
					}
					b.shot(fmt.Sprintf("lobby-text-%v-%s-%v", scale, s.name, size.Width))
					b.checkLayout()
					for _, f := range room.Faults(b.root) {
						t.Error(f)
					}
				})
			}
		}
	}
}
