package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const lockName = "foyer.lock"

// errHeld says that another program holds a lock.
var errHeld = errors.New("held by another program")

// lockFolder keeps other servers out of a data folder until the file is closed. The
// lock ends with this process, however that ends; the file stays.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w: %w", ErrDataFolder, err)
	}
	switch err := lockFile(f); {
	case errors.Is(err, errHeld):
		_ = f.Close()
		return nil, fmt.Errorf("%w: %s", ErrDataInUse, dir)
	case err != nil:
		_ = f.Close()
		return nil, fmt.Errorf("lock the data folder: %w: %w", ErrDataFolder, err)
	}
	return f, nil
}
