package host

import (
	"context"
	"net/http"
	"time"

	"github.com/livekit/livekit-server/pkg/rtc"
	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
)

// LiveKit offers whoever comes in an empty session at once, subscribes them to
// what is there a moment later, and then waits 150 ms before it offers that (its
// negotiationFrequency, which no setting changes): too long for a first picture.
const (
	subscribedWithin = 150 * time.Millisecond // after that LiveKit offers by itself
	subscribedEvery  = time.Millisecond
)

// presence is a participant of our own LiveKit; nil is none.
type presence struct {
	room *rtc.Room
	me   types.LocalParticipant
}

// entered is called when somebody's signalling connection stands: they are in the
// room by then. ctx ends with the connection.
func (s *Server) entered(ctx context.Context, r *http.Request, c *auth.ClaimGrants) *presence {
	room := s.sfu.srv.RoomManager().GetRoom(ctx, livekit.RoomName(c.Video.Room))
	if room == nil {
		return nil
	}
	me := room.GetParticipant(livekit.ParticipantIdentity(c.Identity))
	if me == nil {
		return nil
	}
	p := &presence{room, me}
	if r.URL.Query().Get("reconnect") != "1" { // subscribed already
		s.serving.Add(1)
		go func() {
			defer s.serving.Done()
			p.hasten(ctx)
		}()
	}
	return p
}

// hasten sends the offer for the initial subscriptions at once, until ctx ends.
func (p *presence) hasten(ctx context.Context) {
	if !p.me.SubscriberAsPrimary() { // others offer themselves
		return
	}
	want := 0
	for _, other := range p.room.GetParticipants() {
		if other.Identity() != p.me.Identity() {
			want += len(other.GetPublishedTracks())
		}
	}
	if want == 0 || !subscribed(ctx, p.me, want) {
		return
	}
	p.me.Negotiate(true)
}

// depart takes a participant who has said that they leave out of the room: LiveKit
// loses a leave now and then on its way from the connection to the room, and would
// keep their place until a timeout. A later session of theirs stays.
func (p *presence) depart() {
	if p != nil {
		p.room.RemoveParticipant(p.me.Identity(), p.me.ID(), types.ParticipantCloseReasonClientRequestLeave)
	}
}

// subscribed waits until somebody is subscribed to so many tracks, and says
// whether they are. LiveKit tells nobody: it is asked.
func subscribed(ctx context.Context, p types.LocalParticipant, want int) bool {
	tick := time.NewTicker(subscribedEvery)
	defer tick.Stop()
	enough := time.NewTimer(subscribedWithin)
	defer enough.Stop()
	for all := false; ; {
		select {
		case <-tick.C:
		case <-enough.C:
			return false
		case <-ctx.Done():
			return false
		}
		if all { // LiveKit has asked for its slow offer by now, which ours replaces
			return true
		}
		all = len(p.GetSubscribedTracks()) >= want
	}
}
