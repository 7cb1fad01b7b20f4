package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// trackCard is a track's row on the page of statistics.
type trackCard struct {
	base.BaseWidget
	row    trackRow
	icon   *canvas.Image
	title  *canvas.Text
	how    *canvas.Text
	recent *plot
	labels [6]*canvas.Text
	values [6]*canvas.Text
}

func newTrackCard() *trackCard {
	c := &trackCard{
		icon: &canvas.Image{FillMode: canvas.ImageFillContain}, title: canvas.NewText("", nil),
		how: canvas.NewText("", nil), recent: newPlot(nil, 20e3),
	}
	for i := range c.labels {
		c.labels[i], c.values[i] = canvas.NewText("", nil), canvas.NewText("", nil)
	}
	c.ExtendBaseWidget(c)
	return c
}

func (c *trackCard) set(r trackRow) {
	if c.row == r {
		c.recent.Refresh() // it has moved on
		return
	}
	c.row = r
	c.recent.data = r.recent
	c.Refresh()
}

func trackTop() float32  { return theme.Scaled(40) + 6 } // title and codec
func trackLine() float32 { return theme.Scaled(18) }

func trackHeight(lines int) float32 { return trackTop() + trackLine()*float32(lines) + 12 }

// CreateRenderer implements fyne.Widget.
func (c *trackCard) CreateRenderer() fyne.WidgetRenderer { return &trackCardRenderer{c} }

type trackCardRenderer struct{ c *trackCard }

func (r *trackCardRenderer) Layout(s fyne.Size) {
	c := r.c
	icon, chart := theme.Scaled(18), theme.Grown(64)
	place(c.icon, theme.Space, 7, icon, icon)
	left := theme.Space + icon + 10
	right := s.Width - theme.Space
	place(c.recent.Raster, right-chart, 6, chart, theme.Scaled(20))
	kind := fyne.MeasureText(c.row.kind, theme.TextBody(), fyne.TextStyle{}).Width
	widget.SetText(c.title, bidi.Isolate(widget.Ellipsis(c.row.name, right-chart-10-left-kind, theme.TextBody(), fyne.TextStyle{}))+c.row.kind)
	m := c.title.MinSize()
	place(c.title, left, 6, m.Width, m.Height)
	widget.SetText(c.how, widget.Ellipsis(c.row.how, right-left, theme.TextCaption(), fyne.TextStyle{}))
	place(c.how, left, 6+m.Height+1, right-left, c.how.MinSize().Height)
	const between = 12
	w, columns := (right-left-between)/2, 2
	if stacked() {
		w, columns = right-left, 1
	}
	for i := range c.labels {
		widget.SetText(c.labels[i], c.row.cells[i][0])
		widget.SetText(c.values[i], c.row.cells[i][1])
		x, y := left+(w+between)*float32(i%columns), trackTop()+trackLine()*float32(i/columns)
		l, v := c.labels[i].MinSize(), c.values[i].MinSize()
		place(c.labels[i], x, y, l.Width, l.Height)
		place(c.values[i], x+w-v.Width, y, v.Width, v.Height)
	}
}

func (r *trackCardRenderer) MinSize() fyne.Size { return fyne.NewSize(200, trackHeight(3)) }
func (r *trackCardRenderer) Destroy()           {}

func (r *trackCardRenderer) Refresh() {
	c := r.c
	if c.row.icon != "" {
		if res := theme.IconIn(c.row.icon, theme.ColorMuted); c.icon.Resource != res {
			c.icon.Resource = res
			c.icon.Refresh()
		}
	}
	c.title.TextSize, c.how.TextSize = theme.TextBody(), theme.TextCaption()
	c.title.Color = theme.Color("foreground")
	c.how.Color = theme.Color(theme.ColorMuted)
	for i := range c.labels {
		c.labels[i].TextSize, c.values[i].TextSize = theme.TextCaption(), theme.TextCaption()
		c.labels[i].Color = theme.Color(theme.ColorMuted)
		c.values[i].Color = theme.Color("foreground")
	}
	r.Layout(c.Size())
	c.recent.Refresh()
	canvas.Refresh(c)
}

func (r *trackCardRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.c.icon, r.c.title, r.c.how, r.c.recent.Raster}
	for i := range r.c.labels {
		out = append(out, r.c.labels[i], r.c.values[i])
	}
	return out
}
