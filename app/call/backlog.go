package call

import "time"

const (
	waitSwell = 80 * time.Millisecond // a queue that is longer and grows fast has to shrink at once
	swellBy   = 50 * time.Millisecond // within one report
	swellMost = 5                     // packets at least that show it

	holdFor   = 250 * time.Millisecond // after each report: the next one should be there by then
	holdMost  = 2 * time.Second
	holdStuck = 600 * time.Millisecond // a queue of our own is shorter by then
)

// backlog keeps pictures back while the line's queue is long, so that it empties in
// about its own length and sound is late no longer than that (libwebrtc's
// congestion window does the like). The zero value is ready. It belongs to one
// goroutine.
type backlog struct {
	begun  time.Time
	most   time.Duration // the longest wait since
	mostAt time.Time
}

// add takes what a report tells. It returns how long to send no pictures; stuck is
// true where the wait does not get shorter though nothing is sent: then it is the
// way that is long, or others who fill it.
func (h *backlog) add(now time.Time, t transit) (d time.Duration, stuck bool) {
	if t.wait <= waitMost && (!t.swelling || t.last <= waitSwell) {
		*h = backlog{}
		return 0, false
	}
	if h.begun.IsZero() {
		h.begun = now
	}
	if t.last > h.most {
		h.most, h.mostAt = t.last, now
	}
	if since := now.Sub(h.mostAt); since > holdStuck && t.wait > h.most-since/4 {
		*h = backlog{}
		return 0, true
	}
	if now.Sub(h.begun) > holdMost {
		return 0, false
	}
	return holdFor, false
}
