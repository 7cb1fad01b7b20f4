package call

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// checkToken reads a token without verifying it, so that what is none, or an old
// one, gives a clear answer before anything is dialled. The times of a fresh one are
// the server's alone to judge.
func checkToken(token string, fresh bool, now time.Time) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("%w: it is none", ErrBadToken)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("%w: it cannot be read", ErrBadToken)
	}
	var claims struct {
		Exp int64 `json:"exp"`
	}
	if err := json.Unmarshal(b, &claims); err != nil {
		return fmt.Errorf("%w: it cannot be read", ErrBadToken)
	}
	if !fresh && claims.Exp != 0 && now.After(time.Unix(claims.Exp, 0).Add(time.Minute)) {
		return ErrExpiredToken
	}
	return nil
}

// roomAdmin reports whether a token makes its bearer the room's admin, by its own
// word: for buttons, since the server checks it anyway.
func roomAdmin(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return false
	}
	var claims struct {
		Video struct {
			RoomAdmin bool `json:"roomAdmin"`
		} `json:"video"`
	}
	return json.Unmarshal(b, &claims) == nil && claims.Video.RoomAdmin
}

// silent keeps LiveKit's client and pion from writing to standard error: what
// matters comes as errors and snapshots. The client's own logger is process-wide.
var silent = sync.OnceValue(func() logger.Logger {
	l := logger.GetDiscardLogger()
	lksdk.SetLogger(l)
	return l
})
