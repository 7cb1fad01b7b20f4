package call

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

func TestAFullLineIsKeptFreeOfARestingLayersResends(t *testing.T) {
	now := time.Unix(1000, 0)
	s := &resendStream{}
	for _, seq := range []uint16{65534, 65535, 0, 1} {
		if s.again(seq, now, true) {
			t.Fatalf("new packet %d is left out", seq)
		}
	}
	if s.again(65535, now.Add(restingAfter/2), true) {
		t.Error("a live layer's packet is not sent again")
	}
	if s.again(0, now.Add(2*restingAfter), false) {
		t.Error("a packet is not sent again over a line with room")
	}
	if !s.again(0, now.Add(2*restingAfter), true) {
		t.Error("a resting layer's packet is sent again over a full line")
	}
	if s.again(2, now.Add(time.Minute), true) {
		t.Error("the layer does not come back")
	}
}

func TestResendsPassOthers(t *testing.T) {
	crowded := &atomic.Bool{}
	crowded.Store(true)
	i, err := (&resends{crowded: crowded}).NewInterceptor("")
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	w := i.BindLocalStream(&interceptor.StreamInfo{SSRC: 7}, interceptor.RTPWriterFunc(func(*rtp.Header, []byte, interceptor.Attributes) (int, error) {
		written++
		return 0, nil
	}))
	for _, seq := range []uint16{7, 8, 7, 9} {
		if _, err := w.Write(&rtp.Header{SequenceNumber: seq}, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if written != 4 {
		t.Errorf("%d packets of a live layer went through; want 4", written)
	}
}
