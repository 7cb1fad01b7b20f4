package meeting

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Heights and widths of the window's parts. They follow the size of text.

func topHeight() float32   { return max(48, theme.Scaled(24)+24) }
func barHeight() float32   { return theme.Control() + 28 }
func panelNarrow() float32 { return theme.Grown(300) }
func panelWide() float32   { return theme.Grown(380) }

// panelBeside is the width of a window below which a panel covers the stage.
func panelBeside() float32 { return theme.Grown(640) }

// frame lays the window out: strip above, controls below, stage between, panel at
// the right.
type frame struct{ v *View }

func (f *frame) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(theme.Grown(400), theme.Grown(320))
}

func (f *frame) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	v := f.v
	top, bar := topHeight(), barHeight()
	place(v.top.box, 0, 0, s.Width, top)
	place(v.bar.box, 0, s.Height-bar, s.Width, bar)
	middle := s.Height - top - bar
	stage := s.Width
	v.bars.place(s)
	if v.panel.mode != panelNone {
		w := s.Width - 2*theme.Gap
		if s.Width >= panelBeside() {
			w = min(max(s.Width*0.27, panelNarrow()), panelWide())
			stage -= w + theme.Gap
		}
		place(v.panel.box, s.Width-w-theme.Gap, top, w, middle)
	}
	if v.bars.over() { // full screen: they lie over it
		place(v.stage.box, 0, 0, s.Width, s.Height)
		place(v.captions.box, 0, 0, s.Width, s.Height)
		if !v.bars.shown {
			top = 0
		}
	}
	over := func(n *widget.Notice) float32 { // puts it into the middle, and returns its height
		n.MaxWidth = min(widget.NoticeWidth(), stage-2*theme.Space)
		n.Refresh()
		m := n.MinSize()
		place(n, (stage-m.Width)/2, top+theme.Gap, m.Width, m.Height)
		return m.Height
	}
	h := over(v.hint)
	over(v.banner)
	if !v.bars.over() {
		if v.hint.Visible() {
			h += 2 * theme.Gap
			top, middle = top+h, max(0, middle-h)
		}
		place(v.stage.box, 0, top, stage, middle)
		place(v.captions.box, 0, top, stage, middle)
	}
	v.stage.arrange() // where only full screen has changed
	v.captions.place()
	v.placeToasts()
}

// placeToasts puts toasts over the lower left corner of the stage, clear of captions.
func (v *View) placeToasts() {
	s := v.stage.box.Size()
	h := s.Height - theme.Gap
	if v.bars.over() && v.bars.shown {
		h = s.Height - barHeight() - theme.Gap
	}
	if y, ok := v.captions.top(); ok {
		h = min(h, y-theme.Gap)
	}
	place(v.toasts, theme.Space, v.stage.box.Position().Y, min(widget.NoticeWidth(), s.Width-2*theme.Space), h)
}

// namesUnderToasts is where names stand on tiles, as toasts measure it.
func (v *View) namesUnderToasts() []widget.Rect {
	var names []widget.Rect
	off := v.stage.box.Position().Subtract(v.toasts.Position())
	for _, t := range v.stage.tiles {
		if r, ok := t.NameAt(); ok && t.Visible() {
			p := t.Position().Add(off)
			names = append(names, widget.Rect{X: r.X + p.X, Y: r.Y + p.Y, W: r.W, H: r.H})
		}
	}
	return names
}

// belowNames is how much of a tile's lower edge its name takes.
func belowNames() float32 { return theme.Scaled(22) + 22 }

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
	seen    [3]any
}

func newThemeWatch(changed func()) *themeWatch {
	w := &themeWatch{changed: changed}
	w.seen = w.look()
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer implements fyne.Widget.
func (w *themeWatch) CreateRenderer() fyne.WidgetRenderer {
	return &themeWatchRenderer{w}
}

func (w *themeWatch) look() [3]any {
	return [3]any{theme.Color(theme.ColorSurface), theme.Color(theme.ColorStage), theme.TextScale()}
}

type themeWatchRenderer struct{ w *themeWatch }

func (r *themeWatchRenderer) Refresh() {
	if l := r.w.look(); l != r.w.seen {
		r.w.seen = l
		r.w.changed()
	}
}
func (r *themeWatchRenderer) Layout(fyne.Size)             {}
func (r *themeWatchRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *themeWatchRenderer) Objects() []fyne.CanvasObject { return nil }
func (r *themeWatchRenderer) Destroy()                     {}
