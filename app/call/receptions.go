package call

import (
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
)

// receptions listens to receiver reports for the tracks of ours that are not LiveKit's
// client's own kind: that client throws them away. It makes and is an interceptor.
type receptions struct {
	interceptor.NoOp
	mu    sync.Mutex
	heard map[uint32]func(rtcp.ReceptionReport) // by SSRC
}

// NewInterceptor implements interceptor.Factory.
func (r *receptions) NewInterceptor(string) (interceptor.Interceptor, error) { return r, nil }

// hear has f told of every report about a stream, on the client's goroutine. nil ends it.
func (r *receptions) hear(ssrc uint32, f func(rtcp.ReceptionReport)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f == nil {
		delete(r.heard, ssrc)
		return
	}
	if r.heard == nil {
		r.heard = map[uint32]func(rtcp.ReceptionReport){}
	}
	r.heard[ssrc] = f
}

// BindRTCPReader implements interceptor.Interceptor.
func (r *receptions) BindRTCPReader(from interceptor.RTCPReader) interceptor.RTCPReader {
	return interceptor.RTCPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, a, err := from.Read(b, a)
		if err != nil {
			return n, a, err
		}
		if a == nil {
			a = interceptor.Attributes{}
		}
		packets, err := a.GetRTCPPackets(b[:n])
		if err != nil {
			return n, a, nil // somebody else's to judge
		}
		for _, p := range packets {
			if report, ok := p.(*rtcp.ReceiverReport); ok {
				r.tell(report.Reports)
			}
		}
		return n, a, nil
	})
}

func (r *receptions) tell(list []rtcp.ReceptionReport) {
	for _, one := range list {
		r.mu.Lock()
		f := r.heard[one.SSRC]
		r.mu.Unlock()
		if f != nil {
			f(one)
		}
	}
}
