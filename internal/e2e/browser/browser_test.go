//go:build unix

package browser

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/auth"
)

const key, secret = "browsertest", "a-secret-of-at-least-32-characters"

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startServer runs LiveKit's SFU in this process and returns its URL.
func startServer(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	conf, err := config.NewConfig(fmt.Sprintf(`
port: %d
bind_addresses: ["127.0.0.1"]
keys: {%s: %s}
rtc: {udp_port: %d, tcp_port: %d, use_external_ip: false, enable_loopback_candidate: true}
logging: {level: error}
`, port, key, secret, freePort(t), freePort(t)), true, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := conf.ValidateKeys(); err != nil {
		t.Fatal(err)
	}
	config.InitLoggerFromConfig(&conf.Logging)
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		t.Fatal(err)
	}
	srv, err := service.InitializeServer(conf, node)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Start() }()
	t.Cleanup(func() {
		srv.Stop(true)
		<-done
	})
	// The server has no event for being up: poll its port until a deadline.
	for deadline := time.Now().Add(10 * time.Second); !srv.IsRunning(); {
		if time.Now().After(deadline) {
			t.Fatal("the server does not come up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprintf("ws://127.0.0.1:%d", port)
}

func token(t *testing.T, identity string) string {
	t.Helper()
	s, err := auth.NewAccessToken(key, secret).SetIdentity(identity).SetValidFor(time.Hour).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: "demo"}).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Two browsers meet: what the peer reports of pictures, tones and chat is true
// before Foyer is measured against it.
func TestTwoBrowsersMeet(t *testing.T) {
	if m := Missing(); m != "" {
		if os.Getenv("FOYER_E2E_REQUIRE") != "" {
			t.Fatalf("%s is not installed", m)
		}
		t.Skipf("%s is not installed", m)
	}
	url := startServer(t)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	join := func(name string, hz float64) *Peer {
		p, err := Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = p.Close()
			for _, r := range p.Reports.Since(0) {
				if r.Type == "error" {
					t.Errorf("%s: %s", name, r.Error)
				}
			}
			if t.Failed() {
				t.Logf("%s printed: %s", name, p.Stderr())
			}
		})
		if err := p.Connect(ctx, Connect{URL: url, Token: token(t, name), Camera: &Picture{}, Microphone: &Tone{Hz: hz}}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := join("ann", 440), join("bob", 660)
	if err := a.ShareScreen(ctx, Picture{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   *Peer
		of   string
		tone float64
	}{{a, "bob", 660}, {b, "ann", 440}} {
		first := int64(-1)
		_, _, err := c.at.Reports.Wait(ctx, 0, func(r Report) bool {
			v, _ := r.Track(c.of, "camera")
			s, _ := r.Track(c.of, "microphone")
			if v.Frames > 0 && v.Card >= 0 && first < 0 {
				first = v.Card
			}
			return v.Frames > 5 && v.Presented > 5 && v.Width == 640 && v.Height == 360 &&
				first >= 0 && v.Card > first && v.Card < first+1000 && v.Age >= 0 && v.Age < 1000 &&
				s.Level > 0.05 && s.Hz > c.tone-15 && s.Hz < c.tone+15
		})
		if err != nil {
			all := c.at.Reports.Since(0)
			t.Fatalf("picture and tone of %s: %v\nlast report: %+v", c.of, err, all[len(all)-1])
		}
	}
	if _, _, err := b.Reports.Wait(ctx, 0, func(r Report) bool {
		s, _ := r.Track("ann", "screen_share")
		return s.Width == 1280 && s.Height == 720 && s.Frames > 2 && s.Card > 0
	}); err != nil {
		t.Fatalf("shared screen: %v", err)
	}
	for _, legacy := range []bool{false, true} {
		text := fmt.Sprintf("hello, legacy=%v", legacy)
		if err := a.Chat(ctx, text, legacy); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Reports.Wait(ctx, 0, func(r Report) bool {
			return r.Type == "chat" && r.Text == text && r.From == "ann"
		}); err != nil {
			t.Fatalf("chat: %v", err)
		}
	}
	mark := b.Reports.Len()
	if err := a.Mute(ctx, "camera", true); err != nil {
		t.Fatal(err)
	}
	if err := a.Unpublish(ctx, "screen"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Reports.Wait(ctx, mark, func(r Report) bool {
		v, there := r.Track("ann", "camera")
		_, shared := r.Track("ann", "screen_share")
		return there && v.Muted && !shared
	}); err != nil {
		t.Fatalf("mute and unpublish: %v", err)
	}
	if err := a.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Reports.Wait(ctx, mark, func(r Report) bool { return r.Type == "gone" && r.Identity == "ann" }); err != nil {
		t.Fatalf("leave: %v", err)
	}
}
