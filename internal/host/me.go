package host

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"golang.org/x/time/rate"

	"foyer/app/invite"
)

// How often a participant may ask for something about itself.
const (
	askBurst = 10
	askEvery = 500 * time.Millisecond
	// askersMax bounds memory; past it, those that could ask again anyway are forgotten.
	askersMax = 10_000
)

// asks bounds how often participants ask, and stamps raised hands. Its zero value is ready.
type asks struct {
	mu   sync.Mutex
	of   map[asker]*rate.Limiter
	hand time.Time // the newest stamp
}

type asker struct{ room, identity string }

// allowed reports whether somebody may ask now, and if not, how long to wait.
func (a *asks) allowed(who asker) (bool, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, ok := a.of[who]
	if !ok {
		if len(a.of) >= askersMax {
			for k, l := range a.of {
				if l.Tokens() >= askBurst {
					delete(a.of, k)
				}
			}
		}
		if a.of == nil || len(a.of) >= askersMax {
			a.of = map[asker]*rate.Limiter{}
		}
		l = rate.NewLimiter(rate.Every(askEvery), askBurst)
		a.of[who] = l
	}
	if l.Allow() {
		return true, 0
	}
	return false, time.Duration((1 - l.Tokens()) * float64(askEvery))
}

// stamp is now, and later than every stamp before: hands have one order.
func (a *asks) stamp() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now().UTC().Round(0)
	if !now.After(a.hand) {
		now = a.hand.Add(time.Nanosecond)
	}
	a.hand = now
	return now.Format(time.RFC3339Nano)
}

// participant lets those in who are in the room, by their own LiveKit token.
func (s *Server) participant(h func(w http.ResponseWriter, r *http.Request, me *livekit.ParticipantInfo)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		c, err := s.claims(bearer(r))
		if err != nil || !c.Video.RoomJoin || c.Video.Room != r.PathValue("room") {
			unauthorized(w)
			return
		}
		if !s.stays(w, r, c) {
			return
		}
		if ok, wait := s.asks.allowed(asker{c.Video.Room, c.Identity}); !ok {
			w.Header().Set("Retry-After", retryAfter(wait))
			refuse(w, http.StatusTooManyRequests, invite.CodeTooMany, "too many requests; wait a little")
			return
		}
		me, err := s.inRoom(ctx, c)
		if err != nil {
			failed(w, r, err)
			return
		}
		h(w, r, me)
	}
}

// inRoom returns the participant whom a token was given to.
func (s *Server) inRoom(ctx context.Context, c *auth.ClaimGrants) (*livekit.ParticipantInfo, error) {
	return s.rooms.GetParticipant(ctx, &livekit.RoomParticipantIdentity{Room: c.Video.Room, Identity: c.Identity})
}

// setHand raises or lowers the participant's own hand, by our clock. A hand that
// is up keeps its place.
func (s *Server) setHand(w http.ResponseWriter, r *http.Request, me *livekit.ParticipantInfo) {
	var q struct {
		Up bool `json:"up"`
	}
	if !read(w, r, &q) {
		return
	}
	at := "" // removes the attribute
	if q.Up {
		if me.Attributes[attributeHand] != "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		at = s.asks.stamp()
	}
	s.updateMe(w, r, &livekit.UpdateParticipantRequest{Room: r.PathValue("room"), Identity: me.Identity, Attributes: map[string]string{attributeHand: at}})
}

// setName changes the participant's own display name.
func (s *Server) setName(w http.ResponseWriter, r *http.Request, me *livekit.ParticipantInfo) {
	var q struct {
		Name string `json:"name"`
	}
	if !read(w, r, &q) {
		return
	}
	s.updateMe(w, r, &livekit.UpdateParticipantRequest{Room: r.PathValue("room"), Identity: me.Identity, Name: displayName(q.Name)})
}

// updateMe changes what the request names and nothing else: LiveKit keeps other
// attributes, and permissions that are not sent.
func (s *Server) updateMe(w http.ResponseWriter, r *http.Request, q *livekit.UpdateParticipantRequest) {
	if _, err := s.rooms.UpdateParticipant(r.Context(), q); err != nil {
		failed(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
