package call

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

// restingAfter is how long a stream must have sent nothing new to be at rest.
const restingAfter = 200 * time.Millisecond

// resends keeps a full line free of what nobody waits for: a server asks again
// for the lost packets of a layer that was dropped because the line is full. It
// makes and is an interceptor; its place is between whoever sends packets again
// and whoever numbers them.
type resends struct {
	interceptor.NoOp
	crowded *atomic.Bool // the line's queue is long
}

// NewInterceptor implements interceptor.Factory.
func (r *resends) NewInterceptor(string) (interceptor.Interceptor, error) { return r, nil }

// BindLocalStream implements interceptor.Interceptor.
func (r *resends) BindLocalStream(_ *interceptor.StreamInfo, w interceptor.RTPWriter) interceptor.RTPWriter {
	s := &resendStream{}
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if s.again(h.SequenceNumber, time.Now(), r.crowded.Load()) {
			return 0, nil
		}
		return w.Write(h, payload, a)
	})
}

// resendStream tells new packets from repeated ones.
type resendStream struct {
	mu     sync.Mutex
	begun  bool
	newest uint16
	at     time.Time // when it was sent
}

// again says that a packet is a repeated one that is better left out.
func (s *resendStream) again(seq uint16, now time.Time, crowded bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun || int16(seq-s.newest) > 0 {
		s.begun, s.newest, s.at = true, seq, now
		return false
	}
	return crowded && now.Sub(s.at) > restingAfter
}
