package crash

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"foyer/app/text"
)

// Scrub takes codes, keys and tokens out of a report.
func Scrub(report []byte) []byte { return []byte(text.Redact(string(report))) }

// Max is how many reports are kept.
const Max = 10

const (
	fresh = ".new" // not offered yet; empty while its process runs
	shown = ".txt"
)

// Folder is the user's folder for reports (XDG Base Directory Specification).
func Folder() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the folder for crash reports: %w", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "foyer", "crashes"), nil
}

// Record writes a report into the folder if this process crashes from now on. stop
// ends that where it did not.
func Record(folder, version string) (stop func(), err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("record crashes: %w", err)
	}
	name := fmt.Sprintf("%s-foyer-%s-%d%s", time.Now().UTC().Format("20060102T150405.000"), version, os.Getpid(), fresh)
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record crashes: %w", err)
	}
	err = debug.SetCrashOutput(f, debug.CrashOptions{}) // has the file a second time
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("record crashes: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = os.Remove(f.Name())
	}, nil
}

// PutBack lets a report that was taken, but shown to nobody, be taken at the next start.
func PutBack(path string) error {
	if err := os.Rename(path, strings.TrimSuffix(path, shown)+fresh); err != nil {
		return fmt.Errorf("keep a crash report for later: %w", err)
	}
	return nil
}

// Take returns the path of the newest report that was not taken yet, or "", and
// removes all but the newest Max.
func Take(folder string) string {
	entries, err := os.ReadDir(folder) // sorted: oldest first
	if err != nil {
		return ""
	}
	var kept []string
	newest := ""
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		fi, err := e.Info()
		if err != nil || !fi.Mode().IsRegular() {
			continue
		}
		switch {
		case strings.HasSuffix(path, shown):
			kept = append(kept, path)
		case !strings.HasSuffix(path, fresh):
		case fi.Size() > 0:
			to := strings.TrimSuffix(path, fresh) + shown
			if b, err := os.ReadFile(path); err == nil {
				if clean := Scrub(b); !bytes.Equal(clean, b) && os.WriteFile(path, clean, 0o600) != nil {
					continue
				}
			}
			if os.Rename(path, to) == nil {
				newest = to
				kept = append(kept, to)
			}
		case time.Since(fi.ModTime()) > 30*24*time.Hour: // was killed
			_ = os.Remove(path)
		}
	}
	slices.Sort(kept)
	for len(kept) > Max {
		_ = os.Remove(kept[0])
		kept = kept[1:]
	}
	return newest
}
