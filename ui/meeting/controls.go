package meeting

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/tray"
	"foyer/ui/widget"
)

// controls is the row of round buttons under the stage.
type controls struct {
	v   *View
	box *fyne.Container

	microphone, camera         *widget.IconButton
	microphoneMenu, cameraMenu *widget.IconButton
	microphonePill, cameraPill *canvas.Rectangle
	share, hand, chat, people  *widget.IconButton
	more, leave                *widget.IconButton
}

func newControls(v *View) *controls {
	c := &controls{v: v}
	c.microphone = widget.NewIconButton(theme.IconMicrophone, "", v.ToggleMicrophone)
	c.camera = widget.NewIconButton(theme.IconCamera, "", v.ToggleCamera)
	c.microphoneMenu = widget.NewIconButton(theme.IconChevronUp, lang.L("Choose microphone and speaker"), func() { v.soundMenu(c.microphoneMenu) })
	c.cameraMenu = widget.NewIconButton(theme.IconChevronUp, lang.L("Choose camera"), func() { v.cameraMenu(c.cameraMenu) })
	for _, b := range []*widget.IconButton{c.microphoneMenu, c.cameraMenu} {
		b.SetStyle(widget.Bare)
		b.SetSize(chevronWidth, controlSize, 14)
	}
	c.share = widget.NewIconButton(theme.IconShare, lang.L("Share your screen (S)"), v.toggleShare)
	c.hand = widget.NewIconButton(theme.IconHand, lang.L("Raise your hand (H)"), v.toggleHand)
	c.chat = widget.NewIconButton(theme.IconChat, lang.L("Chat (C)"), func() { v.panel.toggle(panelChat) })
	c.people = widget.NewIconButton(theme.IconPeople, lang.L("People (P)"), func() { v.panel.toggle(panelPeople) })
	c.more = widget.NewIconButton(theme.IconMore, lang.L("More"), func() { v.moreMenu(c.more) })
	c.leave = widget.NewIconButton(theme.IconLeave, lang.L("Leave (Ctrl+D)"), v.Leave)
	c.leave.SetStyle(widget.Danger)
	c.leave.SetSize(leaveWidth, controlSize, 26)
	c.microphonePill, c.cameraPill = canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	for _, p := range []*canvas.Rectangle{c.microphonePill, c.cameraPill} {
		p.FillColor = theme.Color(theme.ColorTile)
	}
	c.box = container.New(placer{place: c.place}, c.microphonePill, c.cameraPill, c.microphone, c.microphoneMenu,
		c.camera, c.cameraMenu, c.share, c.hand, c.chat, c.people, c.more, c.leave)
	return c
}

// Sizes at the usual size of text.
const (
	controlSize  float32 = 48
	chevronWidth float32 = 32
	leaveWidth   float32 = 72
)

// dress places the buttons anew: their size follows that of text.
func (c *controls) dress() { c.place(c.box.Size()) }

func (c *controls) place(s fyne.Size) {
	// The first of these that fits: roomy, close, without choosers, small.
	fits := []struct {
		d, leave, chevron, gap, group, edge float32
	}{
		{theme.Control(), theme.Grown(leaveWidth), theme.Grown(chevronWidth), 12, 28, theme.Space},
		{theme.Control(), theme.Grown(leaveWidth), theme.Grown(chevronWidth), 6, 10, 4},
		{theme.Control(), theme.Grown(leaveWidth), 0, 6, 10, 4},
		{theme.Touch(), theme.Grown(56), 0, 4, 6, 2},
		{theme.LeastTouch, 56, 0, 4, 6, 2},
	}
	f := fits[0]
	width := float32(0)
	for _, f = range fits {
		width = 7*f.d + 2*f.chevron + f.leave + 5*f.gap + 2*f.group
		if width <= s.Width-2*f.edge {
			break
		}
	}
	d, gap, group := f.d, f.gap, f.group
	x := max(0, float32(int((s.Width-width)/2)))
	y := (s.Height - d) / 2
	put := func(b *widget.IconButton, w, after float32) {
		place(b, x, y, w, d)
		x += w + after
	}
	split := func(b, menu *widget.IconButton, pill *canvas.Rectangle) {
		show(menu, f.chevron > 0)
		show(pill, f.chevron > 0)
		pill.CornerRadius = d / 2
		place(pill, x, y, d+f.chevron, d)
		put(b, d, 0)
		if f.chevron > 0 {
			put(menu, f.chevron, 0)
		}
		x += gap
	}
	split(c.microphone, c.microphoneMenu, c.microphonePill)
	split(c.camera, c.cameraMenu, c.cameraPill)
	put(c.share, d, group)
	put(c.hand, d, gap)
	put(c.chat, d, gap)
	put(c.people, d, gap)
	put(c.more, d, group)
	put(c.leave, f.leave, 0)
}

// update draws the buttons as the snapshot and the device list say.
func (c *controls) update() {
	v, l := c.v, c.v.last.Local
	if l.MicrophoneOn {
		tip := lang.L("Mute (M)")
		if v.o.Preferences.Talk == TalkMute {
			tip = lang.L("Mute (M), or hold {{.Key}} to be muted", map[string]any{"Key": KeyLabel(v.talkKey())})
		}
		c.microphone.Set(theme.IconMicrophone, widget.Neutral, tip)
	} else {
		tip := lang.L("Unmute (M)")
		if v.o.Preferences.Talk == TalkHold {
			tip = lang.L("Unmute (M), or hold {{.Key}} to talk", map[string]any{"Key": KeyLabel(v.talkKey())})
		}
		c.microphone.Set(theme.IconMicrophoneOff, widget.Off, tip)
	}
	c.microphone.SetReason(v.whyNoMicrophone())
	if l.CameraOn {
		c.camera.Set(theme.IconCamera, widget.Neutral, lang.L("Turn the camera off (V)"))
	} else {
		c.camera.Set(theme.IconCameraOff, widget.Off, lang.L("Turn the camera on (V)"))
	}
	c.camera.SetReason(v.whyNoCamera())
	if l.Sharing {
		c.share.Set(theme.IconStopShare, widget.Active, lang.L("Stop sharing (S)"))
	} else {
		c.share.Set(theme.IconShare, widget.Neutral, lang.L("Share your screen (S)"))
	}
	c.share.SetReason(v.whyNoShare())
	if v.last.Me.Hand.IsZero() {
		c.hand.Set(theme.IconHand, widget.Neutral, lang.L("Raise your hand (H)"))
	} else {
		c.hand.Set(theme.IconHand, widget.Active, lang.L("Lower your hand (H)"))
	}
	toggle(c.chat, v.panel, panelChat)
	toggle(c.people, v.panel, panelPeople)
	if v.panel != nil {
		c.chat.SetBadge(v.panel.chat.unread())
	}
	c.leave.SetReason(when(v.leaving, lang.L("Leaving…")))
	if v.o.OnControls != nil {
		v.o.OnControls(tray.State{
			Meeting: true, MicrophoneOn: l.MicrophoneOn, CameraOn: l.CameraOn,
			NoMicrophone: v.whyNoMicrophone() != "", NoCamera: v.whyNoCamera() != "", Leaving: v.leaving,
		})
	}
}

func toggle(b *widget.IconButton, p *panel, mode panelMode) {
	style := widget.Neutral
	if p != nil && p.mode == mode {
		style = widget.Active
	}
	b.SetStyle(style)
}

// opens says that a device ID stands for something that needs no plugged-in device.
func opens(id string) bool { return id != device.Default && id != device.None }

func (v *View) whyNoMicrophone() string {
	l := v.last.Local
	switch {
	case l.MicrophoneOn:
		return ""
	case !l.CanPublish:
		return noPublish(v.last.Me.Role, lang.L("You joined as a viewer, and viewers cannot speak"), lang.L("The host does not let you speak"))
	case v.listed && len(v.devices.Microphones) == 0 && !opens(l.Microphone),
		v.listed && len(v.devices.Microphones) == 0 && errors.Is(l.MicrophoneError, device.ErrNoDevice):
		return v.noSound(lang.L("No microphone found"))
	}
	return ""
}

func (v *View) whyNoCamera() string {
	l := v.last.Local
	switch {
	case l.CameraOn:
		return ""
	case !l.CanPublish:
		return noPublish(v.last.Me.Role, lang.L("You joined as a viewer, and viewers cannot show a camera"), lang.L("The host does not let you show a camera"))
	case v.listed && len(v.devices.Cameras) == 0 && !opens(l.Camera),
		v.listed && len(v.devices.Cameras) == 0 && errors.Is(l.CameraError, device.ErrNoDevice):
		return lang.L("No camera found")
	}
	return ""
}

func (v *View) whyNoShare() string {
	l := v.last.Local
	switch {
	case l.Sharing:
		return ""
	case !l.CanShare:
		return noPublish(v.last.Me.Role, lang.L("You joined as a viewer, and viewers cannot share a screen"), lang.L("The host does not let you share a screen"))
	case v.listed && len(v.devices.Screens) == 0:
		return lang.L("No screen found that can be shared")
	}
	return ""
}

// noPublish is the reason for somebody of a role.
func noPublish(r call.Role, viewer, other string) string {
	if r == call.RoleViewer {
		return viewer
	}
	return other
}

// ToggleMicrophone does what its button does.
func (v *View) ToggleMicrophone() {
	if v.whyNoMicrophone() != "" {
		return
	}
	on := !v.last.Local.MicrophoneOn
	if on && v.last.Local.Microphone == device.None {
		v.call.UseMicrophone(device.Default)
	}
	v.call.SetMicrophone(on)
}

// ToggleCamera does what its button does.
func (v *View) ToggleCamera() {
	if v.whyNoCamera() != "" {
		return
	}
	on := !v.last.Local.CameraOn
	if on && v.last.Local.Camera == device.None {
		v.call.UseCamera(device.Default)
	}
	v.call.SetCamera(on)
}

func (v *View) toggleHand() { v.call.RaiseHand(v.last.Me.Hand.IsZero()) }

func (v *View) toggleShare() {
	switch {
	case v.whyNoShare() != "":
	case v.last.Local.Sharing:
		v.call.StopShare()
	default:
		v.pickScreen()
	}
}
