package call_test

import (
	"os"
	"testing"
)

func tempDir() (string, error) { return os.MkdirTemp("", "foyer-call") }

func TestMain(m *testing.M) {
	code := m.Run()
	if server.Server != nil {
		server.Close()
	}
	os.Exit(code)
}
