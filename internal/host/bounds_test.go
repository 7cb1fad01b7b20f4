package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/logger"

	"foyer/app/invite"
	"foyer/internal/e2e/hostile"
)

// A client is sent to signal where links lead, whatever Host it wrote.
func TestHostIsNotEchoed(t *testing.T) {
	c := quiet(t)
	s := start(t, c)
	room, err := s.CreateRoom(context.Background(), RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code := link(t, s, room, RoleGuest).Code
	join := func(s *Server, room, code, host string) string {
		t.Helper()
		req, err := http.NewRequest("POST", "http://"+s.Address()+"/api/join", strings.NewReader(fmt.Sprintf(`{"room":%q,"code":%q}`, room, code)))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var j invite.JoinResponse
		if err := json.NewDecoder(resp.Body).Decode(&j); err != nil || resp.StatusCode != 200 {
			t.Fatal(resp.Status, err)
		}
		return j.URL
	}
	for host, want := range map[string]string{
		"meet.example.org": "ws://meet.example.org", "127.0.0.1:9": "ws://127.0.0.1:9", "[::1]:80": "ws://[::1]:80", "[::1]": "ws://[::1]",
		"evil.example/x?y=": "", "a@evil.example": "", "evil.example:0": "", "evil.example:99999": "", "x:y:z": "",
		strings.Repeat("a", 300): "", "-evil": "", "evil.example#": "",
	} {
		if want == "" {
			want = "ws://" + s.Address()
		}
		if got := join(s, room.Name, code, host); got != want {
			t.Errorf("Host %.40q: sent to %q, want %q", host, got, want)
		}
	}
	c = quiet(t)
	c.PublicHost = "127.0.0.1"
	public := start(t, c)
	if room, err = public.CreateRoom(context.Background(), RoomOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := join(public, room.Name, link(t, public, room, RoleGuest).Code, "evil.example"); got != "ws://"+public.public {
		t.Errorf("with a public host: sent to %q", got)
	}
}

func TestDefaultsAreBounded(t *testing.T) {
	d := DefaultConfig()
	if d.MaxParticipants == 0 || d.MaxConnections == 0 || d.MaxConnectionsPerAddress == 0 {
		t.Errorf("%+v", d)
	}
	c := quiet(t)
	c.MaxParticipants = 7
	s := start(t, c)
	admin := signIn(t, s)
	for body, want := range map[string]string{
		`{}`: `"maxParticipants":7`, `{"maxParticipants":3}`: `"maxParticipants":3`, `{"maxParticipants":0}`: `"maxParticipants":0`,
	} {
		if status, got := call(t, s, "POST", "/api/rooms", admin, body); status != 201 || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

func TestOddPathsAndManyBans(t *testing.T) {
	s := start(t, quiet(t))
	admin := signIn(t, s)
	for _, path := range []string{
		"/api/rooms/%00/participants", "/api/rooms/a%2Fb/bans", "/api/rooms/" + strings.Repeat("a", 65) + "/bans", "/api/rooms/%E2%80%AE/participants",
		"/api/rooms/x/bans/%0A", "/api/rooms/x/bans/%FF", "/api/rooms/x/bans/" + strings.Repeat("a", identityMax+1),
	} {
		method := "GET"
		if strings.Contains(path, "/bans/") {
			method = "DELETE"
		}
		if status, body := call(t, s, method, path, admin, ""); status != 404 {
			t.Errorf("%.60s: %d %s", path, status, body)
		}
	}
	ctx := context.Background()
	room, err := s.CreateRoom(ctx, RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// A room that is full of bans has the further ones until the next start.
	if _, err := s.store.db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO ban SELECT ?, 'p-' || i FROM n`, bansMax, room.Name); err != nil {
		t.Fatal(err)
	}
	if err := s.store.ban(ctx, room.Name, "p-1"); err != nil {
		t.Errorf("a ban that is there: %v", err)
	}
	if err := s.store.ban(ctx, room.Name, "one more"); !errors.Is(err, errBans) {
		t.Errorf("one ban too many: %v", err)
	}
	if banned, err := s.store.banned(ctx, room.Name, "one more"); err != nil || !banned {
		t.Errorf("one ban too many does not hold: %v", err)
	}
	if status, body := call(t, s, "GET", "/healthz", "", ""); status != 200 {
		t.Errorf("health: %d %s", status, body)
	}
	for range sessionsMax + 10 {
		s.sessions.open()
	}
	if n := len(s.sessions.ends); n > sessionsMax {
		t.Errorf("%d sessions are kept", n)
	}
	if s.sessions.valid(admin) {
		t.Error("not the oldest one has ended")
	}
}

// dialFrom opens a connection from an address of this machine.
func dialFrom(ip, to string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: 10 * time.Second}
	return d.Dial("tcp", to)
}

// closed reports whether the other side has ended a connection.
func closed(t *testing.T, c net.Conn) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	var timeout net.Error
	return !errors.As(err, &timeout) || !timeout.Timeout()
}

func TestConnectionsAreBounded(t *testing.T) {
	c := quiet(t)
	c.MaxConnectionsPerAddress, c.MaxConnections = 5, 12
	s := start(t, c)
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	dial := func(ip string) bool {
		t.Helper()
		c, err := dialFrom(ip, s.Address())
		if err != nil {
			return false // reset already
		}
		open = append(open, c)
		return !closed(t, c)
	}
	for range 5 {
		if !dial("127.0.0.2") {
			t.Fatal("refused too early")
		}
	}
	if dial("127.0.0.2") {
		t.Error("a sixth connection of one address")
	}
	for range 5 {
		if !dial("127.0.0.3") {
			t.Fatal("another address pays for the first")
		}
	}
	for range 2 {
		if !dial("127.0.0.4") {
			t.Fatal("refused too early")
		}
	}
	if dial("127.0.0.4") {
		t.Error("a thirteenth connection")
	}
	for _, c := range open[:5] {
		c.Close()
	}
	for end := time.Now().Add(5 * time.Second); !dial("127.0.0.2"); {
		if time.Now().After(end) {
			t.Fatal("closed connections are counted on")
		}
	}
}

// Behind a proxy, requests that last are counted for whom it names.
func TestForwardedConnectionsAreBounded(t *testing.T) {
	s := &Server{conf: Config{PublicHost: "https://meet.example.org"}, visitors: newVisitors(2)}
	held, begun := make(chan struct{}), make(chan struct{}, 2)
	h := s.few(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-held }))
	ask := func(from string) int {
		w := &recorder{}
		r := &http.Request{RemoteAddr: "127.0.0.1:1", Header: http.Header{"X-Forwarded-For": {from}}}
		h.ServeHTTP(w, r)
		return w.status
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { ask("198.51.100.7:1") })
		<-begun
	}
	if status := ask("198.51.100.7:2"); status != http.StatusTooManyRequests {
		t.Errorf("a third one: %d", status)
	}
	close(held)
	if status := ask("198.51.100.8"); status != 0 {
		t.Errorf("another one's: %d", status)
	}
	both.Wait()
	if len(s.visitors.open) != 0 {
		t.Errorf("still counted: %v", s.visitors.open)
	}
}

type recorder struct {
	status int
	header http.Header
}

func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

func TestInFrontOfWhatIsNoLiveKit(t *testing.T) {
	back := start(t, quiet(t))
	for name, c := range map[string]struct {
		url, key, secret, says string
	}{
		"a Foyer":        {"ws://" + back.Address(), back.secrets.APIKey, back.secrets.APISecret, "is a Foyer server"},
		"a wrong secret": {back.sfu.url, back.secrets.APIKey, strings.Repeat("x", 40), "refuses api-key and api-secret"},
		"a wrong key":    {back.sfu.url, "another", back.secrets.APISecret, "refuses api-key and api-secret"},
	} {
		conf := quiet(t)
		conf.LiveKitURL, conf.APIKey, conf.APISecret = c.url, c.key, c.secret
		s, err := Start(context.Background(), conf)
		if !errors.Is(err, ErrConfig) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			s.Close()
		}
	}
	// One that is down may come up.
	conf := quiet(t)
	conf.LiveKitURL, conf.APIKey, conf.APISecret = "ws://127.0.0.1:1", "key", strings.Repeat("x", 40)
	start(t, conf)
}

func TestComplaintsAreBounded(t *testing.T) {
	now := time.Unix(1, 0)
	var said []string
	c := &complaints{seen: map[string]*complaint{}, now: func() time.Time { return now }, log: func(message string, args ...any) {
		said = append(said, fmt.Sprintf("%s %v", message, args))
	}}
	for range 1000 {
		c.complain("a")
	}
	c.complain("b")
	now = now.Add(time.Second)
	c.complain("a")
	if want := []string{"a []", "a []", "a []", "a []", "a []", "b []", "a [unsaid 995]"}; strings.Join(said, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", said, want)
	}
}

// LiveKit's log, too: it has an error for each of the others when one joins and fails.
func TestLiveKitsLogIsBounded(t *testing.T) {
	const flooding = "FOYER_TEST_LOG_FLOOD"
	if os.Getenv(flooding) != "" {
		if err := quietOnce(); err != nil {
			t.Fatal(err)
		}
		for i := range 10_000 {
			logger.GetLogger().Errorw("could not handle", errors.New("why"), "participant", i)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLiveKitsLogIsBounded$")
	cmd.Env = append(os.Environ(), flooding+"=1")
	out, err := cmd.CombinedOutput()
	if n := strings.Count(string(out), "could not handle"); err != nil || n < 1 || n > 100 {
		t.Errorf("%d lines of 10000, %v; the last: %.300s", n, err, out[max(0, len(out)-300):])
	}
}

// resident is this process's memory in MB.
func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("memory is read from /proc: ", err)
	}
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	var kb int
	if _, err := fmt.Sscan(after, &kb); err != nil {
		t.Fatal(err)
	}
	return kb >> 10
}

// The server's memory stays within bounds while 2000 people and guessers ask to join
// at once, and 500 connections say nothing; people from elsewhere join meanwhile.
func TestJoinFloodUnraced(t *testing.T) {
	hostile.SkipRacing(t)
	c := quiet(t)
	d := DefaultConfig()
	c.MaxParticipants, c.MaxConnections, c.MaxConnectionsPerAddress = d.MaxParticipants, d.MaxConnections, d.MaxConnectionsPerAddress
	s := start(t, c)
	slog.SetLogLoggerLevel(slog.LevelError)
	room, err := s.EnsureRoom(context.Background(), "Flood")
	if err != nil {
		t.Fatal(err)
	}
	l := link(t, s, room, RoleGuest)
	before, peak := resident(t), 0
	watch, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-watch:
				return
			case <-tick.C:
				peak = max(peak, resident(t))
			}
		}
	}()

	var half []net.Conn
	for range 500 {
		if c, err := dialFrom("127.0.0.9", s.Address()); err == nil {
			_, _ = io.WriteString(c, "POST /api/join HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", 20<<10))
			half = append(half, c)
		}
	}
	s.visitors.mu.Lock()
	kept := s.visitors.open[parseAddress("127.0.0.9")]
	s.visitors.mu.Unlock()
	statuses := make([]map[int]int, 10)
	var all sync.WaitGroup
	for i := range statuses {
		statuses[i] = map[int]int{}
		all.Go(func() {
			client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return dialFrom(fmt.Sprintf("127.0.0.%d", 2+i/2), s.Address())
			}}}
			defer client.CloseIdleConnections()
			for n := range 200 {
				code := l.Code
				if i%2 == 0 {
					code = "wrong"
				}
				resp, err := client.Post("http://foyer/api/join", "application/json", strings.NewReader(
					fmt.Sprintf(`{"room":%q,"code":%q,"name":"N","client":"%d-%d","x":%q}`, room.Name, code, i, n, strings.Repeat("x", 14<<10))))
				if err != nil {
					statuses[i][0]++
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				statuses[i][resp.StatusCode]++
			}
		})
	}
	// Meanwhile, from an address that does nothing wrong.
	begun := time.Now()
	if _, err := l.Redeem(context.Background(), "Ada", "ada"); err != nil {
		t.Errorf("Ada cannot join meanwhile: %v", err)
	}
	took := time.Since(begun)
	all.Wait()
	for _, c := range half {
		c.Close()
	}
	close(watch)
	<-watched
	after := resident(t)
	t.Logf("memory before %d, peak %d, after %d MB; %d of 500 half-open ones were let in; Ada joined in %v; answers %v", before, peak, after, kept, took, statuses)
	if peak-before > 100 {
		t.Errorf("the flood costs %d MB", peak-before)
	}
	if kept > d.MaxConnectionsPerAddress {
		t.Errorf("%d connections of one address are open", kept)
	}
	for i, by := range statuses {
		right, wrong := by[200], by[403]
		switch {
		case i%2 == 1 && (right < joinBurst || by[429] == 0 || wrong > 0), i%2 == 0 && (wrong > guessBurst+5 || by[429] < 150 || right > 0):
			t.Errorf("%d: %v", i, by)
		}
	}
}
