package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/language"
	"foyer/ui/mini"
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
	OnTrial    func(on bool)                    // the microphone is tried, and no longer
	OnClosed   func()
	Sentence   func(error) string // for a device that does not work; nil says the error

	// These replace package device's, for tests.
	OpenMicrophone func(id string) (device.Capture, error)
	OpenSpeaker    func(id string) (device.Playback, error)
	// Do runs a function on the UI goroutine, soon; nil is fyne.Do.
	Do func(func())
}

func (o *Options) fill() {
	if o.OpenMicrophone == nil {
		o.OpenMicrophone = device.OpenMicrophone
	}
	if o.OpenSpeaker == nil {
		o.OpenSpeaker = device.OpenSpeaker
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
	return []choice{{lang.L("As the desktop"), theme.System}, {lang.L("Light"), theme.Light}, {lang.L("Dark"), theme.Dark}}
}

func languages() []choice {
	all := []choice{{lang.L("As the desktop"), language.System}}
	for _, l := range language.All {
		all = append(all, choice{l.Name, l.Code})
	}
	return all
}

// choose makes a list to choose from, with the one that is kept chosen.
func choose(from []choice, kept string, chosen func(value string)) *base.Select {
	var labels []string
	for _, c := range from {
		labels = append(labels, c.label)
	}
	s := base.NewSelect(labels, nil)
	s.SetSelectedIndex(max(0, slices.IndexFunc(from, func(c choice) bool { return c.value == kept })))
	s.OnChanged = func(string) {
		if i := s.SelectedIndex(); i >= 0 {
			chosen(from[i].value)
		}
	}
	return s
}

// sheetEdge is what the sheet needs above and below its rows.
const sheetEdge = 140

// Show opens the sheet over a window. UI goroutine. Escape closes it.
func Show(over fyne.Window, o Options) dialog.Dialog {
	o.fill()
	name := base.NewEntry()
	name.SetText(o.Settings.Name)
	name.SetPlaceHolder(lang.L("Your name"))

	looks := choose(themes(), o.Settings.Theme, func(preference string) {
		if o.OnTheme != nil {
			o.OnTheme(preference)
		}
	})

	speaks := base.NewFormItem(lang.L("Language"), choose(languages(), o.Settings.Language, func(code string) {
		if o.OnChange != nil {
			o.OnChange(func(s *settings.Settings) { s.Language = code })
		}
	}))
	speaks.HintText = lang.L("From the next start on")

	hardware := base.NewCheck(lang.L("Use graphics hardware for video, from the next start on"), nil)
	hardware.SetChecked(!o.Settings.HardwareOff)
	hardware.OnChanged = func(on bool) {
		if o.OnHardware != nil {
			o.OnHardware(!on)
		}
	}

	sounds := newSounds(&o)
	form := base.NewForm(
		base.NewFormItem(lang.L("Name"), name), base.NewFormItem(lang.L("Theme"), looks),
		base.NewFormItem(lang.L("My voice"), voiceChoices(o.Settings, o.OnChange)), base.NewFormItem(lang.L("Video"), hardware),
		base.NewFormItem(lang.L("Sounds"), sounds.cues), base.NewFormItem(lang.L("Notifications"), sounds.notes), base.NewFormItem(lang.L("Voices"), sounds.places),
		base.NewFormItem(lang.L("Talk key"), sounds.key), base.NewFormItem(lang.L("Devices"), sounds.try),
	)
	if mini.Supported {
		form.Items = slices.Insert(form.Items, 6, base.NewFormItem(lang.L("Small window"), sounds.small))
	}
	if language.Selectable {
		form.Items = slices.Insert(form.Items, 2, speaks)
	}
	page := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 12), form)) // beside the bar
	// On a low window it scrolls.
	page.SetMinSize(fyne.NewSize(0, min(form.MinSize().Height, max(120, over.Canvas().Size().Height-sheetEdge))))
	d := dialog.NewCustomWithoutButtons(lang.L("Settings"), page, over)
	done := widget.NewKeyButton(lang.L("Done"), nil, d.Hide, d.Hide)
	done.Importance = base.HighImportance
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), done, layout.NewSpacer()})
	d.SetOnClosed(func() {
		sounds.close()
		if n := strings.Join(strings.Fields(name.Text), " "); n != "" && n != o.Settings.Name && o.OnName != nil {
			o.OnName(n)
		}
		if o.OnClosed != nil {
			o.OnClosed()
		}
	})
	name.OnSubmitted = func(string) { d.Hide() }
	d.Resize(fyne.NewSize(640, 0))
	d.Show()
	over.Canvas().Focus(done)
	return d
}
