package host

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"foyer/app/invite"
)

func TestCommandServes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "foyer.yaml")
	// A flag goes before the file.
	if err := os.WriteFile(file, []byte("listen: 192.0.2.1:1\nroom: Standup\ndata: "+filepath.Join(dir, "data")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, in := io.Pipe()
	c := Command("1.2.3")
	c.SetArgs([]string{"--config", file, "--listen", "127.0.0.1:0", "--udp-port", "0", "--tcp-port", "0", "--json"})
	c.SetOut(in)
	ended := make(chan error, 1)
	go func() {
		err := c.ExecuteContext(ctx)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err, <-ended)
	}
	var r ready
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	if r.Type != "ready" || r.Version != "1.2.3" || len(r.Links) != 3 || r.Secrets != filepath.Join(dir, "data", secretsFile) {
		t.Errorf("ready line %s", line)
	}
	target, err := invite.Parse(r.Links[RoleHost])
	if err != nil {
		t.Fatal(err)
	}
	if j, err := target.Link.Redeem(ctx, "Ada", ""); err != nil || j.Role != RoleHost || j.Title != "Standup" || j.Room != r.Room {
		t.Errorf("%+v, %v", j, err)
	}
	resp, err := http.Get(r.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, err := http.Get(r.URL + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func TestCommandRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "foyer.yaml")
	if err := os.WriteFile(file, []byte("lissen: :1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"extra"}, {"--config", file}, {"--config", file + ".gone"}, {"--listen", "7443"}, {"--tls-cert", "x"}, {"--max-participants", "-1"},
		{"--livekit-url", "gopher://x", "--api-key", "a", "--api-secret", "b"}, {"--api-key", "a"}, {"--udp-port", "70000"},
	} {
		c := Command("")
		c.SetArgs(append(args, "--data", t.TempDir()))
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetOut(io.Discard)
		err := c.ExecuteContext(context.Background())
		if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestReadyForPeople(t *testing.T) {
	var b strings.Builder
	r := ready{Address: "[::]:7443", URL: "https://h:7443", Secrets: "/data/secrets.json", Links: map[string]string{RoleHost: "foyer://a", RoleGuest: "foyer://b"}}
	if err := r.print(&b, false); err != nil {
		t.Fatal(err)
	}
	want := "Foyer serves on [::]:7443 as https://h:7443\nThe admin password is in /data/secrets.json\n  host   foyer://a\n  guest  foyer://b\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

// Every flag but two has its name in the YAML file, and overrides it.
func TestEveryFlagOverrides(t *testing.T) {
	values := map[string]string{
		"listen": ":1", "public-host": "h", "media-ip": "192.0.2.1", "tls-cert": "c", "tls-key": "k", "tls-self-signed": "true",
		"udp-port": "2", "tcp-port": "3", "data": "d", "livekit-url": "ws://x", "api-key": "a", "api-secret": "s",
		"max-participants": "4", "max-connections": "5", "max-connections-per-address": "6", "room": "r",
	}
	want := Config{Listen: ":1", PublicHost: "h", MediaIP: "192.0.2.1", TLSCert: "c", TLSKey: "k", TLSSelfSigned: true,
		UDPPort: 2, TCPPort: 3, Data: "d", LiveKitURL: "ws://x", APIKey: "a", APISecret: "s", MaxParticipants: 4, MaxConnections: 5, MaxConnectionsPerAddress: 6, Room: "r"}
	var yaml strings.Builder
	for name, v := range values {
		yaml.WriteString(name + ": \"" + v + "\"\n")
	}
	text := strings.NewReplacer(`"true"`, "true", `"2"`, "2", `"3"`, "3", `"4"`, "4", `"5"`, "5", `"6"`, "6").Replace(yaml.String())
	file := filepath.Join(t.TempDir(), "all.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var c Config
	if err := c.ReadFile(file); err != nil || c != want {
		t.Errorf("from the file: %+v, %v", c, err)
	}
	var flags, over Config
	f := flagSet(&flags)
	for name, v := range values {
		if err := f.Set(name, v); err != nil {
			t.Errorf("--%s: %v", name, err)
		}
	}
	overlay(&over, flags, f)
	if over != want {
		t.Errorf("from the flags: %+v", over)
	}
}
