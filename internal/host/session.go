package host

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// sessions are the administrators who have signed in; a restart forgets them.
type sessions struct {
	mu   sync.Mutex
	ends map[[32]byte]time.Time // by hash of the token
}

const (
	sessionLength = 8 * time.Hour
	sessionsMax   = 1000 // past it, the oldest one ends
)

func newSessions() *sessions { return &sessions{ends: map[[32]byte]time.Time{}} }

// open makes a session and returns its bearer token.
func (s *sessions) open() (token string, ends time.Time) {
	token, ends = rand.Text(), time.Now().Add(sessionLength)
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.ends {
		if time.Now().After(t) {
			delete(s.ends, k)
		}
	}
	if len(s.ends) >= sessionsMax {
		var first [32]byte
		for k, t := range s.ends {
			if e, ok := s.ends[first]; !ok || t.Before(e) {
				first = k
			}
		}
		delete(s.ends, first)
	}
	s.ends[sha256.Sum256([]byte(token))] = ends
	return token, ends
}

func (s *sessions) valid(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.ends[sha256.Sum256([]byte(token))]
	return ok && time.Now().Before(t)
}
