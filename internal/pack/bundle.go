package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"foyer/internal/pack/trailer"
)

// ofSystem are libraries that the bundle does not carry: the C library, and what
// the system's graphics drivers are linked with, which must be there once. The
// drivers themselves can be no one's but the system's.
var ofSystem = regexp.MustCompile(`^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|gcc_s|stdc\+\+|z|expat|drm|GL|GLX|GLdispatch|OpenGL|EGL|X11|X11-xcb|xcb|Xau|Xdmcp|bsd|md))\.so\.[0-9]+$`)

// loaded matches what ldd prints of a library: its name and path.
var loaded = regexp.MustCompile(`(?m)^\s*(\S+) => (/\S+) \(0x`)

// bundle is one file that runs where it lies: the program with every library that
// is not the system's, behind one that unpacks them.
func bundle(ctx context.Context, p Product, b binary, work string) ([]string, error) {
	t := tree{filepath.Join(work, "bundle")}
	out, err := output(ctx, "ldd", b.path)
	if err != nil {
		return nil, fmt.Errorf("find the program's libraries: %w", err)
	}
	var carried []string
	for _, m := range loaded.FindAllStringSubmatch(out, -1) {
		if ofSystem.MatchString(m[1]) {
			continue
		}
		path, err := filepath.EvalSymlinks(m[2])
		if err != nil {
			return nil, err
		}
		if err := t.copy("/lib/"+m[1], path, 0o644); err != nil {
			return nil, err
		}
		carried = append(carried, path)
	}
	if err := errors.Join(
		t.write("/licences/third-party-licences.txt", b.terms, 0o644),
		t.copy("/licences/LICENSE", "LICENSE", 0o644),
		t.termsOf(ctx, carried),
		t.copy("/bin/"+p.Command, b.path, 0o755),
		t.write("/lock", nil, 0o644),
	); err != nil {
		return nil, err
	}
	// The older tag holds for libraries of libraries too, and unlike a variable of
	// the environment it does not reach the browser that a link is opened with.
	if err := say(exec.CommandContext(ctx, "patchelf", "--force-rpath", "--set-rpath", "$ORIGIN/../lib", t.path("/bin/"+p.Command))); err != nil {
		return nil, err
	}
	beginning := filepath.Join(work, "onefile")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", beginning, "./internal/pack/onefile")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := say(c); err != nil {
		return nil, err
	}
	payload := filepath.Join(work, "payload.tar.zst")
	if err := t.compress(ctx, payload); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	made := filepath.Join(work, fmt.Sprintf("%s-%s-linux-%s.run", p.Command, p.Version, runtime.GOARCH))
	return []string{made}, join(made, beginning, payload)
}

// termsOf puts down the licences of carried libraries, and which sources they were
// built from: some are under the GPL, and so is the bundle as a whole.
func (t tree) termsOf(ctx context.Context, libraries []string) error {
	var names []string
	for _, path := range libraries {
		owner, err := output(ctx, "dpkg-query", "-S", "*"+strings.TrimPrefix(path, "/usr"))
		if err != nil {
			return fmt.Errorf("find the package of %s: %w", path, err)
		}
		name, _, _ := strings.Cut(owner, ":")
		if slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		if err := t.copy("/licences/libraries/"+name, "/usr/share/doc/"+name+"/copyright", 0o644); err != nil {
			return fmt.Errorf("licence of %s: %w", name, err)
		}
	}
	slices.Sort(names)
	// Several can be installed for other processors: those are not asked about.
	query := []string{"-W", "-f", "${binary:Package} ${Version}: ${source:Package} ${source:Version}\n"}
	for _, n := range names {
		query = append(query, n+":"+runtime.GOARCH)
	}
	sources, err := output(ctx, "dpkg-query", query...)
	if err != nil {
		return err
	}
	return t.write("/licences/libraries.txt", []byte("The libraries are Debian's, unchanged. Each line: package, version, and the source package\nthat snapshot.debian.org keeps.\n\n"+sources+"\n"), 0o644)
}

// compress writes the tree as a tar by zstd, the same each time.
func (t tree) compress(ctx context.Context, to string) error {
	files, err := t.files()
	if err != nil {
		return err
	}
	slices.Sort(files)
	// One thread's stream differs from several threads', which is always the same.
	c := exec.CommandContext(ctx, "zstd", "-q", "-12", "-T2", "--long=27", "-f", "-o", to)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	w := tar.NewWriter(in)
	err = func() error {
		for _, at := range files {
			info, err := os.Stat(t.path(at))
			if err != nil {
				return err
			}
			mode := fs.FileMode(0o644)
			if strings.HasPrefix(at, "/bin/") {
				mode = 0o755
			}
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: at[1:], Size: info.Size(), Mode: int64(mode)}); err != nil {
				return err
			}
			if err := pour(w, t.path(at)); err != nil {
				return err
			}
		}
		return w.Close()
	}()
	return errors.Join(err, in.Close(), c.Wait())
}

// join writes the beginning, the payload and what finds it.
func join(to, beginning, payload string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pour(f, beginning); err != nil {
		return err
	}
	body, err := os.ReadFile(payload)
	if err != nil {
		return err
	}
	if _, err := f.Write(body); err != nil {
		return err
	}
	if err := trailer.Append(f, int64(len(body)), sha256.Sum256(body)); err != nil {
		return err
	}
	return f.Close()
}

func pour(w io.Writer, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
