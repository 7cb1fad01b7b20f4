package mini

import (
	"testing"

	"foyer/app/call"
)

func TestWhenTheWindowIsWanted(t *testing.T) {
	front, behind := Moment{On: true, Front: true}, Moment{On: true}
	minimised := Moment{On: true, Minimised: true}
	sharing, sharingBehind := Moment{On: true, Front: true, Sharing: true}, Moment{On: true, Sharing: true}
	both := Moment{On: true, Minimised: true, Sharing: true}
	type step struct {
		m       Moment
		want    bool
		dismiss bool // then
	}
	for name, steps := range map[string][]step{
		"in front, or behind another program": {{m: front}, {m: behind}, {m: front}},
		"minimised and back":                  {{m: front}, {m: minimised, want: true}, {m: behind}, {m: front}, {m: minimised, want: true}},
		"shared from behind":                  {{m: sharing}, {m: sharingBehind, want: true}, {m: sharing}, {m: sharingBehind, want: true}, {m: behind}},
		"closed, until minimised again":       {{m: minimised, want: true, dismiss: true}, {m: minimised}, {m: front}, {m: minimised, want: true}},
		"closed, whatever is in front":        {{m: sharingBehind, want: true, dismiss: true}, {m: sharing}, {m: sharingBehind}, {m: behind}, {m: sharingBehind, want: true}},
		"closed while shared, then minimised": {{m: sharingBehind, want: true, dismiss: true}, {m: both, want: true}},
		"not at all":                          {{m: Moment{Minimised: true, Sharing: true}}, {m: minimised, want: true}},
	} {
		var w Wish
		for i, s := range steps {
			if got := w.Next(s.m); got != s.want {
				t.Errorf("%s: step %d is %v", name, i, got)
			}
			if s.dismiss {
				w.Dismiss()
			}
		}
	}
}

func TestWhoIsShown(t *testing.T) {
	person := func(id string, level float64, camera bool) call.Participant {
		p := call.Participant{Identity: id, Speaking: level > 0, Level: level}
		if camera {
			p.Tracks = []call.Track{{Source: call.Camera}}
		}
		return p
	}
	var s Speaker
	for i, c := range []struct {
		people []call.Participant
		want   string
	}{
		{nil, "me"},
		{[]call.Participant{person("a", 0, false), person("b", 0, true)}, "b"}, // a camera
		{[]call.Participant{person("a", 0.2, false), person("b", 0, true)}, "a"},
		{[]call.Participant{person("a", 0.1, false), person("b", 0.9, true)}, "a"}, // still speaks
		{[]call.Participant{person("a", 0, false), person("b", 0, true)}, "a"},     // spoke last
		{[]call.Participant{person("a", 0, false), person("b", 0.3, true), person("c", 0.5, true)}, "c"},
		{[]call.Participant{person("a", 0, false)}, "a"}, // c has left
		{nil, "me"},
		{[]call.Participant{person("d", 0, false)}, "d"},
	} {
		if got := s.Next(call.Snapshot{Me: call.Participant{Identity: "me"}, People: c.people}); got.Identity != c.want {
			t.Errorf("step %d shows %s, not %s", i, got.Identity, c.want)
		}
	}
}
