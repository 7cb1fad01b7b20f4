package host

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/twitchtv/twirp"

	"foyer/app/invite"
)

// probeTimeout is how long starting waits for the LiveKit behind.
const probeTimeout = 3 * time.Second

// probe refuses a livekit-url that nobody could ever join through. One that does not
// answer now may do so later: that is only logged.
func probe(ctx context.Context, url string, rooms *lksdk.RoomServiceClient) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if isFoyer(ctx, url) {
		return fmt.Errorf("%w: livekit-url is a Foyer server, which takes its own tokens only: name a LiveKit server", ErrConfig)
	}
	_, err := rooms.ListRooms(ctx, &livekit.ListRoomsRequest{Names: []string{"-"}}) // none has this name
	var t twirp.Error
	if errors.As(err, &t) && (t.Code() == twirp.Unauthenticated || t.Code() == twirp.PermissionDenied) {
		return fmt.Errorf("%w: the server at livekit-url refuses api-key and api-secret", ErrConfig)
	}
	if err != nil {
		slog.Warn("LiveKit does not answer; nobody can join until it does", "url", url, "error", err)
	}
	return nil
}

// isFoyer reports whether a server answers as our admin API does without a session.
func isFoyer(ctx context.Context, url string) bool {
	if rest, ok := strings.CutPrefix(url, "ws"); ok {
		url = "http" + rest
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/api/rooms", nil)
	if err != nil {
		return false
	}
	// Nothing secret is sent, and a Foyer's own certificate is known to nobody.
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var e invite.ErrorBody
	return resp.StatusCode == http.StatusUnauthorized &&
		json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(&e) == nil && e.Error.Code == invite.CodeUnauthorized
}
