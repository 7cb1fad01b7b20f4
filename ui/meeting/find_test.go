package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// shared says that the picker shows pictures of the monitors.
func (b *bench) shared() bool {
	n := 0
	for _, c := range find[*screenCard](b) {
		if c.picture.Image != nil {
			n++
		}
	}
	return n == len(allDevices.Screens)
}

// find returns the widgets of a type in the window, those of dialogs too.
func find[T fyne.CanvasObject](b *bench) []T {
	var out []T
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if x, ok := o.(T); ok {
			out = append(out, x)
		}
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	walk(b.w.Content())
	for _, o := range b.w.Canvas().Overlays().List() {
		walk(o)
	}
	return out
}
