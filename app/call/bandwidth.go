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
	voiceRate = 50_000 // sound with headers goes first
)

// bandwidth is what the network takes from us: Google Congestion Control
// (draft-ietf-rmcat-gcc-02) on transport-wide feedback. Safe for use by several
// goroutines.
type bandwidth struct {
	estimate atomic.Int64 // bits per second
	crowded  atomic.Bool  // packets wait long on their way
}

func newBandwidth() *bandwidth {
	b := &bandwidth{}
	b.estimate.Store(startRate)
	return b
}

// video is what is left for pictures, in bits per second.
func (b *bandwidth) video() int { return max(int(b.estimate.Load())-voiceRate, minRate) }

// rate is the whole estimate, in bits per second.
func (b *bandwidth) rate() int { return int(b.estimate.Load()) }

// interceptors hook the estimator into each peer connection. Only the one that
// sends gets feedback, so the newest estimate is the right one.
func (b *bandwidth) interceptors() ([]interceptor.Factory, error) {
	control, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) {
		return newEstimator(func(rate int, wait time.Duration) {
			b.estimate.Store(int64(rate))
			b.crowded.Store(wait > waitMost)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("set up congestion control: %w", err)
	}
	numbers, err := twcc.NewHeaderExtensionInterceptor()
	if err != nil {
		return nil, fmt.Errorf("set up transport-wide sequence numbers: %w", err)
	}
	return []interceptor.Factory{control, numbers, &resends{crowded: &b.crowded}}, nil
}
