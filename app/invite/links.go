package invite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// LinksResponse answers GET /api/rooms/ROOM/links: links by role, without the
// end-to-end key, which the host does not have.
type LinksResponse struct {
	Links map[string]string `json:"links"`
}

// linksAnswerMax bounds what is read of an answer, in bytes.
const linksAnswerMax = 16 << 10

// GuestLink asks the link's host, with the token of one of the room's hosts, for the
// link that lets people in as guests, at the address and with the key of l.
func (l Link) GuestLink(ctx context.Context, token string) (Link, error) {
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.BaseURL()+"/api/rooms/"+url.PathEscape(l.Room)+"/links", nil)
	if err != nil {
		return Link{}, fmt.Errorf("ask %s for links: %w", l.Host, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	transport := Transport(l.Fingerprint)
	defer transport.CloseIdleConnections()
	resp, err := client(transport).Do(req)
	if err != nil {
		return Link{}, fmt.Errorf("ask %s for links: %w", l.Host, classify(ctx, err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Link{}, fmt.Errorf("ask %s for links: %w: %s", l.Host, ErrServer, resp.Status)
	}
	var answer LinksResponse
	if err := json.NewDecoder(io.LimitReader(resp.Body, linksAnswerMax)).Decode(&answer); err != nil {
		return Link{}, fmt.Errorf("ask %s for links: %w: its answer cannot be read", l.Host, ErrServer)
	}
	t, err := Parse(answer.Links["guest"])
	if err != nil || t.Link == nil || t.Link.Room != l.Room || t.Link.Code == "" || t.Link.Code == l.Code {
		return Link{}, fmt.Errorf("ask %s for links: %w: it names no guests' link", l.Host, ErrServer)
	}
	guests := l // we have reached it there, and the others shall, too
	guests.Code = t.Link.Code
	return guests, nil
}
