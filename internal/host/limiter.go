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

// limiter bounds wrong guesses per address: guessBurst at once, then one every
// guessEvery. Right answers cost nothing.
type limiter struct {
	mu   sync.Mutex
	seen map[netip.Addr]*guesser
}

type guesser struct {
	*rate.Limiter
	last time.Time
}

const (
	guessBurst = 10
	guessEvery = 6 * time.Second
	// guessersMax bounds memory; past it, those that could guess again anyway go.
	guessersMax = 10_000
)

func newLimiter() *limiter { return &limiter{seen: map[netip.Addr]*guesser{}} }

// address is who asks; a /64 counts as one for IPv6. proxied takes the word of
// the proxy in front for it.
func address(r *http.Request, proxied bool) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if hops := r.Header.Values("X-Forwarded-For"); proxied && len(hops) > 0 {
		// Only the last one was written by that proxy.
		last := hops[len(hops)-1]
		host = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	ip, err := netip.ParseAddr(host)
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

// allowed says whether an address may guess now, and if not, when.
func (l *limiter) allowed(a netip.Addr) (bool, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, ok := l.seen[a]
	if !ok || g.Tokens() >= 1 {
		return true, 0
	}
	return false, time.Duration((1 - g.Tokens()) * float64(guessEvery))
}

// wrong counts a wrong guess.
func (l *limiter) wrong(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	g, ok := l.seen[a]
	if !ok {
		if len(l.seen) >= guessersMax {
			for k, old := range l.seen {
				if now.Sub(old.last) > guessBurst*guessEvery {
					delete(l.seen, k)
				}
			}
			if len(l.seen) >= guessersMax {
				clear(l.seen)
			}
		}
		g = &guesser{Limiter: rate.NewLimiter(rate.Every(guessEvery), guessBurst)}
		l.seen[a] = g
	}
	g.last = now
	// Guesses sent at the same moment are owed for, within reason.
	if g.Tokens() > -guessBurst {
		g.Reserve()
	}
}
