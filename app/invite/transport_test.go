package invite

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// gateway is a proxy that knows CONNECT alone and leads all names to one server.
type gateway struct {
	address string
	mu      sync.Mutex
	asked   []string // hosts, in order
	keys    []string // Proxy-Authorization
}

func newGateway(t *testing.T, to string, refuse bool) *gateway {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{address: l.Addr().String()}
	var running sync.WaitGroup
	done := make(chan struct{})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				go func() { <-done; c.Close() }()
				in := bufio.NewReader(c)
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				g.mu.Lock()
				g.asked, g.keys = append(g.asked, r.Method+" "+r.Host), append(g.keys, r.Header.Get("Proxy-Authorization"))
				g.mu.Unlock()
				if refuse || r.Method != http.MethodConnect {
					io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
					return
				}
				s, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer s.Close()
				io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
				go func() { io.Copy(s, in); s.Close() }()
				io.Copy(c, s)
			})
		}
	})
	t.Cleanup(func() { l.Close(); close(done); running.Wait() })
	return g
}

func (g *gateway) seen() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.asked, ", ")
}

// A pinned server is joined through the environment's proxy, by a name that only
// the proxy knows; the pin is the server's.
func TestPinnedServersAreJoinedThroughTheProxy(t *testing.T) {
	l, _ := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t"})
	g := newGateway(t, l.Host, false)
	t.Setenv("HTTPS_PROXY", "http://ada:secret@"+g.address)
	l.Host = "meet.test:7443"
	j, err := l.Redeem(context.Background(), "Ada", "")
	if err != nil || j.Token != "t" || g.seen() != "CONNECT meet.test:7443" {
		t.Errorf("%+v, %v, the proxy was asked %q", j, err, g.seen())
	}
	c, err := DialTLS(context.Background(), "tcp", l.Host, l.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if g.seen() != "CONNECT meet.test:7443, CONNECT meet.test:7443" || g.keys[1] != "Basic YWRhOnNlY3JldA==" {
		t.Errorf("the proxy was asked %q with %q", g.seen(), g.keys)
	}
	wrong := sha256.Sum256(nil)
	l.Fingerprint = wrong[:]
	if _, err := l.Redeem(context.Background(), "Ada", ""); !errors.Is(err, ErrCertificate) {
		t.Errorf("another's certificate: %v", err)
	}
	if _, err := DialTLS(context.Background(), "tcp", l.Host, l.Fingerprint); !errors.Is(err, ErrCertificate) {
		t.Errorf("another's certificate: %v", err)
	}
}

func TestProxyIsNotForThisMachineAndWhatIsNamed(t *testing.T) {
	l, _ := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t"})
	g := newGateway(t, l.Host, false)
	t.Setenv("HTTPS_PROXY", "http://"+g.address)
	if _, err := l.Redeem(context.Background(), "Ada", ""); err != nil || g.seen() != "" {
		t.Errorf("loopback: %v, the proxy was asked %q", err, g.seen())
	}
	if c, err := DialTLS(context.Background(), "tcp", l.Host, l.Fingerprint); err != nil || g.seen() != "" {
		t.Errorf("loopback: %v, the proxy was asked %q", err, g.seen())
	} else {
		c.Close()
	}
	t.Setenv("NO_PROXY", ".invalid")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := DialTLS(ctx, "tcp", "meet.invalid:443", nil); err == nil || g.seen() != "" {
		t.Errorf("NO_PROXY: %v, the proxy was asked %q", err, g.seen())
	}
}

// A proxy that refuses is named as such, and not the server.
func TestProxyRefuses(t *testing.T) {
	g := newGateway(t, "", true)
	t.Setenv("HTTPS_PROXY", "http://"+g.address)
	if _, err := DialTLS(context.Background(), "tcp", "meet.test:443", nil); !errors.Is(err, ErrProxy) {
		t.Errorf("%v", err)
	}
	l := Link{Host: "meet.test", Room: "r", Code: "c"}
	if _, err := l.Redeem(context.Background(), "Ada", ""); !errors.Is(err, ErrProxy) || errors.Is(err, ErrCertificate) {
		t.Errorf("%v", err)
	}
}

// A proxy that is reached by TLS itself is verified by the system's roots, and not
// by the server's pin.
func TestProxyIsNotPinned(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	pin := sha256.Sum256(s.Certificate().Raw)
	t.Setenv("HTTPS_PROXY", s.URL)
	if _, err := DialTLS(context.Background(), "tcp", "meet.test:443", pin[:]); !errors.Is(err, ErrProxy) {
		t.Errorf("%v", err)
	}
}
