package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"foyer/app/invite"
	"foyer/app/text"
)

// askTimeout bounds a request to the host.
const askTimeout = 10 * time.Second

// requests are what we ask the host about ourselves, one after the other and apart
// from devices, which must not wait for a network.
type requests struct {
	*queue
	ctx  context.Context
	stop context.CancelFunc
}

func newRequests() requests {
	ctx, stop := context.WithCancel(context.Background())
	return requests{newQueue(), ctx, stop}
}

// close calls off what is still to do, and waits.
func (r requests) close() {
	r.stop()
	r.queue.close()
}

// RaiseHand raises or lowers our hand. Errors come in Local.RequestError.
func (k *Call) RaiseHand(up bool) {
	k.aboutMe("hand", map[string]any{"up": up}, func() {
		at := ""
		if up {
			at = time.Now().UTC().Format(time.RFC3339Nano)
		}
		k.room.LocalParticipant.SetAttributes(map[string]string{handAttribute: at})
	})
}

// SetName changes our display name for everyone. Errors come in Local.RequestError.
func (k *Call) SetName(name string) {
	name = text.Name(name)
	k.aboutMe("name", map[string]any{"name": name}, func() { k.room.LocalParticipant.SetName(name) })
}

// aboutMe has the host change what the others see of us. A bare LiveKit server
// knows no such request, and lets us write it ourselves.
func (k *Call) aboutMe(what string, body any, write func()) {
	k.requests.do(func() {
		if k.requests.ctx.Err() != nil {
			return
		}
		var err error
		if mayWrite(k.room.LocalParticipant.Permissions()) {
			write()
		} else if err = k.ask(k.requests.ctx, k.roomPath()+"/me/"+what, body); isMissing(err) {
			err = fmt.Errorf("change our %s: %w", what, ErrForbidden)
		}
		k.update(func() {
			k.local.RequestError = err
			k.local.tries.request++
		})
	})
}

func (k *Call) roomPath() string { return "/api/rooms/" + url.PathEscape(k.room.Name()) }

// missingError is a server without that part of the API.
type missingError struct{ error }

func isMissing(err error) bool { return errors.As(err, &missingError{}) }

// errStale is a token that the server no longer takes.
var errStale = errors.New("access token is not valid any more")

// ask asks the meeting's server, with the newest token that we have. Where that
// is too old, and it can be renewed, it asks once more.
func (k *Call) ask(ctx context.Context, path string, body any) error {
	data := []byte("{}")
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
	}
	err := k.post(ctx, path, k.token(), data)
	if errors.Is(err, errStale) && k.c.Renew != nil {
		fresh, renewing := k.c.Renew(ctx)
		if renewing != nil {
			return fmt.Errorf("renew the token: %w", renewing)
		}
		k.announcer.refresh(fresh)
		err = k.post(ctx, path, fresh, data)
	}
	return err
}

// token is the newest one: the server sends a fresh one every five minutes.
func (k *Call) token() string {
	if t := k.announcer.refreshed(); t != "" {
		return t
	}
	return k.c.Token
}

func (k *Call) post(ctx context.Context, path, token string, data []byte) error {
	base := "http" + strings.TrimPrefix(strings.TrimSuffix(k.c.URL, "/"), "ws")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	transport := invite.Transport(k.c.Fingerprint)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: askTimeout}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the server: %w: %w", ErrUnreachable, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("ask the server: %w: %w", ErrForbidden, errStale)
	case resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("ask the server: %w", ErrForbidden)
	case resp.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("ask the server: %w", ErrTooOften)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusMethodNotAllowed:
		return missingError{fmt.Errorf("ask the server: %s", resp.Status)}
	}
	return fmt.Errorf("ask the server: %s", resp.Status)
}
