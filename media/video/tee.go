package video

import (
	"slices"
	"sync"
)

// Tee pushes each frame to every sink that is attached at that moment. The zero
// value is ready. Safe for use by several goroutines; sinks may be added and
// removed while frames flow.
type Tee struct {
	mu    sync.RWMutex
	sinks []Sink
}

// Push implements Sink.
func (t *Tee) Push(f *Frame) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, s := range t.sinks {
		s.Push(f)
	}
}

// Add attaches a sink; adding it twice is adding it once.
func (t *Tee) Add(s Sink) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.sinks, s) {
		t.sinks = append(slices.Clip(t.sinks), s)
	}
}

// Remove detaches a sink and returns when no Push to it is running. It must not
// be called from a sink's Push.
func (t *Tee) Remove(s Sink) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sinks = slices.DeleteFunc(slices.Clone(t.sinks), func(o Sink) bool { return o == s })
}

// Len is how many sinks are attached.
func (t *Tee) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.sinks)
}
