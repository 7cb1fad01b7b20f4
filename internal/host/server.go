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
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
	"foyer/app/text"
)

// Server is a running meeting server. All methods are safe for use by several goroutines.
type Server struct {
	conf    Config
	folder  *os.File // lock of the data folder
	secrets secrets
	store   *store
	sfu     *sfu // nil in front of another LiveKit
	rooms   *lksdk.RoomServiceClient
	cert    *tls.Certificate // nil without TLS
	pinned  bool             // links carry the certificate's fingerprint

	http     *http.Server
	listener *listener
	visitors *visitors
	public   string   // host or host:port that links carry
	guesses  *limiter // wrong invite codes
	signIns  *limiter // wrong admin passwords
	joins    *limiter // right invite codes
	sessions *sessions
	asks     asks
	budgets  budgets        // of signalling requests
	serving  sync.WaitGroup // relayed connections: http.Server does not wait for upgraded ones
	passing  atomic.Int64   // open signalling connections

	done     chan struct{}
	err      error // why it stopped by itself, set before done is closed
	closing  atomic.Bool
	close    sync.Once
	closeErr error
}

// Start opens the server and returns when it answers. ctx bounds starting
// only. Errors wrap ErrConfig, ErrPortInUse, ErrListen, ErrDataFolder, ErrDataInUse or ErrCertificate.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Server{conf: c, sessions: newSessions(), done: make(chan struct{}),
		guesses: newLimiter(guessBurst, guessEvery), signIns: newLimiter(guessBurst, guessEvery), joins: newLimiter(joinBurst, joinEvery)}
	var undo []func()
	fail := func(err error) (*Server, error) {
		for _, f := range undo {
			defer f() // last opened, first closed
		}
		return nil, err
	}
	// The port comes first: LiveKit leaks its own when something fails later.
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", c.Listen, listenError(err))
	}
	undo = append(undo, func() { l.Close() })
	s.visitors = newVisitors(c.MaxConnectionsPerAddress)
	s.listener = newListener(l, c.MaxConnections)
	if !c.proxied() {
		s.listener.visitors = s.visitors
	}
	if s.folder, err = openFolder(c.Data); err != nil {
		return fail(err)
	}
	undo = append(undo, func() { s.folder.Close() })
	if s.secrets, err = openSecrets(c.Data); err != nil {
		return fail(err)
	}
	if s.store, err = openStore(c.Data); err != nil {
		return fail(err)
	}
	undo = append(undo, func() { s.store.close() })
	if err := s.openTLS(); err != nil {
		return fail(err)
	}
	s.public = s.publicAddress()
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
	if c.LiveKitURL != "" {
		if err := probe(ctx, livekitURL, s.rooms); err != nil {
			return fail(err)
		}
	}
	if c.Room != "" {
		if _, err := s.EnsureRoom(ctx, c.Room); err != nil {
			return fail(err)
		}
	}
	s.serve()
	return s, nil
}

// serve answers until Close, or until LiveKit stops by itself.
func (s *Server) serve() {
	s.http = &http.Server{
		Handler:           s.few(s.routes()),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, // upgraded connections have none
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	var l net.Listener = s.listener
	if s.cert != nil {
		// HTTP/2 has no upgrade to WebSocket that LiveKit's clients use.
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*s.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(l) }()
	var ended chan struct{}
	if s.sfu != nil {
		ended = s.sfu.ended
	}
	go func() {
		defer close(s.done)
		var err error
		select {
		case err = <-served:
		case <-ended:
			if !s.closing.Load() {
				s.err = fmt.Errorf("LiveKit stopped by itself: %w", s.sfu.err)
				s.http.Close()
			}
			err = <-served
		}
		if !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("serve %s: %w", s.conf.Listen, err)
		}
	}()
}

func (s *Server) openTLS() error {
	var (
		c   tls.Certificate
		err error
	)
	switch {
	case s.conf.TLSCert != "":
		c, err = loadCertificate(s.conf.TLSCert, s.conf.TLSKey)
	case s.conf.selfSigned():
		public, _, _, _ := splitPublic(s.conf.PublicHost)
		listen, _, _ := net.SplitHostPort(s.conf.Listen)
		c, err = selfSigned(s.conf.Data, append([]string{public, listen, "localhost", "127.0.0.1", "::1"}, lanAddresses()...))
		s.pinned = true
	default:
		return nil
	}
	if err != nil {
		return err
	}
	s.cert = &c
	return nil
}

// secure says whether clients speak TLS, with us or with a proxy in front.
func (s *Server) secure() bool { return s.cert != nil || s.conf.proxied() }

// publicAddress is what links carry: public-host if given, else the name in the
// certificate, else the address listened on, else this machine's best on its network.
func (s *Server) publicAddress() string {
	host, port, proxied, _ := splitPublic(s.conf.PublicHost)
	if port == "" && !(proxied && s.cert == nil) {
		_, port, _ = net.SplitHostPort(s.listener.Addr().String())
	}
	if host == "" && s.cert != nil && !s.pinned && s.cert.Leaf != nil {
		for _, name := range s.cert.Leaf.DNSNames {
			if isName(name) {
				host = name
				break
			}
		}
	}
	if host == "" {
		host, _, _ = net.SplitHostPort(s.conf.Listen)
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
			if lan := lanAddresses(); len(lan) > 0 {
				host = lan[0]
			}
		}
	}
	if port == "" || port == "443" && s.secure() {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// Close ends every call, stops the server, and waits. Idempotent.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.closing.Store(true)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s.sfu != nil {
			s.sfu.stop() // first: its goodbyes go through the relay
		}
		if err := s.http.Shutdown(ctx); err != nil {
			s.http.Close()
		}
		<-s.done
		s.listener.closeConns()
		s.serving.Wait()
		s.closeErr = errors.Join(s.err, s.store.close(), s.folder.Close())
	})
	return s.closeErr
}

// Done is closed when the server has stopped, by Close or by a failure; Close
// then says which.
func (s *Server) Done() <-chan struct{} { return s.done }

// Address is what is listened on, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// RoomOptions says what room to make.
type RoomOptions struct {
	Title           string // up to 200 bytes; "Meeting" if empty
	MaxParticipants int    // 0 is no limit
	Encrypted       bool   // whoever passes the links on adds an end-to-end key to them
}

// maxPeople bounds what a room can be made for.
const maxPeople = 10_000

// titleMax is how long a room's title may be, in bytes.
const titleMax = 200

// roomTitle cleans a title; one that is too long stays so.
func roomTitle(s string) string { return text.Line(s, 2*titleMax) }

// CreateRoom makes a room with a name that nobody can guess, and invites to it.
func (s *Server) CreateRoom(ctx context.Context, o RoomOptions) (Room, error) {
	title := roomTitle(o.Title)
	if title == "" {
		title = "Meeting"
	}
	if len(title) > titleMax {
		return Room{}, fmt.Errorf("create room: %w: its title is too long", ErrConfig)
	}
	if o.MaxParticipants < 0 || o.MaxParticipants > maxPeople {
		return Room{}, fmt.Errorf("create room: %w: the number of participants is not from 0 to %d", ErrConfig, maxPeople)
	}
	r := Room{Name: slug(title), Title: title, Created: time.Now().UTC().Truncate(time.Millisecond),
		MaxParticipants: o.MaxParticipants, Encrypted: o.Encrypted}
	return r, s.store.createRoom(ctx, r)
}

// EnsureRoom returns the first room of the title, made now if there is none.
func (s *Server) EnsureRoom(ctx context.Context, title string) (Room, error) {
	all, err := s.store.rooms(ctx)
	if err != nil {
		return Room{}, err
	}
	for _, r := range all {
		if r.Title == roomTitle(title) {
			return r, nil
		}
	}
	return s.CreateRoom(ctx, RoomOptions{Title: title, MaxParticipants: s.conf.MaxParticipants})
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
	l := invite.Link{Host: s.public, Room: room, Code: code, Insecure: !s.secure()}
	if s.pinned {
		l.Fingerprint = fingerprint(*s.cert)
	}
	links := []invite.Link{l}
	// Where nothing else was asked for, any address of this machine will do: the pin holds for all.
	listen, _, _ := net.SplitHostPort(s.conf.Listen)
	if ip := net.ParseIP(listen); s.pinned && s.conf.PublicHost == "" && (listen == "" || ip != nil && ip.IsUnspecified()) {
		_, port, _ := net.SplitHostPort(s.Address())
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
		// ws for http, wss for https
		if rest, ok := strings.CutPrefix(s.conf.LiveKitURL, "http"); ok {
			return "ws" + rest
		}
		return s.conf.LiveKitURL
	}
	host := s.public
	if s.conf.PublicHost == "" && isHost(r.Host) {
		host = r.Host // one of this machine's names and addresses, which the client reaches
	}
	if s.secure() {
		return "wss://" + host
	}
	return "ws://" + host
}

// retryAfter is a wait in whole seconds, as the header wants it.
func retryAfter(d time.Duration) string { return strconv.Itoa(max(1, int(d.Seconds()+0.999))) }
