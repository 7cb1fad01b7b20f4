//go:build linux

package packages

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	lint := []string{"--allow-root", "--fail-on", "error,warning"}
	if os.Getenv(plainEnv) != "" {
		lint = append(lint, "--suppress-tags", "hardening-no-pie,hardening-no-bindnow,hardening-no-relro,hardening-no-fortify-functions")
	}
	clean(t, "lintian", append(lint, foyer, server)...)
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
	if os.Getenv(plainEnv) == "" && bytes.Contains(text, []byte(source+"/")) {
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

// The program is as Debian's hardening wants it.
func TestHardened(t *testing.T) {
	if os.Getenv(plainEnv) != "" {
		t.Skip("packed as it was built for other tests: `make test-packages` builds it hardened")
	}
	made, dir := folder(t), t.TempDir()
	clean(t, "dpkg-deb", "-x", one(t, made+"/foyer_*.deb"), dir)
	f, err := elf.Open(dir + "/usr/bin/foyer")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	flags := func(tag elf.DynTag) (all uint64) {
		values, err := f.DynValue(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			all |= v
		}
		return all
	}
	if f.Type != elf.ET_DYN || elf.DynFlag1(flags(elf.DT_FLAGS_1))&elf.DF_1_PIE == 0 {
		t.Errorf("type %v, flags %x: not position independent", f.Type, flags(elf.DT_FLAGS_1))
	}
	if elf.DynFlag(flags(elf.DT_FLAGS))&elf.DF_BIND_NOW == 0 {
		t.Error("functions are bound while it runs")
	}
	segments := map[elf.ProgType]elf.ProgFlag{}
	for _, p := range f.Progs {
		segments[p.Type] |= p.Flags
		if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
			t.Errorf("a %v can be written and run", p.Type)
		}
	}
	if _, ok := segments[elf.PT_GNU_RELRO]; !ok {
		t.Error("no part is read-only after the start")
	}
	if _, ok := segments[elf.PT_GNU_STACK]; !ok {
		t.Error("nothing says that the stack is not run")
	}
	imported, err := f.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"__stack_chk_fail", "__memcpy_chk"} {
		if !slices.ContainsFunc(imported, func(s elf.ImportedSymbol) bool { return s.Name == name }) {
			t.Errorf("%s is not used: built without that check", name)
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		if paths, err := f.DynString(tag); err != nil || len(paths) > 0 {
			t.Errorf("it looks for libraries in %v, %v", paths, err)
		}
	}
	if f.Section(".symtab") != nil || f.Section(".gnu_debuglink") == nil {
		t.Error("the symbols do not lie beside it")
	}
}

// Fyne's archive installs what a desktop needs.
func TestArchive(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	clean(t, "tar", "-xf", one(t, folder(t)+"/*.tar.xz"), "-C", dir)
	clean(t, "make", "-C", one(t, dir+"/*"), "install", "DESTDIR="+to)
	if out := clean(t, one(t, to+"/usr/bin/*"), "version"); !strings.HasPrefix(out, "foyer ") {
		t.Errorf("foyer version says %q", out)
	}
	desktop := one(t, to+"/usr/share/applications/*.desktop")
	clean(t, "desktop-file-validate", desktop)
	if b, err := os.ReadFile(desktop); err != nil || !strings.Contains(string(b), "\nExec=foyer %u\n") {
		t.Errorf("%v, its desktop file is\n%s", err, b)
	}
	one(t, to+"/usr/share/pixmaps/*.png")
}

// The same commit gives the same bytes, wherever it lies and whoever builds it.
func TestPackagesAreReproducible(t *testing.T) {
	made := folder(t)
	source, again := filepath.Join(t.TempDir(), "elsewhere"), t.TempDir()
	c := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	c.Dir = "../../.."
	list, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		b, err := os.ReadFile(filepath.Join(c.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not committed yet
		} else if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(source, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(format string) string {
		c := exec.Command("git", "log", "-1", "--format="+format)
		b, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	c = exec.CommandContext(within(t, 30*time.Minute), "sh", "-c", "umask 077; exec go run ./internal/pack -out "+again)
	c.Dir = source
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+commit("%ct"), "DEBEMAIL="+commit("%ae"), "TZ=Asia/Kolkata", "LC_ALL=C", "HOSTNAME=elsewhere")
	start := time.Now()
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make them again: %v\n%s", err, b)
	}
	fmt.Printf("figure: packages made again elsewhere, s: %.0f\n", time.Since(start).Seconds())
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
