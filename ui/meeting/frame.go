package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Heights and widths of the window's parts.
const (
	topHeight   float32 = 48
	barHeight   float32 = 76
	panelNarrow float32 = 300
	panelWide   float32 = 380
	// Below this width a panel covers the stage.
	panelBeside float32 = 640
)

// frame lays the window out: strip above, controls below, stage between, panel at
// the right.
type frame struct{ v *View }

func (f *frame) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(400, 320) }

func (f *frame) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	v := f.v
	place(v.top.box, 0, 0, s.Width, topHeight)
	place(v.bar.box, 0, s.Height-barHeight, s.Width, barHeight)
	middle := s.Height - topHeight - barHeight
	stage := s.Width
	if v.panel.mode != panelNone {
		w := s.Width - 2*theme.Gap
		if s.Width >= panelBeside {
			w = min(max(s.Width*0.27, panelNarrow), panelWide)
			stage -= w + theme.Gap
		}
		place(v.panel.box, s.Width-w-theme.Gap, topHeight, w, middle)
	}
	place(v.stage.box, 0, topHeight, stage, middle)
	// Toasts keep clear of the names at the lower edge of tiles.
	place(v.toasts, theme.Space, topHeight, min(420, stage-2*theme.Space), middle-44)
	v.banner.MaxWidth = min(420, s.Width-2*theme.Space)
	m := v.banner.MinSize()
	place(v.banner, (stage-m.Width)/2, topHeight+theme.Gap, m.Width, m.Height)
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// show shows or hides, and does nothing where nothing changes.
func show(o fyne.CanvasObject, on bool) {
	switch {
	case on == o.Visible():
	case on:
		o.Show()
	default:
		o.Hide()
	}
}

func setText(t *canvas.Text, s string) {
	if t.Text != s {
		t.Text = s
		t.Refresh()
	}
}

// placer is a layout made of a function.
type placer struct {
	min   fyne.Size
	place func(fyne.Size)
}

func (p placer) MinSize([]fyne.CanvasObject) fyne.Size     { return p.min }
func (p placer) Layout(_ []fyne.CanvasObject, s fyne.Size) { p.place(s) }

// themeWatch is an object without looks that hears of a new theme.
type themeWatch struct {
	base.BaseWidget
	changed func()
	colors  [2]any
}

func newThemeWatch(changed func()) *themeWatch {
	w := &themeWatch{changed: changed}
	w.colors = w.look()
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer implements fyne.Widget.
func (w *themeWatch) CreateRenderer() fyne.WidgetRenderer {
	return &themeWatchRenderer{w}
}

func (w *themeWatch) look() [2]any {
	return [2]any{theme.Color(theme.ColorSurface), theme.Color(theme.ColorStage)}
}

type themeWatchRenderer struct{ w *themeWatch }

func (r *themeWatchRenderer) Refresh() {
	if l := r.w.look(); l != r.w.colors {
		r.w.colors = l
		r.w.changed()
	}
}
func (r *themeWatchRenderer) Layout(fyne.Size)             {}
func (r *themeWatchRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *themeWatchRenderer) Objects() []fyne.CanvasObject { return nil }
func (r *themeWatchRenderer) Destroy()                     {}
