package lobby

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// recents lists the meetings of late; a click fills the field and joins.
type recents struct {
	v    *View
	box  *fyne.Container
	rows []*recent
	none *caption
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
	r := &recents{v: v, none: newCaption(lang.L("None yet. Start a meeting, or paste a link above."))}
	r.box = container.New(&stack{}, r.none.RichText)
	for _, m := range v.o.Settings.Recent {
		r.add(m)
	}
	r.dress()
	return r
}

func (r *recents) add(m settings.Meeting) {
	x := &recent{meeting: m, text: titleOf(m), title: canvas.NewText("", nil), when: canvas.NewText(day(m.At, r.v.o.Now()), nil)}
	x.title.TextSize, x.when.TextSize = theme.TextBody, theme.TextCaption
	x.icon = widget.NewIcon(theme.IconIn(theme.IconClock, theme.ColorMuted))
	x.button = ours.NewKeyButton("", nil, func() {
		r.v.link.SetText(m.Link)
		r.v.goJoin()
	}, nil)
	x.button.Name = "Join " + x.text
	x.button.Importance = widget.LowImportance
	x.forget = ours.NewIconButton(theme.IconClose, lang.L("Forget this meeting"), nil)
	x.forget.SetSize(32, 32, 16)
	x.forget.SetStyle(ours.Quiet)
	row := container.New(&recentLayout{x}, x.button, x.icon, x.title, x.when, x.forget)
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
type recentLayout struct{ x *recent }

func (l *recentLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(columnMin-2*theme.Wide, theme.Touch)
}

func (l *recentLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	x := l.x
	cross := x.forget.MinSize().Width
	w := s.Width - cross - 4
	place(x.button, 0, 0, w, s.Height)
	place(x.icon, 10, (s.Height-20)/2, 20, 20)
	when := x.when.MinSize()
	place(x.when, w-10-when.Width, (s.Height-when.Height)/2, when.Width, when.Height)
	left := 10 + 20 + theme.Gap
	x.title.Text = ours.Ellipsis(x.text, w-10-when.Width-theme.Gap-left, theme.TextBody, fyne.TextStyle{})
	title := x.title.MinSize()
	place(x.title, left, (s.Height-title.Height)/2, title.Width, title.Height)
	place(x.forget, s.Width-cross, (s.Height-cross)/2, cross, cross)
}
