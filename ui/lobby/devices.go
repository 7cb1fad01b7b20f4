package lobby

import (
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	"foyer/ui/soundcheck"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// picker is a choice of one device, with a line below that says why it does not work.
type picker struct {
	*ours.Select
	kind    device.Kind
	ids     []string
	known   map[string]string // names of the devices seen so far, by ID
	empty   bool              // none is plugged in, and none that needs no plug is chosen
	noSound bool              // because no sound server is running
	why     *ours.Paragraph
}

// words are what is said of a kind of device.
type words struct {
	name    string
	none    string // there is none
	without string // what that means
	off     string // device.None
	last    string // one that was chosen and has not been seen since
}

// noSoundServer is what is said in place of there being no microphone and no speaker.
const noSoundServer = "No sound server is running"

// wordsFor are the words for a kind of device; noSound says that there is no sound
// server that could have any.
func wordsFor(k device.Kind, noSound bool) words {
	w := wordsOf(k)
	if noSound && k != device.Camera {
		w.none, w.without = lang.L(noSoundServer), lang.L("Start PipeWire or PulseAudio to speak and to hear the others.")
	}
	return w
}

func wordsOf(k device.Kind) words {
	switch k {
	case device.Camera:
		return words{lang.L("Camera"), lang.L("No camera found"), lang.L("You can join without one. Others will see your initials."), lang.L("No camera"), lang.L("Last used camera")}
	case device.Microphone:
		return words{lang.L("Microphone"), lang.L("No microphone found"), lang.L("You can join and listen. Plug one in to speak."), lang.L("No microphone"), lang.L("Last used microphone")}
	case device.Speaker:
		return words{lang.L("Speaker"), lang.L("No speaker found"), lang.L("You won't hear anyone until you connect a speaker."), lang.L("No speaker"), lang.L("Last used speaker")}
	}
	return words{}
}

func (v *View) newPicker(kind device.Kind, chosen func(id string)) *picker {
	p := &picker{kind: kind, known: map[string]string{}, why: ours.NewCaption("")}
	p.why.Hide()
	p.Select = ours.NewSelect(wordsOf(kind).name, nil, nil)
	p.OnChanged = func(string) {
		if i := p.SelectedIndex(); i >= 0 && i < len(p.ids) {
			chosen(p.ids[i])
			v.showDevices()
		}
	}
	return p
}

// needsPlug says that a device ID stands for something that is plugged in, or not.
func needsPlug(id string) bool { return id == device.Default }

// fill shows what is plugged in, keeping the choice. Before the first list came,
// listed is false and nothing is missed.
func (p *picker) fill(list []device.Info, chosen string, listed bool) {
	names, ids := []string{lang.L("System default")}, []string{device.Default}
	p.empty = listed && len(list) == 0 && needsPlug(chosen)
	if p.empty {
		names[0] = wordsFor(p.kind, p.noSound).none
	}
	for _, d := range list {
		name := text.Name(d.Name)
		if name == "" {
			name = d.ID
		}
		if d.Default {
			names[0] = lang.L("System default: {{.Device}}", map[string]any{"Device": bidi.Isolate(name)})
		}
		p.known[d.ID] = name
		names, ids = append(names, name), append(ids, d.ID)
	}
	at := slices.Index(ids, chosen)
	if at < 0 {
		names, ids = append(names, p.absent(chosen, listed)), append(ids, chosen)
		at = len(ids) - 1
	}
	// The widget knows its options by name only: twins get a number.
	for i := range names {
		for n, name := 2, names[i]; slices.Contains(names[:i], names[i]); n++ {
			names[i] = fmt.Sprintf("%s (%d)", bidi.Isolate(name), n)
		}
	}
	for i := range names {
		names[i] = bidi.Line(names[i])
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

// absent names a chosen device that is not in the list.
func (p *picker) absent(id string, listed bool) string {
	switch id {
	case device.None:
		return wordsOf(p.kind).off
	case device.Test:
		return lang.L("Test source")
	}
	if filepath.IsAbs(id) || filepath.Ext(id) != "" {
		return filepath.Base(id)
	}
	name := p.known[id]
	if name == "" {
		name = wordsOf(p.kind).last
	}
	if listed {
		name = lang.L("{{.Device}} (unplugged)", map[string]any{"Device": bidi.Isolate(name)})
	}
	return name
}

// explain says below the picker why the device does not work; "" says nothing.
func (p *picker) explain(text string) {
	p.why.SetText(text)
	if text == "" {
		p.why.Hide()
	} else {
		p.why.Show()
	}
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

	row := func(icon theme.IconName, p *picker, below, right fyne.CanvasObject) fyne.CanvasObject {
		l := &labelled{icon: widget.NewIcon(theme.Icon(icon)), pick: p.Select, why: p.why, below: below, right: right}
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

// listed shows what is plugged in now.
func (v *View) listed(l device.List) {
	v.list, v.haveList = l, true
	v.showDevices()
}

// showDevices draws what was chosen and opens or closes the preview's devices.
func (v *View) showDevices() {
	v.cameras.fill(v.list.Cameras, v.choice.Camera, v.haveList)
	v.microphones.noSound, v.speakers.noSound = v.list.NoSound, v.list.NoSound
	v.microphones.fill(v.list.Microphones, v.choice.Microphone, v.haveList)
	v.speakers.fill(v.list.Speakers, v.choice.Speaker, v.haveList)
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
func (v *View) micOn() bool { return v.choice.MicrophoneOn && !v.microphones.empty }
func (v *View) camOn() bool { return v.choice.CameraOn && !v.cameras.empty }

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
	reason := func(p *picker) string {
		switch {
		case v.joining:
			return lang.L("Joining…")
		case p.empty:
			return wordsFor(p.kind, p.noSound).none
		}
		return ""
	}
	v.micButton.SetReason(reason(v.microphones))
	v.camButton.SetReason(reason(v.cameras))
	v.trial.SetReasons(reason(v.microphones), reason(v.speakers))
	why := func(p *picker, err error) string {
		switch {
		case p.empty:
			return wordsFor(p.kind, p.noSound).without
		case err != nil:
			return v.o.Sentence(err)
		}
		return ""
	}
	v.cameras.explain(why(v.cameras, v.camErr))
	mic := why(v.microphones, v.micErr)
	if v.trying != "" {
		mic = v.trying
	}
	v.microphones.explain(mic)
	v.speakers.explain(why(v.speakers, nil))
	for _, p := range []*picker{v.cameras, v.microphones, v.speakers} {
		if v.joining || p.empty && len(p.ids) == 1 {
			p.Disable()
		} else {
			p.Enable()
		}
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
