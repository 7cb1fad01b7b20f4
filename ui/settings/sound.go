package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/ui/hotkey"
	"foyer/ui/meeting"
	"foyer/ui/soundcheck"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// sounds are the rows about what is heard, and told otherwise.
type sounds struct {
	o                                    *Options
	cues, notes, small, places, key, try fyne.CanvasObject
	check                                *soundcheck.Check
}

func talks() []choice {
	return []choice{{lang.L("Hold to talk"), settings.TalkHold}, {lang.L("Hold to be muted"), settings.TalkMute}, {lang.L("Off"), settings.TalkOff}}
}

func (s *sounds) change(f func(*settings.Settings)) {
	f(&s.o.Settings)
	if s.o.OnChange != nil {
		s.o.OnChange(f)
	}
}

func newSounds(o *Options) *sounds {
	s := &sounds{o: o}
	tick := func(label string, on bool, set func(*settings.Settings, bool)) *widget.Check {
		c := widget.NewCheck(label, nil)
		c.Checked = on
		c.OnChanged = func(on bool) { s.change(func(x *settings.Settings) { set(x, on) }) }
		return c
	}
	s.cues = tick(lang.L("When people join, leave, write or raise a hand"), !o.Settings.SoundsOff,
		func(x *settings.Settings, on bool) { x.SoundsOff = !on })
	s.notes = tick(lang.L("When Foyer is in the background"), !o.Settings.NotifyOff,
		func(x *settings.Settings, on bool) { x.NotifyOff = !on })
	s.small = tick(lang.L("Show when minimised or sharing"), !o.Settings.SmallOff,
		func(x *settings.Settings, on bool) { x.SmallOff = !on })
	s.places = tick(lang.L("Voices follow people's position"), o.Settings.PlaceVoices,
		func(x *settings.Settings, on bool) { x.PlaceVoices = on })
	s.key = s.talkKey(tick)
	s.try = s.devices()
	return s
}

// talkKey is what holding a key does, which key, and where it counts.
func (s *sounds) talkKey(tick func(string, bool, func(*settings.Settings, bool)) *widget.Check) fyne.CanvasObject {
	var keys []string
	for _, k := range meeting.TalkKeys {
		keys = append(keys, meeting.KeyLabel(k))
	}
	which := widget.NewSelect(lang.L("Talk key"), keys, nil)
	anywhere := tick(lang.L("Also when Foyer is in the background"), s.o.Settings.TalkAnywhere,
		func(x *settings.Settings, on bool) { x.TalkAnywhere = on })
	which.SetSelectedIndex(max(0, slices.Index(meeting.TalkKeys, fyne.KeyName(s.o.Settings.TalkKey))))
	dress := func() {
		for _, d := range []fyne.Disableable{which, anywhere} {
			if s.o.Settings.Talk == settings.TalkOff {
				d.Disable()
			} else {
				d.Enable()
			}
		}
	}
	what := choose(lang.L("What holding the key does"), talks(), s.o.Settings.Talk, func(talk string) {
		s.change(func(x *settings.Settings) { x.Talk = talk })
		dress()
	})
	which.OnChanged = func(string) {
		s.change(func(x *settings.Settings) { x.TalkKey = string(meeting.TalkKeys[which.SelectedIndex()]) })
	}
	dress()
	rows := container.New(&column{}, container.New(&pairs{}, what, which))
	if hotkey.Supported {
		rows.Add(anywhere)
	}
	return rows
}

// devices tries the microphone and the speaker in use.
func (s *sounds) devices() fyne.CanvasObject {
	meter := widget.NewLevelMeter()
	says := widget.NewCaption("")
	say := func(t string) {
		if t == "" {
			t = lang.L("Test your microphone and speaker.")
		}
		says.SetText(t)
	}
	s.check = soundcheck.New(soundcheck.Options{
		Devices:        func() (string, string) { return s.o.Settings.Microphone, s.o.Settings.Speaker },
		OpenMicrophone: s.o.OpenMicrophone, OpenSpeaker: s.o.OpenSpeaker, Do: s.o.Do, Say: say,
		Level:  meter.SetLevel,
		Trying: s.o.OnTrial,
		Failed: func(err error) { say(s.o.Sentence(err)) },
	})
	say("")
	l := &trial{meter: meter, progress: s.check.Progress, says: says, buttons: []fyne.CanvasObject{
		base.NewIcon(theme.Icon(theme.IconMicrophone)), s.check.Microphone, base.NewIcon(theme.Icon(theme.IconSpeaker)), s.check.Speaker,
	}}
	return container.New(l, append(l.buttons, meter, s.check.Progress, says)...)
}

func (s *sounds) close() { s.check.Close() }

// trial lays the buttons in a row, with the level beside them and a sentence below.
type trial struct {
	buttons               []fyne.CanvasObject
	meter, progress, says fyne.CanvasObject
	width                 float32
}

// arrange places everything and returns how high it is.
func (l *trial) arrange() float32 {
	x, h := float32(0), theme.Touch()
	for i, b := range l.buttons {
		w := theme.Scaled(20)
		if i%2 == 1 {
			w = h
		}
		place(b, x, (h-w)/2, w, w)
		x += w + 4 + float32(i%2)*theme.Gap
	}
	place(l.meter, x, h/2-8, l.width-x, 8)
	place(l.progress, x, h/2+6, l.width-x, 4)
	below := widget.HeightAt(l.says, l.width+theme.Gap)
	place(l.says, -theme.Gap, h, l.width+theme.Gap, below)
	return h + max(32, below)
}

// Layout implements fyne.Layout.
func (l *trial) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.arrange()
}

// MinSize implements fyne.Layout.
func (l *trial) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.arrange()) }
