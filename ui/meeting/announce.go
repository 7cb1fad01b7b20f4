package meeting

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"foyer/app/call"
	"foyer/app/text"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
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
			v.sayOf(panelPeople, theme.IconHand, lang.L("{{.Name}} raised a hand", map[string]any{"Name": short(p.Name)}))
			v.cue(audio.CueHand)
		}
		if known && !b.Has(call.Screen) && p.Has(call.Screen) {
			v.toasts.Say(widget.Info, theme.IconShare, lang.L("{{.Name}} is sharing a screen", map[string]any{"Name": short(p.Name)}))
		}
		if unreadable(p) && !unreadable(b) {
			v.toasts.Say(widget.Problem, "", lang.L("{{.Name}} has a different encryption key. Join with the same whole link to see and hear each other.", map[string]any{"Name": short(p.Name)}))
		}
	}
	for _, p := range old.People {
		if !now[p.Identity] {
			went = append(went, p.Name)
		}
	}
	// After a reconnect the room fills again: that is no news.
	if old.State == call.Joined && s.State == call.Joined {
		v.crowd(came,
			func(name string) string { return lang.L("{{.Name}} joined", map[string]any{"Name": name}) },
			func(n int) string { return lang.N("{{.Count}} people joined", n, map[string]any{"Count": n}) })
		v.crowd(went,
			func(name string) string { return lang.L("{{.Name}} left", map[string]any{"Name": name}) },
			func(n int) string { return lang.N("{{.Count}} people left", n, map[string]any{"Count": n}) })
		if len(came) > 0 {
			v.cue(audio.CueJoin)
		}
		if len(went) > 0 {
			v.cue(audio.CueLeave)
		}
	}
	if old.State == call.Reconnecting && s.State == call.Joined {
		v.toasts.Say(widget.Success, "", lang.L("Reconnected"))
	}
	v.announceRecording(old.Room.Recording, s.Room.Recording)
	v.announceMessages(old, s)
	v.announceErrors(old.Local, s.Local)
	v.announceMuted(old.Local, s.Local)
}

func unreadable(p call.Participant) bool {
	return slices.ContainsFunc(p.Tracks, func(t call.Track) bool { return t.Unreadable })
}

// crowd says what people did, of few by name and of many by number.
func (v *View) crowd(names []string, one func(name string) string, many func(n int) string) {
	switch {
	case len(names) == 0:
	case len(names) <= 2:
		for _, n := range names {
			v.sayOf(panelPeople, theme.IconPerson, one(short(n)))
		}
	default:
		v.sayOf(panelPeople, theme.IconPeople, many(len(names)))
	}
}

// announceMessages shows the newest line of chat while the chat is closed.
func (v *View) announceMessages(old, s call.Snapshot) {
	if len(s.Messages) == 0 {
		return
	}
	m := s.Messages[len(s.Messages)-1]
	if m.Mine || len(old.Messages) > 0 && old.Messages[len(old.Messages)-1].Seq >= m.Seq {
		return
	}
	if v.panel.mode != panelChat || !v.painter.Seen() {
		v.cue(audio.CueMessage)
	}
	if v.panel.mode == panelChat {
		return
	}
	line := widget.Ellipsis(m.Text, theme.Scaled(300), theme.TextBody(), fyne.TextStyle{})
	v.sayOf(panelChat, theme.IconChat, short(guest(m.FromName))+": "+bidi.Isolate(line))
}

// sayOf tells what a panel shows too: the toast leaves when that opens.
func (v *View) sayOf(mode panelMode, icon theme.IconName, text string) {
	told := append(v.told[mode], text)
	v.told[mode] = told[max(0, len(told)-toldMax):]
	v.toasts.Say(widget.Info, icon, text)
}

// toldMax is how many toasts of a panel are remembered: more are never seen at once.
const toldMax = 8

// forgetTold takes away the toasts of what a panel shows now.
func (v *View) forgetTold(mode panelMode) {
	for _, text := range v.told[mode] {
		v.toasts.Withdraw(text)
	}
	delete(v.told, mode)
}

// announceRole tells a viewer once what they can do. Why not the rest is said by its buttons.
func (v *View) announceRole(s call.Snapshot) {
	switch {
	case s.Me.Role != call.RoleViewer || s.Local.CanPublish:
	case s.Local.CanChat:
		v.toasts.Say(widget.Info, theme.IconPerson, lang.L("You joined as a viewer. You can watch, listen, chat and raise your hand."))
	default:
		v.toasts.Say(widget.Info, theme.IconPerson, lang.L("You joined as a viewer. You can watch, listen and raise your hand."))
	}
}

// announceRecording says that the meeting is recorded from now on, or no longer.
func (v *View) announceRecording(old, now bool) {
	begun, ended := lang.L("This meeting is being recorded."), lang.L("The recording has ended.")
	switch {
	case now && !old:
		v.toasts.Withdraw(ended)
		v.toasts.Say(widget.Warning, theme.IconRecord, begun)
	case old && !now:
		v.toasts.Withdraw(begun)
		v.toasts.Say(widget.Info, theme.IconRecord, ended)
	}
}

func (v *View) announceErrors(old, l call.Local) {
	for _, f := range l.Failures(old) {
		sentence := ""
		switch f.What {
		case call.FailedRequest:
			sentence = requestSentence(f.Err)
		case call.FailedScreen:
			sentence = deviceSentence(sharedScreen, f.Err)
		case call.FailedScreenAudio:
			sentence = deviceSentence(sharedSound, f.Err)
		case call.FailedMicrophone:
			sentence = deviceSentence(lang.L("microphone"), f.Err)
		case call.FailedCamera:
			sentence = deviceSentence(lang.L("camera"), f.Err)
		case call.FailedSpeaker:
			sentence = deviceSentence(lang.L("speaker"), f.Err)
		}
		v.toasts.Say(widget.Problem, "", sentence)
	}
}

// announceDevices tells of a camera or headset that was plugged in.
func (v *View) announceDevices(old, now device.List) {
	for _, l := range []struct {
		old, now []device.Info
		what     func(name string) string
		icon     theme.IconName
	}{
		{old.Cameras, now.Cameras, func(name string) string {
			return lang.L("Camera plugged in: {{.Name}}", map[string]any{"Name": name})
		}, theme.IconCamera},
		{old.Microphones, now.Microphones, func(name string) string {
			return lang.L("Microphone plugged in: {{.Name}}", map[string]any{"Name": name})
		}, theme.IconMicrophone},
	} {
		had := map[string]bool{}
		for _, d := range l.old {
			had[d.ID] = true
		}
		for _, d := range l.now {
			if !had[d.ID] {
				v.toasts.Say(widget.Info, l.icon, l.what(short(text.Name(d.Name))))
			}
		}
	}
}

// short cuts a name for use in a sentence.
func short(name string) string {
	return bidi.Isolate(widget.Ellipsis(name, theme.Scaled(220), theme.TextBody(), fyne.TextStyle{}))
}

// What deviceSentence speaks of beside devices, which it gets by their names in
// the language of the window.
const (
	sharedScreen = "screen share"
	sharedSound  = "shared sound" // what other programs play, sent beside a screen
)

// deviceSentence says what happened to a device and what to do.
func deviceSentence(what string, err error) string {
	switch {
	case what == sharedSound && errors.Is(err, device.ErrUnsupported):
		return lang.L("This system's sound cannot be shared. The screen is shared without it.")
	case what == sharedSound:
		return lang.L("The system's sound cannot be reached. The screen is shared without it.")
	case errors.Is(err, device.ErrGone) && what == sharedScreen:
		return lang.L("The shared screen or window was closed, so sharing has stopped.")
	case errors.Is(err, device.ErrNoDevice) && what == sharedScreen:
		return lang.L("That screen is no longer there. Choose another one.")
	}
	if what == sharedScreen {
		what = lang.L("screen share")
	}
	named := map[string]any{"Device": what}
	switch {
	case errors.Is(err, device.ErrGone):
		return lang.L("The {{.Device}} was disconnected. Plug it in again, or choose another one.", named)
	case errors.Is(err, device.ErrBusy):
		return lang.L("Another program is using the {{.Device}}. Close it there, then try again.", named)
	case errors.Is(err, device.ErrDenied):
		return lang.L("The system does not let Foyer use the {{.Device}}. Allow it in the system's privacy settings.", named)
	case errors.Is(err, device.ErrUnsupported):
		return lang.L("This system does not offer a {{.Device}} that Foyer can use.", named)
	case errors.Is(err, device.ErrNoDevice):
		return lang.L("No {{.Device}} found. You can still see and hear the others.", named)
	case errors.Is(err, call.ErrForbidden):
		return lang.L("Your role in this meeting does not allow a {{.Device}}.", named)
	}
	named["Reason"] = err
	return lang.L("The {{.Device}} does not work: {{.Reason}}.", named)
}

// requestSentence says why the host did not change our hand or name.
func requestSentence(err error) string {
	switch {
	case errors.Is(err, call.ErrTooOften):
		return lang.L("Too many requests. Wait a moment, then try again.")
	case errors.Is(err, call.ErrForbidden):
		return lang.L("Your role in this meeting does not allow that.")
	}
	return lang.L("The server did not change your hand or name: {{.Reason}}.", map[string]any{"Reason": reason(err)})
}

// reason says why a request failed, to stand after a colon.
func reason(err error) string {
	switch {
	case errors.Is(err, call.ErrForbidden):
		return lang.L("only hosts may do that")
	case errors.Is(err, context.DeadlineExceeded):
		return lang.L("the server did not answer")
	}
	return text.Line(text.Redact(err.Error()), 300)
}
