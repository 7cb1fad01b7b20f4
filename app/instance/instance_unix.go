//go:build unix

package instance

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	answerWithin = 5 * time.Second       // the running one is loaded, not broken
	tryAgain     = 20 * time.Millisecond // while the other one starts or ends
	pathMax      = 100                   // bytes; sun_path has 104 on some systems
	waiting      = 16                    // wishes that the window has not taken yet
)

// Instance is this process's claim. A lock holds it, which ends with the process;
// the socket alone would outlive a crash.
type Instance struct {
	lock   *os.File
	socket *net.UnixListener
	wishes chan Wish
	stop   chan struct{}
	work   sync.WaitGroup
}

func claim(ctx context.Context, folder string, w Wish) (*Instance, error) {
	socket, err := place(folder)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, ErrDeaf)
	defer cancel()
	for {
		lock, err := take(socket + ".lock")
		if err != nil {
			return nil, err
		}
		if lock != nil {
			return listen(socket, lock)
		}
		if err = hand(ctx, socket, w); err == nil {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("hand over to the running Foyer: %w", errors.Join(context.Cause(ctx), err))
		case <-time.After(tryAgain):
		}
	}
}

// place is the socket for a settings folder, in a folder that is the user's alone.
func place(folder string) (string, error) {
	full, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		full = real
	}
	sum := sha256.Sum256([]byte(full))
	name := hex.EncodeToString(sum[:8]) + ".socket"
	dir := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "foyer")
	if !filepath.IsAbs(dir) || len(dir)+1+len(name) > pathMax {
		dir = filepath.Join(os.TempDir(), "foyer-"+strconv.Itoa(os.Getuid()))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrPlace, err)
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPlace, err)
	}
	if s, ok := fi.Sys().(*syscall.Stat_t); !ok || !fi.IsDir() || fi.Mode().Perm()&0o077 != 0 || int(s.Uid) != os.Getuid() {
		return "", fmt.Errorf("%w: %s must be a folder of yours with mode 0700", ErrPlace, dir)
	}
	return filepath.Join(dir, name), nil
}

// take returns nil where another process holds the lock.
func take(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlace, err)
	}
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return f, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, f.Close()
		default:
			return nil, fmt.Errorf("%w: lock: %w", ErrPlace, errors.Join(err, f.Close()))
		}
	}
}

// listen takes the place of a socket that a crash left.
func listen(path string, lock *os.File) (*Instance, error) {
	fail := func(err error) (*Instance, error) {
		return nil, fmt.Errorf("%w: %w", ErrPlace, errors.Join(err, lock.Close()))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail(err)
	}
	s, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return fail(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fail(errors.Join(err, s.Close()))
	}
	i := &Instance{lock: lock, socket: s, wishes: make(chan Wish, waiting), stop: make(chan struct{})}
	i.work.Add(1)
	go i.serve()
	return i, nil
}

// Wishes are what later starts ask for, until Close.
func (i *Instance) Wishes() <-chan Wish { return i.wishes }

// Close lets another process be the one, and waits.
func (i *Instance) Close() error {
	close(i.stop)
	err := i.socket.Close() // and removes it
	i.work.Wait()
	return errors.Join(err, i.lock.Close())
}

func (i *Instance) serve() {
	defer i.work.Done()
	for {
		c, err := i.socket.AcceptUnix()
		if err != nil {
			select {
			case <-i.stop:
				return
			case <-time.After(tryAgain): // out of files
				continue
			}
		}
		i.work.Add(1)
		go func() {
			defer i.work.Done()
			defer c.Close()
			heard := make(chan struct{})
			defer close(heard)
			i.work.Add(1)
			go func() { // Close does not wait for whoever says nothing
				defer i.work.Done()
				select {
				case <-i.stop:
					_ = c.SetDeadline(time.Now())
				case <-heard:
				}
			}()
			i.hear(c)
		}()
	}
}

// hear reads one wish, and answers when it waits for the window.
func (i *Instance) hear(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(answerWithin))
	var w Wish
	if json.NewDecoder(io.LimitReader(c, wishMax)).Decode(&w) != nil {
		return
	}
	select {
	case i.wishes <- w:
		_, _ = io.WriteString(c, "ok\n")
	default: // the other one says that we are deaf
	}
}

func hand(ctx context.Context, socket string, w Wish) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer c.Close()
	if end, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(end)
	}
	if err := json.NewEncoder(c).Encode(w); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(c, 16)).ReadString('\n')
	if err != nil || answer != "ok\n" {
		return errors.Join(ErrDeaf, err)
	}
	return nil
}
