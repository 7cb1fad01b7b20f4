package call

import "time"

// debt is what has been sent beyond a rate, in bits. The zero value is ready. It
// belongs to one goroutine.
type debt struct {
	bits float64
	at   time.Time
}

// debtMax is how far sending may run ahead of its rate.
const debtMax = 300 * time.Millisecond

func (d *debt) pay(now time.Time, rate int) {
	if !d.at.IsZero() && now.After(d.at) {
		d.bits = max(0, d.bits-now.Sub(d.at).Seconds()*float64(rate))
	}
	d.at = now
}

// add notes what was sent.
func (d *debt) add(bits int, now time.Time, rate int) {
	d.pay(now, rate)
	d.bits += float64(bits)
}

// deep says that it is better to wait before sending more.
func (d *debt) deep(now time.Time, rate int) bool {
	d.pay(now, rate)
	return d.bits > debtMax.Seconds()*float64(rate)
}

// A large picture is spread over time at paceFactor of the estimate, as
// libwebrtc's pacer does, so that it does not fill a router's queue and hold up
// sound; nearer to the estimate, and in small bursts, where the line was lately
// full. Pictures of one burst go out at once.
const (
	paceFactor = 2.5
	paceFull   = 1.25
	paceMax    = 40 * time.Millisecond // the longest pause

	paceBurst     = 16 << 10              // bytes
	paceBurstFull = 10 * time.Millisecond // of what may be sent
)

// pace spreads one layer's packets. The zero value is ready. It belongs to one
// goroutine.
type pace struct {
	sent  int // bytes since the last pause
	since time.Time
	timer *time.Timer

	paused time.Duration // in all, until somebody sets it to 0
}

// wait is called behind each packet, with what may be sent in bits per second and
// the burst in bytes; it says false when quit was closed.
func (p *pace) wait(bytes, rate, burst int, quit <-chan struct{}) bool {
	now := time.Now()
	if now.Sub(p.since) > paceMax {
		p.since, p.sent = now, 0
	}
	rate = max(rate, 1)
	if p.sent += bytes; p.sent < burst {
		return true
	}
	due := p.since.Add(min(time.Duration(float64(p.sent*8)/float64(rate)*float64(time.Second)), paceMax))
	p.since, p.sent = due, 0
	d := due.Sub(now)
	if d < time.Millisecond { // timers are no finer
		return true
	}
	if p.timer == nil {
		p.timer = time.NewTimer(d)
	} else {
		p.timer.Reset(d)
	}
	p.paused += d
	select {
	case <-p.timer.C:
		return true
	case <-quit:
		p.timer.Stop()
		return false
	}
}
