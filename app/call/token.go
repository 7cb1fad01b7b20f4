package call

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
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

// joinError finds the sentinel for what the client says.
func joinError(err error) error {
	text := strings.ToLower(err.Error())
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, invite.ErrProxy): // its 403 is not the server's
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case errors.Is(err, ErrCertificate), strings.Contains(text, ErrCertificate.Error()):
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	case invite.WrongTime(err):
		return fmt.Errorf("%w: %w", ErrClock, err)
	case strings.Contains(text, "x509"), strings.Contains(text, "certificate"):
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	case strings.Contains(text, "expired"):
		return fmt.Errorf("%w: %w", ErrExpiredToken, err)
	case strings.Contains(text, "unauthorized"), strings.Contains(text, "401"), strings.Contains(text, "403"), strings.Contains(text, "invalid token"), strings.Contains(text, "permission"):
		return fmt.Errorf("%w: %w", ErrBadToken, err)
	case strings.Contains(text, "max participants"), strings.Contains(text, "room is full"):
		return fmt.Errorf("%w: %w", ErrRoomFull, err)
	case errors.As(err, &op):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// silent keeps LiveKit's client and pion from writing to standard error: what
// matters comes as errors and snapshots. The client's own logger is process-wide.
var silent = sync.OnceValue(func() logger.Logger {
	l := logger.GetDiscardLogger()
	lksdk.SetLogger(l)
	return l
})
