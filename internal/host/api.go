package host

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twitchtv/twirp"

	"foyer/app/invite"
)

// maxBody bounds what a request may send, in bytes.
const maxBody = 16 << 10

// tokenLife is how long a token can be used to join; LiveKit refreshes it in the call.
const tokenLife = 10 * time.Minute

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /api/join", s.join)
	m.HandleFunc("OPTIONS /api/join", preflight)
	m.HandleFunc("POST /api/sign-in", s.signIn)
	m.HandleFunc("GET /api/rooms", s.admin(s.listRooms))
	m.HandleFunc("POST /api/rooms", s.admin(s.createRoom))
	m.HandleFunc("DELETE /api/rooms/{room}", s.admin(s.deleteRoom))
	m.HandleFunc("POST /api/rooms/{room}/invites/{role}", s.admin(s.rotateInvite))
	m.HandleFunc("GET /api/rooms/{room}/participants", s.moderator(s.listParticipants))
	m.HandleFunc("POST /api/rooms/{room}/participants/{identity}/remove", s.moderator(s.removeParticipant))
	m.HandleFunc("POST /api/rooms/{room}/participants/{identity}/mute", s.moderator(s.muteParticipant))
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	m.Handle("GET /metrics", promhttp.Handler())
	if s.sfu != nil {
		p := s.proxy()
		m.Handle("GET /rtc", p)
		m.Handle("/rtc/", p)
		m.Handle("/twirp/", p)
		m.Handle("/settings/", p)
	}
	m.HandleFunc("GET /{room}", landing)
	return m
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // links are read by people too
	_ = e.Encode(body)     // the other side went away: nothing to tell it
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, invite.ErrorBody{Error: invite.APIError{Code: code, Message: message}})
}

// failed answers an error that is ours; what it was goes to the log only.
func failed(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errNoRoom), errors.Is(err, errNoRole):
		refuse(w, http.StatusNotFound, invite.CodeNotFound, err.Error())
	case errors.Is(err, ErrConfig):
		refuse(w, http.StatusBadRequest, invite.CodeBadRequest, err.Error())
	case missing(err):
		refuse(w, http.StatusNotFound, invite.CodeNotFound, "no such participant")
	default:
		slog.Error("request failed", "method", r.Method, "pattern", r.Pattern, "error", err)
		refuse(w, http.StatusInternalServerError, invite.CodeInternal, "the meeting server failed; try again")
	}
}

// missing says that LiveKit knows no such room or participant.
func missing(err error) bool {
	var t twirp.Error
	return errors.As(err, &t) && t.Code() == twirp.NotFound
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := d.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, invite.CodeBadRequest, "the request is not the JSON that is expected")
		return false
	}
	return true
}

// A browser page of another origin may join: the code is the secret, no cookie.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type")
	w.WriteHeader(http.StatusNoContent)
}

// guess lets an address try a secret, and answers it when it has tried too often.
func (s *Server) guess(w http.ResponseWriter, r *http.Request) bool {
	ok, wait := s.guesses.allowed(address(r))
	if !ok {
		w.Header().Set("Retry-After", retryAfter(wait))
		refuse(w, http.StatusTooManyRequests, invite.CodeTooMany, "too many wrong attempts; wait a little")
	}
	return ok
}

func (s *Server) join(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	var q invite.JoinRequest
	if !s.guess(w, r) || !read(w, r, &q) {
		return
	}
	if q.Code == "" {
		refuse(w, http.StatusForbidden, invite.CodeNeeded, "this meeting needs its invite code")
		return
	}
	ctx := r.Context()
	role, err := s.store.roleOf(ctx, q.Room, q.Code)
	if err != nil {
		failed(w, r, err)
		return
	}
	if role == "" {
		s.guesses.wrong(address(r))
		refuse(w, http.StatusForbidden, invite.CodeWrong, "this invite code is wrong or no longer valid")
		return
	}
	room, err := s.store.room(ctx, q.Room)
	if err != nil {
		failed(w, r, err)
		return
	}
	identity := s.secrets.identity(room.Name, q.Client)
	if banned, err := s.store.banned(ctx, room.Name, identity); err != nil {
		failed(w, r, err)
		return
	} else if banned && role != RoleHost {
		refuse(w, http.StatusForbidden, invite.CodeBanned, "you were removed from this meeting")
		return
	}
	if room.MaxParticipants > 0 {
		// LiveKit would refuse without a reason that a client can read.
		list, err := s.rooms.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room.Name})
		if err != nil && !missing(err) {
			failed(w, r, err)
			return
		}
		others := 0
		for _, p := range list.GetParticipants() {
			if p.Identity != identity {
				others++
			}
		}
		if others >= room.MaxParticipants {
			refuse(w, http.StatusForbidden, invite.CodeRoomFull, "this meeting is full")
			return
		}
	}
	token, err := s.token(room, identity, displayName(q.Name), role)
	if err != nil {
		failed(w, r, err)
		return
	}
	answer(w, http.StatusOK, invite.JoinResponse{
		URL: s.livekitURL(r), Token: token, Identity: identity, Role: role,
		Room: room.Name, Title: room.Title, Expires: time.Now().Add(tokenLife).UTC().Truncate(time.Second),
	})
}

// displayName keeps what can be shown on one line, at most 80 characters.
func displayName(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80])
	}
	if name == "" {
		return "Guest"
	}
	return name
}

// token grants what the role may do, and no more.
func (s *Server) token(room Room, identity, name, role string) (string, error) {
	yes, no := true, false
	g := &auth.VideoGrant{RoomJoin: true, Room: room.Name, CanSubscribe: &yes, CanPublishData: &yes, CanUpdateOwnMetadata: &yes, CanPublish: &yes}
	switch role {
	case RoleHost:
		g.RoomAdmin = true
	case RoleViewer:
		g.CanPublish = &no
	}
	return auth.NewAccessToken(s.secrets.APIKey, s.secrets.APISecret).
		SetIdentity(identity).SetName(name).SetValidFor(tokenLife).
		SetAttributes(map[string]string{"foyer.role": role, "foyer.title": room.Title}).
		SetVideoGrant(g).ToJWT()
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Password string `json:"password"`
	}
	if !s.guess(w, r) || !read(w, r, &q) {
		return
	}
	if subtle.ConstantTimeCompare([]byte(q.Password), []byte(s.secrets.AdminPassword)) != 1 {
		s.guesses.wrong(address(r))
		refuse(w, http.StatusUnauthorized, invite.CodeUnauthorized, "the password is wrong")
		return
	}
	token, ends := s.sessions.open()
	answer(w, http.StatusOK, map[string]any{"token": token, "expires": ends.UTC().Truncate(time.Second)})
}

func bearer(r *http.Request) string {
	t, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return t
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	refuse(w, http.StatusUnauthorized, invite.CodeUnauthorized, "sign in first")
}

// admin lets only those in who have signed in.
func (s *Server) admin(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.sessions.valid(bearer(r)) {
			unauthorized(w)
			return
		}
		h(w, r)
	}
}

// moderator lets administrators in, and the hosts of the room by their LiveKit token.
func (s *Server) moderator(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := bearer(r)
		if s.sessions.valid(token) {
			h(w, r)
			return
		}
		v, err := auth.ParseAPIToken(token)
		if err != nil || v.APIKey() != s.secrets.APIKey {
			unauthorized(w)
			return
		}
		_, claims, err := v.Verify(s.secrets.APISecret)
		if err != nil || claims.Video == nil || !claims.Video.RoomAdmin || claims.Video.Room != r.PathValue("room") {
			unauthorized(w)
			return
		}
		h(w, r)
	}
}
