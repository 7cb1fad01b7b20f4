package mini

import "foyer/app/call"

// Speaker picks who is shown: whoever speaks, and while nobody does, who spoke
// last; before that somebody with a camera, and ourselves where there is nobody
// else. Who is shown stays so while they speak.
type Speaker struct{ shown string }

// Next picks from a snapshot.
func (s *Speaker) Next(c call.Snapshot) call.Participant {
	var shown, loudest, seen *call.Participant
	for i := range c.People {
		p := &c.People[i]
		if p.Identity == s.shown {
			shown = p
		}
		if p.Speaking && (loudest == nil || p.Level > loudest.Level) {
			loudest = p
		}
		if seen == nil && p.Has(call.Camera) {
			seen = p
		}
	}
	pick := &c.Me
	switch {
	case shown != nil && (shown.Speaking || loudest == nil):
		pick = shown
	case loudest != nil:
		pick = loudest
	case seen != nil:
		pick = seen
	case len(c.People) > 0:
		pick = &c.People[0]
	}
	if s.shown = pick.Identity; pick == &c.Me {
		s.shown = ""
	}
	return *pick
}
