//go:build unix

package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Main runs a command until it is done or interrupted, and ends the program.
func Main(run func(ctx context.Context) (code int)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx)
	stop()
	os.Exit(code)
}

// Wanted is what the environment asks for.
type Wanted struct {
	Runs  int      // BENCH_RUNS: how often to measure, 1 to 100; 0 where nothing is said
	Short bool     // BENCH_SHORT: little and briefly
	Only  []string // BENCH_ONLY: parts to measure; nil is all
}

// FromEnvironment reads it, for a benchmark of these parts.
func FromEnvironment(parts []string) (w Wanted, err error) {
	if v := os.Getenv("BENCH_RUNS"); v != "" {
		if w.Runs, err = strconv.Atoi(v); err != nil || w.Runs < 1 || w.Runs > 100 {
			return w, fmt.Errorf("BENCH_RUNS=%s is no number from 1 to 100", v)
		}
	}
	v := os.Getenv("BENCH_SHORT")
	w.Short = v != "" && v != "0"
	if v := os.Getenv("BENCH_ONLY"); v != "" {
		w.Only = strings.Split(v, ",")
		for _, name := range w.Only {
			if !slices.Contains(parts, name) {
				return w, fmt.Errorf("BENCH_ONLY=%s: %s is none of %s", v, name, strings.Join(parts, ", "))
			}
		}
	}
	return w, nil
}

// Wants says that a part is to be measured.
func (w Wanted) Wants(part string) bool { return w.Only == nil || slices.Contains(w.Only, part) }

// Folder holds a folder for each program. It belongs to one goroutine.
type Folder struct {
	Path string
	made int
}

// For makes one.
func (f *Folder) For(name string) (string, error) {
	f.made++
	path := filepath.Join(f.Path, fmt.Sprintf("%s-%d", name, f.made))
	if err := os.Mkdir(path, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", name, err)
	}
	return path, nil
}

// Pause waits, unless ctx ends before.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
