package host

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter is a token bucket for each address: burst at once, then one every so often.
type limiter struct {
	every time.Duration
	burst int

	mu sync.Mutex
	// Buckets move from before to seen when they are used. Once seen is full, before
	// is forgotten and seen takes its place: memory is bounded, at a fixed cost a request.
	seen, before map[netip.Addr]*rate.Limiter
}

const (
	// Wrong codes and passwords. A code has 130 random bits, a password 128: none is
	// found by guessing, at whatever rate. So a right one always passes, and this
	// bounds only the load and the noise of wrong ones: whoever shares an address
	// with a guesser (NAT) is not locked out.
	guessBurst = 10
	guessEvery = 6 * time.Second
	// Joins with a right code: a full lecture hall behind one address comes in at once.
	joinBurst = 100
	joinEvery = time.Second / 10
	// addressesMax bounds the addresses in each half of a limiter.
	addressesMax = 5_000
)

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{every: every, burst: burst, seen: map[netip.Addr]*rate.Limiter{}}
}

// take takes a token of an address's, and reports whether there was one and if
// not, when there will be.
func (l *limiter) take(a netip.Addr) (bool, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(a)
	if b == nil {
		b = rate.NewLimiter(rate.Every(l.every), l.burst)
	}
	if _, ok := l.seen[a]; !ok {
		if len(l.seen) >= addressesMax {
			l.before, l.seen = l.seen, map[netip.Addr]*rate.Limiter{}
		}
		l.seen[a] = b
	}
	if b.Allow() {
		return true, 0
	}
	return false, time.Duration((1 - b.Tokens()) * float64(l.every))
}

func (l *limiter) bucket(a netip.Addr) *rate.Limiter {
	if b, ok := l.seen[a]; ok {
		return b
	}
	return l.before[a]
}

// address is the client's, as limits count it. proxied takes the word of the proxy
// in front for it.
func address(r *http.Request, proxied bool) netip.Addr {
	if hops := r.Header.Values("X-Forwarded-For"); proxied && len(hops) > 0 {
		// Only the last one was written by that proxy.
		last := hops[len(hops)-1]
		if ip := parseAddress(last[strings.LastIndexByte(last, ',')+1:]); ip.IsValid() {
			return ip
		}
	}
	return parseAddress(r.RemoteAddr)
}

// parseAddress reads an IP address with or without a port, which some proxies
// add. A /64 counts as one address of IPv6. Zero is none, such as "unknown".
func parseAddress(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	} else {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}
