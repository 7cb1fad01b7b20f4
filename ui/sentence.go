package ui

import (
	"errors"

	"foyer/app/call"
	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/device"
)

// sentences says, for each error that a person can meet, what happened and what
// to do. The first that fits counts.
var sentences = []struct {
	err  error
	text string
}{
	{invite.ErrMalformed, "This is not a meeting link. Paste the whole link you were sent, or HOST:PORT/ROOM."},
	{invite.ErrCodeNeeded, "This meeting needs its invite code. Ask whoever invited you, and type it below the link."},
	{invite.ErrWrongCode, "The invite code is wrong or no longer valid. Ask for a fresh link."},
	{invite.ErrTooMany, "Too many wrong codes were tried from here. Wait a minute, then try again."},
	{invite.ErrRoomFull, "The meeting is full. Try again when somebody has left."},
	{invite.ErrBanned, "You were removed from this meeting and cannot come back with this link."},
	{invite.ErrCertificate, "The server is not the one the link was made for. Ask for a fresh link, over a way you trust."},
	{invite.ErrUnreachable, "The meeting's server cannot be reached. Check the link and your network, and that the meeting is running."},
	{invite.ErrServer, "The meeting's server failed. Try again in a moment."},
	{call.ErrCertificate, "The server is not the one the link was made for. Ask for a fresh link, over a way you trust."},
	{call.ErrExpiredToken, "The access token has expired. Ask for a new one."},
	{call.ErrBadToken, "The server refused the access token. Ask for a new one."},
	{call.ErrRoomFull, "The meeting is full. Try again when somebody has left."},
	{call.ErrRemoved, "You were removed from the meeting by a host."},
	{call.ErrDuplicate, "You joined this meeting from another place, so this one has left."},
	{call.ErrEnded, "The meeting was ended by its host."},
	{call.ErrLost, "The connection to the meeting was lost. Check your network, then join again."},
	{call.ErrForbidden, "Your role in this meeting does not allow that."},
	{call.ErrUnreachable, "The meeting's server cannot be reached. Check the link and your network, and that the meeting is running."},
	{device.ErrBusy, "The device is in use by another program. Close that program, then try again."},
	{device.ErrDenied, "Foyer may not use the device. Allow it in your system's settings."},
	{device.ErrGone, "The device went away. Plug it in again, or choose another."},
	{device.ErrNoDevice, "There is no such device. Plug one in, or choose another."},
	{device.ErrQuiet, "Nothing was heard. Check that the microphone is switched on, or choose another."},
	{device.ErrUnsupported, "This system does not offer that."},
	{instance.ErrDeaf, "Foyer is open already but does not answer. Close it, then try again."},
	{settings.ErrFolder, "The settings cannot be saved; they hold until Foyer is closed."},
}

// Sentence is what to show a person for an error; for those that nobody has
// foreseen, the error itself.
func Sentence(err error) string {
	if err == nil {
		return ""
	}
	for _, s := range sentences {
		if errors.Is(err, s.err) {
			return s.text
		}
	}
	return "That did not work: " + err.Error() + "."
}
