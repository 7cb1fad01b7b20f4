//go:build unix

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/display"
	"foyer/internal/e2e/program"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(livekitEnv); path != "" {
		if err := runLiveKit(path); err != nil {
			fmt.Fprintln(os.Stderr, "LiveKit:", err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	program.Discard()
	os.Exit(code)
}

// need skips the test, saying why, where a tool is missing; with
// FOYER_E2E_REQUIRE set it fails instead.
func need(t *testing.T, missing string) {
	t.Helper()
	if missing == "" {
		return
	}
	if os.Getenv("FOYER_E2E_REQUIRE") != "" {
		t.Fatalf("%s is not installed", missing)
	}
	t.Skipf("%s is not installed", missing)
}

func needTool(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			need(t, tool)
		}
	}
}

// within is a context that ends with the test, or after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// figure prints a measured number beside what it must hold.
func figure(t *testing.T, name string, value, target float64) {
	t.Helper()
	fmt.Printf("figure: %s %.0f (target %.0f)\n", name, value, target)
	if value > target {
		t.Errorf("%s is %.0f; it must be at most %.0f", name, value, target)
	}
}

// quietEnv is an environment with no display, no sound server and no settings
// of the person who runs the tests.
func quietEnv(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_RUNTIME_DIR=" + home,
		"XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_DATA_HOME=" + filepath.Join(home, "data"),
		"LANG=C.UTF-8", "PULSE_SERVER=unix:" + filepath.Join(home, "no-sound-server"), "DBUS_SESSION_BUS_ADDRESS=disabled:"}
	for _, name := range []string{"PATH", "TMPDIR", "GOCOVERDIR", "GORACE", "GOTRACEBACK"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// run starts Foyer, and at the end of the test asks it to end, which it must
// do cleanly and in time.
func run(t *testing.T, env []string, args ...string) *program.Program {
	t.Helper()
	return runWithin(t, nil, env, args...)
}

// runWithin is run behind the words that go before the command line.
func runWithin(t *testing.T, within, env []string, args ...string) *program.Program {
	t.Helper()
	p, err := program.Start(program.Options{Within: within, Args: args, Env: env, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-p.Exited():
		default:
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			if code, err := p.Stop(ctx); err != nil {
				t.Errorf("foyer %s does not end: %v", args[0], err)
			} else if code != 0 {
				t.Errorf("foyer %s ended with code %d when asked to", args[0], code)
			}
		}
		if crash := p.Crash(); crash != "" {
			t.Errorf("foyer %s crashed: %s", args[0], crash)
		}
		if t.Failed() {
			lines := p.Lines.Since(max(0, p.Lines.Len()-4))
			for _, l := range lines {
				t.Logf("foyer %s said: %.600s", args[0], l.Raw)
			}
			t.Logf("foyer %s printed: %s%s", args[0], p.Text(), tail(p.Stderr(), 1500))
		}
	})
	return p
}

func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return "…" + s[len(s)-n:]
}

// runToEnd runs Foyer until it ends by itself, and returns its exit code.
func runToEnd(t *testing.T, d time.Duration, env []string, args ...string) (code int, p *program.Program) {
	t.Helper()
	p = run(t, env, args...)
	code, err := p.Wait(within(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return code, p
}

// openDisplay starts a screen that closes with the test.
func openDisplay(t *testing.T, o display.Options) *display.Display {
	t.Helper()
	need(t, display.Missing())
	d, err := display.Start(within(t, 20*time.Second), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// openBrowser starts a browser that closes with the test; errors on its page fail it.
func openBrowser(t *testing.T) *browser.Peer {
	t.Helper()
	return openBrowserWith(t, browser.Options{})
}

func openBrowserWith(t *testing.T, o browser.Options) *browser.Peer {
	t.Helper()
	need(t, browser.Missing())
	b, err := browser.StartWith(within(t, 40*time.Second), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.Close()
		all := b.Reports.Since(0)
		for _, r := range all {
			if r.Type == "error" {
				t.Errorf("in the browser: %s", r.Error)
			}
		}
		if t.Failed() {
			if len(all) > 0 {
				t.Logf("the browser's last report: %+v", all[len(all)-1])
			}
			t.Logf("the browser printed: %s", tail(strings.TrimSpace(b.Stderr()), 3000))
		}
	})
	return b
}
