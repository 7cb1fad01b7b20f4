//go:build linux

package packages

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/display"
	"foyer/internal/e2e/program"
	"foyer/internal/e2e/sound"
)

// folderEnv names the folder that `make package` filled; suitesEnv the releases of
// Debian to install into, with commas.
const (
	folderEnv = "FOYER_PACKAGES"
	suitesEnv = "FOYER_SUITES"
	// plainEnv says that the program was packed as built for other tests.
	plainEnv = "FOYER_PLAIN"
)

const mostBytes = 45 << 20 // of a package that people download

func TestMain(m *testing.M) {
	_ = os.Setenv("FOYER_BIN", "/usr/bin/foyer") // in the trees
	os.Exit(m.Run())
}

// folder is where the packages lie.
func folder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(folderEnv)
	switch {
	case dir == "":
		t.Skip("no packages: `make test-packages` makes them and runs this")
	case os.Geteuid() != 0:
		t.Skip("not root: whole systems cannot be made and entered")
	case Missing() != "":
		t.Skipf("%s is not installed", Missing())
	}
	return dir
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// one is the one file of a pattern.
func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

// here is this system's release of Debian.
func here(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/etc/os-release")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^VERSION_CODENAME=(\w+)`).FindSubmatch(b)
	if m == nil {
		t.Fatal("this system has no release's name")
	}
	return string(m[1])
}

// suites are the releases of Debian to install into.
func suites() []string {
	if list := os.Getenv(suitesEnv); list != "" {
		return strings.Split(list, ",")
	}
	return []string{"bookworm", "trixie"}
}

// Each release gets what was built on it, which is the point: FFmpeg differs.
func TestInstalledFromAFile(t *testing.T) {
	made := folder(t)
	for _, suite := range suites() {
		t.Run(suite, func(t *testing.T) {
			from := made
			if suite != here(t) {
				from = buildOn(t, suite)
			}
			install(t, suite, one(t, from+"/foyer_*.deb"), one(t, from+"/foyer-server_*.deb"))
		})
	}
}

// The one file runs on each release alike, with no more of it than graphics.
func TestBundle(t *testing.T) {
	file := one(t, folder(t)+"/*.run")
	for _, suite := range suites() {
		t.Run(suite, func(t *testing.T) {
			s := open(t, suite)
			if err := s.tree.Copy(within(t, time.Minute), file, "/usr/bin/foyer"); err != nil {
				t.Fatal(err)
			}
			s.run("chmod 755 /usr/bin/foyer && apt-get install -y -qq --no-install-recommends libgl1 libgl1-mesa-dri libx11-6 libpulse0")
			s.steps([]step{
				{"version and doctor", (*system).commands},
				{"libraries", (*system).carried},
				{"other versions", (*system).sweep},
				{"window", (*system).window},
				{"meeting", (*system).meeting},
			})
		})
	}
}

const unpacked = "/root/.cache/foyer/bundles"

// carried libraries and the system's are of one mind, also those that are loaded later.
func (s *system) carried() {
	if out := s.run("ldd " + unpacked + "/*/bin/foyer"); strings.Contains(out, "not found") || !strings.Contains(out, unpacked) {
		s.Errorf("its libraries are:\n%s", out)
	}
	out := s.run("LD_BIND_NOW=1 LD_PRELOAD='libpulse.so.0 libGLX_mesa.so.0' " + unpacked + "/*/bin/foyer version")
	if !strings.HasPrefix(out, "foyer ") {
		s.Errorf("with sound's and graphics' libraries it says %q", out)
	}
}

// sweep leaves no version but those that run.
func (s *system) sweep() {
	s.run("cd " + unpacked + " && mkdir old held && touch old/lock held/lock && flock -s held/lock foyer version && test ! -e old && test -e held")
}

// system is a tree with a screen.
type system struct {
	*testing.T
	tree *Tree
	d    *display.Display
}

func (s *system) run(line string) string {
	s.Helper()
	out, err := s.tree.Run(within(s.T, 10*time.Minute), line)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// open makes a tree of a release, and a screen, for as long as the test runs.
func open(t *testing.T, suite string) *system {
	t.Helper()
	if missing := display.Missing(); missing != "" {
		t.Skipf("%s is not installed", missing)
	}
	if why := Forbidden(within(t, time.Minute)); why != "" {
		t.Skip("whole systems cannot be made and entered here: ", why)
	}
	d, err := display.Start(within(t, 30*time.Second), display.Options{Width: 1340, Height: 800})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	tree, err := Open(within(t, 10*time.Minute), suite, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return &system{t, tree, d}
}

type step struct {
	name string
	do   func(*system)
}

// steps build on each other: the first that fails is the last.
func (s *system) steps(steps []step) {
	for _, step := range steps {
		if !s.T.Run(step.name, func(t *testing.T) { step.do(&system{t, s.tree, s.d}) }) {
			s.Fatalf("%s: the steps after it build on it", step.name)
		}
	}
}

func install(t *testing.T, suite, foyer, server string) {
	s := open(t, suite)
	for to, from := range map[string]string{"/root/foyer.deb": foyer, "/root/server.deb": server, "/root/foyer-old.deb": older(t, foyer), "/root/server-old.deb": older(t, server)} {
		if err := s.tree.Copy(within(t, time.Minute), from, to); err != nil {
			t.Fatal(err)
		}
	}
	s.steps([]step{
		// What is only recommended must not be missed.
		{"nothing unmet", func(s *system) {
			s.run("apt-get install -y -qq --no-install-recommends /root/foyer-old.deb && apt-get check && dpkg --audit")
		}},
		{"version and doctor", (*system).commands},
		{"window", (*system).window},
		{"recommended", func(s *system) { s.run("apt-get install -y -qq --fix-policy --install-recommends foyer </dev/null") }},
		{"link", (*system).link},
		{"meeting", (*system).meeting},
		{"upgrade", (*system).upgrade},
		{"service", (*system).service},
		{"purge", (*system).purge},
	})
}

// older is a package with the same files and a lower version.
func older(t *testing.T, path string) string {
	t.Helper()
	dir, to := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "old.deb")
	if b, err := exec.Command("dpkg-deb", "-R", path, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	control := filepath.Join(dir, "DEBIAN", "control")
	b, err := os.ReadFile(control)
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^Version: (.*)$`).FindSubmatch(b)
	if version == nil {
		t.Fatalf("no version in %s", b)
	}
	b = []byte(strings.ReplaceAll(string(b), string(version[1]), "0.0.1-1"))
	if err := os.WriteFile(control, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", dir, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return to
}

// start runs the installed program as the person, who has the screen.
func (s *system) start(args ...string) *program.Program {
	s.Helper()
	p, err := program.Start(program.Options{Within: s.tree.Within(person), Args: args,
		Env: s.tree.Env(person, "DISPLAY="+s.d.Name, "LIBGL_ALWAYS_SOFTWARE=1")})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if code, err := p.Stop(ctx); err != nil || code != 0 || p.Crash() != "" {
			s.Errorf("foyer %v ended with %d, %v, %s: %s", args, code, err, p.Crash(), p.Stderr())
		}
	})
	return p
}

func (s *system) await(p *program.Program, what string, match func(program.Line) bool) program.Line {
	s.Helper()
	l, _, err := p.Lines.Wait(within(s.T, 60*time.Second), 0, match)
	if err != nil {
		s.Fatalf("%s: %v\n%s", what, err, p.Stderr())
	}
	return l
}

func isType(name string) func(program.Line) bool {
	return func(l program.Line) bool { return l.Type == name }
}

func (s *system) commands() {
	if out := s.run("foyer version"); !strings.HasPrefix(out, "foyer ") {
		s.Errorf("foyer version says %q", out)
	}
	out := s.run("foyer doctor")
	for _, codec := range []string{"vp8", "vp9", "h264", "av1"} {
		for _, way := range []string{"encode", "decode"} {
			if !regexp.MustCompile(`(?mi)^` + way + ` ` + codec + ` .*software, works`).MatchString(out) {
				s.Errorf("doctor: no %s of %s works:\n%s", way, codec, out)
			}
		}
	}
}

// window opens the lobby, the first time with nothing of it in memory.
func (s *system) window() {
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0o200); err != nil {
		s.Log("the first start is not a cold one:", err)
	}
	for _, which := range []string{"cold", "warm"} {
		s.Run(which, func(t *testing.T) {
			s := &system{t, s.tree, s.d}
			start := time.Now()
			p := s.start("--trace-start", "--camera", "none", "--microphone", "none", "--speaker", "none")
			s.await(p, "draw the lobby", isType("lobby-drawn"))
			fmt.Printf("figure: %s: %s start to the lobby, ms: %d\n", t.Name(), which, time.Since(start).Milliseconds())
			w, err := s.d.Window(within(t, 10*time.Second), p.PID(), "Foyer")
			if err != nil {
				s.Fatal(err)
			}
			if out, err := exec.Command("xprop", "-display", s.d.Name, "-id", w.ID, "WM_CLASS").CombinedOutput(); err != nil || !strings.Contains(string(out), `"Foyer"`) {
				s.Errorf("the window's class is not what the desktop file says: %v: %s", err, out)
			}
		})
	}
}

// link opens a foyer: link as a browser does, which lands in the running program.
func (s *system) link() {
	if out := s.run("xdg-mime query default x-scheme-handler/foyer"); strings.TrimSpace(out) != "app.foyer.Foyer.desktop" {
		s.Fatalf("foyer: links are opened by %q", out)
	}
	host := s.serve()
	s.start("--trace-start", "--name", "Ann", "--camera", "none", "--microphone", "none", "--speaker", "none")
	bob := s.start("join", "--headless", "--name", "Bob", host["host"])
	s.await(bob, "Bob to join", isType("joined"))
	c := s.tree.Command(within(s.T, 60*time.Second), person, "xdg-open", host["guest"])
	c.Env = append(c.Env, "DISPLAY="+s.d.Name, "LIBGL_ALWAYS_SOFTWARE=1")
	if b, err := c.CombinedOutput(); err != nil {
		s.Fatalf("xdg-open: %v: %s", err, b)
	}
	// The name is that of the window that was open: a second one would have none.
	s.await(bob, "Ann to come by the link", sees("Ann"))
}

// sees is true once a person with that name is in a snapshot.
func sees(name string) func(program.Line) bool {
	return func(l program.Line) bool {
		var said struct{ Snapshot call.Snapshot }
		return l.Type == "snapshot" && l.Decode(&said) == nil &&
			slices.ContainsFunc(said.Snapshot.People, func(p call.Participant) bool { return p.Name == name })
	}
}

// serve runs a meeting server on loopback and returns its links.
func (s *system) serve() map[string]string {
	s.Helper()
	p := s.start("serve", "--json", "--listen", "127.0.0.1:0", "--udp-port", "0", "--tcp-port", "0", "--room", "Packages")
	var ready struct{ Links map[string]string }
	if err := s.await(p, "serve", isType("ready")).Decode(&ready); err != nil {
		s.Fatal(err)
	}
	return ready.Links
}

// meeting holds one of two installed copies beside a third that serves, with moving pictures and sound.
func (s *system) meeting() {
	tone := filepath.Join(s.TempDir(), "tone.wav")
	if err := sound.Sine(440, 0.3, 30*time.Second).Write(tone); err != nil {
		s.Fatal(err)
	}
	if err := s.tree.Copy(within(s.T, time.Minute), tone, "/tmp/tone.wav"); err != nil {
		s.Fatal(err)
	}
	links := s.serve()
	join := func(name, link string) *program.Program {
		return s.start("join", "--headless", "--name", name, "--camera", "test", "--microphone", "/tmp/tone.wav", "--speaker", "/tmp/"+name+".wav", link)
	}
	ann, bob := join("Ann", links["host"]), join("Bob", links["guest"])
	for _, p := range []*program.Program{ann, bob} {
		s.await(p, "see and hear the other", func(l program.Line) bool {
			var said struct {
				Cards []struct{ Cards uint64 }
				Heard struct{ Tone440 float64 }
			}
			return l.Type == "stats" && l.Decode(&said) == nil && len(said.Cards) == 1 && said.Cards[0].Cards > 10 && said.Heard.Tone440 > 0.03
		})
	}
}

// upgrade keeps what the person set.
func (s *system) upgrade() {
	s.run("test -s /home/ann/.config/foyer/settings.json")
	before := s.run("find /home/ann/.config -type f -exec sha256sum {} + | sort")
	s.run("apt-get install -y -qq /root/server-old.deb && echo '# mine' >>/etc/foyer/server.yaml")
	s.run("apt-get install -y -qq /root/foyer.deb /root/server.deb </dev/null")
	if out := s.run("dpkg-query -W -f '${Version}\n' foyer foyer-server"); strings.Contains(out, "0.0.1") {
		s.Errorf("not upgraded: %s", out)
	}
	if after := s.run("find /home/ann/.config -type f -exec sha256sum {} + | sort"); after != before {
		s.Errorf("settings were\n%sand are\n%s", before, after)
	}
	s.run("grep -q '^# mine' /etc/foyer/server.yaml")
	s.window()
}

// service runs what the unit runs, as the user it names.
func (s *system) service() {
	if out := s.run("stat -c '%a %U:%G' /etc/foyer/server.yaml"); strings.TrimSpace(out) != "640 root:foyer" {
		s.Errorf("server.yaml is %s", out)
	}
	s.run("systemd-analyze verify --man=no foyer-server.service")
	s.run("systemd-analyze security --offline=yes --threshold=25 --no-pager foyer-server.service") // 100 is exposed, 0 is not
	s.run("install -d -o foyer -g foyer -m 700 /var/lib/foyer")                                    // StateDirectory=
	p, err := program.Start(program.Options{Within: s.tree.Within("foyer"), Args: []string{"serve", "--config", "/etc/foyer/server.yaml", "--json"}, Env: s.tree.Env("foyer")})
	if err != nil {
		s.Fatal(err)
	}
	s.await(p, "serve as the service does", isType("ready"))
	if code, err := p.Stop(within(s.T, 20*time.Second)); err != nil || code != 0 {
		s.Errorf("the server ended with %d, %v: %s", code, err, p.Stderr())
	}
	s.run("test -s /var/lib/foyer/foyer.db")
}

// purge leaves the person's own, and nothing else.
func (s *system) purge() {
	s.run("apt-get purge -y -qq foyer-server foyer")
	left := s.run(`find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /home -o -path /root -o -path /tmp -o -path /var/cache/apt -o -path /etc/foyer-base \) -prune -o -iname '*foyer*' -print | grep -v -x -e /etc/apt/apt.conf.d/90foyer -e /etc/dpkg/dpkg.cfg.d/90foyer || true`)
	if left != "" {
		s.Errorf("purged, and these are left:\n%s", left)
	}
	if out := s.run("getent passwd foyer; getent group foyer; true"); out != "" {
		s.Errorf("the service's user is left: %s", out)
	}
	s.run("test -s /home/ann/.config/foyer/settings.json")
}

// buildOn makes the packages on another release, as `make package` does there.
func buildOn(t *testing.T, suite string) string {
	t.Helper()
	source, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	ask := func(name string, args ...string) string {
		c := exec.Command(name, args...)
		c.Dir = source
		b, err := c.Output()
		if err != nil {
			t.Fatalf("%s %v: %v", name, args, err)
		}
		return strings.TrimSpace(string(b))
	}
	goRoot := ask("go", "env", "GOROOT")
	tree, err := Open(within(t, 10*time.Minute), suite, "build", Bind{goRoot, goRoot, false},
		Bind{ask("go", "env", "GOMODCACHE"), "/root/go/pkg/mod", true}, Bind{source, "/foyer", false}, Bind{out, "/out", true})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	c := tree.Command(within(t, time.Hour), "root", "make", "-C", "/foyer", "package", "PACK=-only deb -out /out", "GO="+goRoot+"/bin/go")
	c.Env = tree.Env("root", "GOCACHE=/root/.cache/go-build", "GOPROXY=file:///root/go/pkg/mod/cache/download", "GOSUMDB=off", // what was checked here
		"SOURCE_DATE_EPOCH="+ask("git", "log", "-1", "--format=%ct"), "DEBEMAIL="+ask("git", "log", "-1", "--format=%ae"))
	c.Env[0] = "PATH=" + goRoot + "/bin:" + strings.TrimPrefix(c.Env[0], "PATH=")
	start := time.Now()
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build on %s: %v\n%s", suite, err, b)
	}
	fmt.Printf("figure: packages built on %s, s: %.0f\n", suite, time.Since(start).Seconds())
	return out
}
