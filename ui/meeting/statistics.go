package meeting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// statistics is the panel's page of numbers: the connection, and each track.
type statistics struct {
	v     *View
	box   *fyne.Container
	rtt   *canvas.Text
	total *canvas.Text
	list  *base.List
	rows  []trackRow
}

// trackRow is what one track's row says: pairs of label and value.
type trackRow struct {
	icon  theme.IconName
	name  string
	kind  string
	cells [6]string
}

func newStatistics(v *View) *statistics {
	s := &statistics{v: v, rtt: canvas.NewText("", nil), total: canvas.NewText("", nil)}
	s.rtt.TextSize, s.total.TextSize = theme.TextCaption, theme.TextCaption
	s.list = base.NewList(func() int { return len(s.rows) },
		func() fyne.CanvasObject { return newTrackCard() },
		func(i base.ListItemID, o fyne.CanvasObject) {
			if i < len(s.rows) {
				o.(*trackCard).set(s.rows[i])
			}
		})
	s.list.HideSeparators = true
	s.list.OnSelected = func(i base.ListItemID) { s.list.Unselect(i) }
	s.box = container.New(placer{place: s.place}, s.rtt, s.total, s.list)
	s.recolor()
	return s
}

func (s *statistics) object() fyne.CanvasObject { return s.box }
func (s *statistics) title() string             { return "Statistics" }
func (s *statistics) opened()                   {}
func (s *statistics) closed()                   {}

func (s *statistics) recolor() {
	s.rtt.Color, s.total.Color = theme.Color(theme.ColorMuted), theme.Color(theme.ColorMuted)
	s.rtt.Refresh()
	s.total.Refresh()
}

func (s *statistics) place(size fyne.Size) {
	m := s.rtt.MinSize()
	place(s.rtt, theme.Space, 0, size.Width, m.Height)
	place(s.total, theme.Space, m.Height+2, size.Width, m.Height)
	y := 2*m.Height + 10
	place(s.list, 0, y, size.Width, max(0, size.Height-y-8))
}

func (s *statistics) update() {
	st := s.v.call.Stats()
	rtt := "Round trip to the server: not known yet"
	if st.RTT > 0 {
		rtt = "Round trip to the server: " + millis(st.RTT)
	}
	var up, down float64
	rows := make([]trackRow, 0, len(st.Tracks))
	tracks := slices.Clone(st.Tracks)
	slices.SortStableFunc(tracks, func(a, b call.TrackStats) int {
		if a.Sent != b.Sent {
			if a.Sent {
				return -1
			}
			return 1
		}
		return strings.Compare(s.v.name(a.Identity)+string(a.Source), s.v.name(b.Identity)+string(b.Source))
	})
	for _, t := range tracks {
		if t.Sent {
			up += t.BitRate
		} else {
			down += t.BitRate
		}
		rows = append(rows, s.row(t))
	}
	setText(s.rtt, rtt)
	setText(s.total, "Sending "+rate(up)+" · receiving "+rate(down))
	if !slices.Equal(rows, s.rows) {
		s.rows = rows
		s.list.Refresh()
	}
}

func (s *statistics) row(t call.TrackStats) trackRow {
	icons := map[call.Source]theme.IconName{
		call.Camera: theme.IconCamera, call.Microphone: theme.IconMicrophone,
		call.Screen: theme.IconShare, call.ScreenAudio: theme.IconSpeaker,
	}
	names := map[call.Source]string{
		call.Camera: "camera", call.Microphone: "microphone", call.Screen: "screen", call.ScreenAudio: "screen sound",
	}
	r := trackRow{icon: icons[t.Source], name: s.v.name(t.Identity), kind: " · " + names[t.Source]}
	if r.icon == "" {
		r.icon = theme.IconInformation
	}
	codec := strings.TrimPrefix(strings.TrimPrefix(t.Codec, "video/"), "audio/")
	if codec == "" {
		codec = "–"
	}
	cells := []string{codec, rate(t.BitRate)}
	if t.Width > 0 {
		fps := fmt.Sprintf("%.0f fps", t.FrameRate)
		if t.Sent && t.Layers > 0 {
			fps += fmt.Sprintf(", %d layers", t.Layers)
		}
		cells = append(cells, fmt.Sprintf("%d×%d", t.Width, t.Height), fps)
	}
	if all := t.Packets + t.Lost; all > 0 {
		cells = append(cells, fmt.Sprintf("%.1f %% lost", 100*float64(t.Lost)/float64(all)))
	}
	if t.Jitter > 0 {
		cells = append(cells, "Jitter "+millis(t.Jitter))
	}
	if t.Delay > 0 {
		cells = append(cells, "Buffer "+millis(t.Delay))
	}
	copy(r.cells[:], cells)
	return r
}

func rate(bps float64) string {
	if bps >= 1e6 {
		return fmt.Sprintf("%.1f Mbit/s", bps/1e6)
	}
	return fmt.Sprintf("%.0f kbit/s", bps/1e3)
}

func millis(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// trackCard is a track's row.
type trackCard struct {
	base.BaseWidget
	row   trackRow
	icon  *canvas.Image
	title *canvas.Text
	cells [6]*canvas.Text
}

func newTrackCard() *trackCard {
	c := &trackCard{icon: &canvas.Image{FillMode: canvas.ImageFillContain}, title: canvas.NewText("", nil)}
	c.title.TextSize = theme.TextBody
	for i := range c.cells {
		c.cells[i] = canvas.NewText("", nil)
		c.cells[i].TextSize = theme.TextCaption
	}
	c.ExtendBaseWidget(c)
	return c
}

func (c *trackCard) set(r trackRow) {
	if c.row == r {
		return
	}
	c.row = r
	c.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (c *trackCard) CreateRenderer() fyne.WidgetRenderer { return &trackCardRenderer{c} }

type trackCardRenderer struct{ c *trackCard }

func (r *trackCardRenderer) Layout(s fyne.Size) {
	c := r.c
	place(c.icon, theme.Space, 7, 18, 18)
	left := theme.Space + 28
	setText(c.title, widget.Ellipsis(c.row.name, s.Width-left-12-fyne.MeasureText(c.row.kind, theme.TextBody, fyne.TextStyle{}).Width, theme.TextBody, fyne.TextStyle{})+c.row.kind)
	m := c.title.MinSize()
	place(c.title, left, 6, m.Width, m.Height)
	y := 6 + m.Height + 2
	w := (s.Width - left - 8) / 2
	for i, t := range c.cells {
		setText(t, c.row.cells[i])
		h := t.MinSize().Height
		place(t, left+w*float32(i%2), y+float32(i/2)*(h+1), w, h)
	}
}

func (r *trackCardRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 92) }
func (r *trackCardRenderer) Destroy()           {}

func (r *trackCardRenderer) Refresh() {
	c := r.c
	if c.row.icon != "" {
		c.icon.Resource = theme.IconIn(c.row.icon, theme.ColorMuted)
		c.icon.Refresh()
	}
	c.title.Color = theme.Color("foreground")
	for _, t := range c.cells {
		t.Color = theme.Color(theme.ColorMuted)
	}
	r.Layout(c.Size())
	canvas.Refresh(c)
}

func (r *trackCardRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.c.icon, r.c.title}
	for _, t := range r.c.cells {
		out = append(out, t)
	}
	return out
}
