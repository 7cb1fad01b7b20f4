//go:build unix && !darwin

package sessionbus

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"
)

// Connect returns a connection of one's own to the session bus, to be closed. It
// starts no bus where there is none, as the library would.
func Connect() (*dbus.Conn, error) {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		address = "unix:path=" + filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	}
	c, err := dbus.Connect(address)
	if err != nil {
		return nil, fmt.Errorf("connect to the session bus: %w", err)
	}
	return c, nil
}
