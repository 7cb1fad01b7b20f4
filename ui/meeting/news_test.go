package meeting

import (
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/ui/notify"
	"foyer/ui/tray"
)

func TestNewsAreTold(t *testing.T) {
	var told []notify.Note
	listen := func(o *Options) { o.OnNews = func(n notify.Note) { told = append(told, n) } }
	b := newBench(t, meeting(1), normal, listen)
	expect := func(want ...notify.Note) {
		t.Helper()
		if !slices.Equal(told, want) {
			t.Errorf("told is %+v, not %+v", told, want)
		}
		told = nil
	}
	say := func(id, from, text string) func(*call.Snapshot) {
		return func(s *call.Snapshot) {
			s.Messages = append(s.Messages, call.Message{ID: id, From: from, FromName: "Grace", Text: text, Mine: from == "me"})
		}
	}
	const title = "Weekly design review"
	b.snapshot(func(s *call.Snapshot) { s.People = meeting(2).People })
	expect(notify.Note{About: "people", Title: "Ada Lovelace joined", Text: title})
	b.snapshot(func(s *call.Snapshot) { s.People = meeting(4).People })
	expect()
	b.snapshot(func(s *call.Snapshot) { s.People[1].Hand = b.now })
	expect(notify.Note{About: "hand:p1", Title: "Grace Hopper raised a hand", Text: title})
	b.snapshot(func(s *call.Snapshot) {
		s.Me.Hand = b.now
		say("1", "p1", "hi there")(s)
		say("2", "me", "ho")(s)
		say("3", "p2", strings.Repeat("ä", 1000))(s)
	})
	expect(notify.Note{About: "message:p1", Title: "Grace", Text: "hi there"},
		notify.Note{About: "message:p2", Title: "Grace", Text: strings.Repeat("ä", newsMax) + "…"})
	b.snapshot(func(s *call.Snapshot) { s.People[1].Level = 1 })
	expect()
	// A room that fills again after a reconnect is no news, and neither is one that we just came into.
	b.snapshot(func(s *call.Snapshot) { s.State, s.People = call.Reconnecting, nil })
	b.snapshot(func(s *call.Snapshot) { s.State, s.People = call.Joined, meeting(4).People })
	expect()
	b.now = b.joined.Add(time.Second)
	b.snapshot(say("4", "p1", "old"))
	expect()
}

func TestSealedMessagesAreNotShownOutside(t *testing.T) {
	var told []notify.Note
	b := newBench(t, meeting(3), normal, func(o *Options) {
		o.Encrypted, o.OnNews = true, func(n notify.Note) { told = append(told, n) }
	})
	b.snapshot(func(s *call.Snapshot) {
		s.Messages = append(s.Messages, call.Message{Seq: 1, ID: "1", From: "p1", FromName: "Grace", Text: "the secret"})
	})
	if want := []notify.Note{{About: "message:p1", Title: "Grace", Text: "New message"}}; !slices.Equal(told, want) {
		t.Errorf("told is %+v", told)
	}
}

func TestTheTrayFollowsTheSnapshot(t *testing.T) {
	var shown tray.State
	b := newBench(t, meeting(2), normal, func(o *Options) { o.OnControls = func(s tray.State) { shown = s } })
	expect := func(want tray.State) {
		t.Helper()
		if shown != want {
			t.Errorf("shown is %+v, not %+v", shown, want)
		}
	}
	expect(tray.State{Meeting: true, MicrophoneOn: true, CameraOn: true})
	b.ToggleMicrophone()
	b.ToggleCamera()
	b.wantVerbs("microphone false", "camera false")
	expect(tray.State{Meeting: true, MicrophoneOn: true, CameraOn: true}) // until the call says so
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = false })
	expect(tray.State{Meeting: true, CameraOn: true})
	b.snapshot(func(s *call.Snapshot) { s.Local.CameraOn, s.Local.CanPublish = false, false })
	expect(tray.State{Meeting: true, NoMicrophone: true, NoCamera: true})
	b.ToggleMicrophone()
	b.wantVerbs()
}
