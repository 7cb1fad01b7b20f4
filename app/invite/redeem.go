package invite

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"foyer/app/text"
)

// Sentinels a person can meet.
var (
	ErrMalformed   = errors.New("not a meeting link")
	ErrTwoLinks    = fmt.Errorf("%w: it has two different links", ErrMalformed)
	ErrCodeNeeded  = errors.New("meeting needs its invite code")
	ErrKeyNeeded   = errors.New("meeting is end-to-end encrypted and the link has no key: copy the whole link")
	ErrWrongCode   = errors.New("invite code is wrong or no longer valid")
	ErrTooMany     = errors.New("too many attempts")
	ErrBusy        = errors.New("too many people join at once")
	ErrRoomFull    = errors.New("meeting is full")
	ErrBanned      = errors.New("removed from this meeting")
	ErrUnreachable = errors.New("meeting server cannot be reached")
	ErrCertificate = errors.New("server certificate does not match the link")
	ErrClock       = errors.New("server certificate does not hold at this time")
	ErrServer      = errors.New("meeting server failed")
)

// JoinRequest is the body of POST /api/join.
type JoinRequest struct {
	Room   string `json:"room"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Client string `json:"client"` // pseudonym of this installation at this host (pseudonym); the host derives the identity from it
}

// JoinResponse answers it.
type JoinResponse struct {
	URL      string    `json:"url"` // ws:// or wss:// of LiveKit
	Token    string    `json:"token"`
	Identity string    `json:"identity"`
	Role     string    `json:"role"` // host, guest, viewer
	Room     string    `json:"room"`
	Title    string    `json:"title"`
	Expires  time.Time `json:"expires"`
	// Encrypted is set where the meeting is end-to-end encrypted: a link without a key
	// would send sound and pictures in clear, and Redeem fails with ErrKeyNeeded.
	Encrypted bool `json:"encrypted"`
}

// APIError is the body of every failed answer: {"error": {"code": "...", "message": "..."}}.
type APIError struct {
	Code    string `json:"code"` // one of the Code constants
	Message string `json:"message"`
}

// Codes of an APIError.
const (
	CodeWrong        = "wrong_code"
	CodeNeeded       = "code_needed"
	CodeRoomFull     = "room_full"
	CodeBanned       = "banned"
	CodeTooMany      = "too_many"
	CodeBusy         = "busy"
	CodeBadRequest   = "bad_request"
	CodeUnauthorized = "unauthorized"
	CodeNotFound     = "not_found"
	CodeInternal     = "internal"
)

// ErrorBody is the JSON around an APIError.
type ErrorBody struct {
	Error APIError `json:"error"`
}

var sentinels = map[string]error{
	CodeWrong: ErrWrongCode, CodeNeeded: ErrCodeNeeded, CodeRoomFull: ErrRoomFull,
	CodeBanned: ErrBanned, CodeTooMany: ErrTooMany, CodeBusy: ErrBusy,
}

// titleMax is how much of a meeting's title is kept, in characters.
const titleMax = 200

// redeemTimeout bounds one request, connection and all.
const redeemTimeout = 10 * time.Second

// PinnedTLS is a client's TLS configuration that accepts exactly the
// certificate with the SHA-256 fingerprint, or, with none, what the system trusts.
func PinnedTLS(fingerprint []byte) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(fingerprint) == 0 {
		return c
	}
	c.InsecureSkipVerify = true // the pin below is stricter than any chain
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return ErrCertificate
		}
		got := sha256.Sum256(s.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare(got[:], fingerprint) != 1 {
			return ErrCertificate
		}
		return nil
	}
	return c
}

// pseudonym is what the link's host knows an installation by: the secret itself
// would let its keeper be that person at every other host. The host is named by
// what TLS proves of it: the pinned certificate, else the name, and whether it is
// reached in the clear, where anybody on the way may answer.
func (l Link) pseudonym(client string) string {
	if client == "" {
		return "" // somebody new
	}
	server := "fp:" + hex.EncodeToString(l.Fingerprint)
	if len(l.Fingerprint) == 0 || l.Insecure {
		server = strings.ToLower(l.BaseURL())
		if l.Insecure {
			server = strings.TrimSuffix(server, ":80")
		} else {
			server = strings.TrimSuffix(server, ":443")
		}
	}
	m := hmac.New(sha256.New, []byte(client))
	m.Write([]byte("foyer-client-1:" + server))
	return hex.EncodeToString(m.Sum(nil))
}

// Redeem asks the link's host for a token. name is what the others see, client
// this installation's secret, which stays here: the host gets a pseudonym.
func (l Link) Redeem(ctx context.Context, name, client string) (JoinResponse, error) {
	return l.RedeemBy(ctx, Transport(l.Fingerprint), name, client)
}

// RedeemBy is Redeem over a transport of the caller's, which is used for this alone:
// it gets the link's idea of TLS.
func (l Link) RedeemBy(ctx context.Context, transport *http.Transport, name, secret string) (JoinResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	body, err := json.Marshal(JoinRequest{Room: l.Room, Code: l.Code, Name: name, Client: l.pseudonym(secret)})
	if err != nil {
		return JoinResponse{}, fmt.Errorf("ask %s for a token: %w", l.Host, err)
	}
	transport.TLSClientConfig = PinnedTLS(l.Fingerprint)
	defer transport.CloseIdleConnections()
	for {
		j, wait, err := l.ask(ctx, client(transport), body)
		if err != nil {
			err = fmt.Errorf("ask %s for a token: %w", l.Host, err)
		}
		if !errors.Is(err, ErrBusy) {
			return j, err
		}
		// Many come in at once from this address: our turn is soon.
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return JoinResponse{}, err
		}
		turn := time.NewTimer(wait)
		select {
		case <-turn.C:
		case <-ctx.Done():
			turn.Stop()
			if errors.Is(ctx.Err(), context.Canceled) {
				err = ctx.Err()
			}
			return JoinResponse{}, err
		}
	}
}

// ask sends one request. wait is when to try again, with ErrBusy.
func (l Link) ask(ctx context.Context, client *http.Client, body []byte) (j JoinResponse, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.BaseURL()+"/api/join", bytes.NewReader(body))
	if err != nil {
		return JoinResponse{}, 0, malformed("the address cannot be read")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return JoinResponse{}, 0, classify(ctx, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
	if err != nil {
		return JoinResponse{}, 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if resp.StatusCode != http.StatusOK {
		var e ErrorBody
		if json.Unmarshal(answer, &e) == nil {
			if s, ok := sentinels[e.Error.Code]; ok {
				seconds, _ := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
				return JoinResponse{}, time.Duration(max(seconds, 1)) * time.Second, s
			}
		}
		return JoinResponse{}, 0, fmt.Errorf("%w: %s", ErrServer, resp.Status)
	}
	if err := json.Unmarshal(answer, &j); err != nil || j.URL == "" || j.Token == "" {
		return JoinResponse{}, 0, fmt.Errorf("%w: its answer cannot be read", ErrServer)
	}
	if !l.signals(j.URL) {
		return JoinResponse{}, 0, fmt.Errorf("%w: it names an address that this link does not allow", ErrServer)
	}
	if j.Encrypted && len(l.Key) == 0 {
		return JoinResponse{}, 0, ErrKeyNeeded
	}
	j.Title = text.Line(j.Title, titleMax)
	return j, 0, nil
}

// WrongTime says whether a certificate was refused for its times alone. Either it is
// over, or our clock is wrong.
func WrongTime(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// classify tells a wrong certificate, and a proxy that lets nobody through, from a
// host that cannot be reached.
func classify(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if isProxy(err) {
		return fmt.Errorf("%w: %w: %w", ErrUnreachable, ErrProxy, err)
	}
	if WrongTime(err) {
		return fmt.Errorf("%w: %w", ErrClock, err)
	}
	var verify *tls.CertificateVerificationError
	if errors.Is(err, ErrCertificate) || errors.As(err, &verify) {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// signals reports whether a client of this link may signal to an address: by TLS
// where the link has it, so that no token goes out in clear; else to this machine
// and its own network, too.
func (l Link) signals(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "wss":
		return true
	case "ws":
		return l.Insecure || private(u.Host)
	}
	return false
}
