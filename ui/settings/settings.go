package settings

import (
	"context"
	"math"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	basetheme "fyne.io/fyne/v2/theme"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/language"
	"foyer/ui/mini"
	"foyer/ui/motion"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Options says what the sheet begins with and whom it tells. Everything holds at
// once but the hardware and the language, which hold from the next start on.
type Options struct {
	Settings settings.Settings

	OnName     func(name string)
	OnTheme    func(preference string)
	OnHardware func(off bool)
	OnChange   func(func(s *settings.Settings)) // of all else
	OnDevice   func(kind device.Kind, id string)
	OnTrial    func(on bool) // the microphone is tried, and no longer
	OnClosed   func()
	Sentence   func(error) string // for a device that does not work; nil says the error

	// These replace package device's, for tests.
	OpenMicrophone func(id string) (device.Capture, error)
	OpenSpeaker    func(id string) (device.Playback, error)
	Watch          func(ctx context.Context) <-chan device.List
	// Do runs a function on the UI goroutine, soon; nil is fyne.Do.
	Do func(func())

	refit func() // gives the sheet room for what its rows say now
}

func (o *Options) fill() {
	if o.OpenMicrophone == nil {
		o.OpenMicrophone = device.OpenMicrophone
	}
	if o.OpenSpeaker == nil {
		o.OpenSpeaker = device.OpenSpeaker
	}
	if o.Watch == nil {
		o.Watch = device.Watch
	}
	if o.Sentence == nil {
		o.Sentence = error.Error
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
}

// choice is one of a list: what is read, and what is kept.
type choice struct{ label, value string }

func themes() []choice {
	return []choice{{lang.L("Same as system"), theme.System}, {lang.L("Light"), theme.Light}, {lang.L("Dark"), theme.Dark}}
}

// captionSizes are those of captions against other text, in percent.
func captionSizes() []choice {
	return []choice{{lang.L("Normal"), "100"}, {lang.L("Large"), "150"}, {lang.L("Very large"), "200"}}
}

// captionSize is the one to choose for a factor; 0 is 1.
func captionSize(factor float64) string {
	switch {
	case factor >= 1.75:
		return "200"
	case factor >= 1.25:
		return "150"
	}
	return "100"
}

func motions() []choice {
	return []choice{{lang.L("Same as system"), motion.System}, {lang.L("Reduced"), motion.Reduced}, {lang.L("Full"), motion.Full}}
}

func languages() []choice {
	all := []choice{{lang.L("Same as system"), language.System}}
	for _, l := range language.All {
		all = append(all, choice{l.Name, l.Code})
	}
	return all
}

// choose makes a list to choose from, with the one that is kept chosen.
func choose(name string, from []choice, kept string, chosen func(value string)) *widget.Select {
	var labels []string
	for _, c := range from {
		labels = append(labels, c.label)
	}
	s := widget.NewSelect(name, labels, nil)
	s.SetSelectedIndex(max(0, slices.IndexFunc(from, func(c choice) bool { return c.value == kept })))
	s.OnChanged = func(string) {
		if i := s.SelectedIndex(); i >= 0 {
			chosen(from[i].value)
		}
	}
	return s
}

// textSizes are what text can be scaled to, in percent.
var textSizes = []int{80, 90, 100, 110, 125, 150, 175, 200}

func sizes() []choice {
	var all []choice
	for _, p := range textSizes {
		all = append(all, choice{strconv.Itoa(p) + " %", strconv.Itoa(p)})
	}
	return all
}

// nearest is the percentage to choose for a factor; 0 is 1.
func nearest(factor float64) string {
	if factor == 0 {
		factor = 1
	}
	best := textSizes[0]
	for _, p := range textSizes {
		if math.Abs(float64(p)-100*factor) < math.Abs(float64(best)-100*factor) {
			best = p
		}
	}
	return strconv.Itoa(best)
}

// onEscape has the choices in o close the sheet on Escape.
func onEscape(o fyne.CanvasObject, closes func()) {
	switch x := o.(type) {
	case *widget.Select:
		x.OnEscape = closes
	case *widget.Check:
		x.OnEscape = closes
	case *fyne.Container:
		for _, o := range x.Objects {
			onEscape(o, closes)
		}
	}
}

// besideBar is the room that the bar of the scroller takes from the rows.
const besideBar = 12

// Show opens the sheet over a window. UI goroutine. Escape closes it.
func Show(over fyne.Window, o Options) *widget.Dialog {
	o.fill()
	name := widget.NewEntry(lang.L("Your name"))
	name.SetText(o.Settings.Name)

	looks := choose(lang.L("Theme"), themes(), o.Settings.Theme, func(preference string) {
		if o.OnTheme != nil {
			o.OnTheme(preference)
		}
	})

	fit := func() {} // gives the sheet its size; once there is one
	large := choose(lang.L("Text size"), sizes(), nearest(o.Settings.TextScale), func(percent string) {
		p, err := strconv.Atoi(percent)
		if err == nil && o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.TextScale = float64(p) / 100 })
			fit()
		}
	})

	moves := choose(lang.L("Motion"), motions(), o.Settings.Motion, func(preference string) {
		if o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.Motion = preference })
		}
	})

	texts := widget.NewCheck(lang.L("Show captions"), nil)
	texts.Checked = !o.Settings.CaptionsOff
	texts.OnChanged = func(on bool) {
		if o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.CaptionsOff = !on })
		}
	}
	textSize := choose(lang.L("Caption size"), captionSizes(), captionSize(o.Settings.CaptionSize), func(percent string) {
		p, err := strconv.Atoi(percent)
		if err == nil && o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.CaptionSize = float64(p) / 100 })
		}
	})

	speaks := choose(lang.L("Language"), languages(), o.Settings.Language, func(code string) {
		if o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.Language = code })
		}
	})

	hardware := widget.NewCheck(lang.L("Hardware acceleration (after restart)"), nil)
	hardware.Checked = !o.Settings.HardwareOff
	hardware.OnChanged = func(on bool) {
		if o.OnHardware != nil {
			o.OnHardware(!on)
		}
	}

	sounds := newSounds(&o)
	plugged := newPlugged(&o, sounds.check)
	list := []*row{
		newRow(lang.L("Name"), name), newRow(lang.L("Theme"), looks), newRow(lang.L("Text size"), large), newRow(lang.L("Motion"), moves),
		newRow(lang.L("Captions"), container.New(&pairs{}, texts, textSize)).hinted(lang.L("Needs a transcription service. Press T to toggle.")),
		newRow(lang.L("My voice"), voiceChoices(o.Settings, o.OnChange)), newRow(lang.L("Video"), hardware),
		newRow(lang.L("Sounds"), sounds.cues), newRow(lang.L("Notifications"), sounds.notes), newRow(lang.L("Spatial sound"), sounds.places),
		newRow(lang.L("Talk key"), sounds.key),
	}
	if mini.Supported {
		list = slices.Insert(list, 9, newRow(lang.L("Small window"), sounds.small))
	}
	if language.Selectable {
		list = slices.Insert(list, 2, newRow(lang.L("Language"), speaks).hinted(lang.L("Takes effect after restart")))
	}
	list = slices.Concat(list, plugged.rows(), []*row{newRow(lang.L("Sound test"), sounds.try)})
	_, form := newRows(list)
	d := widget.NewDialog(over, lang.L("Settings"), container.New(layout.NewCustomPaddedLayout(0, 0, basetheme.InnerPadding(), besideBar), form))
	d.AddButton(lang.L("Done"), nil, base.HighImportance, nil)
	d.SetOnClosed(func() {
		sounds.close()
		plugged.close()
		if n := text.Name(name.Text); n != "" && n != o.Settings.Name && o.OnName != nil {
			o.OnName(n)
		}
		if o.OnClosed != nil {
			o.OnClosed()
		}
	})
	name.OnSubmitted = func(string) { d.Hide() }
	onEscape(form, d.Hide)
	fit = func() {
		d.MaxWidth = theme.Grown(680)
		d.Refresh()
	}
	fit()
	o.refit = d.Refresh
	d.Show()
	return d
}
