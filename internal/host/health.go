package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// health is what the last look at the data folder found.
type health struct {
	every time.Duration

	mu   sync.Mutex
	when time.Time
	err  error
}

const (
	// healthEvery is how often the data folder is looked at at most, however often
	// somebody asks.
	healthEvery = 5 * time.Second
	// spare is how many bytes must fit on the disk: a small write of SQLite's may
	// succeed on a full one, within a log that was longer before.
	spare = 64 << 10
)

// healthy returns why the data folder cannot be used now.
func (s *store) healthy(ctx context.Context) error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if s.health.when.IsZero() || time.Since(s.health.when) >= s.health.every {
		err := s.check(ctx)
		if ctx.Err() != nil {
			return err // the caller's end says nothing about the folder
		}
		s.health.err, s.health.when = err, time.Now()
	}
	return s.health.err
}

// check looks whether the database is the file that was opened, sound, and can be written.
func (s *store) check(ctx context.Context) error {
	file, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	if !os.SameFile(file, s.file) {
		return fmt.Errorf("%s is another file than the one in use", s.path)
	}
	if _, err := s.db.ExecContext(ctx, `INSERT INTO health VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET written = excluded.written`, time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	if err := s.save(ctx); err != nil {
		return err
	}
	if err := hasSpace(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	// A connection of its own reads the file; the store's would answer from memory.
	db, err := openDatabase(s.path)
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	return errors.Join(quickCheck(ctx, db), db.Close())
}

// hasSpace writes a file and removes it.
func hasSpace(dir string) error {
	f, err := os.CreateTemp(dir, ".health-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, spare))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// quickCheck returns what is wrong with a database's file.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("the database is damaged: %s", found)
	}
	return nil
}
