package call

import "time"

// Bounds of how busy an encoder may be, as shares of the time there is, after
// libwebrtc's overuse detector.
const (
	overused       = 0.85
	underused      = 0.45
	skippedTooMany = 0.15 // of the frames offered
	overuseEvery   = time.Second
	downAfter      = 2               // bad seconds in a row
	upAfter        = 8 * time.Second // good ones, at first; twice as many after each relapse
	upAfterMax     = 128 * time.Second
	levelMax       = 4
)

// load is what one encoder did in all.
type load struct {
	busy             time.Duration
	offered, skipped uint64
}

// overuse steps down when a machine cannot keep up with encoding, and up again
// when it can: pure state, no clock. The zero value is ready.
type overuse struct {
	level  int // 0 sends all there is
	begun  bool
	at     time.Time
	before load
	bad    int // seconds in a row
	good   time.Duration
	patience,
	sinceUp time.Duration
}

// add takes what the busiest encoder has done until now and returns the level.
func (o *overuse) add(now time.Time, l load) int {
	if !o.begun {
		o.begun, o.at, o.before, o.patience = true, now, l, upAfter
		return o.level
	}
	d := now.Sub(o.at)
	if d < overuseEvery {
		return o.level
	}
	usage := (l.busy - o.before.busy).Seconds() / d.Seconds()
	skipped := 0.0
	if n := l.offered - o.before.offered; n > 0 && l.offered >= o.before.offered {
		skipped = float64(l.skipped-o.before.skipped) / float64(n)
	}
	o.at, o.before = now, l
	o.sinceUp += d
	switch {
	case usage > overused || skipped > skippedTooMany:
		o.good = 0
		if o.bad++; o.bad >= downAfter && o.level < levelMax {
			if o.sinceUp < 2*o.patience {
				o.patience = min(2*o.patience, upAfterMax) // a relapse
			}
			o.level++
			o.bad = 0
		}
	case usage < underused && skipped == 0:
		o.bad = 0
		if o.good += d; o.good >= o.patience && o.level > 0 {
			o.level--
			o.good, o.sinceUp = 0, 0
		}
	default:
		o.bad, o.good = 0, 0
	}
	return o.level
}
