package call

import (
	"testing"
	"time"
)

// simulate runs a machine whose encoder needs cost(level) of each second, and
// returns the level of each second.
func simulate(o *overuse, from time.Time, seconds int, cost func(level int) float64) (levels []int, now time.Time) {
	var l load
	now = from
	for range seconds {
		now = now.Add(time.Second)
		c := cost(o.level)
		l.busy += time.Duration(min(c, 1) * float64(time.Second))
		l.offered += 30
		if c > 1 {
			l.skipped += uint64(30 * (1 - 1/c))
		}
		levels = append(levels, o.add(now, l))
	}
	return levels, now
}

func TestOveruseStepsDownAndUp(t *testing.T) {
	var o overuse
	if got, _ := simulate(&o, time.Unix(0, 0), 60, func(int) float64 { return 0.3 }); got[59] != 0 {
		t.Errorf("an idle machine is at level %d", got[59])
	}
	o = overuse{}
	half := func(level int) float64 { return 1.5 / float64(int(1)<<level) }
	got, now := simulate(&o, time.Unix(0, 0), 12, half)
	if got[11] != 1 && got[11] != 2 {
		t.Errorf("after 12 s at 150 %%: level %d", got[11])
	}
	if half(got[11]) > overused {
		t.Errorf("level %d still overuses", got[11])
	}
	// The other load goes away: everything comes back.
	o.before = load{}
	got, _ = simulate(&o, now, 60, func(int) float64 { return 0.1 })
	if got[59] != 0 {
		t.Errorf("a minute after the load went: level %d", got[59])
	}
}

// At a level that is too much when restored, tries become rare.
func TestOveruseDoesNotSwing(t *testing.T) {
	var o overuse
	levels, _ := simulate(&o, time.Unix(0, 0), 600, func(level int) float64 {
		if level == 0 {
			return 1.2
		}
		return 0.2
	})
	changes := 0
	for i := 1; i < len(levels); i++ {
		if levels[i] != levels[i-1] {
			changes++
		}
	}
	if changes > 16 {
		t.Errorf("%d changes in ten minutes", changes)
	}
}
