package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/settings"
	"foyer/ui/widget"
)

// voiceChoices is what is done to one's own sound. Music leaves nothing to choose.
func voiceChoices(now settings.Settings, changed func(func(*settings.Settings))) fyne.CanvasObject {
	choice := func(label string, on bool, set func(s *settings.Settings, on bool)) *widget.Check {
		c := widget.NewCheck(label, nil)
		c.Checked = on
		c.OnChanged = func(on bool) {
			if changed != nil {
				changed(func(s *settings.Settings) { set(s, on) })
			}
		}
		return c
	}
	speech := []*widget.Check{
		choice(lang.L("Remove echo"), !now.EchoOff, func(s *settings.Settings, on bool) { s.EchoOff = !on }),
		choice(lang.L("Remove background noise"), !now.NoiseOff, func(s *settings.Settings, on bool) { s.NoiseOff = !on }),
		choice(lang.L("Adjust my volume automatically"), !now.GainOff, func(s *settings.Settings, on bool) { s.GainOff = !on }),
	}
	enable := func(music bool) {
		for _, c := range speech {
			if music {
				c.Disable()
			} else {
				c.Enable()
			}
		}
	}
	music := choice(lang.L("Music mode (stereo, no processing)"), now.Music, func(s *settings.Settings, on bool) { s.Music = on })
	tell := music.OnChanged
	music.OnChanged = func(on bool) {
		enable(on)
		tell(on)
	}
	enable(now.Music)
	return container.New(&pairs{}, speech[0], speech[1], speech[2], music)
}
