package device

import (
	"sync"
	"time"
)

// clocked calls a function once per 10 ms, without drift, as a device would.
type clocked struct {
	done    chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

func newClocked() *clocked { return &clocked{done: make(chan struct{})} }

// start runs f until Close.
func (c *clocked) start(f func()) {
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		next := time.Now()
		timer := time.NewTimer(0)
		defer timer.Stop()
		for {
			select {
			case <-c.done:
				return
			case <-timer.C:
			}
			f()
			next = next.Add(blockLength)
			now := time.Now()
			if now.Sub(next) > 10*blockLength { // the machine slept
				next = now
			}
			timer.Reset(next.Sub(now))
		}
	}()
}

// Close stops the calls and waits. Idempotent.
func (c *clocked) Close() error {
	c.once.Do(func() { close(c.done) })
	c.running.Wait()
	return nil
}
