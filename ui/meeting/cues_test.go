package meeting

import (
	"fmt"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/media/audio"
)

func TestCuesAreSounded(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	play := func(c audio.Cue) string { return fmt.Sprintf("play %d", c) }
	later := func(d time.Duration) { b.now = b.now.Add(d) }

	b.snapshot(func(s *call.Snapshot) { s.People = append(s.People, person(5)) })
	b.wantVerbs(play(audio.CueJoin))
	// Many who come at once, or one after the other, make one sound.
	for i := range 8 {
		later(100 * time.Millisecond)
		b.snapshot(func(s *call.Snapshot) { s.People = append(s.People, person(6+i)) })
	}
	b.wantVerbs()
	later(3 * time.Second)
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[:3] })
	b.wantVerbs(play(audio.CueLeave))
	later(3 * time.Second)
	b.snapshot(func(s *call.Snapshot) { s.People[0].Hand = b.now })
	b.wantVerbs(play(audio.CueHand))
	later(3 * time.Second)
	b.snapshot(func(s *call.Snapshot) {
		s.Messages = append(s.Messages, call.Message{Seq: 1, ID: "1", From: "p1", FromName: "Grace", Text: "hi"})
	})
	b.wantVerbs(play(audio.CueMessage))

	// Not for us, not while it is read, not after a reconnect, not where it is off.
	later(3 * time.Second)
	b.snapshot(func(s *call.Snapshot) {
		s.Me.Hand = b.now
		s.Messages = append(s.Messages, call.Message{Seq: 2, ID: "2", From: "me", Text: "ho", Mine: true})
	})
	b.panel.toggle(panelChat)
	b.snapshot(func(s *call.Snapshot) {
		s.Messages = append(s.Messages, call.Message{Seq: 3, ID: "3", From: "p1", FromName: "Grace", Text: "hm"})
	})
	b.snapshot(func(s *call.Snapshot) { s.State, s.People = call.Reconnecting, nil })
	b.snapshot(func(s *call.Snapshot) { s.State, s.People = call.Joined, meeting(6).People })
	b.SetPreferences(Preferences{SoundsOff: true})
	later(3 * time.Second)
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[:2] })
	b.wantVerbs()
}

func TestNoCueWhileTheListIsFilled(t *testing.T) {
	b := newBench(t, meeting(1), normal)
	b.now = b.joined.Add(time.Second)
	b.snapshot(func(s *call.Snapshot) { s.People = meeting(6).People })
	b.wantVerbs()
}
