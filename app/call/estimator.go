package call

import (
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// estimator is pion's delay-based estimate with what it lacks: it sees a queue
// that stands, does not fall for a moment's delay, climbs back quickly, and judges
// loss over enough packets.
type estimator struct {
	*gcc.SendSideBWE
	report func(estimate)
	sent   atomic.Uint64 // bytes

	queue waiting

	mu    sync.Mutex
	climb climb
	long  backlog
	loss  loss
	out   speed // what is sent
	in    speed // what arrives
	came  uint64
	delay int // pion's last delay-based estimate, bits per second
}

// estimate is what the line carries, and how it is doing.
type estimate struct {
	rate    int           // bits per second
	full    bool          // it lately had a queue at about that rate
	crowded bool          // packets wait long
	hold    time.Duration // how long to send no pictures
}

func newEstimator(report func(estimate)) (*estimator, error) {
	e, err := gcc.NewSendSideBWE(gcc.SendSideBWEPacer(gcc.NewNoOpPacer()), gcc.SendSideBWEInitialBitrate(startRate),
		gcc.SendSideBWEMinBitrate(minRate), gcc.SendSideBWEMaxBitrate(maxRate))
	if err != nil {
		return nil, err
	}
	return &estimator{SendSideBWE: e, report: report, climb: climb{rate: startRate}, loss: loss{limit: maxRate}}, nil
}

// AddStream implements cc.BandwidthEstimator. Lost packets are sent again as they
// were (RFC 4585): pion's pacer knows no stream of retransmissions (RFC 4588) and
// would drop them, and a server cannot tell which simulcast layer one belongs to.
// The responder, which sees the same description later, heeds what is cleared here.
func (e *estimator) AddStream(info *interceptor.StreamInfo, w interceptor.RTPWriter) interceptor.RTPWriter {
	info.SSRCRetransmission, info.PayloadTypeRetransmission = 0, 0
	var number uint8 // of the extension that carries transport-wide sequence numbers
	for _, x := range info.RTPHeaderExtensions {
		if x.URI == sdp.TransportCCURI {
			number = uint8(x.ID)
		}
	}
	return e.SendSideBWE.AddStream(info, interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		bytes := h.MarshalSize() + len(payload)
		e.sent.Add(uint64(bytes))
		if x := h.GetExtension(number); len(x) >= 2 {
			e.queue.send(binary.BigEndian.Uint16(x), bytes, time.Now())
		}
		return w.Write(h, payload, a)
	}))
}

// WriteRTCP implements cc.BandwidthEstimator.
func (e *estimator) WriteRTCP(packets []rtcp.Packet, a interceptor.Attributes) error {
	if err := e.SendSideBWE.WriteRTCP(packets, a); err != nil {
		return err
	}
	now := time.Now()
	all, lost := 0, 0
	var way transit
	bytes := 0
	for _, p := range packets {
		if f, ok := p.(*rtcp.TransportLayerCC); ok {
			all += int(f.PacketStatusCount)
			lost += int(f.PacketStatusCount) - len(f.RecvDeltas)
			if t, ok := e.queue.feedback(f, now); ok {
				way = t
				bytes += t.bytes
			}
		}
	}
	if all == 0 {
		return nil
	}
	stats := e.GetStats()
	delay, ok := stats["delayTargetBitrate"].(int)
	if !ok || delay == 0 {
		return nil // pion has not made up its mind yet
	}
	e.mu.Lock()
	falling := stats["state"] == "decrease" || delay < e.delay
	e.delay = delay
	e.came += uint64(bytes)
	hold, stuck := e.long.add(now, way)
	if stuck {
		e.queue.accept()
		way = transit{}
	}
	p := path{delay, falling, way.wait, e.out.add(now, e.sent.Load()), e.in.add(now, e.came)}
	if way.wait > waitMost && way.carried > 0 {
		p.in = way.carried // the line was full all the while
	}
	rate := e.climb.add(now, p)
	rate = min(rate, e.loss.add(now, all, lost, rate))
	full := e.climb.ceiling > 0
	e.mu.Unlock()
	e.report(estimate{rate, full, way.wait > waitMost, hold})
	return nil
}

const (
	// climbAfter is how long a queue must not have grown before the rate climbs fast:
	// long enough that a line that has not changed is left alone most of the time.
	climbAfter = 1500 * time.Millisecond
	// climbSlow, climbNear and climbFast are the rate's growth in a second: GCC's, that
	// near the ceiling, and that of libwebrtc's probes, spread over time.
	climbSlow, climbNear, climbFast = 1.08, 1.1, 2.0
	// climbFilled is how much of the rate must be in use for it to climb fast: what
	// is not sent proves nothing.
	climbFilled = 0.7
	// The ceiling is what the line carried when it was last too much. The rate climbs
	// fast to nearFrom of it, and slowly from there; the line has become wider where
	// ceilingRisen of it arrive.
	nearFrom, nearTo = 0.9, 1.3
	ceilingRisen     = 1.12
)

// How long packets may wait in a queue.
const (
	waitShort = 30 * time.Millisecond  // below: no queue, whatever pion makes of it
	waitLong  = 50 * time.Millisecond  // above: nothing may be added
	waitMost  = 100 * time.Millisecond // above: the queue has to shrink
	fallEvery = 300 * time.Millisecond // a fall shows only then
	fallTo    = 0.85                   // of what arrives (GCC's beta)
)

// path is what is known of the way to the server.
type path struct {
	delay   int           // pion's estimate, bits per second
	falling bool          // it is
	wait    time.Duration // in queues, lately
	out, in float64       // what is sent and what arrives, bits per second
}

// climb follows a delay-based estimate down, and climbs back by itself.
type climb struct {
	rate    float64 // bits per second
	ceiling float64 // bits per second; 0 where none is known
	at      time.Time
	fallen  time.Time
	drained bool // the queue that made it fall is gone
}

// add returns what may be sent, in bits per second.
func (c *climb) add(now time.Time, p path) int {
	since := min(now.Sub(c.at), 200*time.Millisecond)
	if c.at.IsZero() {
		since = 0
	}
	c.at = now
	fell := now.Sub(c.fallen)
	switch {
	case p.wait > waitMost:
		// The line is full: what arrives is what it carries. The first fall may have
		// seen some of what it carried before.
		if p.in > 0 && (!c.drained || fell > fallEvery) {
			if c.drained {
				c.fallen, c.drained = now, false
			}
			c.ceiling = p.in
			c.rate = min(c.rate, fallTo*p.in)
		}
	case p.falling && p.wait > waitShort:
		c.rate = min(c.rate, max(float64(p.delay), fallTo*p.in))
		if fell > fallEvery {
			c.ceiling = p.in
		}
		c.fallen = now
	case p.wait > waitLong:
	default:
		c.drained = true
		c.rate *= math.Pow(c.growth(fell, p), since.Seconds())
	}
	c.rate = max(minRate, min(maxRate, c.rate))
	return int(c.rate)
}

// growth is that of the rate in a second.
func (c *climb) growth(fell time.Duration, p path) float64 {
	switch {
	case p.out <= climbFilled*c.rate:
		return climbSlow
	case c.rate < nearFrom*c.ceiling && fell > fallEvery:
		return climbFast
	case c.ceiling > 0 && p.in < ceilingRisen*c.ceiling:
		if c.rate > nearTo*c.ceiling { // not all of it is sent
			return climbSlow
		}
		return climbNear
	}
	c.ceiling = 0
	if fell > climbAfter {
		return climbFast
	}
	return climbSlow
}

const (
	lossWindow  = time.Second
	lossPackets = 20  // fewer say nothing
	lossHigh    = 0.1 // draft-ietf-rmcat-gcc-02, section 6
	lossLow     = 0.02
	lossGrowth  = 1.5
	// lossFloor is the rate below which sending less does not help: the line loses
	// packets whatever is sent. In bits per second.
	lossFloor = 300_000
)

// loss bounds the rate by how many packets are lost.
type loss struct {
	limit     int // bits per second
	begun     time.Time
	all, lost int
}

// add takes the fate of some packets and the rate otherwise; it returns the bound.
func (l *loss) add(now time.Time, all, lost, rate int) int {
	if l.begun.IsZero() {
		l.begun = now
	}
	l.all += all
	l.lost += lost
	if now.Sub(l.begun) < lossWindow || l.all < lossPackets {
		return l.limit
	}
	switch part := float64(l.lost) / float64(l.all); {
	case part > lossHigh:
		l.limit = max(int(float64(min(l.limit, rate))*(1-0.5*part)), min(lossFloor, l.limit))
	case part < lossLow:
		l.limit = min(int(float64(l.limit)*lossGrowth), maxRate)
	}
	l.begun, l.all, l.lost = now, 0, 0
	return l.limit
}

// speedWindow is how far back speed looks, about.
const speedWindow = 300 * time.Millisecond

// speed turns a count of bytes into bits per second.
type speed struct {
	at    time.Time
	bytes uint64
	rate  float64
}

func (s *speed) add(now time.Time, bytes uint64) float64 {
	if s.at.IsZero() {
		s.at, s.bytes = now, bytes
	} else if d := now.Sub(s.at); d >= speedWindow {
		s.rate = float64(bytes-s.bytes) * 8 / d.Seconds()
		s.at, s.bytes = now, bytes
	}
	return s.rate
}
