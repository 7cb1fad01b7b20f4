package host

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twitchtv/twirp"

	"foyer/app/invite"
	"foyer/app/text"
)

// maxBody bounds what a request may send, in bytes.
const maxBody = 16 << 10

// tokenLife is how long a token can be used to join; LiveKit refreshes it in the call.
const tokenLife = 10 * time.Minute

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /api/join", counted(s.join))
	m.HandleFunc("OPTIONS /api/join", preflight)
	m.HandleFunc("POST /api/sign-in", s.signIn)
	m.HandleFunc("GET /api/rooms", s.admin(s.listRooms))
	m.HandleFunc("POST /api/rooms", s.admin(s.createRoom))
	m.HandleFunc("DELETE /api/rooms/{room}", s.admin(s.deleteRoom))
	m.HandleFunc("POST /api/rooms/{room}/invites/{role}", s.admin(s.rotateInvite))
	m.HandleFunc("GET /api/rooms/{room}/links", s.moderator(s.listLinks))
	m.HandleFunc("GET /api/rooms/{room}/participants", s.moderator(s.listParticipants))
	m.HandleFunc("POST /api/rooms/{room}/participants/{identity}/remove", s.moderator(s.removeParticipant))
	m.HandleFunc("POST /api/rooms/{room}/participants/{identity}/mute", s.moderator(s.muteParticipant))
	m.HandleFunc("POST /api/rooms/{room}/me/hand", s.participant(s.setHand))
	m.HandleFunc("POST /api/rooms/{room}/me/name", s.participant(s.setName))
	m.HandleFunc("GET /api/rooms/{room}/bans", s.moderator(s.listBans))
	m.HandleFunc("DELETE /api/rooms/{room}/bans/{identity}", s.moderator(s.liftBan))
	m.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, invite.CodeNotFound, "there is nothing at this address")
	})
	m.HandleFunc("GET /healthz", s.health)
	m.HandleFunc("GET /metrics", s.scraped(promhttp.Handler()))
	if s.sfu != nil {
		// These paths of LiveKit's and no others, each by a handler that has understood the request.
		for _, path := range []string{"/rtc", "/rtc/v1"} {
			m.HandleFunc("GET "+path, s.signal(path))
			m.HandleFunc("GET "+path+"/validate", s.validate(path+"/validate"))
			m.HandleFunc("OPTIONS "+path+"/validate", validatePreflight)
		}
		s.twirp(m)
	}
	m.HandleFunc("GET /{room}", landing)
	return m
}

// apiTimeout bounds what a request waits for LiveKit and the database.
const apiTimeout = 10 * time.Second

// health says whether people could meet here now.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
	defer cancel()
	err := s.store.healthy(ctx)
	if err == nil && s.sfu != nil && !s.sfu.srv.IsRunning() {
		err = errors.New("LiveKit does not run")
	}
	if err != nil {
		complain("nobody can meet here", "error", err)
		answer(w, http.StatusServiceUnavailable, map[string]string{"status": "down"})
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
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
		complain("request failed", "method", r.Method, "pattern", r.Pattern, "error", err)
		refuse(w, http.StatusInternalServerError, invite.CodeInternal, "the meeting server failed; try again")
	}
}

// missing says that LiveKit knows no such room or participant.
func missing(err error) bool {
	var t twirp.Error
	return errors.As(err, &t) && t.Code() == twirp.NotFound
}

// read reads a body of one JSON value.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	return decoded(w, json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)), into, false)
}

// readOptional reads a body that may be left out.
func readOptional(w http.ResponseWriter, r *http.Request, into any) bool {
	return decoded(w, json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)), into, true)
}

func decoded(w http.ResponseWriter, d *json.Decoder, into any, optional bool) bool {
	err := d.Decode(into)
	if optional && errors.Is(err, io.EOF) {
		return true
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return true
		}
	}
	refuse(w, http.StatusBadRequest, invite.CodeBadRequest, "the request is not the JSON that is expected")
	return false
}

// A browser page of another origin may join: the code is the secret, no cookie.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type")
	w.WriteHeader(http.StatusNoContent)
}

func tooMany(w http.ResponseWriter, wait time.Duration, code, message string) {
	w.Header().Set("Retry-After", retryAfter(wait))
	refuse(w, http.StatusTooManyRequests, code, message)
}

func (s *Server) join(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	var q invite.JoinRequest
	if !read(w, r, &q) {
		return
	}
	if q.Code == "" {
		refuse(w, http.StatusForbidden, invite.CodeNeeded, "this meeting needs its invite code")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
	defer cancel()
	role, err := s.store.roleOf(ctx, q.Room, q.Code)
	if err != nil {
		failed(w, r, err)
		return
	}
	if role == "" {
		if ok, wait := s.guesses.take(address(r, s.conf.proxied())); !ok {
			tooMany(w, wait, invite.CodeTooMany, "too many wrong attempts; wait a little")
			return
		}
		refuse(w, http.StatusForbidden, invite.CodeWrong, "this invite code is wrong or no longer valid")
		return
	}
	if ok, wait := s.joins.take(address(r, s.conf.proxied())); !ok {
		tooMany(w, wait, invite.CodeBusy, "too many people join from this address at once; wait a moment")
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
	} else if banned {
		refuse(w, http.StatusForbidden, invite.CodeBanned, "you were removed from this meeting")
		return
	}
	if full, err := s.full(ctx, room, identity); err != nil {
		failed(w, r, err)
		return
	} else if full {
		refuse(w, http.StatusForbidden, invite.CodeRoomFull, "this meeting is full")
		return
	}
	token, err := s.token(room, identity, displayName(q.Name), role)
	if err != nil {
		failed(w, r, err)
		return
	}
	answer(w, http.StatusOK, invite.JoinResponse{
		URL: s.livekitURL(r), Token: token, Identity: identity, Role: role,
		Room: room.Name, Title: room.Title, Encrypted: room.Encrypted, Expires: time.Now().Add(tokenLife).UTC().Truncate(time.Second),
	})
}

// full says whether a room has no place for one more. LiveKit counts too, but
// refuses without a reason that a client can read.
func (s *Server) full(ctx context.Context, room Room, identity string) (bool, error) {
	if room.MaxParticipants == 0 {
		return false, nil
	}
	list, err := s.rooms.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room.Name})
	if err != nil && !missing(err) {
		return false, fmt.Errorf("count who is in %s: %w", room.Name, err)
	}
	others := 0
	for _, p := range list.GetParticipants() {
		if p.Identity != identity {
			others++
		}
	}
	return others >= room.MaxParticipants, nil
}

// displayName is what the others see of a name.
func displayName(name string) string { return cmp.Or(text.Name(name), "Guest") }

// Participant attributes that tell the others a role, and when a hand was raised
// (RFC 3339, UTC). Participants cannot write attributes themselves.
const (
	attributeRole = "foyer.role"
	attributeHand = "foyer.hand"
)

// token grants what the role may do, and no more.
func (s *Server) token(room Room, identity, name, role string) (string, error) {
	yes, no := true, false
	g := &auth.VideoGrant{RoomJoin: true, Room: room.Name, CanSubscribe: &yes, CanPublishData: &yes, CanUpdateOwnMetadata: &no, CanPublish: &yes}
	switch role {
	case RoleHost:
		g.RoomAdmin = true
	case RoleViewer:
		g.CanPublish = &no
	}
	return auth.NewAccessToken(s.secrets.APIKey, s.secrets.APISecret).
		SetIdentity(identity).SetName(name).SetValidFor(tokenLife).
		SetAttributes(map[string]string{attributeRole: role}).
		SetVideoGrant(g).
		// The room is made as it should be by whoever comes first.
		SetRoomConfig(&livekit.RoomConfiguration{MaxParticipants: uint32(room.MaxParticipants)}).
		ToJWT()
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Password string `json:"password"`
	}
	if !read(w, r, &q) || !s.password(w, r, q.Password) {
		return
	}
	token, ends := s.sessions.open()
	answer(w, http.StatusOK, map[string]any{"token": token, "expires": ends.UTC().Truncate(time.Second)})
}

// madePassword is how long the admin password is that makeSecrets makes.
var madePassword = len(rand.Text())

// password reports whether a password is the administrator's, and answers if it is not.
func (s *Server) password(w http.ResponseWriter, r *http.Request, password string) bool {
	given, want := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(s.secrets.AdminPassword))
	right := subtle.ConstantTimeCompare(given[:], want[:]) == 1
	// Somebody may have put a shorter password into the file. It can be guessed, so
	// the right one does not pass either where an address has tried too often.
	if right && len(s.secrets.AdminPassword) >= madePassword {
		return true
	}
	if ok, wait := s.signIns.take(address(r, s.conf.proxied())); !ok {
		tooMany(w, wait, invite.CodeTooMany, "too many wrong attempts; wait a little")
		return false
	}
	if !right {
		refuse(w, http.StatusUnauthorized, invite.CodeUnauthorized, "the password is wrong")
	}
	return right
}

func bearer(r *http.Request) string {
	scheme, t, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(t)
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Add("WWW-Authenticate", "Bearer")
	refuse(w, http.StatusUnauthorized, invite.CodeUnauthorized, "sign in first")
}

// identityMax bounds an identity in bytes. Ours are 22; agents have their own.
const identityMax = 256

// named reports whether a path names what could be a room and a person, and answers
// if it does not.
func named(w http.ResponseWriter, r *http.Request) bool {
	room, identity := r.PathValue("room"), r.PathValue("identity")
	if room != "" && !roomForm.MatchString(room) || len(identity) > identityMax ||
		!utf8.ValidString(identity) || strings.ContainsFunc(identity, unicode.IsControl) {
		refuse(w, http.StatusNotFound, invite.CodeNotFound, "there is nothing at this address")
		return false
	}
	return true
}

// admin lets only those in who have signed in.
func (s *Server) admin(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.sessions.valid(bearer(r)) {
			unauthorized(w)
			return
		}
		if !named(w, r) {
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
		defer cancel()
		h(w, r.WithContext(ctx))
	}
}

// moderator lets administrators in, and the hosts of the room by their LiveKit token.
func (s *Server) moderator(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !named(w, r) {
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		token := bearer(r)
		if s.sessions.valid(token) {
			h(w, r)
			return
		}
		claims, err := s.claims(token)
		if err != nil || !claims.Video.RoomAdmin || claims.Video.Room != r.PathValue("room") {
			unauthorized(w)
			return
		}
		if s.stays(w, r, claims) {
			h(w, r)
		}
	}
}

// stays reports whether the token's holder may still be in the room, and answers
// the request where they may not.
func (s *Server) stays(w http.ResponseWriter, r *http.Request, c *auth.ClaimGrants) bool {
	_, err := s.welcome(r.Context(), c)
	switch {
	case errors.Is(err, errBanned):
		refuse(w, http.StatusForbidden, invite.CodeBanned, "you were removed from this meeting")
	case err != nil:
		failed(w, r, err)
	}
	return err == nil
}
