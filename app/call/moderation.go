package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"foyer/app/invite"
)

// MuteOther mutes a participant's source; hosts only (ErrForbidden).
func (k *Call) MuteOther(ctx context.Context, identity string, s Source) error {
	for _, p := range k.Snapshot().People {
		if p.Identity != identity {
			continue
		}
		t, ok := p.Track(s)
		if !ok || t.Muted {
			return nil
		}
		return k.roomService(ctx, "MutePublishedTrack", map[string]any{"room": k.room.Name(), "identity": identity, "track_sid": t.ID, "muted": true})
	}
	return nil
}

// Remove removes a participant; hosts only (ErrForbidden). A Foyer host also
// keeps them from coming back; a bare LiveKit server cannot.
func (k *Call) Remove(ctx context.Context, identity string) error {
	path := "/api/rooms/" + url.PathEscape(k.room.Name()) + "/participants/" + url.PathEscape(identity) + "/remove"
	err := k.post(ctx, path, nil)
	if err == nil || !isMissing(err) {
		return err
	}
	return k.roomService(ctx, "RemoveParticipant", map[string]any{"room": k.room.Name(), "identity": identity})
}

func (k *Call) roomService(ctx context.Context, method string, body any) error {
	return k.post(ctx, "/twirp/livekit.RoomService/"+method, body)
}

// missingError is a server without that part of the API.
type missingError struct{ error }

func isMissing(err error) bool { _, ok := err.(missingError); return ok }

// post asks the meeting's server, with our own token.
func (k *Call) post(ctx context.Context, path string, body any) error {
	if k.Snapshot().Me.Role != RoleHost {
		return ErrForbidden
	}
	token := k.c.Token
	if k.c.Renew != nil {
		fresh, err := k.c.Renew(ctx)
		if err != nil {
			return fmt.Errorf("renew the token: %w", err)
		}
		token = fresh
	}
	data := []byte("{}")
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
	}
	base := "http" + strings.TrimPrefix(strings.TrimSuffix(k.c.URL, "/"), "ws")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{TLSClientConfig: invite.PinnedTLS(k.c.Fingerprint)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the server: %w: %w", ErrUnreachable, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("ask the server: %w", ErrForbidden)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusMethodNotAllowed:
		return missingError{fmt.Errorf("ask the server: %s", resp.Status)}
	}
	return fmt.Errorf("ask the server: %s", resp.Status)
}
