package call

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4/pkg/media"
)

// wantedProbe learns whether the server wants a layer (dynacast). The client
// tells nobody, but it asks a sample's provider for the loudness of just those
// samples that it is going to send: this provider hands it empty ones, which
// become no packets, and listens.
type wantedProbe struct {
	lksdk.BaseSampleProvider
	last   atomic.Int64 // Unix nanoseconds
	since  time.Time
	closed chan struct{}
	once   sync.Once
}

const (
	probeEvery  = 100 * time.Millisecond
	wantedFor   = 350 * time.Millisecond
	wantedStart = time.Second // until the server has had its say
)

func newWantedProbe() *wantedProbe {
	return &wantedProbe{since: time.Now(), closed: make(chan struct{})}
}

var _ lksdk.AudioSampleProvider = (*wantedProbe)(nil)

// NextSample implements lksdk.SampleProvider.
func (p *wantedProbe) NextSample(ctx context.Context) (media.Sample, error) {
	select {
	case <-p.closed:
		return media.Sample{}, io.EOF
	case <-ctx.Done():
		return media.Sample{}, io.EOF
	default:
		return media.Sample{Duration: probeEvery}, nil
	}
}

// CurrentAudioLevel implements lksdk.AudioSampleProvider: it is called for a
// layer that is wanted.
func (p *wantedProbe) CurrentAudioLevel() uint8 {
	p.last.Store(time.Now().UnixNano())
	return 127
}

// Close implements lksdk.SampleProvider. Idempotent.
func (p *wantedProbe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// wanted is true at first: the server has not spoken yet.
func (p *wantedProbe) wanted() bool {
	return time.Since(p.since) < wantedStart || time.Now().UnixNano()-p.last.Load() < int64(wantedFor)
}
