package call

import "time"

// A layer is dropped when it would get less than dropBelow of its rate, and
// restored, one at a time, when it would get restoreFrom of it again: between them
// lies what an estimate wavers by.
const (
	dropBelow   = 0.4
	restoreFrom = 1.0
	leastRate   = 30_000          // bits per second, of the smallest layer
	restoreWait = 2 * time.Second // between a drop or a restored layer and the next one

	// A layer that did not last costs a key frame that holds up the others: the next
	// try waits twice as long, unless there is plenty of room.
	lasting        = 10 * time.Second
	restoreWaitMax = 16 * time.Second
	plenty         = 1.2 // of the layer's rate
)

// allocation divides a source's share among its layers, the small ones first.
// The zero value is ready. It belongs to one goroutine.
type allocation struct {
	rates   [3]int
	kept    int // layers that get something
	begun   bool
	changed time.Time
	grown   time.Time     // when a layer was restored
	wait    time.Duration // before the next one is
}

// divide returns bits per second by layer; 0 lets one rest. The smallest layer
// always gets something.
func (a *allocation) divide(layers []*layer, share int, now time.Time) [3]int {
	a.rates = [3]int{}
	kept := 0
	for i, l := range layers {
		give := min(l.BitRate, share)
		if i == 0 {
			give = max(give, leastRate)
		}
		need := restoreFrom
		if i < a.kept || !a.begun {
			need = dropBelow
		}
		if i > 0 {
			if float64(give) < need*float64(l.BitRate) {
				break
			}
			wait := max(a.wait, restoreWait)
			if float64(share) >= plenty*float64(l.BitRate) {
				wait = restoreWait
			}
			if a.begun && i >= a.kept && now.Sub(a.changed) < wait {
				break
			}
		}
		share -= give
		a.rates[i] = give
		kept = i + 1
		if a.begun && kept > a.kept {
			break // the next one may follow later
		}
	}
	switch {
	case kept > a.kept:
		a.kept, a.changed, a.grown = kept, now, now
	case kept < a.kept:
		if now.Sub(a.grown) < lasting {
			a.wait = min(2*max(a.wait, restoreWait), restoreWaitMax)
		} else {
			a.wait = restoreWait
		}
		a.kept, a.changed = kept, now
	}
	a.begun = true
	return a.rates
}
