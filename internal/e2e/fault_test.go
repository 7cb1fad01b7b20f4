//go:build unix

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/program"
)

// silent joins with no device at all.
var silent = []string{"--camera", "none", "--microphone", "none", "--speaker", "none"}

// refused runs Foyer, which must fail with a code and one sentence that holds the words.
func refused(t *testing.T, code int, words string, args ...string) {
	t.Helper()
	got, p := runToEnd(t, 20*time.Second, quietEnv(t), args...)
	if got != code {
		t.Errorf("foyer %s ended with code %d; want %d", args[0], got, code)
	}
	checkSentence(t, p.Stderr(), words)
}

func checkSentence(t *testing.T, stderr, words string) {
	t.Helper()
	stderr = strings.TrimSpace(stderr)
	if !strings.Contains(strings.ToLower(stderr), words) || strings.Contains(stderr, "\n") || len(stderr) > 400 || strings.Contains(stderr, "goroutine ") {
		t.Errorf("a person reads %q; want one sentence with %q", stderr, words)
	}
}

func TestBadLinksAreRefused(t *testing.T) {
	h := serve(t, "--tls-self-signed")
	wrongCode := h.parsed(t, "guest")
	wrongCode.Code = "AAAAAAAAAAAAAAAAAAAAAA"
	noCode := h.parsed(t, "guest")
	noCode.Code = ""
	wrongPrint := h.parsed(t, "guest")
	wrongPrint.Fingerprint = make([]byte, 32)
	noRoom := h.parsed(t, "guest")
	noRoom.Room = "nowhere"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := h.parsed(t, "guest")
	down.Host, down.Fingerprint, down.Insecure = l.Addr().String(), nil, true
	_ = l.Close()
	for _, c := range []struct{ name, link, words string }{
		{"malformed", "foyer://", "link"},
		{"not a link", "call me maybe", "link"},
		{"damaged end", h.link(t, "guest") + "x", "link"},
		{"wrong code", wrongCode.String(), "code"},
		{"no code", noCode.String(), "code"},
		{"no such room", noRoom.String(), "code"},
		{"wrong fingerprint", wrongPrint.String(), "certificate"},
		{"host down", down.String(), "reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, 1, c.words, append([]string{"join", "--headless", c.link, "--name", "Eve"}, silent...)...)
		})
	}
	t.Run("the right one works", func(t *testing.T) {
		join(t, h.link(t, "guest"), "Ann", silent...).leave()
	})
}

func TestAFullMeetingIsRefused(t *testing.T) {
	h := serve(t, "--max-participants", "1")
	ann := join(t, h.link(t, "guest"), "Ann", silent...)
	refused(t, 1, "full", append([]string{"join", "--headless", h.link(t, "guest"), "--name", "Bob"}, silent...)...)
	ann.leave()
}

func TestARemovedPersonIsTold(t *testing.T) {
	h := serve(t)
	ann := join(t, h.link(t, "guest"), "Ann", silent...)
	h.remove(t, ann.identity)
	s := ann.await("the end", 15*time.Second, func(s said) bool { return s.Type == "left" })
	if s.Reason+s.Error == "" {
		t.Errorf("a removed person is told nothing")
	}
	if code, err := ann.Wait(within(t, 10*time.Second)); err != nil || code != 1 {
		t.Errorf("a removed person's program ends with code %d, %v", code, err)
	}
	checkSentence(t, ann.Stderr(), "removed")
}

// A second join with one identity takes the first one's place, and the first is told.
func TestASecondJoinTakesThePlace(t *testing.T) {
	h := serve(t)
	in := h.redeem(t, "guest", "Ann")
	direct := in.URL + " " + in.Token
	first := join(t, direct, "Ann", silent...)
	mark := first.Lines.Len()
	second := join(t, direct, "Ann", silent...)
	first.awaitFrom(mark, "the end", 15*time.Second, func(s said) bool { return s.Type == "left" })
	if code, err := first.Wait(within(t, 10*time.Second)); err != nil || code != 1 {
		t.Errorf("the first one ends with code %d, %v", code, err)
	}
	checkSentence(t, first.Stderr(), "another")
	second.leave()
}

// The server dies in the call and is started again: both people say that they
// reconnect, and then see each other again.
func TestACallOutlivesItsServer(t *testing.T) {
	data := t.TempDir()
	h := serveIn(t, data)
	devices := []string{"--camera", "test", "--microphone", "none", "--speaker", "none"}
	ann := join(t, h.link(t, "host"), "Ann", devices...)
	bob := join(t, h.link(t, "guest"), "Bob", devices...)
	ann.awaitCard(0, bob.identity, call.Camera, 5)
	at := h.parsed(t, "guest").Host
	h.Kill()
	marks := map[*person]int{}
	for _, p := range []*person{ann, bob} {
		p.awaitSnapshot(0, "reconnecting", func(s call.Snapshot) bool { return s.State == call.Reconnecting })
		marks[p] = p.Lines.Len()
	}
	serveIn(t, data, "--listen", at)
	for _, c := range [][2]*person{{ann, bob}, {bob, ann}} {
		c[0].awaitSnapshot(marks[c[0]], "joined again", func(s call.Snapshot) bool { return s.State == call.Joined })
		c[0].awaitCard(marks[c[0]], c[1].identity, call.Camera, 10)
	}
	ann.leave()
	bob.leave()
}

// A server that stays away: one leaves all the same.
func TestLeavingWithoutAServer(t *testing.T) {
	h := serve(t)
	ann := join(t, h.link(t, "guest"), "Ann", silent...)
	h.Kill()
	ann.awaitSnapshot(0, "reconnecting", func(s call.Snapshot) bool { return s.State == call.Reconnecting })
	ann.leave()
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	t.Run("port in use", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		refused(t, 1, "in use", serveArgs(t.TempDir(), "--listen", l.Addr().String())...)
	})
	t.Run("media port in use", func(t *testing.T) {
		l, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.LocalAddr().String())
		refused(t, 1, "in use", serveArgs(t.TempDir(), "--udp-port", port)...)
	})
	t.Run("data is a file", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(data, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, 1, "data folder", serveArgs(data)...)
	})
	t.Run("data in use", func(t *testing.T) {
		h := serve(t)
		refused(t, 1, "data folder", serveArgs(h.data)...)
	})
	t.Run("in front of a Foyer", func(t *testing.T) {
		h := serve(t)
		refused(t, 1, "is a foyer server", serveArgs(t.TempDir(), "--livekit-url", h.parsed(t, "guest").BaseURL(),
			"--api-key", "key", "--api-secret", "a secret of thirty-two characters")...)
	})
	t.Run("wrong flag", func(t *testing.T) { refused(t, 2, "--nonsense", "serve", "--nonsense") })
	t.Run("read-only data", func(t *testing.T) {
		// Root writes anywhere, so where we are root somebody else runs it.
		path, err := program.Path()
		if err != nil {
			t.Fatal(err)
		}
		dir, err := os.MkdirTemp("", "foyer-read-only-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bin, data := filepath.Join(dir, "foyer"), filepath.Join(dir, "data")
		if err := os.WriteFile(bin, b, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(data, 0o555); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var printed strings.Builder
		cmd := exec.CommandContext(within(t, 20*time.Second), bin, serveArgs(data)...)
		cmd.Dir, cmd.Env, cmd.Stderr = dir, append(quietEnv(t), "HOME="+dir, "XDG_CONFIG_HOME="+dir), &printed
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("foyer serve on a read-only folder: %v; want code 1", err)
		}
		checkSentence(t, printed.String(), "data folder")
	})
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		code  int
		words string
		args  []string
	}{
		{"no display", 1, "no display", []string{"--name", "Ann"}},
		{"two links", 2, "at most 1", []string{"a", "b"}},
		{"url without token", 2, "--token", []string{"--url", "ws://127.0.0.1:1"}},
		{"unknown command's flag", 2, "--frob", []string{"join", "--frob"}},
		{"no such codec", 2, "--camera-codec", []string{"join", "--headless", "--camera-codec", "H265", "a"}},
		{"join without link", 2, "arg", []string{"join", "--headless"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.code, c.words, c.args...) })
	}
	t.Run("version", func(t *testing.T) {
		code, p := runToEnd(t, 10*time.Second, quietEnv(t), "version")
		if code != 0 || !strings.HasPrefix(p.Text(), "foyer ") {
			t.Errorf("code %d, %q", code, p.Text())
		}
	})
	t.Run("doctor", func(t *testing.T) {
		code, p := runToEnd(t, 30*time.Second, quietEnv(t), "doctor")
		if code != 0 || !strings.Contains(strings.ToLower(p.Text()), "vp8") {
			t.Errorf("code %d, %q", code, p.Text())
		}
	})
}
