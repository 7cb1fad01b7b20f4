package meeting

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/app/call"
)

func TestHoldToBeMuted(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	f8 := &fyne.KeyEvent{Name: fyne.KeyF8}
	b.SetPreferences(Preferences{Talk: TalkMute, TalkKey: fyne.KeyF8})
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.wantVerbs()
	b.keys.keyDown(f8)
	b.wantVerbs("microphone false")
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = false })
	b.keys.keyDown(f8) // the key repeats
	b.keys.keyUp(f8)
	b.wantVerbs("microphone true")

	// A microphone that is off stays off.
	b.keys.keyDown(f8)
	b.keys.keyUp(f8)
	b.wantVerbs()

	b.SetPreferences(Preferences{Talk: TalkOff, TalkKey: fyne.KeyF8})
	b.keys.keyDown(f8)
	b.keys.keyUp(f8)
	b.wantVerbs()
}

func TestTalkKeyCountsElsewhere(t *testing.T) {
	changes := make(chan bool)
	var watched []fyne.KeyName
	s := meeting(2)
	s.Local.MicrophoneOn = false
	b := newBench(t, s, normal, func(o *Options) {
		o.Preferences = Preferences{TalkAnywhere: true, TalkKey: fyne.KeyF9}
		o.Hotkey = func(ctx context.Context, key fyne.KeyName, _ uint32) (<-chan bool, error) {
			watched = append(watched, key)
			told := make(chan bool)
			go func() {
				defer close(told)
				for {
					select {
					case down := <-changes:
						told <- down
					case <-ctx.Done():
						return
					}
				}
			}()
			return told, nil
		}
	})
	b.until("the key to be watched", func() bool { b.View.tick(); return len(watched) > 0 })
	told := func(down bool, want string) {
		t.Helper()
		changes <- down
		var got []string
		b.until(want, func() bool { got = append(got, b.f.took()...); return len(got) > 0 })
		if !slices.Equal(got, []string{want}) {
			t.Errorf("the call was told %q, want %q", got, want)
		}
	}
	told(true, "microphone true")
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = true })
	told(false, "microphone false")
	b.SetPreferences(Preferences{TalkKey: fyne.KeyF9})
	if b.keys.anyKey != "" || len(watched) != 1 || watched[0] != fyne.KeyF9 {
		t.Errorf("watched %q, still %q", watched, b.keys.anyKey)
	}
}
