package meeting

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// statistics is the panel's page of numbers: plots of the connection, and each
// track. The call is asked once a second, and only while the page is open or the
// tiles show their numbers.
type statistics struct {
	v    *View
	box  *fyne.Container
	down *gauge
	up   *gauge
	rtt  *gauge
	lost *gauge
	room *canvas.Text // what the network takes from us
	list *rows
	copy *widget.KeyButton
	rows []trackRow

	onTiles bool // the tiles show their numbers
	asked   bool // last holds a report
	last    call.Stats
	history map[trackKey]*series // bit rates
}

// trackKey names a track.
type trackKey struct {
	key
	sent bool
}

// trackRow is what one track's row says.
type trackRow struct {
	icon   theme.IconName
	name   string
	kind   string
	how    string // codec and implementation
	cells  [6][2]string
	recent *series
}

func (r trackRow) lines() int {
	n := 0
	for i, c := range r.cells {
		if c[0] != "" {
			n = i/2 + 1
		}
	}
	if stacked() {
		n = 0
		for n < len(r.cells) && r.cells[n][0] != "" {
			n++
		}
	}
	return n
}

func newStatistics(v *View) *statistics {
	s := &statistics{
		v:       v,
		down:    newGauge(lang.L("Receiving"), 100e3),
		up:      newGauge(lang.L("Sending"), 100e3),
		rtt:     newGauge(lang.L("Round trip"), 0.02),
		lost:    newGauge(lang.L("Loss"), 0.02),
		room:    canvas.NewText("", nil),
		history: map[trackKey]*series{},
	}
	s.list = newRows(v, lang.L("Tracks"), func() int { return len(s.rows) },
		func() fyne.CanvasObject { return newTrackCard() },
		func(i base.ListItemID, o fyne.CanvasObject) {
			if i < len(s.rows) {
				o.(*trackCard).set(s.rows[i])
			}
		})
	s.copy = widget.NewKeyButton(lang.L("Copy report"), theme.Icon(theme.IconCopy), s.copyReport, nil)
	objects := []fyne.CanvasObject{s.room, s.list, s.copy}
	for _, g := range s.gauges() {
		objects = append(objects, g.objects()...)
	}
	s.box = container.New(placer{place: s.place}, objects...)
	s.dress()
	return s
}

func (s *statistics) gauges() [4]*gauge { return [4]*gauge{s.down, s.up, s.rtt, s.lost} }

func (s *statistics) object() fyne.CanvasObject { return s.box }
func (s *statistics) title() string             { return lang.L("Statistics") }
func (s *statistics) opened()                   {}

func (s *statistics) closed() {
	if !s.onTiles {
		s.forget()
	}
}

// forget drops the past: plots have no gaps.
func (s *statistics) forget() {
	for _, g := range s.gauges() {
		g.series = series{}
	}
	clear(s.history)
	s.last, s.asked = call.Stats{}, false
}

func (s *statistics) dress() {
	s.room.Color, s.room.TextSize = theme.Color(theme.ColorMuted), theme.TextCaption()
	s.room.Refresh()
	for _, g := range s.gauges() {
		g.dress()
	}
	for i, r := range s.rows {
		s.list.SetItemHeight(i, trackHeight(r.lines()))
	}
	s.place(s.box.Size())
}

func (s *statistics) place(size fyne.Size) {
	if size.Width < 1 {
		return
	}
	const between = theme.Space
	w := (size.Width - 2*theme.Space - between) / 2
	m, b := s.room.MinSize(), s.copy.MinSize()
	bottom := size.Height - b.Height - 12
	// The list comes first: where it is low, the plots give way, and then the numbers.
	const above = 10
	least := theme.Scaled(90) + m.Height + 4 + 8
	plots := bottom-2*(s.down.height(true)+above) >= least
	numbers := plots || bottom-2*(s.down.height(false)+above) >= least
	y := float32(0)
	for i, g := range s.gauges() {
		g.place(theme.Space+float32(i%2)*(w+between), float32(i/2)*(g.height(plots)+above), w, plots)
		show(g.label, numbers)
		show(g.value, numbers)
	}
	if numbers {
		y = 2 * (s.down.height(plots) + above)
	}
	widget.SetText(s.room, widget.Ellipsis(s.available(), size.Width-2*theme.Space, theme.TextCaption(), fyne.TextStyle{}))
	place(s.room, theme.Space, y-2, size.Width-2*theme.Space, m.Height)
	y += m.Height + 4
	place(s.list, 0, y, size.Width, max(0, bottom-y-8))
	place(s.copy, theme.Space, bottom, size.Width-2*theme.Space, b.Height)
}

// update is for a new snapshot, which changes names at most.
func (s *statistics) update() {
	if !s.asked {
		s.tick()
		return
	}
	s.show()
}

// open says whether the page is seen.
func (s *statistics) open() bool { return s.v.panel != nil && s.v.panel.mode == panelStatistics }

// tick is what a second brings.
func (s *statistics) tick() {
	if !s.open() && !s.onTiles {
		return
	}
	before := s.last
	s.last, s.asked = s.v.call.Stats(), true
	up, down, lost := totals(s.last, before)
	s.down.add(down)
	s.up.add(up)
	s.rtt.add(s.last.RTT.Seconds())
	s.lost.add(lost)
	seen := map[trackKey]bool{}
	for _, t := range s.last.Tracks {
		k := trackKey{key{t.Identity, t.Source}, t.Sent}
		seen[k] = true
		if s.history[k] == nil {
			s.history[k] = &series{}
		}
		s.history[k].add(t.BitRate)
	}
	for k := range s.history {
		if !seen[k] {
			delete(s.history, k)
		}
	}
	if s.open() {
		s.show()
		for _, g := range s.gauges() {
			g.plot.Refresh()
		}
		s.list.Refresh()
	}
	if s.onTiles {
		s.tell()
	}
}

// show brings the page up to the last report.
func (s *statistics) show() {
	widget.SetText(s.down.value, rate(s.down.last()))
	widget.SetText(s.up.value, rate(s.up.last()))
	widget.SetText(s.rtt.value, millis(s.last.RTT))
	widget.SetText(s.lost.value, dash)
	if s.down.last() > 0 {
		widget.SetText(s.lost.value, fmt.Sprintf("%.1f %%", 100*s.lost.last()))
	}
	tracks := slices.Clone(s.last.Tracks)
	slices.SortStableFunc(tracks, func(a, b call.TrackStats) int {
		if a.Sent != b.Sent {
			if a.Sent {
				return -1
			}
			return 1
		}
		return strings.Compare(s.v.name(a.Identity)+string(a.Source), s.v.name(b.Identity)+string(b.Source))
	})
	rows := make([]trackRow, 0, len(tracks))
	for _, t := range tracks {
		rows = append(rows, s.row(t))
	}
	s.place(s.box.Size())
	if slices.Equal(rows, s.rows) {
		return
	}
	for i, r := range rows {
		if i >= len(s.rows) || s.rows[i].lines() != r.lines() {
			s.list.SetItemHeight(i, trackHeight(r.lines()))
		}
	}
	s.rows = rows
	s.list.Refresh()
}

// available is what the network takes from us.
func (s *statistics) available() string {
	if s.last.Available > 0 {
		return lang.L("Available for sending: {{.Rate}}", map[string]any{"Rate": rate(s.last.Available)})
	}
	return lang.L("Available for sending: not known yet")
}

func (s *statistics) row(t call.TrackStats) trackRow {
	icons := map[call.Source]theme.IconName{
		call.Camera: theme.IconCamera, call.Microphone: theme.IconMicrophone,
		call.Screen: theme.IconShare, call.ScreenAudio: theme.IconSpeaker,
	}
	r := trackRow{
		icon: icons[t.Source], name: s.v.name(t.Identity), kind: " · " + sourceName(t.Source), how: codec(t),
		recent: s.history[trackKey{key{t.Identity, t.Source}, t.Sent}],
	}
	if r.icon == "" {
		r.icon = theme.IconInformation
	}
	for _, more := range []string{maker(t, lang.L("hardware"), lang.L("software")), layers(t)} {
		if more != "" {
			r.how += " · " + more
		}
	}
	rate, loss, jitter := [2]string{lang.L("Bit rate"), rate(t.BitRate)}, [2]string{lang.L("Loss"), loss(t)}, [2]string{lang.L("Jitter"), millis(t.Jitter)}
	seen := [2]string{lang.L("Latency"), millis(t.Latency)}
	picture, pace := [2]string{lang.L("Size"), size(t)}, [2]string{lang.L("Frames"), frames(t)}
	switch {
	case isVideo(t) && t.Sent:
		r.cells = [6][2]string{picture, pace, rate, loss}
	case isVideo(t):
		r.cells = [6][2]string{picture, pace, rate, loss, seen, jitter}
		if t.Freezes > 0 {
			r.how += " · " + lang.L("freezes {{.Times}}", map[string]any{"Times": freezes(t)})
		}
	case t.Sent:
		r.cells = [6][2]string{rate, loss}
	default:
		r.cells = [6][2]string{rate, loss, {lang.L("Buffer"), millis(t.Delay)}, jitter}
	}
	return r
}

// toggleOnTiles shows or hides the numbers on the pictures.
func (s *statistics) toggleOnTiles() {
	s.onTiles = !s.onTiles
	switch {
	case s.onTiles && !s.open():
		s.tick()
	case s.onTiles:
		s.tell()
	default:
		for _, t := range s.v.stage.tiles {
			t.SetDetails(nil)
		}
		if !s.open() {
			s.forget()
		}
	}
}

// tell gives each tile its numbers.
func (s *statistics) tell() {
	for k, t := range s.v.stage.tiles {
		i := slices.IndexFunc(s.last.Tracks, func(x call.TrackStats) bool {
			return x.Identity == k.identity && x.Source == k.source
		})
		if i < 0 || !t.State().Picture {
			t.SetDetails(nil)
			continue
		}
		t.SetDetails(onPicture(s.last.Tracks[i], s.last.RTT))
	}
}

func (s *statistics) copyReport() {
	fyne.CurrentApp().Clipboard().SetContent(report(s.v.o.Version, s.last, s.v.name))
	s.v.toasts.Say(widget.Success, theme.IconCopy, lang.L("Report copied. Paste it into a message."))
}
