package awake

import (
	"context"
	"sync"
)

// Keep asks the system to leave the screen on, and returns at once. Where the
// system cannot be asked nothing happens. release takes it back and waits; it may
// be called more than once.
func Keep(reason string) (release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		hold(ctx, reason)
	}()
	return sync.OnceFunc(func() { cancel(); <-done })
}
