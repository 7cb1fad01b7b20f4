package meeting

import (
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

const mutedText = "You're muted. No one can hear you."

// What a host did to us.
const (
	mutedByHostText   = "The host muted you."
	cameraStoppedText = "The host turned off your camera."
	screenStoppedText = "The host stopped your screen share."
)

// announceMuted tells somebody who speaks while muted, once each time, until they
// unmute or have had time to read it.
func (v *View) announceMuted(old, l call.Local) {
	switch {
	case l.SpokeMuted && !old.SpokeMuted:
		v.toasts.Say(widget.Warning, theme.IconMicrophoneOff, lang.L(mutedText))
	case !l.SpokeMuted && old.SpokeMuted:
		v.toasts.Withdraw(lang.L(mutedText))
	}
	switch {
	case l.MutedByHost && !old.MutedByHost:
		v.toasts.Say(widget.Warning, theme.IconMicrophoneOff, lang.L(mutedByHostText))
	case !l.MutedByHost && old.MutedByHost:
		v.toasts.Withdraw(lang.L(mutedByHostText))
	}
	if l.StoppedByHost != old.StoppedByHost {
		switch old.StoppedByHost {
		case call.Camera:
			v.toasts.Withdraw(lang.L(cameraStoppedText))
		case call.Screen:
			v.toasts.Withdraw(lang.L(screenStoppedText))
		}
		switch l.StoppedByHost {
		case call.Camera:
			v.toasts.Say(widget.Warning, theme.IconCameraOff, lang.L(cameraStoppedText))
		case call.Screen:
			v.toasts.Say(widget.Warning, "", lang.L(screenStoppedText))
		}
	}
}
