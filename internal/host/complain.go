package host

import (
	"log/slog"
	"sync"
	"time"
)

// complaints bounds how often one message is logged as an error: a flood of
// requests that fail must not fill the disk.
type complaints struct {
	mu   sync.Mutex
	seen map[string]*complaint // by message: those are constants
	now  func() time.Time
	log  func(message string, args ...any)
}

type complaint struct {
	second time.Time
	said   int
	unsaid int
}

// complaintsMax is how many errors of one message are logged in a second.
const complaintsMax = 5

var errorsSaid = &complaints{seen: map[string]*complaint{}, now: time.Now, log: slog.Error}

// complain logs an error, unless the same message was logged several times in this second.
func complain(message string, args ...any) { errorsSaid.complain(message, args...) }

func (c *complaints) complain(message string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.seen[message]
	if !ok {
		k = &complaint{}
		c.seen[message] = k
	}
	if now := c.now(); now.Sub(k.second) >= time.Second {
		k.second, k.said = now, 0
	}
	if k.said++; k.said > complaintsMax {
		k.unsaid++
		return
	}
	if k.unsaid > 0 {
		args = append(args, "unsaid", k.unsaid) // of the same, before this one
		k.unsaid = 0
	}
	c.log(message, args...)
}
