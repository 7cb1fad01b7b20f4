package call

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/server-sdk-go/v2/signalling"
	"google.golang.org/protobuf/proto"
)

// deaf is a client that hears nothing.
type deaf struct{ signalling.SignalHandler }

func (deaf) HandleMessage(proto.Message) error { return nil }

// The host is asked with the newest token: the one we joined with, the one the
// server has sent since, or one that is renewed when the others are refused.
func TestAskingTakesTheNewestToken(t *testing.T) {
	var asked []string
	good := "Bearer joined"
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Authorization"))
		if asked[len(asked)-1] != good {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer ts.Close()
	renewed := 0
	k := &Call{c: Config{URL: "ws" + ts.URL[len("http"):], Token: "joined"}, announcer: &announcer{}}
	ask := func() error { return k.ask(context.Background(), "/x", nil) }
	if err := ask(); err != nil {
		t.Error(err)
	}
	good = "Bearer refreshed"
	if err := ask(); !errors.Is(err, ErrForbidden) {
		t.Errorf("with an old token: %v", err)
	}
	in := incoming{SignalHandler: deaf{}, a: k.announcer}
	if err := in.HandleMessage(&livekit.SignalResponse{Message: &livekit.SignalResponse_RefreshToken{RefreshToken: "refreshed"}}); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil {
		t.Errorf("with a refreshed token: %v", err)
	}
	good = "Bearer renewed"
	k.c.Renew = func(context.Context) (string, error) { renewed++; return "renewed", nil }
	for range 3 {
		if err := ask(); err != nil {
			t.Errorf("with a renewed token: %v", err)
		}
	}
	if renewed != 1 {
		t.Errorf("renewed %d times", renewed)
	}
	if want := 1 + 1 + 1 + 2 + 1 + 1; len(asked) != want {
		t.Errorf("asked %d times, want %d: %q", len(asked), want, asked)
	}
}
