package host

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// secrets are made at first start and kept in the data folder, mode 0600.
type secrets struct {
	APIKey        string `json:"apiKey"`
	APISecret     string `json:"apiSecret"`
	AdminPassword string `json:"adminPassword"`
	IdentityKey   string `json:"identityKey"`
}

const secretsFile = "secrets.json"

// openFolder makes the data folder, mode 0700, locks it, and takes from others the
// right to read what was put back from a backup.
func openFolder(dir string) (lock *os.File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w: %w", ErrDataFolder, err)
	}
	if lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	for _, name := range []string{secretsFile, databaseFile, databaseFile + "-wal", databaseFile + "-shm", certificateKeyFile, certificateFile, lockName} {
		path := filepath.Join(dir, name)
		fi, err := os.Stat(path)
		if err == nil && fi.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(path, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("others can read %s: %w: %w", path, ErrDataFolder, err), lock.Close())
		}
	}
	return lock, nil
}

// openSecrets reads or makes the secrets.
func openSecrets(dir string) (secrets, error) {
	path := filepath.Join(dir, secretsFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return makeSecrets(path)
	}
	var s secrets
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil && (s.APIKey == "" || s.APISecret == "" || s.IdentityKey == "" || s.AdminPassword == "") {
		err = errors.New("a secret is missing")
	}
	if err != nil {
		return secrets{}, fmt.Errorf("read %s: %w: %w", path, ErrDataFolder, err)
	}
	return s, nil
}

func makeSecrets(path string) (secrets, error) {
	s := secrets{APIKey: "foyer-" + rand.Text()[:12], APISecret: rand.Text() + rand.Text(), AdminPassword: rand.Text(), IdentityKey: rand.Text() + rand.Text()}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return secrets{}, fmt.Errorf("print secrets: %w", err)
	}
	if err := writeSecret(path, b); err != nil {
		return secrets{}, fmt.Errorf("keep secrets: %w", err)
	}
	return s, nil
}

// writeSecret writes a file, mode 0600, wholly or not at all.
func writeSecret(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDataFolder, err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("%w: %w", ErrDataFolder, err)
	}
	return nil
}

// identity derives a participant's public identity from the secret of an
// installation, so that nobody can take the place of another by knowing it.
func (s secrets) identity(room, client string) string {
	if client == "" {
		client = rand.Text()
	}
	m := hmac.New(sha256.New, []byte(s.IdentityKey))
	fmt.Fprintf(m, "%d:%s%s", len(room), room, client)
	return "p-" + hex.EncodeToString(m.Sum(nil)[:10])
}
