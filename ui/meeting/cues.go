package meeting

import (
	"time"

	"foyer/media/audio"
)

const (
	cueApart  = 250 * time.Millisecond // between any two
	cueAgain  = 2 * time.Second        // between two of a kind: a crowd comes with one sound
	cueSettle = 2 * time.Second        // after we came: the list is still filled
)

// cues sounds what happens in the meeting, sparingly.
type cues struct {
	last time.Time
	of   map[audio.Cue]time.Time
}

func (v *View) cue(c audio.Cue) {
	now := v.o.Now()
	if v.o.Preferences.SoundsOff || now.Sub(v.joined) < cueSettle {
		return
	}
	if !v.cues.last.IsZero() && now.Sub(v.cues.last) < cueApart {
		return
	}
	if at, ok := v.cues.of[c]; ok && now.Sub(at) < cueAgain {
		return
	}
	if v.cues.of == nil {
		v.cues.of = map[audio.Cue]time.Time{}
	}
	v.cues.last, v.cues.of[c] = now, now
	v.call.Play(c)
}
