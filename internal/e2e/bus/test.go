//go:build unix

package bus

import (
	"testing"
	"time"
)

// ForTest starts a bus that the test, and what it starts, takes for the session's;
// it ends with the test, which is skipped where there is no bus to start.
func ForTest(t *testing.T) *Bus {
	t.Helper()
	if m := Missing(); m != "" {
		t.Skip(m + " is not installed")
	}
	b, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.Address)
	return b
}

// Next is what comes next from a service; none within ten seconds ends the test.
func Next[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("waited in vain for %s", what)
		panic("")
	}
}
