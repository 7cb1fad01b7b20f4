package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"foyer/app/invite"
	"foyer/app/text"
)

// Bounds of what a server says about a token that it refuses.
const (
	refusalTimeout = 5 * time.Second
	refusalMax     = 16 << 10 // bytes read
	refusalShown   = 200      // characters passed on
)

// refusal is a server's answer to whether it takes our token. LiveKit's client keeps
// neither the status nor the time of its own.
type refusal struct {
	status int       // 0: it has not answered
	date   time.Time // the server's clock; zero where it does not say
	says   string
}

// askRefusal asks the server why it has refused us.
func (k *Call) askRefusal(ctx context.Context) refusal {
	ctx, cancel := context.WithTimeout(ctx, refusalTimeout)
	defer cancel()
	base := "http" + strings.TrimPrefix(strings.TrimSuffix(k.c.URL, "/"), "ws")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/rtc/validate", nil)
	if err != nil {
		return refusal{}
	}
	req.Header.Set("Authorization", "Bearer "+k.c.Token)
	transport := invite.Transport(k.c.Fingerprint)
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return refusal{}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, refusalMax))
	r := refusal{status: resp.StatusCode, says: text.Line(text.Redact(string(body)), refusalShown)}
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	return r
}

// tokenError is why a server refuses a token. Where the token's times hold by one
// clock and not by the other, the clocks are to blame.
func (r refusal) tokenError(token string, now time.Time) error {
	c, _ := claimsOf(token) // what cannot be read has no times
	said := strings.ToLower(r.says)
	if r.date.IsZero() {
		switch {
		case strings.Contains(said, "not valid yet"), strings.Contains(said, "nbf"), c.early(now):
			return fmt.Errorf("%w: the token does not hold yet", ErrClocks)
		case strings.Contains(said, "expired"), c.over(now):
			return ErrExpiredToken
		}
		return r.plain(ErrBadToken)
	}
	apart := r.date.Sub(now).Abs() > clocksApart
	switch {
	case c.early(r.date), c.over(r.date) && apart && !c.over(now):
		return fmt.Errorf("%w: it is %s by the server's clock, %s by this computer's", ErrClocks,
			r.date.UTC().Format(time.DateTime), now.UTC().Format(time.DateTime))
	case c.over(r.date):
		return ErrExpiredToken
	}
	return r.plain(ErrBadToken)
}

// plain adds what the server says.
func (r refusal) plain(err error) error {
	if r.says == "" {
		return err
	}
	return fmt.Errorf("%w: the server says: %s", err, r.says)
}

// joinError finds the sentinel for what the client says, and for the server's answer
// where the client has none that can be told apart. Nothing of the token is in it.
func joinError(err error, r refusal, token string, now time.Time) error {
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, invite.ErrProxy): // its 403 is not the server's
		return joinFailed(ErrUnreachable, err)
	case errors.Is(err, ErrCertificate):
		return joinFailed(ErrCertificate, err)
	case invite.WrongTime(err):
		return joinFailed(ErrClock, err)
	case isCertificate(err):
		return joinFailed(ErrCertificate, err)
	case errors.As(err, &op):
		return joinFailed(ErrUnreachable, err)
	case isFull(r.says), isFull(err.Error()):
		return joinFailed(ErrRoomFull, err)
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return r.tokenError(token, now)
	case r.status == 0 && strings.HasPrefix(err.Error(), unauthorized):
		r.says = text.Line(text.Redact(strings.TrimPrefix(err.Error(), unauthorized)), refusalShown)
		return r.tokenError(token, now)
	}
	return joinFailed(ErrUnreachable, err)
}

// unauthorized is how the client begins what a 401 has said.
const unauthorized = "unauthorized: "

// isFull reports whether a server says that it takes nobody more. LiveKit has only words for it.
func isFull(says string) bool {
	says = strings.ToLower(says)
	return strings.Contains(says, "max participants") || strings.Contains(says, "room is full")
}

func isCertificate(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// redacted is an error whose words are fit to be shown.
type redacted struct {
	error
	says string
}

func (e redacted) Error() string { return e.says }
func (e redacted) Unwrap() error { return e.error }

// joinFailed puts a sentinel before an error of the client's, which may quote a server
// at length, or the address with its secrets.
func joinFailed(sentinel, err error) error {
	return fmt.Errorf("%w: %w", sentinel, redacted{err, text.Line(text.Redact(err.Error()), refusalShown)})
}
