package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Two servers on one data folder would write over each other's rooms and bans.
func TestFolderIsForOneServer(t *testing.T) {
	c := quiet(t)
	s := start(t, c)
	other, err := Start(context.Background(), c)
	if !errors.Is(err, ErrDataInUse) {
		t.Errorf("a second server: %v, want ErrDataInUse", err)
		if err == nil {
			other.Close()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, c)
}

// What was put back from a backup is for the server alone, whatever mode it came in.
func TestPutBackFilesArePrivate(t *testing.T) {
	c := quiet(t)
	c.TLSSelfSigned = true
	if err := start(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	names := []string{secretsFile, databaseFile, databaseFile + "-wal", databaseFile + "-shm", certificateFile, certificateKeyFile}
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(c.Data, name), os.O_CREATE, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	start(t, c)
	for _, name := range names {
		if fi, err := os.Stat(filepath.Join(c.Data, name)); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, fi.Mode(), err)
		}
	}
}

// damage writes over all of a database's pages but the first, which has the schema.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	junk := make([]byte, fi.Size()-page)
	for i := range junk {
		junk[i] = byte(i*7 + 1)
	}
	_, err = f.WriteAt(junk, page)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDatabaseIsRefused(t *testing.T) {
	c := quiet(t)
	s := start(t, c)
	if _, err := s.CreateRoom(context.Background(), RoomOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(c.Data, databaseFile))
	s, err := Start(context.Background(), c)
	if !errors.Is(err, ErrDataFolder) {
		t.Errorf("a damaged database: %v, want ErrDataFolder", err)
	}
	if err == nil {
		s.Close()
	}
}

func TestHealthSeesTheDatabase(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, s *Server, path string){
		"deleted": func(t *testing.T, _ *Server, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"replaced": func(t *testing.T, _ *Server, path string) {
			b, err := os.ReadFile(path)
			if err == nil {
				err = errors.Join(os.WriteFile(path+".new", b, 0o600), os.Rename(path+".new", path))
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"damaged": func(t *testing.T, s *Server, path string) {
			if _, err := s.store.db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
				t.Fatal(err)
			}
			damage(t, path)
		},
		"locked by another program": func(t *testing.T, s *Server, path string) {
			db, err := openDatabase(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tx.Rollback() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, quiet(t))
			s.store.health.every = 0
			if status, body := call(t, s, "GET", "/healthz", "", ""); status != 200 {
				t.Fatalf("before: %d %s", status, body)
			}
			harm(t, s, s.store.path)
			if status, body := call(t, s, "GET", "/healthz", "", ""); status != 503 {
				t.Errorf("after: %d %s", status, body)
			}
		})
	}
}

// However often somebody asks, the disk is written to once in healthEvery.
func TestHealthIsCheap(t *testing.T) {
	s := start(t, quiet(t))
	for range 50 {
		if status, body := call(t, s, "GET", "/healthz", "", ""); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	s.store.health.mu.Lock()
	first := s.store.health.when
	s.store.health.mu.Unlock()
	if err := os.Remove(s.store.path); err != nil {
		t.Fatal(err)
	}
	status, _ := call(t, s, "GET", "/healthz", "", "")
	s.store.health.mu.Lock()
	defer s.store.health.mu.Unlock()
	if s.store.health.when.Equal(first) != (status == 200) {
		t.Errorf("looked at %v and %v, and said %d", first, s.store.health.when, status)
	}
}

func TestMetricsWantThePassword(t *testing.T) {
	s := start(t, quiet(t))
	ask := func(user, password string) int {
		status, _ := callBasic(t, s, "/metrics", user, password)
		return status
	}
	if status, _ := call(t, s, "GET", "/metrics", "", ""); status != 401 {
		t.Errorf("nobody's request: %d", status)
	}
	if status := ask("admin", "guess"); status != 401 {
		t.Errorf("a wrong password: %d", status)
	}
	if status := ask("somebody", s.secrets.AdminPassword); status != 401 {
		t.Errorf("another name: %d", status)
	}
	for range guessBurst {
		ask("admin", "guess")
	}
	if status := ask("admin", "guess"); status != 429 {
		t.Errorf("after many wrong ones: %d", status)
	}
	if status := ask("admin", s.secrets.AdminPassword); status != 200 {
		t.Errorf("the password: %d", status)
	}
	if status, _ := call(t, s, "GET", "/metrics", signIn(t, s), ""); status != 200 {
		t.Errorf("a session: %d", status)
	}
}
