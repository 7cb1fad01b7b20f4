package host

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/livekit/protocol/auth"
)

var (
	errToken  = errors.New("access token is not one of ours")
	errTokens = errors.New("the request has more than one access token, or one that cannot be read")
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

// welcome checks that the token's holder may still be in its room, and returns the
// room: tokens outlive removals and rooms by minutes. Errors wrap errNoRoom and errBanned.
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

// soleToken returns the access token of a request to LiveKit. LiveKit would take
// it from the header before the query: a request with two, and one that we read
// in another way than LiveKit, are refused, so that the judged token is the one used.
func soleToken(r *http.Request) (string, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", errTokens
	}
	token := ""
	switch params := query["access_token"]; len(params) {
	case 0:
	case 1:
		token = params[0]
	default:
		return "", errTokens
	}
	switch headers := r.Header.Values("Authorization"); len(headers) {
	case 0:
	case 1:
		t := bearer(r)
		if t == "" || token != "" && token != t {
			return "", errTokens
		}
		token = t
	default:
		return "", errTokens
	}
	if token == "" {
		return "", errToken
	}
	return token, nil
}

// judge returns the token of a request to LiveKit if its holder may come in now;
// else it answers the request. What it has not understood never reaches LiveKit.
func (s *Server) judge(w http.ResponseWriter, r *http.Request) (string, *auth.ClaimGrants, bool) {
	token, err := soleToken(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return "", nil, false
	}
	c, err := s.claims(token)
	if err != nil || !c.Video.RoomJoin {
		http.Error(w, errToken.Error(), http.StatusUnauthorized)
		return "", nil, false
	}
	switch err := s.admit(r.Context(), c); {
	case err == nil:
		return token, c, true
	case errors.Is(err, errBanned), errors.Is(err, errFull):
		http.Error(w, err.Error(), http.StatusForbidden)
	case errors.Is(err, errNoRoom):
		http.Error(w, "the meeting was ended", http.StatusNotFound)
	default:
		complain("admission failed", "error", err)
		http.Error(w, "the meeting server failed", http.StatusInternalServerError)
	}
	return "", nil, false
}

// joinParams are the query parameters of LiveKit's clients that are passed on.
// Left out are attributes, and publish, which would join under a second identity
// that a removal does not reach.
var joinParams = []string{
	"protocol", "client_protocol", "sdk", "version", "os", "os_version", "browser", "browser_version", "device_model",
	"network", "capabilities", "reconnect", "reconnect_reason", "sid", "auto_subscribe", "auto_subscribe_data_track",
	"adaptive_stream", "disable_ice_lite", "subscriber_allow_pause", joinRequestParam,
}

// ask makes LiveKit's form of a judged request: path, known parameters, token,
// and who asks. Nothing else of what was sent is passed on.
func (s *Server) ask(r *http.Request, path, token string) (*url.URL, http.Header, error) {
	from, to := r.URL.Query(), url.Values{}
	for _, name := range joinParams {
		if v := from.Get(name); v != "" {
			to.Set(name, v)
		}
	}
	if err := checkJoinRequest(to.Get(joinRequestParam)); err != nil {
		return nil, nil, err
	}
	h := http.Header{}
	h.Set("Authorization", "Bearer "+token)
	h.Set("User-Agent", r.UserAgent())
	h.Set("X-Forwarded-For", address(r, s.conf.proxied()).String())
	return &url.URL{Scheme: "ws", Host: strings.TrimPrefix(s.sfu.url, "ws://"), Path: path, RawQuery: to.Encode()}, h, nil
}

// livekitClient asks our own LiveKit on loopback.
var livekitClient = &http.Client{Timeout: apiTimeout, Transport: &http.Transport{DisableKeepAlives: true}}

// validate answers at a path of LiveKit's where clients learn why they cannot join.
func (s *Server) validate(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*") // a page of another origin reads our reason, too
		w.Header().Set("Cache-Control", "no-store")
		token, _, ok := s.judge(w, r)
		if !ok {
			return
		}
		u, h, err := s.ask(r, path, token)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		u.Scheme = "http"
		resp, err := livekitClient.Do((&http.Request{Method: http.MethodGet, URL: u, Header: h}).WithContext(r.Context()))
		if err != nil {
			complain("LiveKit does not answer", "path", path, "error", err)
			http.Error(w, "the meeting server failed", http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, io.LimitReader(resp.Body, maxBody)) // the other side went away: nothing to tell it
	}
}

// validatePreflight lets pages of other origins send their token in a header.
func validatePreflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET")
	h.Set("Access-Control-Allow-Headers", "Authorization")
	w.WriteHeader(http.StatusNoContent)
}
