package lobby

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/devices"
	"foyer/ui/soundcheck"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// newPicker makes a picker whose choice is shown at once.
func (v *View) newPicker(kind device.Kind, chosen func(id string)) *devices.Picker {
	return devices.New(kind, func(id string) {
		chosen(id)
		v.showDevices()
	})
}

func (v *View) buildDevices() fyne.CanvasObject {
	v.micButton = ours.NewIconButton(theme.IconMicrophone, lang.L("Microphone"), func() {
		v.choice.MicrophoneOn = !v.choice.MicrophoneOn
		v.remember(func(s *settings.Settings) { s.MicrophoneOff = !v.choice.MicrophoneOn })
		v.showDevices()
	})
	v.camButton = ours.NewIconButton(theme.IconCamera, lang.L("Camera"), func() {
		v.choice.CameraOn = !v.choice.CameraOn
		v.remember(func(s *settings.Settings) { s.CameraOff = !v.choice.CameraOn })
		v.showDevices()
	})
	v.cameras = v.newPicker(device.Camera, func(id string) {
		v.choice.Camera = id
		v.remember(func(s *settings.Settings) { s.Camera = id })
	})
	v.microphones = v.newPicker(device.Microphone, func(id string) {
		v.choice.Microphone, v.trying = id, ""
		v.remember(func(s *settings.Settings) { s.Microphone = id })
	})
	v.speakers = v.newPicker(device.Speaker, func(id string) {
		v.choice.Speaker = id
		v.remember(func(s *settings.Settings) { s.Speaker = id })
	})
	v.trial = soundcheck.New(soundcheck.Options{
		Devices:        func() (string, string) { return v.choice.Microphone, v.choice.Speaker },
		OpenMicrophone: v.o.OpenMicrophone, OpenSpeaker: v.o.OpenSpeaker, Do: v.do,
		Say: func(text string) {
			v.trying = text
			v.dressDevices()
		},
		Level: func(l float64) {
			if !v.micOn() { // else the preview tells
				v.meter.SetLevel(l)
			}
		},
		Failed: func(err error) { v.Tell(ours.Warning, v.o.Sentence(err)) },
	})

	row := func(icon theme.IconName, p *devices.Picker, below, right fyne.CanvasObject) fyne.CanvasObject {
		l := &labelled{icon: widget.NewIcon(theme.Icon(icon)), pick: p.Select, why: p.Why, below: below, right: right}
		return container.New(l, l.objects()...)
	}
	v.picture = &onPicture{resized: v.showName}
	return container.New(&stack{gap: 12},
		container.New(v.picture, v.tile, v.micButton, v.camButton),
		row(theme.IconCamera, v.cameras, nil, nil),
		row(theme.IconMicrophone, v.microphones, container.New(&stack{gap: theme.Gap}, v.meter, v.trial.Progress), v.trial.Microphone),
		row(theme.IconSpeaker, v.speakers, nil, v.trial.Speaker),
	)
}

// UseDevice takes over a choice that was made elsewhere.
func (v *View) UseDevice(k device.Kind, id string) {
	switch k {
	case device.Camera:
		v.choice.Camera = id
	case device.Microphone:
		v.choice.Microphone, v.trying = id, ""
	case device.Speaker:
		v.choice.Speaker = id
	}
	v.showDevices()
}

// listed shows what is plugged in now.
func (v *View) listed(l device.List) {
	v.list, v.haveList = l, true
	v.showDevices()
}

// showDevices draws what was chosen and opens or closes the preview's devices.
func (v *View) showDevices() {
	v.cameras.Fill(v.list, v.choice.Camera, v.haveList)
	v.microphones.Fill(v.list, v.choice.Microphone, v.haveList)
	v.speakers.Fill(v.list, v.choice.Speaker, v.haveList)
	mic, cam := v.choice.Microphone, v.choice.Camera
	if !v.micOn() {
		mic = device.None
	}
	if !v.camOn() {
		cam = device.None
	}
	if mic == device.None {
		v.micErr = nil
	}
	if cam == device.None {
		v.camErr = nil
	}
	v.preview.want(cam, mic)
	v.dressDevices()
}

// micOn and camOn say whether somebody who goes in now is heard and seen.
func (v *View) micOn() bool { return v.choice.MicrophoneOn && !v.microphones.Empty() }
func (v *View) camOn() bool { return v.choice.CameraOn && !v.cameras.Empty() }

// dressDevices draws buttons, tile and reasons.
func (v *View) dressDevices() {
	if v.micOn() {
		v.micButton.Set(theme.IconMicrophone, ours.Neutral, lang.L("Turn the microphone off"))
	} else {
		v.micButton.Set(theme.IconMicrophoneOff, ours.Off, lang.L("Turn the microphone on"))
	}
	if v.camOn() {
		v.camButton.Set(theme.IconCamera, ours.Neutral, lang.L("Turn the camera off"))
	} else {
		v.camButton.Set(theme.IconCameraOff, ours.Off, lang.L("Turn the camera on"))
	}
	reason := func(p *devices.Picker) string {
		switch {
		case v.joining:
			return lang.L("Joining…")
		case p.Empty():
			return p.Missing()
		}
		return ""
	}
	v.micButton.SetReason(reason(v.microphones))
	v.camButton.SetReason(reason(v.cameras))
	v.trial.SetReasons(reason(v.microphones), reason(v.speakers))
	why := func(p *devices.Picker, err error) string {
		switch {
		case p.Empty():
			return p.Without()
		case err != nil:
			return v.o.Sentence(err)
		}
		return ""
	}
	v.cameras.Explain(why(v.cameras, v.camErr))
	mic := why(v.microphones, v.micErr)
	if v.trying != "" {
		mic = v.trying
	}
	v.microphones.Explain(mic)
	v.speakers.Explain(why(v.speakers, nil))
	for _, p := range []*devices.Picker{v.cameras, v.microphones, v.speakers} {
		p.Lock(v.joining)
	}
	v.showName()
	v.relayout()
}

// showName draws the tile as the others will see it.
func (v *View) showName() {
	name := v.choice.Name
	if name == "" {
		name = lang.L("You")
	}
	room := v.picture.beside()
	if !v.micOn() {
		room -= theme.Scaled(16) + 8 // its mark
	}
	v.tile.Set(ours.TileState{
		Identity: "me", Name: ours.Ellipsis(name, room, theme.TextBody(), fyne.TextStyle{}),
		Picture: v.camOn() && v.camErr == nil, Muted: !v.micOn(),
	})
}

// deviceTold hears from the preview: a device opened (nil) or does not work.
func (v *View) deviceTold(k device.Kind, err error) {
	switch {
	case k == device.Camera && v.camOn():
		v.camErr = err
	case k == device.Microphone && v.micOn():
		v.micErr = err
	}
	v.dressDevices()
}
