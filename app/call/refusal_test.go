package call

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"foyer/app/invite"
)

func tokenOf(claims string) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	return head + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ"
}

func TestJoinError_findsItsSentinelByTypeAndStatus(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	valid := tokenOf(fmt.Sprintf(`{"nbf":%d,"exp":%d}`, at(-time.Minute), at(time.Hour)))
	early := tokenOf(fmt.Sprintf(`{"nbf":%d,"exp":%d}`, at(time.Hour), at(2*time.Hour)))
	over := tokenOf(fmt.Sprintf(`{"exp":%d}`, at(-time.Hour)))
	client := errors.New("could not connect")
	refused := func(address string) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect to " + address + ": connection refused")}
	}
	for _, c := range []struct {
		name  string
		err   error
		r     refusal
		token string
		want  error
	}{
		{"called off", context.Canceled, refusal{}, valid, context.Canceled},
		{"a port with 401 in it", refused("127.0.0.1:4013"), refusal{}, valid, ErrUnreachable},
		{"a port with 403 in it, as text", errors.New("dial tcp 127.0.0.1:40311: i/o timeout"), refusal{}, valid, ErrUnreachable},
		{"a host called certificate", refused("certificate.example:443"), refusal{}, valid, ErrUnreachable},
		{"a host called expired", errors.New("lookup expired.example: no such host"), refusal{}, valid, ErrUnreachable},
		{"a proxy's 403", fmt.Errorf("dial: %w: 403 Forbidden", invite.ErrProxy), refusal{status: 401}, valid, ErrUnreachable},
		{"unknown authority", fmt.Errorf("get: %w", x509.UnknownAuthorityError{}), refusal{}, valid, ErrCertificate},
		{"another host's certificate", fmt.Errorf("get: %w", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}), refusal{}, valid, ErrCertificate},
		{"refused", client, refusal{status: 401, says: "invalid API key"}, valid, ErrBadToken},
		{"forbidden", client, refusal{status: 403}, valid, ErrBadToken},
		{"refused, by the client's words alone", errors.New("unauthorized: invalid API key"), refusal{}, valid, ErrBadToken},
		{"not found", client, refusal{status: 404, says: "404 page not found"}, valid, ErrUnreachable},
		{"a page that names 401", client, refusal{status: 502, says: "error 401"}, valid, ErrUnreachable},
		{"full", client, refusal{status: 503, says: "max participants exceeded"}, valid, ErrRoomFull},
		{"expired by both clocks", client, refusal{status: 401, date: now}, over, ErrExpiredToken},
		{"expired by the server's clock alone", client, refusal{status: 401, date: now.Add(3 * time.Hour)}, valid, ErrClocks},
		{"not yet by the server's clock", client, refusal{status: 401, date: now.Add(-time.Hour)}, valid, ErrClocks},
		{"not yet by both", client, refusal{status: 401, date: now}, early, ErrClocks},
		{"clocks differ, and the token is not to blame", client, refusal{status: 401, date: now.Add(10 * time.Minute), says: "invalid API key"}, valid, ErrBadToken},
		{"expired, the server tells no time", client, refusal{status: 401, says: "token is expired"}, valid, ErrExpiredToken},
		{"not yet, the server tells no time", client, refusal{status: 401, says: "validation failed, token not valid yet (nbf)"}, valid, ErrClocks},
	} {
		got := joinError(c.err, c.r, c.token, now)
		if !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		for _, other := range []error{ErrBadToken, ErrExpiredToken, ErrClocks, ErrCertificate, ErrUnreachable, ErrRoomFull} {
			if other != c.want && errors.Is(got, other) {
				t.Errorf("%s: %v is %v, too", c.name, got, other)
			}
		}
	}
}

func TestJoinError_tellsNobodyTheToken(t *testing.T) {
	now := time.Now()
	token := tokenOf(fmt.Sprintf(`{"exp":%d}`, now.Add(time.Hour).Unix()))
	says := "invalid token: " + token + ", error: go-jose: " + strings.Repeat("x", 5000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("the server is asked with %q", r.Header.Get("Authorization"))
		}
		w.Header().Set("Date", now.Add(-2*time.Hour).UTC().Format(http.TimeFormat))
		http.Error(w, says, http.StatusUnauthorized)
	}))
	defer server.Close()
	k := &Call{c: Config{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Token: token}}
	r := k.askRefusal(context.Background())
	if r.status != http.StatusUnauthorized || r.date.Sub(now).Abs() < time.Hour {
		t.Errorf("the server's answer is %+v, want its status and its time", r)
	}
	for _, err := range []error{
		errors.New(unauthorized + says), errors.New("dial ws://a.example/rtc?access_token=" + token + ": " + says),
		&net.OpError{Op: "dial", Err: errors.New("wss://me:pass@a.example/rtc?access_token=" + token)},
	} {
		for _, r := range []refusal{{}, r, {status: 500, says: r.says}} {
			got := joinError(err, r, token, now).Error()
			if strings.Contains(got, token[:12]) || strings.Contains(got, token[40:60]) || strings.Contains(got, "pass") {
				t.Errorf("the token or a password is in %q", got)
			}
			if len(got) > 2*refusalShown {
				t.Errorf("%d bytes: %q…, want at most %d", len(got), got[:100], 2*refusalShown)
			}
		}
	}
}
