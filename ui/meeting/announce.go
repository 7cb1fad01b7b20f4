package meeting

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget"

	"fyne.io/fyne/v2"
)

func itoa(n int) string { return strconv.Itoa(n) }

// announce tells what has changed between two snapshots and deserves a word.
func (v *View) announce(old, s call.Snapshot) {
	before := map[string]call.Participant{}
	for _, p := range old.People {
		before[p.Identity] = p
	}
	var came, went []string
	now := map[string]bool{}
	for _, p := range s.People {
		now[p.Identity] = true
		b, known := before[p.Identity]
		switch {
		case !known:
			came = append(came, p.Name)
		case b.Hand.IsZero() && !p.Hand.IsZero():
			v.toasts.Say(widget.Info, theme.IconHand, short(p.Name)+" raised a hand")
		}
		if known && !b.Has(call.Screen) && p.Has(call.Screen) {
			v.toasts.Say(widget.Info, theme.IconShare, short(p.Name)+" is sharing a screen")
		}
		if unreadable(p) && !unreadable(b) {
			v.toasts.Say(widget.Problem, "", short(p.Name)+" uses another end-to-end key. Join by the same whole link to see and hear each other.")
		}
	}
	for _, p := range old.People {
		if !now[p.Identity] {
			went = append(went, p.Name)
		}
	}
	// After a reconnect the room fills again: that is no news.
	if old.State == call.Joined && s.State == call.Joined {
		v.crowd(came, "joined")
		v.crowd(went, "left")
	}
	if old.State == call.Reconnecting && s.State == call.Joined {
		v.toasts.Say(widget.Success, "", "Connected again")
	}
	v.announceMessages(old, s)
	v.announceErrors(old.Local, s.Local)
	v.announceMuted(old.Local, s.Local)
}

func unreadable(p call.Participant) bool {
	return slices.ContainsFunc(p.Tracks, func(t call.Track) bool { return t.Unreadable })
}

func (v *View) crowd(names []string, did string) {
	switch {
	case len(names) == 0:
	case len(names) <= 2:
		for _, n := range names {
			v.toasts.Say(widget.Info, theme.IconPerson, short(n)+" "+did)
		}
	default:
		v.toasts.Say(widget.Info, theme.IconPeople, itoa(len(names))+" people "+did)
	}
}

// announceMessages shows the newest line of chat while the chat is closed.
func (v *View) announceMessages(old, s call.Snapshot) {
	if v.panel.mode == panelChat || len(s.Messages) == 0 {
		return
	}
	m := s.Messages[len(s.Messages)-1]
	if m.Mine || len(old.Messages) > 0 && old.Messages[len(old.Messages)-1].ID == m.ID {
		return
	}
	text := widget.Ellipsis(printable(m.Text), 300, theme.TextBody, fyne.TextStyle{})
	v.toasts.Say(widget.Info, theme.IconChat, short(m.FromName)+": "+text)
}

func (v *View) announceErrors(old, l call.Local) {
	for _, e := range []struct {
		old, now error
		what     string
	}{
		{old.MicrophoneError, l.MicrophoneError, "microphone"},
		{old.CameraError, l.CameraError, "camera"},
		{old.SpeakerError, l.SpeakerError, "speaker"},
		{old.ShareError, l.ShareError, "screen share"},
	} {
		if e.now != nil && (e.old == nil || e.old.Error() != e.now.Error()) && !errors.Is(e.now, context.Canceled) {
			v.toasts.Say(widget.Problem, "", deviceSentence(e.what, e.now))
		}
	}
}

// announceDevices tells of a camera or headset that was plugged in.
func (v *View) announceDevices(old, now device.List) {
	for _, l := range []struct {
		old, now []device.Info
		what     string
		icon     theme.IconName
	}{
		{old.Cameras, now.Cameras, "Camera", theme.IconCamera},
		{old.Microphones, now.Microphones, "Microphone", theme.IconMicrophone},
	} {
		had := map[string]bool{}
		for _, d := range l.old {
			had[d.ID] = true
		}
		for _, d := range l.now {
			if !had[d.ID] {
				v.toasts.Say(widget.Info, l.icon, l.what+" plugged in: "+short(d.Name))
			}
		}
	}
}

// short cuts a name for use in a sentence.
func short(name string) string {
	return widget.Ellipsis(printable(name), 220, theme.TextBody, fyne.TextStyle{})
}

// deviceSentence says what happened to a device and what to do.
func deviceSentence(what string, err error) string {
	switch {
	case errors.Is(err, device.ErrGone) && what == "screen share":
		return "The shared screen went away, so sharing has stopped."
	case errors.Is(err, device.ErrGone):
		return "The " + what + " went away. Plug it in again, or choose another one."
	case errors.Is(err, device.ErrBusy):
		return "Another program is using the " + what + ". Close it there, then try again."
	case errors.Is(err, device.ErrDenied):
		return "The system does not let Foyer use the " + what + ". Allow it in the system's privacy settings."
	case errors.Is(err, device.ErrUnsupported):
		return "This system does not offer a " + what + " that Foyer can use."
	case errors.Is(err, device.ErrNoDevice) && what == "screen share":
		return "That screen is no longer there. Choose another one."
	case errors.Is(err, device.ErrNoDevice):
		return "No " + what + " found. You can still see and hear the others."
	case errors.Is(err, call.ErrForbidden):
		return "Your role in this meeting does not allow a " + what + "."
	}
	return "The " + what + " does not work: " + err.Error() + "."
}

// reason says why a request failed, to stand after a colon.
func reason(err error) string {
	switch {
	case errors.Is(err, call.ErrForbidden):
		return "only hosts may do that"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer"
	}
	return err.Error()
}
