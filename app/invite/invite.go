// Package invite makes, parses and redeems meeting links.
package invite

import (
	"context"
	"errors"
	"time"
)

// Sentinels a person can meet.
var (
	ErrMalformed   = errors.New("not a meeting link")
	ErrCodeNeeded  = errors.New("meeting needs its invite code")
	ErrWrongCode   = errors.New("invite code is wrong or no longer valid")
	ErrTooMany     = errors.New("too many attempts")
	ErrRoomFull    = errors.New("meeting is full")
	ErrBanned      = errors.New("removed from this meeting")
	ErrUnreachable = errors.New("meeting server cannot be reached")
	ErrCertificate = errors.New("server certificate does not match the link")
	ErrServer      = errors.New("meeting server failed")
)

// Link is a meeting link: foyer://HOST[:PORT]/ROOM?code=...#k=...&fp=... , the
// same with https, or a bare HOST:PORT/ROOM. The fragment never leaves the client.
type Link struct {
	Host        string // host or host:port as written
	Room        string
	Code        string // invite code; empty in a bare address
	Insecure    bool   // plain http: query flag "insecure=1", loopback and private hosts only
	Key         []byte // fragment k: end-to-end key, base64url
	Fingerprint []byte // fragment fp: SHA-256 of the host's certificate (DER), base64url
}

// Direct is a LiveKit URL with a token, for joining without a Foyer host.
type Direct struct {
	URL, Token string
}

// Target is what a person typed: exactly one of the two is set.
type Target struct {
	Link   *Link
	Direct *Direct
}

// Parse reads anything that the lobby accepts. Errors wrap ErrMalformed.
func Parse(s string) (Target, error) { return Target{}, ErrMalformed }

// String prints the link in its canonical foyer:// form.
func (l Link) String() string { return "" }

// Redacted prints it without code and fragment, for logs.
func (l Link) Redacted() string { return "" }

// JoinRequest is the body of POST /api/join.
type JoinRequest struct {
	Room   string `json:"room"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Client string `json:"client"` // secret of this installation; the host derives the identity from it
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
}

// APIError is the body of every failed answer: {"error": {"code": "...", "message": "..."}}.
type APIError struct {
	Code    string `json:"code"` // wrong_code, code_needed, room_full, banned, too_many, bad_request, unauthorized, not_found, internal
	Message string `json:"message"`
}

// Redeem asks the link's host for a token.
func (l Link) Redeem(ctx context.Context, name, client string) (JoinResponse, error) {
	return JoinResponse{}, ErrUnreachable
}
