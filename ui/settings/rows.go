package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	basetheme "fyne.io/fyne/v2/theme"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

// row is one setting, or some that belong together.
type row struct {
	label *widget.Paragraph
	field fyne.CanvasObject
	hint  *widget.Paragraph // below the field; may be nil
}

func newRow(label string, field fyne.CanvasObject) *row {
	return &row{label: widget.NewParagraph(label, basetheme.ColorNameForeground, basetheme.SizeNameText).Bold(), field: field}
}

// hinted adds a sentence below the field.
func (r *row) hinted(text string) *row {
	r.hint = widget.NewCaption(text)
	return r
}

// rows lays settings below each other: the labels in a column at the left, or, where
// text is large and the window narrow, each above its field.
type rows struct {
	list  []*row
	width float32 // what they are measured for
}

func newRows(list []*row) (*rows, *fyne.Container) {
	l := &rows{list: list}
	box := container.New(l)
	for _, r := range list {
		box.Add(r.label)
		box.Add(r.field)
		if r.hint != nil {
			box.Add(r.hint)
		}
	}
	return l, box
}

// beside is how wide the labels' column is; 0 where they stand above.
func (l *rows) beside() float32 {
	w := float32(0)
	for _, r := range l.list {
		w = max(w, fyne.MeasureText(r.label.Text(), theme.TextBody(), fyne.TextStyle{Bold: true}).Width)
	}
	w += 2*basetheme.InnerPadding() + 2
	if l.width-w < theme.Scaled(320) {
		return 0
	}
	return w
}

// arrange places everything and returns how high it is.
func (l *rows) arrange() float32 {
	column := l.beside()
	w := l.width - column
	pad := basetheme.InnerPadding()
	y := float32(0)
	for _, r := range l.list {
		top := y
		if column > 0 {
			place(r.label, -pad, y, column, widget.HeightAt(r.label, column))
		} else {
			h := widget.HeightAt(r.label, w+2*pad)
			place(r.label, -pad, y, w+2*pad, h)
			y += h - pad // its own margin
		}
		h := widget.HeightAt(r.field, w)
		place(r.field, column, y, w, h)
		y += h
		if r.hint != nil {
			h := widget.HeightAt(r.hint, w)
			place(r.hint, column, y-pad/2, w, h)
			y += h - pad
		}
		if column > 0 {
			y = max(y, top+r.label.MinSize().Height)
		}
		y += theme.Gap / 2
	}
	return y
}

// Layout implements fyne.Layout.
func (l *rows) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	l.arrange()
}

// MinSize implements fyne.Layout.
func (l *rows) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.arrange()) }

// pairs lays things in two columns, or in one where they are narrow.
type pairs struct{ width float32 }

func (l *pairs) columns() int {
	if l.width > 0 && l.width < 2*theme.Scaled(190) {
		return 1
	}
	return 2
}

// arrange places everything, each row as high as the higher of its things.
func (l *pairs) arrange(objects []fyne.CanvasObject) float32 {
	n := l.columns()
	w := (l.width - theme.Gap/2*float32(n-1)) / float32(n)
	y := float32(0)
	for i := 0; i < len(objects); i += n {
		some := objects[i:min(i+n, len(objects))]
		h := float32(0)
		for _, o := range some {
			h = max(h, widget.HeightAt(o, w))
		}
		for k, o := range some {
			place(o, float32(k)*(w+theme.Gap/2), y, w, h)
		}
		y += h + theme.Gap/2
	}
	return y - theme.Gap/2
}

// Layout implements fyne.Layout.
func (l *pairs) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	l.arrange(o)
}

// MinSize implements fyne.Layout.
func (l *pairs) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.arrange(o)) }

// column lays things below each other, each as high as it is at this width.
type column struct{ width float32 }

func (l *column) arrange(objects []fyne.CanvasObject) float32 {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := widget.HeightAt(o, l.width)
		place(o, 0, y, l.width, h)
		y += h
	}
	return y
}

// Layout implements fyne.Layout.
func (l *column) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	l.arrange(o)
}

// MinSize implements fyne.Layout.
func (l *column) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.arrange(o)) }

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}
