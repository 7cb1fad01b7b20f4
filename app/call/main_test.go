package call_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"foyer/app/invite"
	"foyer/internal/host"
)

// server is a meeting server in a child process, one for the whole package: the
// race detector looks at us, not at LiveKit's server, whose races would fail us.
type server struct {
	mu      sync.Mutex
	data    string
	listen  string                  // host:port; "" takes a free one
	within  []string                // goes before its command line
	network func(wish string) error // takes the network away and brings it back
	child   *exec.Cmd
	in      io.WriteCloser
	replies *json.Decoder
}

var theServer server

// serverRole is set for the child.
const serverRole = "FOYER_TEST_SERVER"

// serverListen is where the child listens.
const serverListen = "FOYER_TEST_SERVER_LISTEN"

type reply struct {
	Links map[string]string `json:"links"` // by role
	Error string            `json:"error"`
}

func TestMain(m *testing.M) {
	if data := os.Getenv(serverRole); data != "" {
		if err := serve(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	theServer.stop()
	os.Exit(code)
}

// serve makes a room for each title that comes, until the input ends.
func serve(data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := host.Start(ctx, host.Config{Listen: cmp.Or(os.Getenv(serverListen), "127.0.0.1:0"), Data: data, TLSSelfSigned: true})
	if err != nil {
		return err
	}
	defer s.Close()
	out := json.NewEncoder(os.Stdout)
	titles := bufio.NewScanner(os.Stdin)
	for titles.Scan() {
		r := reply{Links: map[string]string{}}
		room, err := s.CreateRoom(context.Background(), host.RoomOptions{Title: titles.Text()})
		for _, role := range []string{"host", "guest", "viewer"} {
			var links []invite.Link
			if err == nil {
				if links, err = s.Links(context.Background(), room.Name, role); err == nil && len(links) > 0 {
					r.Links[role] = links[0].String()
				}
			}
		}
		if err != nil {
			r.Error = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return titles.Err()
}

// room makes a room and returns its links.
func (s *server) room(title string) (map[string]invite.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		if err := s.start(); err != nil {
			return nil, fmt.Errorf("start a server: %w", err)
		}
	}
	if _, err := fmt.Fprintln(s.in, title); err != nil {
		return nil, err
	}
	var r reply
	if err := s.replies.Decode(&r); err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	links := map[string]invite.Link{}
	for role, text := range r.Links {
		t, err := invite.Parse(text)
		if err != nil || t.Link == nil {
			return nil, fmt.Errorf("the server's link %q: %w", text, err)
		}
		links[role] = *t.Link
	}
	return links, nil
}

func (s *server) start() (err error) {
	if s.data == "" {
		if s.data, err = os.MkdirTemp("", "foyer-call"); err != nil {
			return err
		}
	}
	line := append(s.within[:len(s.within):len(s.within)], os.Args[0])
	c := exec.Command(line[0], line[1:]...)
	c.Env = append(os.Environ(), serverRole+"="+filepath.Join(s.data, "data"), serverListen+"="+s.listen)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if s.in, err = c.StdinPipe(); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.child, s.replies = c, json.NewDecoder(out)
	return nil
}

// kill ends the child as a crash does; restart starts another in its place.
func (s *server) kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.child.Process.Kill(); err != nil {
		return err
	}
	_ = s.child.Wait() // killed, as it was told
	s.child = nil
	return nil
}

func (s *server) restart() error {
	_, err := s.room("Another")
	return err
}

func (s *server) stop() {
	if s.child == nil {
		return
	}
	_ = s.in.Close()
	_ = s.child.Wait() // its races are not ours
	_ = os.RemoveAll(s.data)
}
