// Package lobby is the screen before a meeting: who you are, how you look and
// sound, and where you want to go.
package lobby

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// Choice is how somebody wants to come in.
type Choice struct {
	Name                        string
	Camera, Microphone, Speaker string // device IDs
	CameraOn, MicrophoneOn      bool
}

// Options says what the lobby begins with and whom it tells.
type Options struct {
	Version  string
	Settings settings.Settings
	Link     string // in the field from the start; empty leaves the last one
	Message  string // why we are back, or what is wrong with the settings

	OnJoin     func(t invite.Target, typed string, c Choice)
	OnStart    func(c Choice)
	OnTestCall func(c Choice)
	OnCancel   func()                           // while joining
	OnChange   func(func(s *settings.Settings)) // something to remember
	Sentence   func(error) string

	// Watch replaces device.Watch in tests.
	Watch func(ctx context.Context) <-chan device.List
}

// View is the lobby's screen. It belongs to the UI goroutine.
type View struct {
	o       Options
	root    fyne.CanvasObject
	painter *ours.Painter
	preview *preview
	tile    *ours.VideoTile
	meter   *ours.LevelMeter

	name, link, code *widget.Entry
	hint             *widget.Label
	notice           *ours.Notice
	join             *widget.Button
	start, test      *widget.Button
	cancel           *widget.Button
	busy             *widget.ProgressBarInfinite
	micButton        *ours.IconButton
	camButton        *ours.IconButton
	cameras          *picker
	microphones      *picker
	speakers         *picker

	choice  Choice
	joining bool
	stop    context.CancelFunc
	ended   sync.WaitGroup
	closed  bool
}

// picker is a choice of one device.
type picker struct {
	*widget.Select
	ids  []string
	kind device.Kind
}

// New makes the lobby and opens the preview. Close it before a call opens the
// same devices.
func New(o Options) *View {
	if o.Watch == nil {
		o.Watch = device.Watch
	}
	s := o.Settings
	v := &View{o: o, choice: Choice{Name: s.Name, Camera: s.Camera, Microphone: s.Microphone, Speaker: s.Speaker,
		CameraOn: !s.CameraOff, MicrophoneOn: !s.MicrophoneOff}}
	v.painter = ours.NewPainter(nil)
	v.tile = ours.NewVideoTile(v.painter, video.Cover)
	v.tile.Surface().SetMirror(true)
	v.meter = ours.NewLevelMeter()
	v.preview = newPreview(v.tile.Surface(),
		func(l float64) { fyne.Do(func() { v.meter.SetLevel(l) }) },
		func(err error) { fyne.Do(func() { v.cameraOpened(err) }) })
	v.root = v.build()
	v.showChoice()
	ctx, stop := context.WithCancel(context.Background())
	v.stop = stop
	lists := o.Watch(ctx)
	v.ended.Add(1)
	go func() {
		defer v.ended.Done()
		for l := range lists {
			fyne.Do(func() { v.listed(l) })
		}
	}()
	return v
}

// Object is what to put into the window.
func (v *View) Object() fyne.CanvasObject { return v.root }

// Focus puts the cursor where typing makes sense.
func (v *View) Focus(c fyne.Canvas) {
	if v.name.Text == "" {
		c.Focus(v.name)
	} else {
		c.Focus(v.link)
	}
}

// Close gives the devices back and waits for them. Idempotent.
func (v *View) Close() {
	if v.closed {
		return
	}
	v.closed = true
	v.stop()
	v.preview.close()
	v.tile.Close()
	v.painter.Close()
}

// Typed is what stands in the link field.
func (v *View) Typed() string { return v.link.Text }

// SetLink puts a link into the field.
func (v *View) SetLink(s string) { v.link.SetText(s) }

// SetJoining shows that we are on the way, or no longer.
func (v *View) SetJoining(on bool) {
	v.joining = on
	for _, w := range []fyne.Disableable{v.name, v.link, v.code, v.join, v.start, v.test} {
		if on {
			w.Disable()
		} else {
			w.Enable()
		}
	}
	if on {
		v.notice.Hide()
		v.busy.Show()
		v.busy.Start()
		v.cancel.Show()
	} else {
		v.busy.Stop()
		v.busy.Hide()
		v.cancel.Hide()
		v.check()
	}
}

// Tell shows a sentence; empty takes it away.
func (v *View) Tell(k ours.Kind, text string) {
	if text == "" {
		v.notice.Hide()
		return
	}
	v.notice.Set(k, "", text)
	v.notice.Show()
}

// AskCode shows the field for an invite code.
func (v *View) AskCode() { v.code.Show() }

func (v *View) build() fyne.CanvasObject {
	v.notice = ours.NewNotice(ours.Problem, "", "")
	v.notice.Hide()
	v.name = widget.NewEntry()
	v.name.SetPlaceHolder("Your name")
	v.name.SetText(v.choice.Name)
	v.name.OnChanged = func(t string) { v.choice.Name = strings.TrimSpace(t); v.showChoice() }
	v.link = widget.NewEntry()
	v.link.SetPlaceHolder("foyer://… link, HOST:PORT/ROOM, or LiveKit URL and token")
	v.code = widget.NewEntry()
	v.code.SetPlaceHolder("Invite code")
	v.code.Hide()
	v.hint = widget.NewLabel("")
	v.hint.Importance = widget.LowImportance
	v.hint.Truncation = fyne.TextTruncateEllipsis
	v.join = widget.NewButtonWithIcon("Join", theme.Icon(theme.IconVideo), v.goJoin)
	v.join.Importance = widget.HighImportance
	v.start = widget.NewButtonWithIcon("Start a meeting", theme.Icon(theme.IconPlus), func() { v.leaveWith(v.o.OnStart) })
	v.test = widget.NewButtonWithIcon("Test call", theme.Icon(theme.IconPlay), func() { v.leaveWith(v.o.OnTestCall) })
	v.busy = widget.NewProgressBarInfinite()
	v.busy.Stop()
	v.busy.Hide()
	v.cancel = widget.NewButton("Cancel", func() {
		if v.o.OnCancel != nil {
			v.o.OnCancel()
		}
	})
	v.cancel.Hide()
	v.link.OnChanged = func(string) { v.check() }
	v.link.OnSubmitted = func(string) { v.goJoin() }
	v.name.OnSubmitted = func(string) { v.goJoin() }
	v.code.OnSubmitted = func(string) { v.goJoin() }
	link := v.o.Link
	if link == "" {
		link = v.o.Settings.LastLink
	}
	v.link.SetText(link)
	v.check()
	if v.o.Message != "" {
		v.Tell(ours.Info, v.o.Message)
	}

	v.micButton = ours.NewIconButton(theme.IconMicrophone, "Microphone", func() {
		v.choice.MicrophoneOn = !v.choice.MicrophoneOn
		v.remember(func(s *settings.Settings) { s.MicrophoneOff = !v.choice.MicrophoneOn })
		v.showChoice()
	})
	v.camButton = ours.NewIconButton(theme.IconCamera, "Camera", func() {
		v.choice.CameraOn = !v.choice.CameraOn
		v.remember(func(s *settings.Settings) { s.CameraOff = !v.choice.CameraOn })
		v.showChoice()
	})
	v.cameras = v.newPicker(device.Camera, func(id string) {
		v.choice.Camera = id
		v.remember(func(s *settings.Settings) { s.Camera = id })
	})
	v.microphones = v.newPicker(device.Microphone, func(id string) {
		v.choice.Microphone = id
		v.remember(func(s *settings.Settings) { s.Microphone = id })
	})
	v.speakers = v.newPicker(device.Speaker, func(id string) {
		v.choice.Speaker = id
		v.remember(func(s *settings.Settings) { s.Speaker = id })
	})
	v.listed(device.List{})
	chime := widget.NewButtonWithIcon("", theme.Icon(theme.IconSpeaker), v.playChime)

	text := func(s string, size float32, bold bool, color fyne.ThemeColorName) *canvas.Text {
		t := canvas.NewText(s, theme.Color(color))
		t.TextSize, t.TextStyle.Bold = size, bold
		return t
	}
	toggles := container.NewHBox(layout.NewSpacer(), v.micButton, v.camButton, layout.NewSpacer())
	row := func(icon theme.IconName, o, extra fyne.CanvasObject) fyne.CanvasObject {
		return container.NewBorder(nil, nil, widget.NewIcon(theme.Icon(icon)), extra, o)
	}
	left := container.NewVBox(
		container.New(&ratio{16, 9}, v.tile),
		toggles,
		v.meter,
		row(theme.IconCamera, v.cameras, nil),
		row(theme.IconMicrophone, v.microphones, nil),
		row(theme.IconSpeaker, v.speakers, chime),
	)
	title := text("Foyer", theme.TextDisplay, true, "foreground")
	lead := text("Meet, see and hear each other.", theme.TextBody, false, theme.ColorMuted)
	right := container.NewVBox(
		title, lead, gap(theme.Gap),
		v.notice,
		v.name, v.link, v.code, v.hint,
		v.join,
		container.NewGridWithColumns(2, v.start, v.test),
		v.busy, v.cancel,
		gap(theme.Gap),
		text("Recent meetings", theme.TextTitle, true, "foreground"),
		v.recents(),
	)
	return container.NewVScroll(container.New(&columns{}, left, right))
}

func gap(h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(1, h))
	return r
}

// recents lists the meetings of late; a click fills the field and joins.
func (v *View) recents() fyne.CanvasObject {
	if len(v.o.Settings.Recent) == 0 {
		l := widget.NewLabel("None yet. Start a meeting, or paste a link above.")
		l.Wrapping, l.Importance = fyne.TextWrapWord, widget.LowImportance
		return l
	}
	box := container.NewVBox()
	for _, m := range v.o.Settings.Recent {
		b := widget.NewButtonWithIcon("", theme.Icon(theme.IconClock), nil)
		title := m.Title
		if title == "" {
			title = "Meeting"
		}
		if r := []rune(title); len(r) > 40 {
			title = string(r[:39]) + "…"
		}
		b.SetText(title + "   " + m.At.Local().Format("2 Jan, 15:04"))
		b.Alignment, b.Importance = widget.ButtonAlignLeading, widget.LowImportance
		b.OnTapped = func() {
			v.link.SetText(m.Link)
			v.goJoin()
		}
		forget := ours.NewIconButton(theme.IconClose, "Forget this meeting", nil)
		forget.SetSize(32, 32, 16)
		forget.SetStyle(ours.Quiet)
		row := container.NewBorder(nil, nil, nil, forget, b)
		forget.OnTapped = func() {
			v.remember(func(s *settings.Settings) {
				s.Recent = slices.DeleteFunc(s.Recent, func(o settings.Meeting) bool { return o.Link == m.Link })
			})
			box.Remove(row)
		}
		box.Add(row)
	}
	return box
}

func (v *View) newPicker(kind device.Kind, chosen func(id string)) *picker {
	p := &picker{kind: kind}
	p.Select = widget.NewSelect(nil, nil)
	p.OnChanged = func(string) {
		if i := p.SelectedIndex(); i >= 0 && i < len(p.ids) {
			chosen(p.ids[i])
			v.showChoice()
		}
	}
	return p
}

// fill shows what is plugged in, keeping the choice.
func (p *picker) fill(list []device.Info, chosen string) {
	names, ids := []string{"System default"}, []string{device.Default}
	none := map[device.Kind]string{device.Camera: "No camera found", device.Microphone: "No microphone found", device.Speaker: "No speaker found"}
	if len(list) == 0 && chosen == device.Default {
		names[0] = none[p.kind]
	}
	for _, d := range list {
		names, ids = append(names, d.Name), append(ids, d.ID)
	}
	at := slices.Index(ids, chosen)
	if at < 0 {
		name := chosen
		if chosen == device.Test {
			name = "Test source"
		}
		names, ids = append(names, name), append(ids, chosen)
		at = len(ids) - 1
	}
	if slices.Equal(names, p.Options) && slices.Equal(ids, p.ids) && p.SelectedIndex() == at {
		return
	}
	p.ids = ids
	changed := p.OnChanged
	p.OnChanged = nil
	p.Options = names
	p.SetSelectedIndex(at)
	p.OnChanged = changed
	p.Refresh()
}

func (v *View) listed(l device.List) {
	if v.closed {
		return
	}
	v.cameras.fill(l.Cameras, v.choice.Camera)
	v.microphones.fill(l.Microphones, v.choice.Microphone)
	v.speakers.fill(l.Speakers, v.choice.Speaker)
}

func (v *View) remember(f func(*settings.Settings)) {
	f(&v.o.Settings)
	if v.o.OnChange != nil {
		v.o.OnChange(f)
	}
}

// showChoice draws what was chosen and opens or closes the preview's devices.
func (v *View) showChoice() {
	if v.closed || v.micButton == nil {
		return
	}
	mic, cam := v.choice.Microphone, v.choice.Camera
	if v.choice.MicrophoneOn {
		v.micButton.Set(theme.IconMicrophone, ours.Neutral, "Microphone is on")
	} else {
		mic = device.None
		v.micButton.Set(theme.IconMicrophoneOff, ours.Off, "Microphone is off")
	}
	if v.choice.CameraOn {
		v.camButton.Set(theme.IconCamera, ours.Neutral, "Camera is on")
	} else {
		cam = device.None
		v.camButton.Set(theme.IconCameraOff, ours.Off, "Camera is off")
	}
	name := v.choice.Name
	if name == "" {
		name = "You"
	}
	v.tile.Set(ours.TileState{Identity: "me", Name: name, Picture: v.choice.CameraOn, Muted: !v.choice.MicrophoneOn})
	v.preview.want(cam, mic)
}

func (v *View) cameraOpened(err error) {
	if v.closed {
		return
	}
	s := v.tile.State()
	s.Picture = err == nil && v.choice.CameraOn
	v.tile.Set(s)
	if err != nil && v.choice.Camera != device.Default {
		v.Tell(ours.Warning, v.o.Sentence(err))
	}
}

// check says quietly whether the link can be used.
func (v *View) check() {
	t, err := invite.Parse(v.link.Text)
	v.hint.SetText("")
	if v.joining {
		return
	}
	if err != nil {
		v.join.Disable()
		if strings.TrimSpace(v.link.Text) != "" {
			v.hint.SetText("This is not a meeting link yet.")
		}
		return
	}
	v.join.Enable()
	switch {
	case t.Link != nil:
		v.hint.SetText(fmt.Sprintf("Room %s on %s", t.Link.Room, t.Link.Host))
		if t.Link.Code == "" {
			v.code.Show()
		} else {
			v.code.Hide()
		}
	default:
		v.hint.SetText("LiveKit room at " + t.Direct.URL)
	}
}

func (v *View) goJoin() {
	if v.joining {
		return
	}
	t, err := invite.Parse(v.link.Text)
	if err != nil {
		v.Tell(ours.Problem, v.o.Sentence(err))
		return
	}
	if t.Link != nil && t.Link.Code == "" {
		t.Link.Code = strings.TrimSpace(v.code.Text)
	}
	v.remember(func(s *settings.Settings) { s.Name, s.LastLink = v.choice.Name, strings.TrimSpace(v.link.Text) })
	v.o.OnJoin(t, v.link.Text, v.chosen())
}

func (v *View) leaveWith(f func(Choice)) {
	if v.joining {
		return
	}
	v.remember(func(s *settings.Settings) { s.Name = v.choice.Name })
	f(v.chosen())
}

// chosen is the choice with a name: nobody is nameless in a meeting.
func (v *View) chosen() Choice {
	c := v.choice
	if c.Name == "" {
		c.Name = "Guest"
	}
	return c
}

// playChime sounds a short rising chord through the chosen speaker.
func (v *View) playChime() {
	id := v.choice.Speaker
	go func() {
		p, err := device.OpenSpeaker(id)
		if err != nil {
			fyne.Do(func() { v.Tell(ours.Warning, v.o.Sentence(err)) })
			return
		}
		m := audio.NewMixer()
		m.Play(audio.Chime())
		_ = p.Start(m.Render)
		t := time.NewTimer(1500 * time.Millisecond) // the chime's length and the device's delay
		<-t.C
		_ = p.Close()
	}()
}
