package meeting

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
)

// Talk is what holding the talk key does to the microphone.
type Talk int

const (
	TalkHold Talk = iota // push to talk: on while it is held, where it was off
	TalkMute             // push to mute: off while it is held, where it was on
	TalkOff
)

// does describes it; "" does nothing.
func (t Talk) does() string {
	switch t {
	case TalkHold:
		return lang.L("Hold to talk while muted")
	case TalkMute:
		return lang.L("Hold to be muted")
	}
	return ""
}

// TalkKeys are the keys to choose from: those that are seldom typed, and Space.
var TalkKeys = []fyne.KeyName{
	fyne.KeySpace, fyne.KeyBackTick, desktop.KeyControlRight, desktop.KeyShiftRight, fyne.KeyInsert, fyne.KeyF8, fyne.KeyF9, fyne.KeyF12,
}

// KeyLabel is what stands on a key.
func KeyLabel(k fyne.KeyName) string {
	switch k {
	case desktop.KeyControlRight:
		return lang.L("Right Ctrl")
	case desktop.KeyShiftRight:
		return lang.L("Right Shift")
	case fyne.KeySpace:
		return lang.L("Space")
	}
	return string(k)
}

func (v *View) talkKey() fyne.KeyName {
	if k := v.o.Preferences.TalkKey; k != "" {
		return k
	}
	return fyne.KeySpace
}

// press begins talking, or being muted, by a held key.
func (k *keys) press() {
	on := k.v.last.Local.MicrophoneOn
	if k.held {
		return
	}
	switch k.v.o.Preferences.Talk {
	case TalkHold:
		if on || k.v.whyNoMicrophone() != "" {
			return
		}
	case TalkMute:
		if !on {
			return
		}
	default:
		return
	}
	k.held, k.back = true, on
	k.v.call.SetMicrophone(!on)
}

// hush ends it, however the key was let go.
func (k *keys) hush() {
	if k.held {
		k.held = false
		k.v.call.SetMicrophone(k.back)
	}
}

// prefer follows the preferences: what was held counts no longer, and the key is
// watched, or not, while other programs have the keyboard.
func (k *keys) prefer() {
	v := k.v
	key := fyne.KeyName("")
	if p := v.o.Preferences; p.TalkAnywhere && p.Talk != TalkOff && v.watched {
		key = v.talkKey()
	}
	if key == k.anyKey {
		return
	}
	k.hush()
	if k.unwatch != nil {
		k.unwatch()
		k.unwatch = nil
	}
	k.anyKey = key
	if key == "" {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	changes, err := v.o.Hotkey(ctx, key, v.nativeID())
	if err != nil {
		cancel()
		return // the window's own keys go on
	}
	k.unwatch = cancel
	v.work.Add(1)
	go func() {
		defer v.work.Done()
		for down := range changes {
			v.do(func() {
				if k.anyKey != key {
					return
				}
				if down {
					k.press()
				} else {
					k.hush()
				}
			})
		}
	}()
}
