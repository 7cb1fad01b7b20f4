package call

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// claims are what a token says of itself. Times are in seconds since 1970, perhaps
// with a fraction; 0 is none.
type claims struct {
	Expires   float64 `json:"exp"`
	NotBefore float64 `json:"nbf"`
	Video     struct {
		RoomAdmin bool `json:"roomAdmin"`
	} `json:"video"`
}

// claimsOf reads a token without verifying it (RFC 7519).
func claimsOf(token string) (c claims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("it is none")
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(b, &c) != nil {
		return claims{}, errors.New("it cannot be read")
	}
	return c, nil
}

func (c claims) over(at time.Time) bool  { return c.Expires != 0 && float64(at.Unix()) > c.Expires }
func (c claims) early(at time.Time) bool { return c.NotBefore != 0 && float64(at.Unix()) < c.NotBefore }

// checkToken reads a token without verifying it, so that what is none, or an old
// one, gives a clear answer before anything is dialled. The times of a fresh one are
// the server's alone to judge.
func checkToken(token string, fresh bool, now time.Time) error {
	c, err := claimsOf(token)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	if !fresh && c.over(now.Add(-time.Minute)) {
		return ErrExpiredToken
	}
	return nil
}

// roomAdmin reports whether a token makes its bearer the room's admin, by its own
// word: for buttons, since the server checks it anyway.
func roomAdmin(token string) bool {
	c, err := claimsOf(token)
	return err == nil && c.Video.RoomAdmin
}

// silent keeps LiveKit's client and pion from writing to standard error: what
// matters comes as errors and snapshots. The client's own logger is process-wide.
var silent = sync.OnceValue(func() logger.Logger {
	l := logger.GetDiscardLogger()
	lksdk.SetLogger(l)
	return l
})
