// Package settings is the sheet of what holds beyond one meeting.
package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/settings"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Options says what the sheet begins with and whom it tells. Everything holds at
// once but the hardware, which holds from the next start on.
type Options struct {
	Settings settings.Settings

	OnName     func(name string)
	OnTheme    func(preference string)
	OnHardware func(off bool)
	// OnVoice hands over a change of what is done to one's own sound.
	OnVoice  func(change func(*settings.Settings))
	OnClosed func()
}

var themes = []struct{ label, preference string }{
	{"As the desktop", theme.System}, {"Light", theme.Light}, {"Dark", theme.Dark},
}

// Show opens the sheet over a window. UI goroutine. Escape closes it.
func Show(over fyne.Window, o Options) dialog.Dialog {
	name := base.NewEntry()
	name.SetText(o.Settings.Name)
	name.SetPlaceHolder("Your name")

	var labels []string
	for _, t := range themes {
		labels = append(labels, t.label)
	}
	looks := base.NewSelect(labels, nil)
	looks.SetSelectedIndex(max(0, slices.IndexFunc(themes, func(t struct{ label, preference string }) bool { return t.preference == o.Settings.Theme })))
	looks.OnChanged = func(string) {
		if i := looks.SelectedIndex(); i >= 0 && o.OnTheme != nil {
			o.OnTheme(themes[i].preference)
		}
	}

	hardware := base.NewCheck("Use graphics hardware for video, from the next start on", nil)
	hardware.SetChecked(!o.Settings.HardwareOff)
	hardware.OnChanged = func(on bool) {
		if o.OnHardware != nil {
			o.OnHardware(!on)
		}
	}

	form := base.NewForm(base.NewFormItem("Name", name), base.NewFormItem("Theme", looks),
		base.NewFormItem("My voice", voiceChoices(o.Settings, o.OnVoice)), base.NewFormItem("Video", hardware))
	d := dialog.NewCustomWithoutButtons("Settings", form, over)
	done := widget.NewKeyButton("Done", nil, d.Hide, d.Hide)
	done.Importance = base.HighImportance
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), done, layout.NewSpacer()})
	d.SetOnClosed(func() {
		if n := strings.Join(strings.Fields(name.Text), " "); n != "" && n != o.Settings.Name && o.OnName != nil {
			o.OnName(n)
		}
		if o.OnClosed != nil {
			o.OnClosed()
		}
	})
	name.OnSubmitted = func(string) { d.Hide() }
	d.Resize(fyne.NewSize(520, 0))
	d.Show()
	over.Canvas().Focus(done)
	return d
}
