package meeting

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"
	"golang.org/x/text/collate"
	xlanguage "golang.org/x/text/language"

	"foyer/app/call"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// searchFrom is how many people make a search field worth its room.
const searchFrom = 11

// people is the panel's page of who is here.
type people struct {
	v      *View
	box    *fyne.Container
	list   *rows
	search *searchField
	none   *canvas.Text
	invite *widget.KeyButton
	rows   []personState
	names  *collate.Collator
}

// sort puts raised hands first, in the order in which they went up, then ourselves,
// then hosts, then all others; each by name, as dictionaries have them.
func (p *people) sort(everyone []call.Participant) {
	me := p.v.last.Me.Identity
	if p.names == nil {
		p.names = collate.New(xlanguage.Und, collate.IgnoreCase, collate.Numeric)
	}
	rank := func(x call.Participant) int {
		switch {
		case !x.Hand.IsZero():
			return 0
		case x.Identity == me:
			return 1
		case x.Role == call.RoleHost:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(everyone, func(a, b call.Participant) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Hand.Compare(b.Hand), p.names.CompareString(a.Name, b.Name))
	})
}

// personState is what a row shows.
type personState struct {
	identity, name, note string
	me, host             bool
	microphone, camera   bool
	sharing, speaking    bool
	silenced             bool // not heard here
	hand                 int  // place in the queue of raised hands; 0 is down
}

func newPeople(v *View) *people {
	p := &people{v: v, none: canvas.NewText(lang.L("No one by that name"), nil)}
	p.search = newSearchField(v, func() { p.update() })
	p.list = newRows(v, lang.L("People"), func() int { return len(p.rows) },
		func() fyne.CanvasObject { return newPersonRow(v) },
		func(i base.ListItemID, o fyne.CanvasObject) {
			if i < len(p.rows) {
				o.(*personRow).set(p.rows[i])
			}
		})
	p.none.Alignment = fyne.TextAlignCenter
	objects := []fyne.CanvasObject{p.search, p.list, p.none}
	if v.o.Links.any() {
		p.invite = widget.NewKeyButton(v.copyLabel(), theme.Icon(theme.IconLink), v.copyLink, nil)
		objects = append(objects, p.invite)
	}
	p.search.Hide()
	p.none.Hide()
	p.box = container.New(placer{place: p.place}, objects...)
	p.dress()
	return p
}

func (p *people) object() fyne.CanvasObject { return p.box }
func (p *people) title() string {
	return lang.L("People ({{.Count}})", map[string]any{"Count": len(p.v.last.People) + 1})
}
func (p *people) opened() {}

func (p *people) closed() {
	if p.v.window.Canvas().Focused() == fyne.Focusable(p.search) {
		p.v.window.Canvas().Unfocus()
	}
}

func (p *people) dress() {
	p.none.Color, p.none.TextSize = theme.Color(theme.ColorMuted), theme.TextBody()
	p.none.Refresh()
}

func (p *people) place(s fyne.Size) {
	const edge = float32(12)
	y, bottom := float32(0), s.Height
	if p.search.Visible() {
		h := p.search.MinSize().Height
		place(p.search, edge, 0, s.Width-2*edge, h)
		y = h + 8
	}
	if p.invite != nil {
		h := p.invite.MinSize().Height
		place(p.invite, edge, s.Height-edge-h, s.Width-2*edge, h)
		bottom -= h + 2*edge
	}
	place(p.list, 4, y, s.Width-8, max(0, bottom-y))
	place(p.none, 0, y+24, s.Width, p.none.MinSize().Height)
}

func (p *people) update() {
	s := p.v.last
	everyone := append([]call.Participant{s.Me}, s.People...)
	if on := len(everyone) >= searchFrom || p.search.Text != ""; on != p.search.Visible() {
		show(p.search, on)
		p.place(p.box.Size())
	}
	p.sort(everyone)
	want := strings.ToLower(strings.TrimSpace(p.search.Text))
	rows := make([]personState, 0, len(everyone))
	for i, x := range everyone {
		if want != "" && !strings.Contains(strings.ToLower(x.Name), want) {
			continue
		}
		r := personState{
			identity: x.Identity, name: x.Name, me: x.Identity == s.Me.Identity, host: x.Role == call.RoleHost,
			microphone: x.Has(call.Microphone), camera: x.Has(call.Camera), sharing: x.Has(call.Screen), speaking: x.Speaking,
		}
		if r.me {
			r.microphone, r.camera, r.sharing = s.Local.MicrophoneOn, s.Local.CameraOn, s.Local.Sharing
		}
		var notes []string
		if r.me {
			notes = append(notes, lang.L("You"))
		}
		switch x.Role {
		case call.RoleHost:
			notes = append(notes, lang.L("Host"))
		case call.RoleViewer:
			notes = append(notes, lang.L("Viewer"))
		}
		if r.sharing {
			notes = append(notes, lang.L("Sharing a screen"))
		}
		switch x.Quality {
		case call.QualityPoor:
			notes = append(notes, lang.L("Poor connection"))
		case call.QualityLost:
			notes = append(notes, lang.L("Connection lost"))
		}
		switch l := x.Loudness; {
		case r.me:
		case l.Muted:
			notes = append(notes, lang.L("Muted for you"))
		case l.Volume != 1:
			notes = append(notes, lang.L("Volume {{.Percent}}", map[string]any{"Percent": percent(l.Volume)}))
		}
		r.silenced = !r.me && x.Loudness.Muted
		r.note = strings.Join(notes, " · ")
		if !x.Hand.IsZero() {
			r.hand = i + 1
		}
		rows = append(rows, r)
	}
	show(p.none, len(rows) == 0)
	if !slices.Equal(rows, p.rows) {
		p.rows = rows
		p.list.Refresh()
	}
}

// personRow is one person in the list.
type personRow struct {
	base.BaseWidget
	v      *View
	s      personState
	avatar *widget.Avatar
	ring   *canvas.Circle
	name   *canvas.Text
	note   *canvas.Text
	mic    *canvas.Image
	silent *canvas.Image
	cam    *canvas.Image
	hand   *canvas.Rectangle
	handIc *canvas.Image
	handNo *canvas.Text
	more   *widget.IconButton
}

func newPersonRow(v *View) *personRow {
	r := &personRow{
		v:      v,
		avatar: widget.NewAvatar("", "", 36),
		ring:   canvas.NewCircle(nil),
		name:   canvas.NewText("", nil),
		note:   canvas.NewText("", nil),
		mic:    &canvas.Image{FillMode: canvas.ImageFillContain},
		silent: canvas.NewImageFromResource(theme.IconIn(theme.IconSpeakerOff, theme.ColorNotice)),
		cam:    &canvas.Image{FillMode: canvas.ImageFillContain},
		hand:   canvas.NewRectangle(nil),
		handIc: canvas.NewImageFromResource(theme.IconIn(theme.IconHand, theme.ColorOnNotice)),
		handNo: canvas.NewText("", nil),
	}
	r.more = widget.NewIconButton(theme.IconMoreVertical, lang.L("More"), func() {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(r.more)
		at.Y += r.more.Size().Height
		if items := v.tileItems(key{r.s.identity, call.Camera}, at); len(items) > 0 {
			m := fyne.NewMenu("", items...)
			base.ShowPopUpMenuAtPosition(m, v.window.Canvas(), at)
		}
	})
	r.more.SetStyle(widget.Quiet)
	r.more.SetSize(32, 32, 18)
	r.handNo.TextStyle.Bold = true
	r.ring.StrokeWidth = 2
	r.silent.FillMode = canvas.ImageFillContain
	r.handIc.FillMode = canvas.ImageFillContain
	r.ExtendBaseWidget(r)
	return r
}

func (r *personRow) set(s personState) {
	if r.s == s {
		return
	}
	r.s = s
	r.avatar.Set(s.identity, s.name)
	r.more.Set(theme.IconMoreVertical, widget.Quiet, lang.L("More about {{.Name}}", map[string]any{"Name": bidi.Isolate(widget.Ellipsis(s.name, theme.Scaled(200), theme.TextCaption(), fyne.TextStyle{}))}))
	r.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *personRow) CreateRenderer() fyne.WidgetRenderer { return &personRowRenderer{r} }

type personRowRenderer struct{ r *personRow }

func (x *personRowRenderer) Layout(s fyne.Size) {
	r := x.r
	mid := s.Height / 2
	face, icon, more := theme.Grown(36), theme.Grown(18), r.more.MinSize().Width
	place(r.avatar, 8, mid-face/2, face, face)
	place(r.ring, 5, mid-face/2-3, face+6, face+6)
	right := s.Width - 4
	take := func(o fyne.CanvasObject, on bool, w, h float32) {
		show(o, on)
		if on {
			right -= w
			place(o, right, mid-h/2, w, h)
			right -= 6
		}
	}
	take(r.more, true, more, more)
	take(r.mic, true, icon, icon)
	take(r.cam, true, icon, icon)
	take(r.silent, r.s.silenced, icon, icon)
	show(r.hand, r.s.hand > 0)
	show(r.handIc, r.s.hand > 0)
	show(r.handNo, r.s.hand > 0)
	if r.s.hand > 0 {
		m := r.handNo.MinSize()
		palm, h := theme.Scaled(14), theme.Scaled(22)
		w := 8 + palm + 4 + m.Width + 8
		right -= w
		r.hand.CornerRadius = h / 2
		place(r.hand, right, mid-h/2, w, h)
		place(r.handIc, right+8, mid-palm/2, palm, palm)
		place(r.handNo, right+8+palm+4, mid-m.Height/2, m.Width, m.Height)
		right -= 8
	}
	left := 8 + face + 12
	widget.SetText(r.name, widget.Ellipsis(r.s.name, right-left, theme.TextBody(), fyne.TextStyle{}))
	widget.SetText(r.note, widget.Ellipsis(r.s.note, right-left, theme.TextCaption(), fyne.TextStyle{}))
	n, m := r.name.MinSize(), r.note.MinSize()
	if r.note.Text == "" {
		place(r.name, left, mid-n.Height/2, n.Width, n.Height)
		return
	}
	top := mid - (n.Height+m.Height)/2
	place(r.name, left, top, n.Width, n.Height)
	place(r.note, left, top+n.Height, m.Width, m.Height)
}

func (x *personRowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(200, max(52, theme.Scaled(36)+16))
}
func (x *personRowRenderer) Destroy() {}

func (x *personRowRenderer) Refresh() {
	r := x.r
	r.name.TextSize, r.note.TextSize, r.handNo.TextSize = theme.TextBody(), theme.TextCaption(), theme.TextCaption()
	r.name.Color = theme.Color("foreground")
	r.note.Color = theme.Color(theme.ColorMuted)
	r.handNo.Color = theme.Color(theme.ColorOnNotice)
	r.hand.FillColor = theme.Color(theme.ColorNotice)
	r.ring.StrokeColor = theme.Color("primary")
	show(r.ring, r.s.speaking)
	r.handNo.Text = itoa(r.s.hand)
	set := func(i *canvas.Image, on bool, yes, no theme.IconName) {
		icon, color := no, theme.ColorMuted
		if on {
			icon, color = yes, "foreground"
		}
		res := theme.IconIn(icon, color)
		i.Resource = res
		i.Refresh()
	}
	set(r.mic, r.s.microphone, theme.IconMicrophone, theme.IconMicrophoneOff)
	set(r.cam, r.s.camera, theme.IconCamera, theme.IconCameraOff)
	x.Layout(r.Size())
	for _, o := range []fyne.CanvasObject{r.name, r.note, r.handNo, r.hand, r.ring} {
		o.Refresh()
	}
}

func (x *personRowRenderer) Objects() []fyne.CanvasObject {
	r := x.r
	return []fyne.CanvasObject{r.avatar, r.ring, r.name, r.note, r.hand, r.handIc, r.handNo, r.cam, r.mic, r.silent, r.more}
}

// searchField narrows the list; Escape clears it.
type searchField struct {
	base.Entry
	v *View
}

func newSearchField(v *View, changed func()) *searchField {
	f := &searchField{v: v}
	f.PlaceHolder = lang.L("Find a person")
	f.Icon = theme.IconIn(theme.IconSearch, theme.ColorMuted)
	f.OnChanged = func(string) { changed() }
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey implements fyne.Focusable.
func (f *searchField) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		f.SetText("")
		f.v.window.Canvas().Unfocus()
		return
	}
	f.Entry.TypedKey(e)
}

// KeyUp implements desktop.Keyable.
func (f *searchField) KeyUp(e *fyne.KeyEvent) { f.v.keys.keyUp(e); f.Entry.KeyUp(e) }

// FocusGained implements fyne.Focusable.
func (f *searchField) FocusGained() { f.v.keys.hush(); f.Entry.FocusGained() }
