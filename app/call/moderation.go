package call

import (
	"context"
	"net/url"
)

// MuteOther mutes a participant's source; hosts only (ErrForbidden).
func (k *Call) MuteOther(ctx context.Context, identity string, s Source) error {
	if k.Snapshot().Me.Role != RoleHost {
		return ErrForbidden
	}
	for _, p := range k.Snapshot().People {
		if p.Identity != identity {
			continue
		}
		t, ok := p.Track(s)
		if !ok || t.Muted {
			return nil
		}
		err := k.ask(ctx, k.participantPath(identity)+"/mute", map[string]any{"source": s})
		if err == nil || !isMissing(err) {
			return err
		}
		return k.roomService(ctx, "MutePublishedTrack", map[string]any{"room": k.room.Name(), "identity": identity, "track_sid": t.ID, "muted": true})
	}
	return nil
}

// Remove removes a participant; hosts only (ErrForbidden). A Foyer host also
// keeps them from coming back; a bare LiveKit server cannot.
func (k *Call) Remove(ctx context.Context, identity string) error {
	if k.Snapshot().Me.Role != RoleHost {
		return ErrForbidden
	}
	err := k.ask(ctx, k.participantPath(identity)+"/remove", nil)
	if err == nil || !isMissing(err) {
		return err
	}
	return k.roomService(ctx, "RemoveParticipant", map[string]any{"room": k.room.Name(), "identity": identity})
}

func (k *Call) participantPath(identity string) string {
	return k.roomPath() + "/participants/" + url.PathEscape(identity)
}

// roomService asks a bare LiveKit server.
func (k *Call) roomService(ctx context.Context, method string, body any) error {
	return k.ask(ctx, "/twirp/livekit.RoomService/"+method, body)
}

// mutedByHost follows a host who mutes a source of ours. On LiveKit's goroutine.
func (k *Call) mutedByHost(s Source) {
	k.verbs.do(func() {
		switch s {
		case Microphone:
			if m := k.microphone; m != nil {
				m.sender.SetMuted(true)
				k.update(func() { k.local.MicrophoneOn, k.local.SpokeMuted, k.local.MutedByHost = false, false, true })
			}
		case Camera:
			k.stopCamera(false)
			k.update(func() { k.local.StoppedByHost = s })
		case Screen:
			k.endShare()
			k.update(func() { k.local.StoppedByHost = s })
		case ScreenAudio:
			k.endShareSound()
			k.update(func() { k.local.SharingSound = false })
		}
	})
}

// withdraw follows the server that takes a source of ours no longer, as where we may
// not publish any more. On LiveKit's goroutine.
func (k *Call) withdraw(s Source) {
	k.verbs.do(func() {
		switch s {
		case Microphone:
			k.stopMicrophone()
		case Camera:
			k.stopCamera(true)
		case Screen:
			k.endShare()
		case ScreenAudio:
			k.endShareSound()
			k.update(func() { k.local.SharingSound = false })
		}
	})
}
