//go:build linux

package main

import (
	"archive/tar"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"foyer/internal/pack/trailer"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "foyer:", err)
		os.Exit(1)
	}
}

// run returns only what went wrong: else the process is another program.
func run() error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("read the bundle: %w", err)
	}
	defer self.Close()
	t, payload, err := trailer.Find(self)
	if err != nil {
		return fmt.Errorf("read the bundle: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find the folder for caches: %w", err)
	}
	cache = filepath.Join(cache, "foyer", "bundles")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fmt.Errorf("unpack the bundle: %w", err)
	}
	folder := filepath.Join(cache, hex.EncodeToString(t.Sum[:8]))
	lock, err := hold(folder, payload)
	if err != nil {
		return fmt.Errorf("unpack the bundle into %s: %w", folder, err)
	}
	sweep(cache, folder)
	program := filepath.Join(folder, "bin", "foyer")
	err = syscall.Exec(program, append([]string{program}, os.Args[1:]...), os.Environ())
	return fmt.Errorf("start %s: %w", program, errors.Join(err, syscall.Close(lock)))
}

// hold unpacks where that was not done yet, and returns a shared lock on what was
// unpacked. It is held until the last process with it ends, also across an exec.
func hold(folder string, payload *io.SectionReader) (lock int, err error) {
	for range 3 { // another version's first start may take it away in between
		if lock, err = lockShared(folder); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return lock, err
		}
		if err = unpack(folder, payload); err != nil {
			return 0, err
		}
	}
	return 0, err
}

func lockShared(folder string) (int, error) {
	fd, err := syscall.Open(filepath.Join(folder, "lock"), syscall.O_RDONLY, 0) // kept across an exec
	if err != nil {
		return 0, err
	}
	if err := syscall.Flock(fd, syscall.LOCK_SH); err != nil {
		return 0, errors.Join(err, syscall.Close(fd))
	}
	// Locked, it may have been taken away just before.
	if _, err := os.Stat(filepath.Join(folder, "lock")); err != nil {
		return 0, errors.Join(err, syscall.Close(fd))
	}
	return fd, nil
}

// unpack writes beside the folder first: it is there whole, or not at all.
func unpack(folder string, payload *io.SectionReader) error {
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "new-")
	if err != nil {
		return err
	}
	if _, err := payload.Seek(0, io.SeekStart); err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	z, err := zstd.NewReader(payload, zstd.WithDecoderMaxWindow(trailer.Window))
	if err != nil {
		return err
	}
	defer z.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if !filepath.IsLocal(h.Name) || h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%s: unexpected", h.Name)
		}
		at := filepath.Join(fresh, h.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(h.Mode)&0o755)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	err = os.Rename(fresh, folder)
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist) {
		return nil // a second start was faster
	}
	return err
}

// sweep takes away other versions that nobody runs. That is no reason not to start.
func sweep(cache, keep string) {
	others, err := os.ReadDir(cache)
	if err != nil {
		return
	}
	for _, e := range others {
		folder := filepath.Join(cache, e.Name())
		if folder == keep || strings.HasPrefix(e.Name(), "new-") {
			continue
		}
		f, err := os.Open(filepath.Join(folder, "lock"))
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(folder)
		}
		_ = f.Close()
	}
}
