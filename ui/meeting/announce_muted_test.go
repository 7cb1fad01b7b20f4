package meeting

import (
	"slices"
	"testing"

	"foyer/app/call"
)

func TestSpeakingWhileMutedIsSaid(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	said := func() bool { return slices.Contains(b.toasts.Texts(), mutedText) }
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = false })
	if said() {
		t.Error("said before anybody speaks")
	}
	b.snapshot(func(s *call.Snapshot) { s.Local.SpokeMuted = true })
	if !said() {
		t.Errorf("toasts are %q", b.toasts.Texts())
	}
	b.toasts.Clear() // its time is over
	b.snapshot(func(s *call.Snapshot) { s.Me.Level = 0.5 })
	if said() {
		t.Error("said twice for one mute")
	}
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn, s.Local.SpokeMuted = true, false })
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = false })
	b.snapshot(func(s *call.Snapshot) { s.Local.SpokeMuted = true })
	if !said() {
		t.Error("not said for the next mute")
	}
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn, s.Local.SpokeMuted = true, false })
	if said() {
		t.Error("still said after unmuting")
	}
}
