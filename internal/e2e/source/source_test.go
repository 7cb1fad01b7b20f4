package source

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/internal/e2e/packages"
)

// TestSource_freshSystem_builds follows the README on systems that have make and
// nothing else: make deps, then Go's plain commands, as an editor runs them.
func TestSource_freshSystem_builds(t *testing.T) {
	suites := strings.Fields(os.Getenv("FOYER_FRESH"))
	if len(suites) == 0 {
		t.Skip("systems to build in are named by FOYER_FRESH, as make test-fresh does; it takes many minutes")
	}
	if p := packages.Missing(); p != "" {
		t.Fatalf("%s is not installed: make package-test-deps", p)
	}
	if why := packages.Forbidden(t.Context()); why != "" {
		t.Skip("whole systems cannot be made here: " + why)
	}
	archive := filepath.Join(t.TempDir(), "source.tar")
	if b, err := exec.CommandContext(t.Context(), "git", "-C", "../../..", "archive", "--output", archive, "HEAD").CombinedOutput(); err != nil {
		t.Fatalf("pack the source: %v: %s", err, b)
	}
	for _, suite := range suites {
		t.Run(suite, func(t *testing.T) { build(t, suite, archive) })
	}
}

// backports is what need-go.sh says to do where the release's Go is too old.
const backports = "deb http://deb.debian.org/debian bookworm-backports main"

func build(t *testing.T, suite, archive string) {
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Minute)
	defer cancel()
	modules := modules(t)
	tree, err := packages.Open(ctx, suite, "", packages.Bind{From: modules, To: "/modules"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	}()
	try := func(line string) (string, error) {
		out, err := tree.Run(ctx, "cd /root && GOPROXY=file:///modules,https://proxy.golang.org "+line)
		t.Logf("%s\n%s", line, out)
		return out, err
	}
	must := func(line string) string {
		t.Helper()
		out, err := try(line)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, at := range []string{"/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"} {
		if err := tree.Copy(ctx, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Copy(ctx, archive, "/root/source.tar"); err != nil {
		t.Fatal(err)
	}
	must("tar xf source.tar")
	if suite == "bookworm" {
		out, err := try("make deps")
		if err == nil || !strings.Contains(out, backports) {
			t.Fatalf("Go 1.19 is not refused with what to do: %v", err)
		}
		must("echo '" + backports + "' >/etc/apt/sources.list.d/backports.list && apt-get update -qq")
	}
	must("make deps")
	must("go vet ./app/invite")
	must("go build -o foyer .")
	if out := must("./foyer version"); !strings.HasPrefix(out, "foyer ") {
		t.Errorf("foyer version says %q", out)
	}
	// The second time there is nothing to install and nothing to say.
	if out := must("make -s deps"); out != "" {
		t.Errorf("a second make deps says %q", out)
	}
}

// modules is this system's store of downloaded modules: only the toolchain is fetched anew.
func modules(t *testing.T) string {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal("find the modules:", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "cache", "download")
}
