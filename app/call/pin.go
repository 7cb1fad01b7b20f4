package call

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/gorilla/websocket"

	"foyer/app/invite"
)

// LiveKit's client dials by gorilla's default dialer and net/http's default
// transport, and takes no others. So these ask here, for each TLS connection,
// whether the address is pinned; all other addresses are verified as ever.
var pins = struct {
	sync.Mutex
	once sync.Once
	by   map[string]*pinned // host:port
}{by: map[string]*pinned{}}

type pinned struct {
	fingerprint string
	users       int
	mismatch    bool // another certificate was shown; the client swallows that
}

// pin makes connections to the URL's host accept exactly the certificate with
// the fingerprint, until the hold is released. An empty fingerprint pins nothing.
func pin(rawURL string, fingerprint []byte) (h *hold, err error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: the server's address cannot be read", ErrUnreachable)
	}
	if len(fingerprint) == 0 {
		return &hold{}, nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	address := net.JoinHostPort(u.Hostname(), port)
	pins.once.Do(func() {
		// dialTLS knows of the proxy. With one of their own, these would have TLS
		// with the proxy through it, and the pin for the proxy's address.
		websocket.DefaultDialer.NetDialTLSContext = dialTLS
		websocket.DefaultDialer.Proxy = plainProxy
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			t.DialTLSContext = dialTLS // the client asks over HTTP why it was refused
			t.Proxy = plainProxy
		}
	})
	pins.Lock()
	defer pins.Unlock()
	p, ok := pins.by[address]
	if ok && p.fingerprint != string(fingerprint) {
		return nil, fmt.Errorf("%w: another call holds %s to another certificate", ErrCertificate, address)
	}
	if !ok {
		p = &pinned{fingerprint: string(fingerprint)}
		pins.by[address] = p
	}
	p.users++
	return &hold{address: address, p: p}, nil
}

// plainProxy is the proxy of requests without TLS, which dialTLS does not see.
func plainProxy(r *http.Request) (*url.URL, error) {
	if r.URL.Scheme == "https" || r.URL.Scheme == "wss" {
		return nil, nil
	}
	return invite.Proxy(r)
}

// hold is one call's share in a pin.
type hold struct {
	address string
	p       *pinned // nil pins nothing
	once    sync.Once
}

// mismatched says whether the server has shown another certificate.
func (h *hold) mismatched() bool {
	pins.Lock()
	defer pins.Unlock()
	return h.p != nil && h.p.mismatch
}

// release gives the share back. Idempotent.
func (h *hold) release() {
	if h.p == nil {
		return
	}
	h.once.Do(func() {
		pins.Lock()
		defer pins.Unlock()
		if h.p.users--; h.p.users == 0 {
			delete(pins.by, h.address)
		}
	})
}

// dialTLS dials for LiveKit's client: through the environment's proxy where it
// names one for the address, else straight.
func dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	pins.Lock()
	var fingerprint []byte
	p := pins.by[address]
	if p != nil {
		fingerprint = []byte(p.fingerprint)
	}
	pins.Unlock()
	conn, err := invite.DialTLS(ctx, network, address, fingerprint)
	if err != nil {
		if p != nil && errors.Is(err, invite.ErrCertificate) {
			pins.Lock()
			p.mismatch = true
			pins.Unlock()
		}
		return nil, fmt.Errorf("open TLS to %s: %w", address, err)
	}
	return conn, nil
}
