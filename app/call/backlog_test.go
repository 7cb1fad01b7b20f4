package call

import (
	"testing"
	"time"
)

// line is a queue in front of a line, a sender whose sound always flows, and
// reports every 100 ms.
type line struct {
	queue, extra float64 // seconds of line; of way beyond what is known
	held         time.Duration
	longest      float64
}

func (q *line) second(h *backlog, now time.Time, overload float64) (stuck bool) {
	for range 10 {
		before := q.queue
		if q.held <= 0 {
			q.queue += 0.1 * overload
		}
		q.queue = max(0, q.queue-0.1)
		q.longest = max(q.longest, q.queue)
		t := transit{wait: seconds(min(before, q.queue) + q.extra), last: seconds(q.queue + q.extra), swelling: q.queue-before > swellBy.Seconds()}
		d, s := h.add(now, t)
		q.held, stuck = d, stuck || s
		now = now.Add(100 * time.Millisecond)
	}
	return stuck
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestPicturesAreHeldBackWhileAQueueEmpties(t *testing.T) {
	now := time.Unix(1000, 0)
	h, q := backlog{}, line{}
	if q.second(&h, now, 4) || q.longest > 0.45 || q.longest < 0.2 {
		t.Errorf("a line that is asked for four times what it carries has a queue of %.2f s", q.longest)
	}
	now = now.Add(time.Second)
	if q.second(&h, now, 0.8); q.held != 0 || q.queue != 0 {
		t.Errorf("a second later the queue is %.2f s, and pictures are held back for %v more", q.queue, q.held)
	}
}

func TestALongWayDoesNotHoldPicturesBackForLong(t *testing.T) {
	now := time.Unix(1000, 0)
	h, q := backlog{}, line{extra: 0.2}
	if !q.second(&h, now, 0.5) {
		t.Error("a way that is longer than it was is taken for a queue for a second")
	}
}
