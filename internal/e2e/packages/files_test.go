//go:build linux

package packages

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clean runs a checker, which must find nothing.
func clean(t *testing.T, name string, args ...string) string {
	t.Helper()
	b, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, b)
	}
	return string(b)
}

// The checkers of Debian and freedesktop.org find no error.
func TestPackagesAreSound(t *testing.T) {
	made := folder(t)
	foyer, server := one(t, made+"/foyer_*.deb"), one(t, made+"/foyer-server_*.deb")
	clean(t, "lintian", "--allow-root", "--fail-on", "error,warning", foyer, server)
	dir := t.TempDir()
	clean(t, "dpkg-deb", "-x", foyer, dir)
	clean(t, "appstreamcli", "validate", "--no-net", one(t, dir+"/usr/share/metainfo/*.xml"))
	clean(t, "desktop-file-validate", one(t, dir+"/usr/share/applications/*.desktop"))
	for _, pattern := range []string{"foyer_*.deb", "foyer-server_*.deb", "*.tar.xz"} {
		info, err := os.Stat(one(t, filepath.Join(made, pattern)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("figure: %s, MB: %.1f\n", info.Name(), float64(info.Size())/1e6)
		if info.Size() > mostBytes {
			t.Errorf("%s has %d bytes; at most %d", info.Name(), info.Size(), mostBytes)
		}
	}
	c := exec.Command("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	c.Dir = made
	if b, err := c.CombinedOutput(); err != nil {
		t.Errorf("checksums: %v: %s", err, b)
	}
	// The symbols that lie beside it are of this program.
	id := func(path string) string {
		_, rest, _ := strings.Cut(clean(t, "readelf", "-n", path), "Build ID: ")
		return strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0])
	}
	if a, b := id(dir+"/usr/bin/foyer"), id(one(t, made+"/*.debug")); a == "" || a != b {
		t.Errorf("the program is %q, its symbols are of %q", a, b)
	}
	text, err := os.ReadFile(dir + "/usr/bin/foyer")
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(source+"/")) {
		t.Errorf("the program names %s", source)
	}
}

// rpm reads the packages, and puts them on a bare root. There is no RPM system
// here to solve dependencies with, so those are left out; they are read instead.
func TestRPMs(t *testing.T) {
	made := folder(t)
	foyer, server := one(t, made+"/foyer-[0-9]*.rpm"), one(t, made+"/foyer-server-*.rpm")
	clean(t, "rpm", "--checksig", "--nosignature", foyer, server)
	if out := clean(t, "rpm", "-qp", "--requires", foyer); !strings.Contains(out, "libavcodec.so.") || !strings.Contains(out, "()(64bit)") {
		t.Errorf("it requires\n%s", out)
	}
	if out := clean(t, "rpm", "-qp", "--recommends", foyer); !strings.Contains(out, "libpulse.so.0()(64bit)") {
		t.Errorf("it recommends\n%s", out)
	}
	if out := clean(t, "rpm", "-qp", "--configfiles", server); strings.TrimSpace(out) != "/etc/foyer/server.yaml" {
		t.Errorf("its configuration files are %s", out)
	}
	root := t.TempDir()
	clean(t, "rpm", "--root", root, "--initdb")
	clean(t, "rpm", "--root", root, "--install", "--nodeps", "--noscripts", "--nosignature", foyer, server)
	clean(t, "rpm", "--root", root, "--verify", "--nodeps", "--noscripts", "--nouser", "--nogroup", "foyer", "foyer-server")
	if out := clean(t, root+"/usr/bin/foyer", "version"); !strings.HasPrefix(out, "foyer ") {
		t.Errorf("foyer version says %q", out)
	}
	clean(t, "rpm", "--root", root, "--erase", "--nodeps", "--noscripts", "foyer-server", "foyer")
	// The folders stay: no package's list has them.
	if left := clean(t, "find", root+"/usr", "-iname", "*foyer*", "-type", "f"); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

// The same commit gives the same bytes.
func TestPackagesAreReproducible(t *testing.T) {
	made := folder(t)
	again := t.TempDir()
	c := exec.CommandContext(within(t, 30*time.Minute), "go", "run", "./internal/pack", "-out", again)
	c.Dir = "../../.."
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make them again: %v\n%s", err, b)
	}
	want, err := os.ReadFile(filepath.Join(made, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(again, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("made again, the sums are\n%sand were\n%s", got, want)
	}
}
