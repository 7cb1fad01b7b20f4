//go:build unix && !darwin

package settings

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/internal/e2e/bus"
)

const (
	code  = "c0dec0dec0dec0de"
	key   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	whole = "foyer://example.org/standup?code=" + code + "#k=" + key
	old   = `{"name":"Ada","client":"CLIENTSECRET","lastLink":"` + whole + `","recent":[{"title":"Standup","link":"` + whole + `"},
		{"title":"Room","link":"wss://example.org aaa.bbb.ccc"},{"title":"Open","link":"foyer://example.org/open"}]}`
)

// oldFolder holds settings as they were when links lay in them.
func oldFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkAll says whether everything of old is there, and nothing secret in files but
// those named.
func checkAll(t *testing.T, dir string, v Settings, may ...string) {
	t.Helper()
	if v.LastLink != whole || len(v.Recent) != 3 || v.Recent[0].Link != whole || v.Recent[1].Link != "wss://example.org aaa.bbb.ccc" || v.Recent[2].Link != "foyer://example.org/open" {
		t.Errorf("%+v", v)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{code, key, "aaa.bbb.ccc"} {
			if bytes.Contains(b, []byte(secret)) && !strings.Contains(strings.Join(may, " "), f.Name()) {
				t.Errorf("%s holds %s", f.Name(), secret)
			}
		}
	}
}

func TestSecretsMoveIntoAFileOfTheirOwn(t *testing.T) {
	dir := oldFolder(t)
	checkAll(t, dir, open(t, dir).Get(), "secrets.json")
	checkAll(t, dir, open(t, dir).Get(), "secrets.json")
}

// With a real keyring nothing secret is left on the disk.
func TestSecretsMoveIntoTheKeyring(t *testing.T) {
	for _, tool := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	startKeyring(t)
	dir := oldFolder(t)
	checkAll(t, dir, open(t, dir).Get(), "secrets.json") // as without a keyring
	keyringOpen := func() *Store {
		t.Helper()
		s, _, err := OpenWithKeyring(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	checkAll(t, dir, keyringOpen().Get())
	if _, err := os.Stat(filepath.Join(dir, "secrets.json")); !os.IsNotExist(err) {
		t.Errorf("the file stays: %v", err)
	}
	checkAll(t, dir, keyringOpen().Get()) // from the keyring alone
	// While it is out of reach, links are known without their codes.
	if l := open(t, dir).Get().Recent[0].Link; l != "foyer://example.org/standup" {
		t.Errorf("without the keyring the link is %q", l)
	}
	// What is remembered then joins the rest later; what is forgotten is gone.
	other := strings.Replace(whole, "standup", "retro", 1)
	if err := open(t, dir).Update(func(s *Settings) { s.Remember(Meeting{Link: other}) }); err != nil {
		t.Fatal(err)
	}
	s := keyringOpen()
	if v := s.Get(); len(v.Recent) != 4 || v.Recent[0].Link != other || v.Recent[1].Link != whole {
		t.Errorf("%+v", v)
	}
	if err := s.Update(func(s *Settings) { s.Recent, s.LastLink = nil, "" }); err != nil {
		t.Fatal(err)
	}
	if kept, _ := s.box.Load(); len(kept) != 0 {
		t.Errorf("the keyring keeps %d secrets", len(kept))
	}
}

// startKeyring gives the test a bus with an unlocked keyring on it.
func startKeyring(t *testing.T) {
	t.Helper()
	b := bus.ForTest(t)
	home := t.TempDir()
	var printed bytes.Buffer
	c := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	c.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"))
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader("a password"), &printed, &printed
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := b.AwaitOwner(ctx, "org.freedesktop.secrets"); err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
}
