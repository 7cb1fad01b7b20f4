package host

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"foyer/internal/e2e/hostile"
)

// Requests of which LiveKit keeps something for each name in them.
func TestRequestFloodsUnraced(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is read from /proc")
	}
	hostile.SkipRacing(t)
	s := start(t, quiet(t))
	room := makeRoom(t, s, RoomOptions{Title: "Requests"})
	sids := func(i int) []string {
		list := make([]string, 4500)
		for j := range list {
			list[j] = fmt.Sprintf("TR_%x_%x", i, j)
		}
		return list
	}
	t.Cleanup(func() { // clients that wait for their budget do not keep the server from ending
		began := time.Now()
		if err := s.Close(); err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("the server ends after %v: %v", time.Since(began), err)
		}
	})
	for _, c := range []struct {
		what, role string
		count      int
		make       func(i int) *livekit.SignalRequest
	}{
		{"subscriptions", RoleViewer, 60, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_Subscription{Subscription: &livekit.UpdateSubscription{TrackSids: sids(i), Subscribe: true}}}
		}},
		{"subscriptions by participant", RoleViewer, 60, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_Subscription{Subscription: &livekit.UpdateSubscription{
				ParticipantTracks: []*livekit.ParticipantTracks{{ParticipantSid: "PA_x", TrackSids: sids(i)}}, Subscribe: true}}}
		}},
		{"settings", RoleViewer, 60, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_TrackSetting{TrackSetting: &livekit.UpdateTrackSettings{TrackSids: sids(i), Disabled: true}}}
		}},
		{"data subscriptions", RoleViewer, 60, func(i int) *livekit.SignalRequest {
			u := &livekit.UpdateDataSubscription{}
			for _, sid := range sids(i)[:3000] {
				u.Updates = append(u.Updates, &livekit.UpdateDataSubscription_Update{TrackSid: sid, Subscribe: true})
			}
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_UpdateDataSubscription{UpdateDataSubscription: u}}
		}},
		{"tracks", RoleGuest, 3000, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: &livekit.AddTrackRequest{Cid: fmt.Sprint(i), Name: strings.Repeat("x", 7<<10), Source: livekit.TrackSource_CAMERA, Type: livekit.TrackType_VIDEO}}}
		}},
		{"candidates", RoleViewer, 3000, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{Trickle: &livekit.TrickleRequest{
				Target: livekit.SignalTarget_SUBSCRIBER, CandidateInit: fmt.Sprintf(`{"candidate":"candidate:%d 1 udp 1 192.0.2.1 9 typ host %s"}`, i, strings.Repeat("x", 1900))}}}
		}},
		{"states", RoleViewer, 150, func(i int) *livekit.SignalRequest {
			y := &livekit.SyncState{}
			for range 200_000 {
				y.PublishTracks = append(y.PublishTracks, &livekit.TrackPublishedResponse{})
			}
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_SyncState{SyncState: y}}
		}},
		{"offers", RoleViewer, 400, func(i int) *livekit.SignalRequest {
			return &livekit.SignalRequest{Message: &livekit.SignalRequest_Offer{Offer: &livekit.SessionDescription{Type: "offer",
				Sdp: "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + strings.Repeat("a=x\r\n", 190_000)}}}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			var reused []byte
			client := hostileJoin(t, s, room, c.role, "Mal "+c.what)
			m, err := hostile.WatchMemory(0)
			if err != nil {
				t.Fatal(err)
			}
			began, sent := time.Now(), 0
			for i := 0; i < c.count && time.Since(began) < 5*time.Second; i++ {
				if reused == nil || c.count != 150 && c.count != 400 {
					if reused, err = proto.Marshal(c.make(i)); err != nil {
						t.Fatal(err)
					}
				}
				if client.SignalRaw(reused) != nil {
					break
				}
				sent++
			}
			select {
			case <-client.Done():
			case <-time.After(2 * time.Second):
			}
			if err := m.Stop(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d of %d sent, %d KB each, in %v: %s", sent, c.count, len(reused)>>10, time.Since(began), m)
			if m.Growth() > floodGrowth {
				t.Errorf("took %d MB", m.Growth())
			}
		})
	}
}

// What clients send in earnest counts one for each ID, and no more.
func TestRequestFields(t *testing.T) {
	for _, c := range []struct {
		request *livekit.SignalRequest
		want    int
	}{
		{&livekit.SignalRequest{Message: &livekit.SignalRequest_Subscription{Subscription: &livekit.UpdateSubscription{
			TrackSids: []string{"TR_AMx9", "TR_VCq1"}, Subscribe: true}}}, 4},
		{&livekit.SignalRequest{Message: &livekit.SignalRequest_Subscription{Subscription: &livekit.UpdateSubscription{
			ParticipantTracks: []*livekit.ParticipantTracks{{ParticipantSid: "PA_x", TrackSids: []string{"TR_a", "TR_b"}}}}}}, 5},
		{&livekit.SignalRequest{Message: &livekit.SignalRequest_SyncState{SyncState: &livekit.SyncState{
			Answer: &livekit.SessionDescription{Type: "answer", Sdp: "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"}}}}, 4},
	} {
		b, err := proto.Marshal(c.request)
		if err != nil {
			t.Fatal(err)
		}
		if n := fields(b, 4); n != c.want {
			t.Errorf("%v: %d, want %d", c.request, n, c.want)
		}
	}
	// Nesting without end costs no more than its depth.
	b := []byte{}
	for range 4000 {
		b = append(append([]byte{6<<3 | 2}, protowire.AppendVarint(nil, uint64(len(b)))...), b...)
	}
	if n := fields(b, 4); n != 4 {
		t.Errorf("a deep message: %d", n)
	}
}

// A link makes as many participants as somebody likes: together they have the
// budget of their address.
func TestManyOfOneAddressShareABudget(t *testing.T) {
	var b budgets
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	message, err := proto.Marshal(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{Trickle: &livekit.TrickleRequest{CandidateInit: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	took := func(identity string, from netip.Addr, most int) (n int) {
		for range most {
			if spendAll(t.Context(), []*budget{b.participant("r", identity), b.address(from)}, candidateRequest, message) != nil {
				return n
			}
			n++
		}
		return n
	}
	// No more than these: none comes back but by time.
	all := 0
	for i := range 2 * addressTimes {
		for _, l := range []*rate.Limiter{b.participant("r", fmt.Sprint(i)).requests, b.address(here).requests} {
			l.SetLimit(rate.Inf)
		}
		n := took(fmt.Sprint(i), here, 2000)
		if i == 0 && (n < 1000 || n > 1100) {
			t.Errorf("one participant sends %d candidates", n)
		}
		all += n
	}
	if all < 10_000 || all > 11_000 {
		t.Errorf("one address sends %d candidates", all)
	}
	b.participant("r", "0").requests.SetLimit(rate.Inf)
	if n := took("another", there, 100); n != 100 {
		t.Errorf("another address sends %d candidates of 100", n)
	}
}
