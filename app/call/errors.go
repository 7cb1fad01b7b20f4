package call

import (
	"errors"

	"foyer/app/invite"
)

// Sentinels a person can meet.
var (
	ErrUnreachable  = errors.New("meeting server cannot be reached")
	ErrBadToken     = errors.New("access token refused")
	ErrExpiredToken = errors.New("access token has expired")
	ErrClocks       = errors.New("clocks of this computer and the server differ")
	ErrCertificate  = errors.New("server certificate does not match the link")
	ErrClock        = invite.ErrClock
	ErrRoomFull     = errors.New("meeting is full")
	ErrRemoved      = errors.New("removed from the meeting")
	ErrDuplicate    = errors.New("joined from another place")
	ErrEnded        = errors.New("meeting was ended")
	ErrLost         = errors.New("connection to the meeting was lost")
	ErrForbidden    = errors.New("not allowed in this role")
	ErrTooLong      = errors.New("the message is too long")
	ErrTooOften     = errors.New("asked the server too often")
)
