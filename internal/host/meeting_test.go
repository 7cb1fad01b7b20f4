package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
)

func startMeeting(t *testing.T, o MeetingOptions) *Meeting {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	m, err := StartMeeting(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestLoopbackMeeting(t *testing.T) {
	m := startMeeting(t, MeetingOptions{Title: "Test call", Loopback: true})
	seen := map[string]bool{}
	for _, role := range roles {
		links := m.Links(role)
		if len(links) != 1 || !links[0].Insecure || !strings.HasPrefix(links[0].Host, "127.0.0.1:") {
			t.Fatalf("links for a %s: %v", role, links)
		}
		j, err := links[0].Redeem(context.Background(), "Ada", "")
		if err != nil || j.Role != role || j.Title != "Test call" {
			t.Fatal(j, err)
		}
		seen[links[0].Code] = true
	}
	if len(seen) != len(roles) {
		t.Errorf("codes %v", seen)
	}
	if links := m.Links("king"); len(links) != 0 {
		t.Errorf("links for a king: %v", links)
	}
	j, err := m.Links(RoleGuest)[0].Redeem(context.Background(), "Ada", "")
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{}, 1)
	r := connect(t, j, func(lksdk.DisconnectionReason) { told <- struct{}{} })

	// Nothing of it is open beyond this machine.
	for _, ip := range lanAddresses() {
		_, port, _ := net.SplitHostPort(m.Address())
		if c, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), time.Second); err == nil {
			c.Close()
			t.Errorf("it answers at %s", ip)
		}
	}

	began := time.Now()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("closing with somebody in it took %v", took)
	}
	// Whoever was in it knows that it is over, and does not try to come back.
	await(t, "word of the end", told)
	if why := r.DisconnectReason(); why != livekit.DisconnectReason_ROOM_DELETED {
		t.Errorf("who was in it was told %v", why)
	}
	r.Disconnect()
	if _, err := os.Stat(m.temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind: %v", m.temp, err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	await(t, "Done", m.Done())
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, g := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(g, "foyer/internal/host.") && !strings.Contains(g, t.Name()) && !strings.Contains(g, "host.TestMain") {
			t.Errorf("left behind:\n%s", g)
		}
	}
}

// An encrypted meeting's links carry its key, and one that was cut off leads nowhere:
// the server never sees whoever has it.
func TestEncryptedMeeting(t *testing.T) {
	key := invite.NewKey()
	m := startMeeting(t, MeetingOptions{Title: "Sealed", Loopback: true, Key: key})
	for _, role := range roles {
		for _, l := range m.Links(role) {
			if !bytes.Equal(l.Key, key) {
				t.Errorf("the link of a %s has the key %x", role, l.Key)
			}
			if j, err := l.Redeem(context.Background(), "Ada", ""); err != nil || !j.Encrypted {
				t.Errorf("by the whole link: %v, encrypted: %v", err, j.Encrypted)
			}
			l.Key = nil
			if _, err := l.Redeem(context.Background(), "Ada", ""); !errors.Is(err, invite.ErrKeyNeeded) {
				t.Errorf("by a link that was cut off: %v", err)
			}
		}
	}
}

// A meeting for the network: every link pins one certificate, and LiveKit's
// client comes in through TLS, at each address.
func TestMeetingOnTheNetwork(t *testing.T) {
	m := startMeeting(t, MeetingOptions{Title: "Kitchen", Data: t.TempDir()})
	links := m.Links(RoleGuest)
	last := links[len(links)-1]
	if !strings.HasPrefix(last.Host, "127.0.0.1") {
		t.Errorf("the last link is %s", last)
	}
	if lan := lanAddresses(); len(lan) > 0 && !strings.Contains(links[0].Host, lan[0]) {
		t.Errorf("the first link is %s, want one with %s", links[0], lan[0])
	}
	for _, l := range links {
		target, err := invite.Parse(l.String())
		if err != nil {
			t.Fatal(err)
		}
		j, err := target.Link.Redeem(context.Background(), "Ada", "")
		if err != nil {
			t.Errorf("%s: %v", l.Redacted(), err)
			continue
		}
		if j.URL != "wss://"+l.Host {
			t.Errorf("%s: signalling at %s", l.Redacted(), j.URL)
		}
	}
	wrong := last
	wrong.Fingerprint = make([]byte, 32)
	if _, err := wrong.Redeem(context.Background(), "Ada", ""); !errors.Is(err, invite.ErrCertificate) {
		t.Errorf("another fingerprint: %v", err)
	}

	// LiveKit's SDK dials with this process-wide dialer.
	was := *websocket.DefaultDialer
	websocket.DefaultDialer.TLSClientConfig = invite.PinnedTLS(links[0].Fingerprint)
	t.Cleanup(func() { *websocket.DefaultDialer = was })
	j, err := links[0].Redeem(context.Background(), "Ada", "")
	if err != nil {
		t.Fatal(err)
	}
	connect(t, j, nil)
}

func TestProxyInFront(t *testing.T) {
	c := quiet(t)
	c.PublicHost = "https://meet.example.org"
	c.LiveKitURL, c.APIKey, c.APISecret = "https://127.0.0.1:1", "key", "a secret of thirty-two characters"
	s := start(t, c)
	room := makeRoom(t, s, RoomOptions{})
	l := link(t, s, room, RoleGuest)
	if l.Host != "meet.example.org" || l.Insecure || len(l.Fingerprint) > 0 {
		t.Errorf("link %s", l)
	}
	status, body := call(t, s, "POST", "/api/join", "", `{"room":"`+room.Name+`","code":"`+l.Code+`"}`)
	if status != 200 || !strings.Contains(body, `"url":"wss://127.0.0.1:1"`) {
		t.Errorf("%d %s", status, body)
	}
	// Guesses count for whom the proxy names, not for the proxy.
	guess := func(from string) int {
		req, err := http.NewRequest("POST", "http://"+s.Address()+"/api/join", strings.NewReader(`{"room":"x","code":"y"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", "9.9.9.9, "+from)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 429 && resp.Header.Get("Retry-After") == "" {
			t.Error("429 says not when to come again")
		}
		return resp.StatusCode
	}
	for range guessBurst {
		if status := guess("198.51.100.1"); status != 403 {
			t.Fatal(status)
		}
	}
	if status := guess("198.51.100.1"); status != 429 {
		t.Errorf("one guess too many: %d", status)
	}
	if status := guess("198.51.100.2"); status != 403 {
		t.Errorf("somebody else's guess: %d", status)
	}
}

func TestWhatLinksSay(t *testing.T) {
	for _, c := range []struct {
		conf                      Config
		loopback, signed, proxied bool
		media                     string
	}{
		{Config{Listen: "127.0.0.1:0"}, true, false, false, "127.0.0.1"},
		{Config{Listen: "[::1]:0", TLSSelfSigned: true}, true, true, false, "127.0.0.1"},
		{Config{Listen: ":7443"}, false, true, false, ""},
		{Config{Listen: ":7443", PublicHost: "meet.example.org"}, false, true, false, ""},
		{Config{Listen: ":7443", PublicHost: "203.0.113.5:443"}, false, true, false, "203.0.113.5"},
		{Config{Listen: ":7443", PublicHost: "[2001:db8::1]"}, false, true, false, "2001:db8::1"},
		{Config{Listen: ":7443", TLSCert: "c", TLSKey: "k", MediaIP: "203.0.113.5"}, false, false, false, "203.0.113.5"},
		{Config{Listen: "127.0.0.1:7443", PublicHost: "https://meet.example.org/"}, false, false, true, ""},
		{Config{Listen: "127.0.0.1:7443", PublicHost: "meet.example.org"}, false, true, false, ""},
	} {
		c.conf.Data = "x"
		if err := c.conf.check(); err != nil {
			t.Errorf("%+v: %v", c.conf, err)
		}
		if l, s, p, m := c.conf.loopback(), c.conf.selfSigned(), c.conf.proxied(), c.conf.mediaIP(); l != c.loopback || s != c.signed || p != c.proxied || m != c.media {
			t.Errorf("%+v: loopback %v, self-signed %v, proxied %v, media at %q", c.conf, l, s, p, m)
		}
	}
}

// A name in other letters goes into links and the certificate in Punycode, one of a
// company's network may have underscores, and a final dot says nothing.
func TestPublicHostNames(t *testing.T) {
	for public, want := range map[string]string{
		"münchen.example": "xn--mnchen-3ya.example", "https://München.example:8443/": "xn--mnchen-3ya.example",
		"meet.example.org.": "meet.example.org", "meet_1.example.org": "meet_1.example.org", "MEET.example.org:443": "meet.example.org",
	} {
		if host, _, _, err := splitPublic(public); err != nil || host != want {
			t.Errorf("%s: %q, %v, want %s", public, host, err, want)
		}
	}
	for _, public := range []string{"a b", "a..b", "-a.example", "a/b", "xn--a", "münchen.example/x", "a:b:c"} {
		if host, _, _, err := splitPublic(public); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %q, %v, want ErrConfig", public, host, err)
		}
	}
}

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Stand-up, 9 o'clock": "stand-up-9-o-clock-", "Ärger": "rger-", "会议": "meeting-", "--": "meeting-",
		strings.Repeat("long ", 50): "long-long-long-long-long-long-lo-",
	} {
		got := slug(title)
		if !strings.HasPrefix(got, want) || len(got) != len(want)+8 || !roomForm.MatchString(got) {
			t.Errorf("%q gives %q", title, got)
		}
	}
}
