package call

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/interceptor/pkg/twcc"
)

// Bounds of the send-side estimate, in bits per second.
const (
	startRate = 2_500_000
	minRate   = 100_000
	maxRate   = 12_000_000
)

// bandwidth is what the network takes from us: Google Congestion Control
// (draft-ietf-rmcat-gcc-02) on transport-wide feedback. Safe for use by several
// goroutines.
type bandwidth struct {
	estimate   atomic.Int64 // bits per second
	crowded    atomic.Bool  // packets wait long on their way
	full       atomic.Bool  // the line lately had a queue: the estimate is about what it carries
	voice      atomic.Int64 // what our voice takes, headers and all, in bits per second: it goes first
	held       atomic.Int64 // pictures are held back until then, in nanoseconds since 1970
	queue      atomic.Pointer[waiting]
	receptions receptions
}

func newBandwidth() *bandwidth {
	b := &bandwidth{}
	b.estimate.Store(startRate)
	return b
}

// video is what is left for pictures, in bits per second.
func (b *bandwidth) video() int { return max(int(b.estimate.Load()-b.voice.Load()), minRate) }

// rate is the whole estimate, in bits per second.
func (b *bandwidth) rate() int { return int(b.estimate.Load()) }

// pace is how fast a large picture may be sent, in bits per second, and how much
// of it at once, in bytes.
func (b *bandwidth) pace() (rate, burst int) {
	e := float64(b.estimate.Load())
	if b.full.Load() {
		return int(paceFull * e), int(min(paceFull*e*paceBurstFull.Seconds()/8, paceBurst))
	}
	return int(paceFactor * e), paceBurst
}

// holds says that no picture may be sent now: sound comes first, and the line's
// queue has to empty.
func (b *bandwidth) holds(now time.Time) bool {
	if now.UnixNano() < b.held.Load() {
		return true
	}
	q := b.queue.Load()
	return q != nil && q.overdue(now)
}

// interceptors hook the estimator into each peer connection. Only the one that
// sends gets feedback, so the newest estimate is the right one.
func (b *bandwidth) interceptors() ([]interceptor.Factory, error) {
	control, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) {
		var queue *waiting
		e, err := newEstimator(func(e estimate) {
			b.queue.Store(queue)
			b.estimate.Store(int64(e.rate))
			b.full.Store(e.full)
			b.crowded.Store(e.crowded)
			b.held.Store(time.Now().Add(e.hold).UnixNano())
		})
		if err != nil {
			return nil, err
		}
		queue = &e.queue
		return e, nil
	})
	if err != nil {
		return nil, fmt.Errorf("set up congestion control: %w", err)
	}
	numbers, err := twcc.NewHeaderExtensionInterceptor()
	if err != nil {
		return nil, fmt.Errorf("set up transport-wide sequence numbers: %w", err)
	}
	return []interceptor.Factory{control, numbers, &resends{crowded: &b.crowded}, &b.receptions}, nil
}
