package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Progress is a thin line that fills.
type Progress struct {
	widget.BaseWidget
	done        float64
	track, fill *canvas.Rectangle
}

// NewProgress makes an empty one.
func NewProgress() *Progress {
	p := &Progress{track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	p.track.CornerRadius, p.fill.CornerRadius = 2, 2
	p.ExtendBaseWidget(p)
	return p
}

// SetDone fills it to a part of its length, 0 to 1.
func (p *Progress) SetDone(done float64) {
	if done = min(max(done, 0), 1); done != p.done {
		p.done = done
		p.Refresh()
	}
}

// Done is how much is filled.
func (p *Progress) Done() float64 { return p.done }

// CreateRenderer implements fyne.Widget.
func (p *Progress) CreateRenderer() fyne.WidgetRenderer {
	r := &progressRenderer{p}
	r.Refresh()
	return r
}

type progressRenderer struct{ p *Progress }

func (r *progressRenderer) Layout(s fyne.Size) {
	place(r.p.track, 0, 0, s.Width, s.Height)
	place(r.p.fill, 0, 0, float32(r.p.done)*s.Width, s.Height)
}

func (r *progressRenderer) MinSize() fyne.Size { return fyne.NewSize(60, 4) }

func (r *progressRenderer) Refresh() {
	r.p.track.FillColor, r.p.fill.FillColor = theme.Color(theme.ColorTrack), theme.Color(base.ColorNamePrimary)
	r.Layout(r.p.Size())
	r.p.track.Refresh()
	r.p.fill.Refresh()
}

func (r *progressRenderer) Destroy() {}

func (r *progressRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.track, r.p.fill}
}
