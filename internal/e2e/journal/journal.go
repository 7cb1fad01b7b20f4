package journal

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Journal is an append-only list of reports. The zero value is ready. Safe for
// use by several goroutines.
type Journal[T any] struct {
	mu      sync.Mutex
	entries []T
	ended   error
	changed chan struct{} // closed and replaced at each change; nil while nobody waits
}

// Append adds a report.
func (j *Journal[T]) Append(v T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, v)
	j.wake()
}

// End says that no more reports come; waiters fail with err, or io.EOF where it is nil.
func (j *Journal[T]) End(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		err = io.EOF
	}
	if j.ended == nil {
		j.ended = err
		j.wake()
	}
}

func (j *Journal[T]) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// Len is how many reports there are: a mark to wait from.
func (j *Journal[T]) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// Since returns a copy of the reports from a mark on.
func (j *Journal[T]) Since(mark int) []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]T(nil), j.entries[min(mark, len(j.entries)):]...)
}

// Wait returns the first report from the mark on that match accepts, and the
// mark behind it. It fails when ctx ends or no more reports can come.
func (j *Journal[T]) Wait(ctx context.Context, mark int, match func(T) bool) (T, int, error) {
	var none T
	for {
		j.mu.Lock()
		for mark < len(j.entries) {
			v := j.entries[mark]
			mark++
			j.mu.Unlock()
			if match(v) {
				return v, mark, nil
			}
			j.mu.Lock()
		}
		if j.ended != nil {
			err := j.ended
			j.mu.Unlock()
			return none, mark, fmt.Errorf("wait for a report: no more of them after %d: %w", mark, err)
		}
		if j.changed == nil {
			j.changed = make(chan struct{})
		}
		changed := j.changed
		j.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return none, mark, fmt.Errorf("wait for a report: none of %d fits: %w", mark, context.Cause(ctx))
		}
	}
}
