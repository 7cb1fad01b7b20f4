package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
)

func TestMain(m *testing.M) {
	lksdk.SetLogger(logger.GetDiscardLogger()) // the clients' talk
	os.Exit(m.Run())
}

func quiet(t *testing.T) Config {
	t.Helper()
	return Config{Listen: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "data")}
}

func start(t *testing.T, c Config) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	s, err := Start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func link(t *testing.T, s *Server, room Room, role string) invite.Link {
	t.Helper()
	l, err := s.Links(context.Background(), room.Name, role)
	if err != nil {
		t.Fatal(err)
	}
	return l[0]
}

// call does one API request and returns the status and the answer.
func call(t *testing.T, s *Server, method, path, token, body string) (int, string) {
	t.Helper()
	return callAs(t, s, method, path, token, "application/json", body)
}

func callAs(t *testing.T, s *Server, method, path, token, kind, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+s.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// callBasic does one GET request with a name and password.
func callBasic(t *testing.T, s *Server, path, user, password string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", "http://"+s.Address()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, password)
	return do(t, req)
}

func connect(t *testing.T, j invite.JoinResponse, disconnected func(lksdk.DisconnectionReason)) *lksdk.Room {
	t.Helper()
	cb := lksdk.NewRoomCallback()
	if disconnected != nil {
		cb.OnDisconnectedWithReason = disconnected
	}
	r, err := lksdk.ConnectToRoomWithToken(j.URL, j.Token, cb)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Disconnect)
	return r
}

// emptied takes out whoever is in a room, and waits until the server is done with
// them: a leave that the SDK sends as it closes is now and then lost, and their
// places stay taken for as long as a dead connection's.
func emptied(t *testing.T, s *Server, room Room) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		list, err := s.rooms.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room.Name})
		if err != nil {
			t.Fatalf("empty the room: %v", err)
		}
		if len(list.Participants) == 0 {
			return
		}
		for _, p := range list.Participants {
			// Fails where they have left meanwhile.
			_, _ = s.rooms.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: room.Name, Identity: p.Identity})
		}
	}
}

// One server for all that can share it: LiveKit leaves goroutines behind at each start.
func TestServer(t *testing.T) {
	c := quiet(t)
	c.MaxParticipants = 2
	s := start(t, c)
	ctx := context.Background()
	room, err := s.EnsureRoom(ctx, "Stand-up, 9 o'clock")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.EnsureRoom(ctx, "Stand-up, 9 o'clock"); err != nil || again.Name != room.Name {
		t.Errorf("the same title gave %q and %q, %v", room.Name, again.Name, err)
	}
	if !strings.HasPrefix(room.Name, "stand-up-9-o-clock-") {
		t.Errorf("room name %q", room.Name)
	}

	t.Run("roles", func(t *testing.T) {
		for _, role := range roles {
			j, err := link(t, s, room, role).Redeem(ctx, "Ada\n\tLovelace", "secret-"+role)
			if err != nil {
				t.Fatal(err)
			}
			r := connect(t, j, nil)
			me := r.LocalParticipant
			if me.Name() != "Ada Lovelace" || me.Attributes()["foyer.role"] != role || me.Identity() != j.Identity {
				t.Errorf("%s: joined as %q, %v, %s", role, me.Name(), me.Attributes(), me.Identity())
			}
			p := me.Permissions()
			if p.CanPublish != (role != RoleViewer) || !p.CanSubscribe || !p.CanPublishData || p.CanUpdateMetadata {
				t.Errorf("%s may %+v", role, p)
			}
			r.Disconnect()
			emptied(t, s, room)
		}
	})

	t.Run("identity is kept and cannot be guessed", func(t *testing.T) {
		l := link(t, s, room, RoleGuest)
		a, err1 := l.Redeem(ctx, "A", "one")
		b, err2 := l.Redeem(ctx, "A", "one")
		c, err3 := l.Redeem(ctx, "A", "two")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if a.Identity != b.Identity || a.Identity == c.Identity || strings.Contains(a.Identity, "one") {
			t.Errorf("identities %s, %s, %s", a.Identity, b.Identity, c.Identity)
		}
	})

	t.Run("admin", func(t *testing.T) {
		if status, _ := call(t, s, "GET", "/api/rooms", "", ""); status != 401 {
			t.Errorf("rooms without signing in: %d", status)
		}
		if status, _ := call(t, s, "POST", "/api/sign-in", "", `{"password":"guess"}`); status != 401 {
			t.Errorf("wrong password: %d", status)
		}
		admin := signIn(t, s)
		status, body := call(t, s, "POST", "/api/rooms", admin, `{"title":"Tiny","maxParticipants":1}`)
		var tiny roomView
		if err := json.Unmarshal([]byte(body), &tiny); status != 201 || err != nil {
			t.Fatal(status, body, err)
		}
		target, err := invite.Parse(tiny.Links[RoleGuest])
		if err != nil {
			t.Fatal(err)
		}
		first, err := target.Link.Redeem(ctx, "First", "1")
		if err != nil {
			t.Fatal(err)
		}
		gone := make(chan lksdk.DisconnectionReason, 1)
		connect(t, first, func(r lksdk.DisconnectionReason) { gone <- r })
		if _, err := target.Link.Redeem(ctx, "Second", "2"); !errors.Is(err, invite.ErrRoomFull) {
			t.Errorf("a second one in a room for one: %v", err)
		}
		if _, err := target.Link.Redeem(ctx, "First", "1"); err != nil {
			t.Errorf("the first one again: %v", err)
		}
		if status, body := call(t, s, "GET", "/api/rooms", admin, ""); status != 200 || !strings.Contains(body, `"participants":1`) {
			t.Errorf("rooms: %d %s", status, body)
		}
		path := "/api/rooms/" + tiny.Name + "/participants"
		if status, body := call(t, s, "GET", path, admin, ""); status != 200 || !strings.Contains(body, first.Identity) {
			t.Errorf("participants: %d %s", status, body)
		}
		if status, _ := call(t, s, "POST", path+"/"+first.Identity+"/remove", first.Token, ""); status != 401 {
			t.Errorf("a guest may remove: %d", status)
		}
		if status, body := call(t, s, "POST", path+"/"+first.Identity+"/remove", admin, ""); status != 204 {
			t.Errorf("remove: %d %s", status, body)
		}
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			t.Error("the removed participant is still there")
		}
		if _, err := target.Link.Redeem(ctx, "First", "1"); !errors.Is(err, invite.ErrBanned) {
			t.Errorf("back after removal: %v", err)
		}
		if status, _ := call(t, s, "POST", "/api/rooms/"+tiny.Name+"/invites/guest", admin, ""); status != 200 {
			t.Errorf("rotate: %d", status)
		}
		if _, err := target.Link.Redeem(ctx, "Third", "3"); !errors.Is(err, invite.ErrWrongCode) {
			t.Errorf("the old code after rotation: %v", err)
		}
		if status, _ := call(t, s, "DELETE", "/api/rooms/"+tiny.Name, admin, ""); status != 204 {
			t.Errorf("delete: %d", status)
		}
		if status, _ := call(t, s, "DELETE", "/api/rooms/"+tiny.Name, admin, ""); status != 404 {
			t.Errorf("delete again: %d", status)
		}
	})

	t.Run("removed ones stay out", func(t *testing.T) { testRemovedStayOut(t, s) })
	t.Run("hosts moderate", func(t *testing.T) { testHostsModerate(t, s) })
	t.Run("viewers only watch", func(t *testing.T) { testViewersOnlyWatch(t, s) })
	t.Run("limit holds without us", func(t *testing.T) { testLimitHolds(t, s) })
	t.Run("a deleted room is gone", func(t *testing.T) { testDeletedRoomIsGone(t, s) })
	t.Run("nothing else answers", func(t *testing.T) {
		for path, want := range map[string]int{
			"/debug/pprof/": 404, "/api/nothing": 404, "/agent": 200, "/": 404, "/a%2Fb": 404, "/ä": 404, "/rtc/validate": 401,
			"/api/rooms/x/participants": 401, "/api/rooms/x/bans": 401,
		} {
			if status, body := call(t, s, "GET", path, "", ""); status != want {
				t.Errorf("%s: %d %.80s, want %d", path, status, body, want)
			}
		}
	})
	t.Run("health, metrics, landing", func(t *testing.T) {
		for path, want := range map[string]string{"/healthz": `"ok"`, "/" + room.Name: "Open in Foyer"} {
			if status, body := call(t, s, "GET", path, "", ""); status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d, no %q in it", path, status, want)
			}
		}
		if status, body := callBasic(t, s, "/metrics", "admin", s.secrets.AdminPassword); status != 200 || !strings.Contains(body, "livekit_") {
			t.Errorf("metrics: %d %.80s", status, body)
		}
	})

	t.Run("bad requests", func(t *testing.T) {
		for _, body := range []string{"", "{", "[]", `{"room":1}`, strings.Repeat("x", maxBody+1)} {
			if status, _ := call(t, s, "POST", "/api/join", "", body); status != 400 {
				t.Errorf("%.20q: %d", body, status)
			}
		}
	})

	t.Run("browsers may join", func(t *testing.T) {
		req, err := http.NewRequest("OPTIONS", "http://"+s.Address()+"/api/join", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s, %v", resp.Status, resp.Header)
		}
	})

	// The last one: this address may guess no more.
	t.Run("wrong codes", func(t *testing.T) {
		l := link(t, s, room, RoleGuest)
		right := l.Code
		l.Code = ""
		if _, err := l.Redeem(ctx, "", ""); !errors.Is(err, invite.ErrCodeNeeded) {
			t.Errorf("no code: %v", err)
		}
		l.Code = "wrong"
		_, wrong := l.Redeem(ctx, "", "")
		l.Room = "nowhere"
		_, nowhere := l.Redeem(ctx, "", "")
		if !errors.Is(wrong, invite.ErrWrongCode) || nowhere.Error() != wrong.Error() {
			t.Errorf("a wrong code and a wrong room can be told apart: %v, %v", wrong, nowhere)
		}
		var err error
		for range guessBurst + 1 {
			_, err = l.Redeem(ctx, "", "")
		}
		if !errors.Is(err, invite.ErrTooMany) {
			t.Errorf("after many guesses: %v", err)
		}
		l.Room, l.Code = room.Name, right
		if _, err := l.Redeem(ctx, "", ""); err != nil {
			t.Errorf("the right code, from an address that has guessed too often: %v", err)
		}
		if signIn(t, s) == "" {
			t.Error("the administrator is locked out by wrong codes")
		}
	})
}

func TestRestartHonoursLinks(t *testing.T) {
	c := quiet(t)
	c.TLSSelfSigned = true
	port, err := freePort("tcp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	c.Listen = fmt.Sprintf("127.0.0.1:%d", port)
	s := start(t, c)
	room, err := s.CreateRoom(context.Background(), RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := link(t, s, room, RoleGuest)
	if len(l.Fingerprint) == 0 || l.Insecure {
		t.Fatalf("link %s", l)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, c)
	j, err := l.Redeem(context.Background(), "Ada", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "wss://" + again.Address(); j.URL != want {
		t.Errorf("signalling at %s, want %s", j.URL, want)
	}
	l.Fingerprint = bytes.Repeat([]byte{1}, 32)
	if _, err := l.Redeem(context.Background(), "Ada", ""); !errors.Is(err, invite.ErrCertificate) {
		t.Errorf("another certificate: %v", err)
	}
	files, err := os.ReadDir(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(c.Data); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("data folder: %v, %v", fi, err)
	}
	seen := map[string]bool{}
	for _, f := range files {
		fi, err := f.Info()
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), fi.Mode(), err)
		}
		seen[f.Name()] = true
	}
	if !seen[secretsFile] || !seen["certificate-key.pem"] || !seen["foyer.db"] {
		t.Errorf("folder holds %v", files)
	}
}

func TestInFrontOfAnotherLiveKit(t *testing.T) {
	back := start(t, quiet(t))
	c := quiet(t)
	c.LiveKitURL, c.APIKey, c.APISecret = back.sfu.url, back.secrets.APIKey, back.secrets.APISecret
	front := start(t, c)
	room, err := front.CreateRoom(context.Background(), RoomOptions{Title: "Through"})
	if err != nil {
		t.Fatal(err)
	}
	j, err := link(t, front, room, RoleGuest).Redeem(context.Background(), "Ada", "")
	if err != nil {
		t.Fatal(err)
	}
	if j.URL != back.sfu.url {
		t.Errorf("signalling at %s, want %s", j.URL, back.sfu.url)
	}
	connect(t, j, nil)
	if status, body := call(t, front, "GET", "/rtc/validate", "", ""); status != 404 {
		t.Errorf("/rtc of a server without an SFU: %d %s", status, body)
	}
}

func TestStartFails(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	media, err := net.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer media.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, secretsFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	st, err := openStore(newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.db.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := st.close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Config)
		want   error
	}{
		"port held":        {func(c *Config) { c.Listen = held.Addr().String() }, ErrPortInUse},
		"media port held":  {func(c *Config) { c.UDPPort = media.LocalAddr().(*net.UDPAddr).Port }, ErrPortInUse},
		"data in a file":   {func(c *Config) { c.Data = filepath.Join(file, "data") }, ErrDataFolder},
		"data not ours":    {func(c *Config) { c.Data = "/proc/foyer" }, ErrDataFolder},
		"damaged secrets":  {func(c *Config) { c.Data = damaged }, ErrDataFolder},
		"no listen":        {func(c *Config) { c.Listen = "" }, ErrConfig},
		"half a key pair":  {func(c *Config) { c.TLSCert = "x" }, ErrConfig},
		"no certificate":   {func(c *Config) { c.TLSCert, c.TLSKey = file, file }, ErrCertificate},
		"nobody's address": {func(c *Config) { c.Listen = "192.0.2.1:0" }, ErrListen},
		"wrong port":       {func(c *Config) { c.Listen = ":70000" }, ErrConfig},
		"wrong host":       {func(c *Config) { c.PublicHost = "http://x y" }, ErrConfig},
		"wrong media IP":   {func(c *Config) { c.MediaIP = "example.org" }, ErrConfig},
		"too many people":  {func(c *Config) { c.MaxParticipants = maxPeople + 1 }, ErrConfig},
		"media TCP held":   {func(c *Config) { c.Listen, c.TCPPort = ":0", held.Addr().(*net.TCPAddr).Port }, ErrPortInUse},
		"a newer database": {func(c *Config) { c.Data = newer }, ErrDataFolder},
		"LiveKit, no keys": {func(c *Config) { c.LiveKitURL = "ws://127.0.0.1:1" }, ErrConfig},
	} {
		conf := quiet(t)
		c.change(&conf)
		if s, err := Start(context.Background(), conf); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
			if err == nil {
				s.Close()
			}
		}
	}
}

func TestConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "foyer.yaml")
	if err := os.WriteFile(path, []byte("listen: 127.0.0.1:1\ntls-self-signed: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	if err := c.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:1" || !c.TLSSelfSigned || c.UDPPort != 7882 {
		t.Errorf("%+v", c)
	}
	if err := os.WriteFile(path, []byte("lissen: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.ReadFile(path); !errors.Is(err, ErrConfig) {
		t.Errorf("an unknown name: %v", err)
	}
}
