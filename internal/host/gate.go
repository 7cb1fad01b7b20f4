package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var (
	errToken  = errors.New("access token is not one of ours")
	errBanned = errors.New("removed from this meeting")
	errFull   = errors.New("meeting is full")
)

// claims reads a LiveKit token that we signed and that has not expired.
func (s *Server) claims(token string) (*auth.ClaimGrants, error) {
	v, err := auth.ParseAPIToken(token)
	if err != nil || v.APIKey() != s.secrets.APIKey {
		return nil, errToken
	}
	_, claims, err := v.Verify(s.secrets.APISecret)
	if err != nil || claims.Video == nil {
		return nil, errToken
	}
	claims.Identity = v.Identity()
	return claims, nil
}

// welcome says whether whom a token was given to may still be in its room, and
// returns the room: tokens outlive removals and rooms by minutes.
func (s *Server) welcome(ctx context.Context, c *auth.ClaimGrants) (Room, error) {
	room, err := s.store.room(ctx, c.Video.Room)
	if err != nil {
		return Room{}, err
	}
	banned, err := s.store.banned(ctx, c.Video.Room, c.Identity)
	if err != nil {
		return Room{}, err
	}
	if banned {
		return Room{}, errBanned
	}
	return room, nil
}

// admit is welcome for who comes in now, where there must be a place as well.
func (s *Server) admit(ctx context.Context, c *auth.ClaimGrants) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	room, err := s.welcome(ctx, c)
	if err != nil {
		return err
	}
	full, err := s.full(ctx, room, c.Identity)
	if err != nil {
		return err
	}
	if full {
		return errFull
	}
	return nil
}

// proxy passes LiveKit's own paths on to it.
func (s *Server) proxy() http.Handler {
	target := &url.URL{Scheme: "http", Host: strings.TrimPrefix(s.sfu.url, "ws://")}
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode == http.StatusSwitchingProtocols {
				s.entered(r.Request)
			}
			return nil
		},
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serving.Add(1)
		defer s.serving.Done()
		s.passing.Add(1)
		defer s.passing.Add(-1)
		p.ServeHTTP(w, r)
	})
}

// admitted keeps out whom a host has removed, and everyone from a room that is
// gone. What is wrong with a token otherwise LiveKit says itself.
func (s *Server) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("access_token")
		if token == "" {
			token = bearer(r)
		}
		if c, err := s.claims(token); err == nil {
			switch err := s.admit(r.Context(), c); {
			case errors.Is(err, errBanned), errors.Is(err, errFull):
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			case errors.Is(err, errNoRoom):
				http.Error(w, "the meeting was ended", http.StatusNotFound)
				return
			case err != nil:
				slog.Error("admission failed", "error", err)
				http.Error(w, "the meeting server failed", http.StatusInternalServerError)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// banning makes a removal through LiveKit's own API last, as one through ours does.
func (s *Server) banning(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the request is too long", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var q livekit.RoomParticipantIdentity
		switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
		case "application/protobuf":
			err = proto.Unmarshal(body, &q)
		case "application/json":
			err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, &q)
		default:
			err = errToken
		}
		// LiveKit refuses what is not right here; we keep only what it will do.
		if c, e := s.claims(bearer(r)); err == nil && e == nil && c.Video.RoomAdmin && c.Video.Room == q.Room {
			if _, err := s.welcome(r.Context(), c); err != nil {
				http.Error(w, "not allowed", http.StatusForbidden)
				return
			}
			if err := s.store.ban(r.Context(), q.Room, q.Identity); err != nil {
				slog.Error("removal will not last", "error", err)
			}
		}
		next.ServeHTTP(w, r)
	})
}
