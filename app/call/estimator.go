package call

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// estimator is pion's delay-based estimate with what it lacks: it climbs back
// quickly, and judges loss over enough packets.
type estimator struct {
	*gcc.SendSideBWE
	report func(rate int)
	sent   atomic.Uint64 // bytes

	mu    sync.Mutex
	climb climb
	loss  loss
	speed speed
	delay int // pion's last delay-based estimate, bits per second
}

func newEstimator(report func(rate int)) (*estimator, error) {
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
	return e.SendSideBWE.AddStream(info, interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		e.sent.Add(uint64(h.MarshalSize() + len(payload)))
		return w.Write(h, payload, a)
	}))
}

// WriteRTCP implements cc.BandwidthEstimator.
func (e *estimator) WriteRTCP(packets []rtcp.Packet, a interceptor.Attributes) error {
	if err := e.SendSideBWE.WriteRTCP(packets, a); err != nil {
		return err
	}
	all, lost := 0, 0
	for _, p := range packets {
		if f, ok := p.(*rtcp.TransportLayerCC); ok {
			all += int(f.PacketStatusCount)
			lost += int(f.PacketStatusCount) - len(f.RecvDeltas)
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
	now := time.Now()
	e.mu.Lock()
	falling := stats["state"] == "decrease" || delay < e.delay
	e.delay = delay
	rate := e.climb.add(now, delay, falling, e.speed.add(now, e.sent.Load()))
	rate = min(rate, e.loss.add(now, all, lost, rate))
	e.mu.Unlock()
	e.report(rate)
	return nil
}

const (
	// climbAfter is how long a queue must not have grown before the rate climbs fast:
	// long enough that a line that has not changed is left alone most of the time.
	climbAfter = 1500 * time.Millisecond
	// climbSlow and climbFast are the rate's growth in a second (GCC's, and that of
	// libwebrtc's probes, spread over time).
	climbSlow, climbFast = 1.08, 2.0
	// climbFilled is how much of the rate must be in use for it to climb fast: what
	// is not sent proves nothing.
	climbFilled = 0.7
)

// climb follows a delay-based estimate down, and climbs back by itself.
type climb struct {
	rate   float64 // bits per second
	at     time.Time
	fallen time.Time
}

// add takes pion's estimate, whether it is falling, and what is sent, in bits per
// second; it returns what may be.
func (c *climb) add(now time.Time, delay int, falling bool, sent float64) int {
	since := min(now.Sub(c.at), 200*time.Millisecond)
	if c.at.IsZero() {
		since = 0
	}
	c.at = now
	if falling {
		c.fallen = now
		c.rate = min(c.rate, float64(delay))
	} else {
		growth := climbSlow
		if now.Sub(c.fallen) > climbAfter && sent > climbFilled*c.rate {
			growth = climbFast
		}
		c.rate *= math.Pow(growth, since.Seconds())
	}
	c.rate = max(minRate, min(maxRate, c.rate))
	return int(c.rate)
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
