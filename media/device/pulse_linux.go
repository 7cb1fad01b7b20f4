package device

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// pulseAddress is where a sound server may listen, as for package net.
type pulseAddress struct{ network, address string }

// pulseAddresses are where libpulse looks for the sound server, in its order: by
// PULSE_SERVER, by client.conf, or at the usual sockets of the user and the system.
func pulseAddresses() []pulseAddress {
	servers := os.Getenv("PULSE_SERVER")
	if servers == "" {
		servers = pulseDefault()
	}
	if servers != "" {
		var list []pulseAddress
		for server := range strings.FieldsSeq(servers) {
			if a, ok := parsePulse(server); ok {
				list = append(list, a)
			}
		}
		return list
	}
	var list []pulseAddress
	if folder := os.Getenv("PULSE_RUNTIME_PATH"); folder != "" {
		list = append(list, pulseAddress{"unix", filepath.Join(folder, "native")})
	} else if folder := os.Getenv("XDG_RUNTIME_DIR"); folder != "" {
		list = append(list, pulseAddress{"unix", filepath.Join(folder, "pulse", "native")})
	} else if config, err := os.UserConfigDir(); err == nil {
		found, _ := filepath.Glob(filepath.Join(config, "pulse", "*-runtime", "native"))
		for _, path := range found {
			list = append(list, pulseAddress{"unix", path})
		}
	}
	return append(list, pulseAddress{"unix", "/run/pulse/native"}, pulseAddress{"unix", "/var/run/pulse/native"})
}

// parsePulse reads one server of PULSE_SERVER (freedesktop.org, "PulseAudio Server
// Strings"): {machine}unix:PATH, a path, tcp:HOST:PORT, or a host.
func parsePulse(server string) (pulseAddress, bool) {
	if i := strings.IndexByte(server, '}'); server[0] == '{' && i > 0 {
		server = server[i+1:]
	}
	if path, ok := strings.CutPrefix(server, "unix:"); ok {
		return pulseAddress{"unix", path}, path != ""
	}
	if strings.HasPrefix(server, "/") {
		return pulseAddress{"unix", server}, true
	}
	network := "tcp"
	if kind, host, ok := strings.Cut(server, ":"); ok && slices.Contains([]string{"tcp", "tcp4", "tcp6"}, kind) {
		network, server = kind, host
	}
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), "4713")
	}
	return pulseAddress{network, server}, server != ":4713"
}

// pulseDefault is the default-server of the first client.conf there is.
func pulseDefault() string {
	paths := []string{"/etc/pulse/client.conf"}
	if config, err := os.UserConfigDir(); err == nil {
		paths = slices.Insert(paths, 0, filepath.Join(config, "pulse", "client.conf"))
	}
	if path := os.Getenv("PULSE_CLIENTCONFIG"); path != "" {
		paths = []string{path}
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		server := ""
		for lines := bufio.NewScanner(f); lines.Scan(); {
			name, value, ok := strings.Cut(lines.Text(), "=")
			if ok && strings.TrimSpace(name) == "default-server" {
				server = strings.TrimSpace(value)
			}
		}
		return server
	}
	return ""
}

// pulseCookie is what a server asks for that is not reached as its own user.
func pulseCookie() []byte {
	path := os.Getenv("PULSE_COOKIE")
	if path == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return make([]byte, 256)
		}
		path = filepath.Join(config, "pulse", "cookie")
	}
	if b, err := os.ReadFile(path); err == nil && len(b) == 256 {
		return b
	}
	return make([]byte, 256)
}

// pulseAnswerTime is how long a sound server may take to say anything.
const pulseAnswerTime = time.Second

// connectPulse connects to the first sound server that takes connections.
func connectPulse() (net.Conn, error) {
	err := errors.New("there is no address of one")
	for _, a := range pulseAddresses() {
		var conn net.Conn
		if conn, err = net.DialTimeout(a.network, a.address, pulseAnswerTime); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// pulseAnswers asks the sound server to say something, whatever it is. The library
// waits half a minute for one that says nothing.
func pulseAnswers() error {
	conn, err := connectPulse()
	if err != nil {
		return err
	}
	counted := &pulseConn{Conn: conn, ended: make(chan struct{})}
	defer func() {
		_ = conn.Close()
		<-counted.ended
	}()
	c := proto.Client{Callback: func(any) {}}
	c.SetTimeout(pulseAnswerTime)
	c.Open(counted)
	err = c.Request(&proto.Auth{Version: c.Version(), Cookie: pulseCookie()}, &proto.AuthReply{})
	if refused := proto.Error(0); errors.As(err, &refused) && refused != proto.ErrTimeout {
		return nil // the library knows other ways to show who we are
	}
	return err
}

// restraint keeps the sound library from being asked again and again for what
// fails: each context that fails leaves a descriptor and 64 MB of address space
// behind (miniaudio frees the main loop, and not the connection).
type restraint struct {
	mu    sync.Mutex
	wait  time.Duration // after the last failure; 0 after success
	until time.Time
	err   error
}

// Waits after failures in a row.
const (
	restraintMin = time.Second
	restraintMax = 30 * time.Second
)

// do runs f, unless it failed a short while ago: then it returns that error.
func (r *restraint) do(now func() time.Time, f func() error) error {
	r.mu.Lock()
	until, last := r.until, r.err
	r.mu.Unlock()
	if now().Before(until) {
		return fmt.Errorf("not tried again yet: %w", last)
	}
	err := f()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.wait, r.until = 0, time.Time{}
	case r.until.Equal(until): // else another call, at the same time, has failed
		r.wait = min(max(2*r.wait, restraintMin), restraintMax)
		r.until, r.err = now().Add(r.wait), err
	}
	return err
}
