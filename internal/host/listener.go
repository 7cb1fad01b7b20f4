package host

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"foyer/app/invite"
)

// listener bounds its open connections, and knows them: http.Server forgets those
// that were upgraded to WebSocket, and they must end with it.
type listener struct {
	net.Listener
	max      int       // open connections; 0 is no limit
	visitors *visitors // nil where a proxy in front opens all connections
	mu       sync.Mutex
	open     map[*conn]struct{}
}

type conn struct {
	net.Conn
	from  *listener
	leave func()
}

func newListener(l net.Listener, max int) *listener {
	return &listener{Listener: l, max: max, open: map[*conn]struct{}{}}
}

// Accept closes those that are too many, at once: they cost nothing more.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if k := l.admit(c); k != nil {
			return k, nil
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // nothing stays behind in the kernel
		}
		_ = c.Close()
	}
}

func (l *listener) admit(c net.Conn) *conn {
	k := &conn{Conn: c, from: l, leave: func() {}}
	if l.visitors != nil {
		a := parseAddress(c.RemoteAddr().String())
		if !l.visitors.enter(a) {
			return nil
		}
		k.leave = func() { l.visitors.leave(a) }
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.max > 0 && len(l.open) >= l.max {
		k.leave()
		return nil
	}
	l.open[k] = struct{}{}
	return k
}

func (c *conn) Close() error {
	c.from.mu.Lock()
	_, open := c.from.open[c]
	delete(c.from.open, c)
	c.from.mu.Unlock()
	if open {
		c.leave()
	}
	return c.Conn.Close()
}

// CloseWrite lets http.Server end its side alone where it refuses a request that is
// still being sent: a client that is cut off would not read why.
func (c *conn) CloseWrite() error {
	if t, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return t.CloseWrite()
	}
	return nil
}

func (l *listener) closeConns() {
	l.mu.Lock()
	open := l.open
	l.open = map[*conn]struct{}{}
	l.mu.Unlock()
	for c := range open {
		c.leave()
		c.Conn.Close()
	}
}

// visitors counts what each address has open.
type visitors struct {
	max  int // of one address; 0 is no limit
	mu   sync.Mutex
	open map[netip.Addr]int
}

func newVisitors(max int) *visitors { return &visitors{max: max, open: map[netip.Addr]int{}} }

func (v *visitors) enter(a netip.Addr) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.max > 0 && v.open[a] >= v.max {
		return false
	}
	v.open[a]++
	return true
}

func (v *visitors) leave(a netip.Addr) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[a]--; v.open[a] <= 0 {
		delete(v.open, a)
	}
}

// few bounds the requests of an address that a proxy names, as the listener does
// with connections: those that last are connections for signalling.
func (s *Server) few(h http.Handler) http.Handler {
	if !s.conf.proxied() {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := address(r, true)
		if !s.visitors.enter(a) {
			tooMany(w, time.Second, invite.CodeBusy, "too many connections from this address")
			return
		}
		defer s.visitors.leave(a)
		h.ServeHTTP(w, r)
	})
}
