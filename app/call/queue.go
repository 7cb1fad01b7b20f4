package call

import "sync"

// queue runs functions one after the other on a goroutine of its own, so that
// verbs return at once and devices are touched by one hand only.
type queue struct {
	mu     sync.Mutex
	wake   *sync.Cond
	todo   []func()
	closed bool
	ended  chan struct{}
}

func newQueue() *queue {
	q := &queue{ended: make(chan struct{})}
	q.wake = sync.NewCond(&q.mu)
	go q.run()
	return q
}

// do appends f; after close it is forgotten.
func (q *queue) do(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.todo = append(q.todo, f)
		q.wake.Signal()
	}
}

func (q *queue) run() {
	defer close(q.ended)
	for {
		q.mu.Lock()
		for len(q.todo) == 0 && !q.closed {
			q.wake.Wait()
		}
		if len(q.todo) == 0 {
			q.mu.Unlock()
			return
		}
		f := q.todo[0]
		q.todo = q.todo[1:]
		q.mu.Unlock()
		f()
	}
}

// close runs what is still to do and waits. Not to be called from within.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.wake.Signal()
	q.mu.Unlock()
	<-q.ended
}
