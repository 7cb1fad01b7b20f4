package host

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
)

// Server is a running meeting server. All methods are safe for use by several goroutines.
type Server struct {
	conf    Config
	secrets secrets
	store   *store
	sfu     *sfu // nil in front of another LiveKit
	rooms   *lksdk.RoomServiceClient
	cert    *tls.Certificate // nil without TLS

	http     *http.Server
	listener net.Listener
	public   string // host:port that links carry
	guesses  *limiter
	sessions *sessions

	done  chan struct{}
	err   error // of the HTTP server, set before done is closed
	close sync.Once
}

// Start opens the server and returns when it answers. ctx bounds starting
// only. Errors wrap ErrConfig, ErrPortInUse, ErrDataFolder or ErrCertificate.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	// What can fail for want of something free comes first, and is undone.
	s := &Server{conf: c, guesses: newLimiter(), sessions: newSessions(), done: make(chan struct{})}
	var undo []func()
	fail := func(err error) (*Server, error) {
		for _, f := range undo {
			defer f()
		}
		return nil, err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w: %w", c.Listen, ErrPortInUse, err)
	}
	undo = append(undo, func() { l.Close() })
	s.listener = l
	s.public = s.publicAddress()
	if s.secrets, err = openData(c.Data); err != nil {
		return fail(err)
	}
	if s.store, err = openStore(c.Data); err != nil {
		return fail(err)
	}
	undo = append(undo, func() { s.store.close() })
	if err := s.openTLS(); err != nil {
		return fail(err)
	}
	livekitURL := c.LiveKitURL
	if livekitURL == "" {
		if s.sfu, err = startSFU(ctx, c, s.secrets); err != nil {
			return fail(err)
		}
		undo = append(undo, s.sfu.stop)
		livekitURL = s.sfu.url
	} else {
		s.secrets.APIKey, s.secrets.APISecret = c.APIKey, c.APISecret
	}
	s.rooms = lksdk.NewRoomServiceClient(livekitURL, s.secrets.APIKey, s.secrets.APISecret)
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	if s.cert != nil {
		// HTTP/2 has no upgrade to WebSocket that LiveKit's clients use.
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*s.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("serve %s: %w", c.Listen, err)
		}
	}()
	if c.Room != "" {
		if _, err := s.EnsureRoom(ctx, c.Room); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Server) openTLS() error {
	var (
		c   tls.Certificate
		err error
	)
	switch {
	case s.conf.TLSCert != "":
		c, err = loadCertificate(s.conf.TLSCert, s.conf.TLSKey)
	case s.conf.TLSSelfSigned:
		host, _, _ := net.SplitHostPort(s.public)
		c, err = selfSigned(s.conf.Data, append([]string{host, "localhost", "127.0.0.1", "::1"}, lanAddresses()...))
	default:
		return nil
	}
	if err != nil {
		return err
	}
	s.cert = &c
	return nil
}

// publicAddress is what links carry: public-host if given, else the address
// listened on, else this machine's best on its network.
func (s *Server) publicAddress() string {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if h := s.conf.PublicHost; h != "" {
		if _, _, err := net.SplitHostPort(h); err == nil {
			return h
		}
		return net.JoinHostPort(strings.Trim(h, "[]"), port)
	}
	host, _, _ := net.SplitHostPort(s.conf.Listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if lan := lanAddresses(); len(lan) > 0 {
			host = lan[0]
		}
	}
	return net.JoinHostPort(host, port)
}

// Close ends every call, stops the server, and waits. Idempotent.
func (s *Server) Close() error {
	var err error
	s.close.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s.sfu != nil {
			s.sfu.stop() // first: its proxied sockets end by it
		}
		if e := s.http.Shutdown(ctx); e != nil {
			s.http.Close()
		}
		<-s.done
		err = errors.Join(s.err, s.store.close())
	})
	return err
}

// Done is closed when the server has stopped, by Close or by a failure.
func (s *Server) Done() <-chan struct{} { return s.done }

// Address is what is listened on, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// CreateRoom makes a room with a name that nobody can guess, and invites to it.
func (s *Server) CreateRoom(ctx context.Context, title string, maxParticipants int) (Room, error) {
	title = strings.TrimSpace(title)
	if title == "" {
		title = "Meeting"
	}
	if len(title) > 200 {
		return Room{}, fmt.Errorf("create room: %w: its title is too long", ErrConfig)
	}
	r := Room{Name: slug(title), Title: title, Created: time.Now().UTC().Truncate(time.Millisecond), MaxParticipants: maxParticipants}
	return r, s.store.createRoom(ctx, r)
}

// EnsureRoom returns the first room of the title, made now if there is none.
func (s *Server) EnsureRoom(ctx context.Context, title string) (Room, error) {
	all, err := s.store.rooms(ctx)
	if err != nil {
		return Room{}, err
	}
	for _, r := range all {
		if r.Title == title {
			return r, nil
		}
	}
	return s.CreateRoom(ctx, title, s.conf.MaxParticipants)
}

// slug makes a room name of a title: what of it fits into a link, and eight
// random characters.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 32 {
			break
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		name = "meeting"
	}
	return name + "-" + strings.ToLower(rand.Text()[:8])
}

// Links returns the links that give a role in a room, best address first.
func (s *Server) Links(ctx context.Context, room, role string) ([]invite.Link, error) {
	codes, err := s.store.codes(ctx, room)
	if err != nil {
		return nil, err
	}
	code, ok := codes[role]
	if !ok {
		return nil, fmt.Errorf("link to %s: %w", room, errNoRole)
	}
	l := invite.Link{Host: s.public, Room: room, Code: code, Insecure: s.cert == nil}
	if s.cert != nil && s.conf.TLSSelfSigned {
		l.Fingerprint = fingerprint(*s.cert)
	}
	links := []invite.Link{l}
	if s.conf.PublicHost == "" && !s.conf.loopback() {
		_, port, _ := net.SplitHostPort(s.public)
		for _, ip := range append(lanAddresses(), "127.0.0.1") {
			if a := net.JoinHostPort(ip, port); a != s.public {
				other := l
				other.Host = a
				links = append(links, other)
			}
		}
	}
	return links, nil
}

// livekitURL is where a client signals to, as that client reached us.
func (s *Server) livekitURL(r *http.Request) string {
	if s.sfu == nil {
		return s.conf.LiveKitURL
	}
	scheme := "ws"
	if s.cert != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "wss"
	}
	host := r.Host
	if host == "" {
		host = s.public
	}
	return scheme + "://" + host
}

// proxy passes LiveKit's own paths on to it.
func (s *Server) proxy() http.Handler {
	target := &url.URL{Scheme: "http", Host: strings.TrimPrefix(s.sfu.url, "ws://")}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
}

// retryAfter is a wait in whole seconds, as the header wants it.
func retryAfter(d time.Duration) string { return strconv.Itoa(max(1, int(d.Seconds()+0.999))) }
