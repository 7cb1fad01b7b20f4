package video

import (
	"sync"
	"time"
)

// Pace lets a reader through once per interval, without drift; a reader that
// comes late skips the slots that it missed.
type Pace struct {
	interval time.Duration
	next     time.Time
	timer    *time.Timer
	done     chan struct{}
	once     sync.Once
}

// NewPace makes a pace of at least a nanosecond; the first Wait returns at once.
func NewPace(interval time.Duration) *Pace {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &Pace{interval: max(interval, 1), timer: t, done: make(chan struct{})}
}

// Wait returns the slot's time, and false once stopped. One caller at a time.
func (p *Pace) Wait() (time.Time, bool) {
	now := time.Now()
	if p.next.IsZero() {
		p.next = now
	}
	if late := now.Sub(p.next); late > p.interval {
		p.next = p.next.Add(late / p.interval * p.interval)
	}
	at := p.next
	p.next = p.next.Add(p.interval)
	select {
	case <-p.done:
		return at, false
	default:
	}
	if d := at.Sub(now); d > 0 {
		p.timer.Reset(d)
		select {
		case <-p.timer.C:
		case <-p.done:
			p.timer.Stop()
			return at, false
		}
	}
	return at, true
}

// Stop ends a Wait in progress and all later ones. Idempotent.
func (p *Pace) Stop() { p.once.Do(func() { close(p.done) }) }
