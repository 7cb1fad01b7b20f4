package meeting

import (
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

const mutedText = "You are muted: nobody hears what you say."

// announceMuted tells somebody who speaks while muted, once each time, until they
// unmute or have had time to read it.
func (v *View) announceMuted(old, l call.Local) {
	switch {
	case l.SpokeMuted && !old.SpokeMuted:
		v.toasts.Say(widget.Warning, theme.IconMicrophoneOff, lang.L(mutedText))
	case !l.SpokeMuted && old.SpokeMuted:
		v.toasts.Withdraw(lang.L(mutedText))
	}
}
