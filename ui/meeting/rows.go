package meeting

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/widget"
)

// rows is a list in the panel. It has a name, and leaves the keys that it does not
// use to the window: Fyne's list swallows Escape.
type rows struct {
	base.List
	v     *View
	label string
}

func newRows(v *View, label string, length func() int, create func() fyne.CanvasObject, update func(base.ListItemID, fyne.CanvasObject)) *rows {
	r := &rows{v: v, label: label}
	r.Length, r.CreateItem, r.UpdateItem = length, create, update
	r.HideSeparators = true
	r.OnSelected = func(i base.ListItemID) { r.Unselect(i) }
	r.ExtendBaseWidget(r)
	return r
}

// Label is what it lists.
func (r *rows) Label() string { return r.label }

// TypedKey implements fyne.Focusable.
func (r *rows) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		r.v.keys.typedKey(e)
		return
	}
	r.List.TypedKey(e)
}
