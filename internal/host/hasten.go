package host

import (
	"context"
	"net/http"
	"time"

	"github.com/livekit/livekit-server/pkg/rtc/types"
	"github.com/livekit/protocol/livekit"
)

// LiveKit offers whoever comes in an empty session at once, subscribes them to
// what is there a moment later, and then waits 150 ms before it offers that (its
// negotiationFrequency, which no setting changes): too long for a first picture.
const (
	subscribedWithin = 150 * time.Millisecond // after that LiveKit offers by itself
	subscribedEvery  = time.Millisecond
)

// entered is called when somebody's connection for signalling stands, as the
// request shows that was passed on: they are in the room by then.
func (s *Server) entered(r *http.Request) {
	q := r.URL.Query()
	token := q.Get("access_token")
	if token == "" {
		token = bearer(r)
	}
	c, err := s.claims(token)
	if err != nil || q.Get("reconnect") == "1" {
		return // refused by LiveKit, or subscribed already
	}
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		s.hasten(r.Context(), livekit.RoomName(c.Video.Room), livekit.ParticipantIdentity(c.Identity))
	}()
}

// hasten has the tracks that somebody is subscribed to on coming in offered to
// them as soon as all are, until ctx ends.
func (s *Server) hasten(ctx context.Context, name livekit.RoomName, identity livekit.ParticipantIdentity) {
	room := s.sfu.srv.RoomManager().GetRoom(ctx, name)
	if room == nil {
		return
	}
	me := room.GetParticipant(identity)
	if me == nil || !me.SubscriberAsPrimary() { // others offer themselves
		return
	}
	want := 0
	for _, p := range room.GetParticipants() {
		if p.Identity() != identity {
			want += len(p.GetPublishedTracks())
		}
	}
	if want == 0 || !subscribed(ctx, me, want) {
		return
	}
	me.Negotiate(true)
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
