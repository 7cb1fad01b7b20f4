package ui

import (
	"errors"

	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/app/text"
	"foyer/media/device"
)

type sentence struct {
	err  error
	text string
}

// sentences says, for each error that a person can meet, what happened and what
// to do. The first that fits counts.
func sentences() []sentence {
	return []sentence{
		{invite.ErrTwoLinks, lang.L("There is more than one meeting link in this text. Paste one of them.")},
		{invite.ErrMalformed, lang.L("This is not a meeting link. Paste the whole link you were sent, or HOST:PORT/ROOM.")},
		{invite.ErrCodeNeeded, lang.L("This meeting needs its invite code. Ask the person who invited you, then enter it below.")},
		{invite.ErrKeyNeeded, lang.L("This meeting is end-to-end encrypted, and the link has no key: the part after # is missing. Paste the whole link you were sent.")},
		{invite.ErrWrongCode, lang.L("The invite code is wrong or no longer valid. Ask for a new link.")},
		{invite.ErrTooMany, lang.L("Too many wrong codes were tried from here. Wait a minute, then try again.")},
		{invite.ErrBusy, lang.L("Too many people are joining from your network at once. Wait a moment, then try again.")},
		{invite.ErrRoomFull, lang.L("The meeting is full. Try again when somebody has left.")},
		{invite.ErrBanned, lang.L("You were removed from this meeting and cannot come back with this link.")},
		{invite.ErrCertificate, lang.L("This is not the server the link was made for. Ask someone you trust for a new link.")},
		{invite.ErrClock, lang.L("The server's certificate does not hold at this computer's date and time. Check the clock, then try again.")},
		{invite.ErrProxy, lang.L("A network proxy refuses the connection. Ask the people who run your network, then try again.")},
		{invite.ErrUnreachable, lang.L("The meeting's server cannot be reached. Check the link and your connection. The meeting may not have started.")},
		{invite.ErrServer, lang.L("Something went wrong on the meeting's server. Try again in a moment.")},
		{call.ErrCertificate, lang.L("This is not the server the link was made for. Ask someone you trust for a new link.")},
		{call.ErrExpiredToken, lang.L("The access token has expired, or this computer's clock is wrong. Check the clock, or ask for a new token.")},
		{call.ErrClocks, lang.L("This computer's clock and the server's differ. Set the date and time, then try again or ask for a new token.")},
		{call.ErrBadToken, lang.L("The server refused the access token. Ask for a new one.")},
		{call.ErrRoomFull, lang.L("The meeting is full. Try again when somebody has left.")},
		{call.ErrRemoved, lang.L("You were removed from the meeting by a host.")},
		{call.ErrDuplicate, lang.L("You joined this meeting from another device or window, so you left it here.")},
		{call.ErrEnded, lang.L("The meeting was ended by its host.")},
		{call.ErrLost, lang.L("The connection to the meeting was lost. Check your network, then join again.")},
		{call.ErrForbidden, lang.L("Your role in this meeting does not allow that.")},
		{call.ErrTooLong, lang.L("This message is too long. Shorten it, or send it in parts.")},
		{call.ErrTooOften, lang.L("Too many requests. Wait a moment, then try again.")},
		{call.ErrUnreachable, lang.L("The meeting's server cannot be reached. Check the link and your connection. The meeting may not have started.")},
		{device.ErrBusy, lang.L("The device is in use by another program. Close that program, then try again.")},
		{device.ErrDenied, lang.L("Foyer may not use the device. Allow it in your system's settings.")},
		{device.ErrGone, lang.L("The device was disconnected. Plug it in again, or choose another.")},
		{device.ErrNoDevice, lang.L("Device not found. Plug one in, or choose another.")},
		{device.ErrQuiet, lang.L("Nothing was heard. Check that the microphone is switched on, or choose another.")},
		{device.ErrUnsupported, lang.L("This system does not offer that.")},
		{instance.ErrDeaf, lang.L("Foyer is already open but not responding. Close it, then try again.")},
		{settings.ErrFolder, lang.L("Settings can't be saved. They last until you quit Foyer.")},
	}
}

// Sentence is what to show a person for an error; for those that nobody has
// foreseen, the error itself.
func Sentence(err error) string {
	if err == nil {
		return ""
	}
	for _, s := range sentences() {
		if errors.Is(err, s.err) {
			return s.text
		}
	}
	return lang.L("That did not work: {{.Reason}}.", map[string]any{"Reason": text.Line(text.Redact(err.Error()), 300)})
}
