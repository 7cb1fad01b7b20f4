//go:build linux

package packages

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// recipe names how bases are made; a base made otherwise is made anew.
const recipe = "1"

// person is a user in each tree.
const person = "ann"

// Tree is a system below a folder that only its own mount namespace shows. What
// happens in it is gone with it. Safe for use by several goroutines.
type Tree struct {
	Suite string // of Debian

	root   string // as the namespace has it
	folder string // removed by Close; "" where the upper layer is kept
	keeper *exec.Cmd
	hold   io.Closer // its standard input: the namespace ends when it does
}

// Bind shows a folder of this system in a tree.
type Bind struct {
	From, To string
	Write    bool
}

// Missing names a program that is needed and not installed, or is "".
func Missing() string {
	for _, p := range []string{"debootstrap", "dpkg-deb", "unshare", "nsenter", "lintian", "appstreamcli", "desktop-file-validate", "rpm"} {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	return ""
}

// Forbidden says why whole systems cannot be made and entered here, or is "": a
// container can have a root that may not mount, or a file system that carries no layers.
func Forbidden(ctx context.Context) string {
	folder, err := cache()
	if err != nil {
		return err.Error()
	}
	if folder, err = os.MkdirTemp(folder, "try-"); err != nil {
		return err.Error()
	}
	defer os.RemoveAll(folder)
	c := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "private", "sh", "-ec",
		"mkdir lower upper work root; mknod lower/null c 1 3; mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root; chroot / true; : >root/null")
	c.Dir = folder
	if b, err := c.CombinedOutput(); err != nil {
		return fmt.Sprintf("%v: %s", err, bytes.TrimSpace(b))
	}
	return ""
}

// cache is where bases, and what was downloaded for them, are kept.
func cache() (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	folder = filepath.Join(folder, "foyer", "packages")
	return folder, os.MkdirAll(folder, 0o755)
}

// Open makes a tree of a release; its base is made once and kept. With a name in
// keep, what happens in the tree is kept too, for the next tree of that name.
func Open(ctx context.Context, suite, keep string, binds ...Bind) (*Tree, error) {
	base, err := base(ctx, suite)
	if err != nil {
		return nil, err
	}
	t := &Tree{Suite: suite}
	layers := filepath.Join(filepath.Dir(base), suite+"-"+keep)
	if keep == "" {
		if layers, err = os.MkdirTemp(filepath.Dir(base), suite+"-"); err != nil {
			return nil, err
		}
		t.folder = layers
	}
	archives := filepath.Join(filepath.Dir(base), suite+"-archives")
	upper, work := filepath.Join(layers, "upper"), filepath.Join(layers, "work")
	t.root = filepath.Join(layers, "root")
	for _, dir := range []string{upper, work, t.root, filepath.Join(archives, "partial"), "/tmp/.X11-unix"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	var script strings.Builder
	fmt.Fprintf(&script, "set -e\nmount -t overlay overlay -o lowerdir=%s,upperdir=%s,workdir=%s %s\ncd %s\n", base, upper, work, t.root, t.root)
	script.WriteString("mount -t proc proc proc\nmount --rbind /dev dev\nmount -o bind,ro /sys sys\n")
	for _, b := range append([]Bind{{"/tmp/.X11-unix", "/tmp/.X11-unix", true}, {archives, "/var/cache/apt/archives", true}}, binds...) {
		fmt.Fprintf(&script, "mkdir -p .%s\nmount --bind %s .%s\n", b.To, b.From, b.To)
		if !b.Write {
			fmt.Fprintf(&script, "mount -o remount,bind,ro .%s\n", b.To)
		}
	}
	script.WriteString("echo ready\nexec cat\n")
	t.keeper = exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", script.String())
	var said bytes.Buffer
	t.keeper.Stderr = &said
	in, err := t.keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	t.hold = in
	out, err := t.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.keeper.Start(); err != nil {
		return nil, fmt.Errorf("open a tree: %w", err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		return nil, fmt.Errorf("open a tree: %w: %s", errors.Join(err, t.Close()), said.String())
	}
	return t, nil
}

// Close takes the tree away. Programs in it must have ended.
func (t *Tree) Close() error {
	_ = t.hold.Close()
	err := t.keeper.Wait()
	if t.folder != "" {
		err = errors.Join(err, os.RemoveAll(t.folder))
	}
	return err
}

// Within is a command line's beginning that makes the rest run in the tree, as a
// user, with no process in between.
func (t *Tree) Within(user string) []string {
	return []string{"nsenter", "--target", strconv.Itoa(t.keeper.Process.Pid), "--mount", "--", "chroot", "--userspec=" + user, t.root}
}

// Env is a bare environment for a user, and more.
func (t *Tree) Env(user string, more ...string) []string {
	home := "/home/" + user
	if user == "root" {
		home = "/root"
	}
	return append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home, "USER=" + user,
		"LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}, more...)
}

// Command runs something in the tree as a user.
func (t *Tree) Command(ctx context.Context, user string, args ...string) *exec.Cmd {
	line := append(t.Within(user), args...)
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Env = t.Env(user)
	return c
}

// Run runs a shell's line as root and returns what it printed.
func (t *Tree) Run(ctx context.Context, line string) (string, error) {
	b, err := t.Command(ctx, "root", "sh", "-c", line).CombinedOutput()
	if err != nil {
		return string(b), fmt.Errorf("%s in %s: %w\n%s", line, t.Suite, err, b)
	}
	return string(b), nil
}

// Copy puts a file of this system into the tree.
func (t *Tree) Copy(ctx context.Context, from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	c := t.Command(ctx, "root", "sh", "-c", "cat >"+to)
	c.Stdin = f
	if b, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s into %s: %w: %s", from, t.Suite, err, b)
	}
	return nil
}

// base is the folder of a bare system, made where it is not there yet.
func base(ctx context.Context, suite string) (string, error) {
	folder, err := cache()
	if err != nil {
		return "", err
	}
	root, mark := filepath.Join(folder, suite), filepath.Join(folder, suite, "etc", "foyer-base")
	if b, err := os.ReadFile(mark); err == nil && string(b) == recipe {
		return root, nil
	}
	sources, mirror, err := sources(suite)
	if err != nil {
		return "", err
	}
	for _, old := range []string{root, root + ".new", root + "-build"} {
		if err := os.RemoveAll(old); err != nil {
			return "", err
		}
	}
	fresh := root + ".new"
	// Its mounts end with the namespace, however it ends.
	if b, err := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "private", "debootstrap", "--variant=minbase",
		"--include=ca-certificates,make", suite, fresh, mirror).CombinedOutput(); err != nil {
		return "", fmt.Errorf("make a base of %s: %w\n%s", suite, err, b)
	}
	for at, body := range map[string]string{
		"etc/apt/sources.list":        sources,
		"etc/apt/apt.conf.d/90foyer":  "APT::Keep-Downloaded-Packages \"true\";\nAPT::Sandbox::User \"root\";\n",
		"usr/sbin/policy-rc.d":        "#!/bin/sh\nexit 101\n", // nothing is started
		"etc/dpkg/dpkg.cfg.d/90foyer": "force-unsafe-io\n",
	} {
		if err := os.WriteFile(filepath.Join(fresh, at), []byte(body), 0o755); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{{"apt-get", "update", "-qq"}, {"useradd", "--create-home", "--shell", "/bin/sh", person}} {
		if b, err := exec.CommandContext(ctx, "chroot", append([]string{fresh}, args...)...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("make a base of %s: %s: %w\n%s", suite, args[0], err, b)
		}
	}
	if err := os.WriteFile(filepath.Join(fresh, "etc", "foyer-base"), []byte(recipe), 0o644); err != nil {
		return "", err
	}
	return root, os.Rename(fresh, root)
}

// sources are those of this system, for another release: from its file in the
// newer form, or the older one, whichever is Debian's own.
func sources(suite string) (list, mirror string, err error) {
	var uris [][2]string // URI, release
	if b, err := os.ReadFile("/etc/apt/sources.list.d/debian.sources"); err == nil {
		for stanza := range strings.SplitSeq(string(b), "\n\n") {
			fields := map[string]string{}
			for line := range strings.Lines(stanza) {
				if k, v, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
					fields[k] = strings.TrimSpace(v)
				}
			}
			for release := range strings.FieldsSeq(fields["Suites"]) {
				uris = append(uris, [2]string{fields["URIs"], release})
			}
		}
	} else if b, err := os.ReadFile("/etc/apt/sources.list"); err == nil {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 3 && f[0] == "deb" && !strings.HasPrefix(f[1], "[") {
				uris = append(uris, [2]string{f[1], f[2]})
			}
		}
	}
	var out strings.Builder
	for _, u := range uris {
		_, pocket, dashed := strings.Cut(u[1], "-")
		if !dashed {
			mirror = u[0]
		} else {
			pocket = "-" + pocket
		}
		fmt.Fprintf(&out, "deb %s %s%s main\n", u[0], suite, pocket)
	}
	if mirror == "" {
		return "", "", errors.New("this system's apt has no source of Debian's packages")
	}
	return out.String(), mirror, nil
}
