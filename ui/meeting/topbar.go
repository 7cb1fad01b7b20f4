package meeting

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

// topBar says which meeting this is, how long it has lasted and how many are in
// it, and, while we share, that we do.
type topBar struct {
	v       *View
	box     *fyne.Container
	sealed  *widget.IconButton // only where the meeting is end-to-end encrypted
	title   *canvas.Text
	elapsed *canvas.Text
	people  *canvas.Image
	count   *canvas.Text

	record    *canvas.Image // while the meeting is recorded
	recording *canvas.Text

	pill    *canvas.Rectangle
	sharing *canvas.Text
	stop    *widget.TextButton

	full   string // the title, uncut
	window string // that we share
}

func newTopBar(v *View) *topBar {
	t := &topBar{
		v:       v,
		title:   canvas.NewText("", nil),
		elapsed: canvas.NewText("", nil),
		people:  canvas.NewImageFromResource(theme.IconIn(theme.IconPeople, theme.ColorOnStageMuted)),
		count:   canvas.NewText("", nil),

		record:    canvas.NewImageFromResource(theme.IconIn(theme.IconRecord, theme.ColorOnControlOff)),
		recording: canvas.NewText(lang.L("Recording"), nil),

		pill:    canvas.NewRectangle(nil),
		sharing: canvas.NewText("", nil),
	}
	t.people.FillMode, t.record.FillMode = canvas.ImageFillContain, canvas.ImageFillContain
	t.title.TextStyle.Bold = true
	t.pill.CornerRadius = theme.Round
	t.stop = widget.NewTextButton(lang.L("Stop"), true, func() { v.call.StopShare() })
	t.sealed = widget.NewIconButton(theme.IconLock, lang.L("End-to-end encrypted"), func() {
		v.toasts.Say(widget.Info, theme.IconLock, lang.L("End-to-end encrypted: only people with the whole link can see, hear and read what is sent here. The server cannot."))
	})
	t.sealed.SetSize(32, 32, 18)
	t.sealed.SetStyle(widget.Bare)
	show(t.sealed, v.o.Encrypted)
	t.box = container.New(placer{place: t.place}, t.sealed, t.pill, t.title, t.elapsed, t.people, t.count, t.record, t.recording, t.sharing, t.stop)
	for _, o := range []fyne.CanvasObject{t.record, t.recording, t.pill, t.sharing, t.stop} {
		o.Hide()
	}
	t.dress()
	return t
}

func (t *topBar) dress() {
	t.title.TextSize = theme.Scaled(16)
	for _, x := range []*canvas.Text{t.elapsed, t.count, t.recording, t.sharing} {
		x.TextSize = theme.TextBody()
	}
	t.title.Color = theme.Color(theme.ColorOnStage)
	t.elapsed.Color = theme.Color(theme.ColorOnStageMuted)
	t.count.Color = theme.Color(theme.ColorOnStageMuted)
	t.recording.Color = theme.Color(theme.ColorOnControlOff)
	t.sharing.Color = theme.Color(theme.ColorAccent)
	t.pill.FillColor = theme.Color(theme.ColorTile)
	t.place(t.box.Size())
	t.box.Refresh()
}

func (t *topBar) update() {
	s := t.v.last
	full := t.v.o.Title
	if full == "" {
		full = s.Room.Name
	}
	if full == "" {
		full = lang.L("Meeting")
	}
	if t.v.leaving {
		full = lang.L("Leaving…")
	}
	elapsed := clock(t.v.o.Now().Sub(t.v.joined))
	count := strconv.Itoa(len(s.People) + 1)
	sharing := s.Local.Sharing
	if full == t.full && s.Room.Recording == t.record.Visible() && s.Local.SharedWindow == t.window && len(elapsed) == len(t.elapsed.Text) && count == t.count.Text && sharing == t.pill.Visible() {
		widget.SetText(t.elapsed, elapsed)
		return
	}
	t.full, t.window = full, s.Local.SharedWindow
	widget.SetText(t.elapsed, elapsed)
	widget.SetText(t.count, count)
	show(t.record, s.Room.Recording)
	show(t.recording, s.Room.Recording)
	show(t.pill, sharing)
	show(t.sharing, sharing)
	show(t.stop, sharing)
	t.place(t.box.Size())
}

// clock is a length of time as 4:05 or 1:02:03.
func clock(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if h := s / 3600; h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (t *topBar) place(s fyne.Size) {
	if s.Width < 1 {
		return
	}
	middle := func(o fyne.CanvasObject, x float32) float32 {
		m := o.MinSize()
		place(o, x, (s.Height-m.Height)/2, m.Width, m.Height)
		return m.Width
	}
	// From the right: count, then time.
	x := s.Width - theme.Space - t.count.MinSize().Width
	middle(t.count, x)
	icon := theme.Scaled(18)
	x -= icon + 6
	place(t.people, x, (s.Height-icon)/2, icon, icon)
	// The time keeps its place while its digits change.
	w := fyne.MeasureText(digits.Replace(t.elapsed.Text), theme.TextBody(), fyne.TextStyle{}).Width
	x -= theme.Space + w
	middle(t.elapsed, x)
	if t.record.Visible() {
		x = t.placeRecording(s, x, icon, middle)
	}
	right := x - theme.Space

	left := theme.Space
	if t.sealed.Visible() {
		m := t.sealed.MinSize()
		place(t.sealed, theme.Gap, (s.Height-m.Height)/2, m.Width, m.Height)
		left = theme.Gap + m.Width + 4
	}
	if t.pill.Visible() {
		stop := t.stop.MinSize()
		h := max(30, stop.Height)
		room := min(s.Width-400, right-left-stop.Width) - theme.Grown(100)
		line, ok := widget.SharingLine(t.window, min(room, theme.Grown(420)), theme.TextBody(), t.sharing.TextStyle)
		if !ok {
			line = lang.L("Sharing")
		}
		widget.SetText(t.sharing, line)
		text := t.sharing.MinSize().Width
		w := 12 + text + 12 + stop.Width + 3
		px := min((s.Width-w)/2, right-w)
		place(t.pill, px, (s.Height-h-6)/2, w, h+6)
		middle(t.sharing, px+12)
		place(t.stop, px+12+text+12, (s.Height-h)/2, stop.Width, h)
		right = px - theme.Space
	}
	widget.SetText(t.title, widget.Ellipsis(t.full, max(0, right-left), t.title.TextSize, t.title.TextStyle))
	middle(t.title, left)
}

// recordingRoom is how wide a window is at least that has room for the word too.
const recordingRoom = 640

// placeRecording puts the mark to the left of x, and returns where it begins.
func (t *topBar) placeRecording(s fyne.Size, x, icon float32, middle func(fyne.CanvasObject, float32) float32) float32 {
	word := s.Width >= theme.Scaled(recordingRoom)
	show(t.recording, word)
	x -= theme.Space
	if word {
		x -= t.recording.MinSize().Width
		middle(t.recording, x)
		x -= 6
	}
	x -= icon
	place(t.record, x, (s.Height-icon)/2, icon, icon)
	return x
}

var digits = strings.NewReplacer("1", "0", "2", "0", "3", "0", "4", "0", "5", "0", "6", "0", "7", "0", "8", "0", "9", "0")
