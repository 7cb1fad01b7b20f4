package lobby

import (
	"net/url"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// recents lists the meetings of late; a click fills the field and joins.
type recents struct {
	v    *View
	box  *fyne.Container
	rows []*recent
	none *ours.Paragraph
}

// recent is one of them.
type recent struct {
	meeting settings.Meeting
	text    string // uncut
	button  *ours.KeyButton
	icon    *widget.Icon
	title   *canvas.Text
	when    *canvas.Text
	forget  *ours.IconButton
}

func newRecents(v *View) *recents {
	r := &recents{v: v, none: ours.NewCaption(lang.L("None yet. Start a meeting, or paste a link above."))}
	r.box = container.New(&stack{}, r.none)
	names := namesOf(v.o.Settings.Recent)
	for i, m := range v.o.Settings.Recent {
		r.add(m, names[i])
	}
	r.dress()
	return r
}

func (r *recents) add(m settings.Meeting, name string) {
	x := &recent{meeting: m, text: name, title: canvas.NewText("", nil), when: canvas.NewText(day(m.At, r.v.o.Now()), nil)}
	x.icon = widget.NewIcon(theme.IconIn(theme.IconClock, theme.ColorMuted))
	x.button = ours.NewKeyButton("", nil, func() {
		r.v.link.SetText(m.Link)
		r.v.goJoin()
	}, nil)
	x.button.Name = lang.L("Join {{.Meeting}}", map[string]any{"Meeting": bidi.Isolate(x.text)})
	x.button.Importance = widget.LowImportance
	x.forget = ours.NewIconButton(theme.IconClose, lang.L("Forget this meeting"), nil)
	x.forget.SetSize(32, 32, 16)
	x.forget.SetStyle(ours.Quiet)
	row := container.New(&recentLayout{x: x}, x.button, x.icon, x.title, x.when, x.forget)
	x.forget.OnTapped = func() {
		r.v.remember(func(s *settings.Settings) {
			s.Recent = slices.DeleteFunc(s.Recent, func(o settings.Meeting) bool { return o.Link == m.Link })
		})
		r.rows = slices.DeleteFunc(r.rows, func(o *recent) bool { return o == x })
		r.box.Remove(row)
		r.dress()
		r.v.relayout()
	}
	r.rows = append(r.rows, x)
	r.box.Add(row)
}

// dress gives the rows their colours and state.
func (r *recents) dress() {
	if len(r.rows) == 0 {
		r.none.Show()
	} else {
		r.none.Hide()
	}
	for _, x := range r.rows {
		x.title.TextSize, x.when.TextSize = theme.TextBody(), theme.TextCaption()
		x.title.Color, x.when.Color = theme.Color("foreground"), theme.Color(theme.ColorMuted)
		if r.v.joining {
			x.title.Color = theme.Color("disabled")
			x.button.Disable()
			x.forget.SetReason(lang.L("Joining…"))
		} else {
			x.button.Enable()
			x.forget.SetReason("")
		}
		x.title.Refresh()
		x.when.Refresh()
	}
}

// titleOf is what a meeting is called: its title, or else its room.
func titleOf(m settings.Meeting) string {
	if m.Title != "" {
		return m.Title
	}
	if t, err := invite.Parse(m.Link); err == nil && t.Link != nil {
		return t.Link.Room
	}
	return lang.L("Meeting")
}

// namesOf tells meetings apart: those of the same title have their host beside it,
// and those of the same host, too, their room.
func namesOf(list []settings.Meeting) []string {
	type name struct{ title, host, room string }
	all := make([]name, len(list))
	titles, hosts := map[string]int{}, map[[2]string]int{}
	for i, m := range list {
		n := name{title: titleOf(m)}
		if t, err := invite.Parse(m.Link); err == nil && t.Link != nil {
			n.host, n.room = middle(t.Link.Host, 32), middle(t.Link.Room, 20)
		} else if err == nil {
			if u, err := url.Parse(t.Direct.URL); err == nil {
				n.host = middle(u.Host, 32)
			}
		}
		all[i] = n
		titles[n.title]++
		hosts[[2]string{n.title, n.host}]++
	}
	var out []string
	for _, n := range all {
		s := n.title
		if titles[n.title] > 1 && n.host != "" {
			s += " · " + n.host
			if hosts[[2]string{n.title, n.host}] > 1 && n.room != "" && n.room != n.title {
				s += "/" + n.room
			}
		}
		out = append(out, s)
	}
	return out
}

// day says when something was, as short as it is clear. Each language has its
// own layouts of a date.
func day(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()) }
	switch today := midnight(now); {
	case midnight(at).Equal(today):
		return at.Format("15:04")
	case midnight(at).Equal(midnight(today.Add(-12 * time.Hour))):
		return lang.L("Yesterday, {{.Time}}", map[string]any{"Time": at.Format("15:04")})
	case at.Year() == now.Year():
		return at.Format(lang.L("2 Jan, 15:04"))
	}
	return at.Format(lang.L("2 Jan 2006"))
}

// recentLayout is a row: button over all but the last, icon, title, time, cross.
// The time stands below the title where both have too little room on one line.
type recentLayout struct {
	x     *recent
	width float32
}

// recentEdge is left and right of what is on the button.
const recentEdge float32 = 10

func (l *recentLayout) icon() float32 { return theme.Scaled(20) }

// room is what the texts have, and below says that the time goes below the title.
func (l *recentLayout) room() (room float32, below bool) {
	room = l.width - l.x.forget.MinSize().Width - 4 - 2*recentEdge - l.icon() - theme.Gap
	return room, room-l.x.when.MinSize().Width < theme.Scaled(80)
}

func (l *recentLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	h := l.x.title.MinSize().Height
	if _, below := l.room(); below && l.width > 0 {
		h += l.x.when.MinSize().Height
	}
	return fyne.NewSize(inColumn(), max(theme.Touch(), h+12))
}

func (l *recentLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	x, icon := l.x, l.icon()
	cross := x.forget.MinSize().Width
	w := s.Width - cross - 4
	place(x.button, 0, 0, w, s.Height)
	place(x.icon, recentEdge, (s.Height-icon)/2, icon, icon)
	when := x.when.MinSize()
	left := recentEdge + icon + theme.Gap
	room, below := l.room()
	if !below {
		room -= when.Width + theme.Gap
	}
	x.title.Text = bidi.Line(ours.Ellipsis(x.text, room, theme.TextBody(), fyne.TextStyle{}))
	title := x.title.MinSize()
	if below {
		top := (s.Height - title.Height - when.Height) / 2
		place(x.title, left, top, title.Width, title.Height)
		place(x.when, left, top+title.Height, when.Width, when.Height)
	} else {
		place(x.title, left, (s.Height-title.Height)/2, title.Width, title.Height)
		place(x.when, w-recentEdge-when.Width, (s.Height-when.Height)/2, when.Width, when.Height)
	}
	place(x.forget, s.Width-cross, (s.Height-cross)/2, cross, cross)
}
