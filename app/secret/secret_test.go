//go:build unix && !darwin

package secret

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"foyer/internal/e2e/bus"
)

var some = map[string]string{"a": "foyer://example.org/r?code=c", "b": "x"}

func TestWithoutAKeyringThereIsAFile(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	checkFile(t, dir, Keyring(dir))
}

// checkFile saves to and loads from a box that has the file alone.
func checkFile(t *testing.T, dir string, b *Box) {
	t.Helper()
	if all, move := b.Load(); len(all) != 0 || move {
		t.Fatalf("at first: %v, %v", all, move)
	}
	if err := b.Save(some); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(filepath.Join(dir, "secrets.json")); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
	if all, _ := File(dir).Load(); !maps.Equal(all, some) {
		t.Errorf("kept is %v", all)
	}
}

// A keyring that is locked may ask where nobody sees it, and answers nothing.
func TestASilentKeyringBlocksNobody(t *testing.T) {
	if m := bus.Missing(); m != "" {
		t.Skip(m + " is not installed")
	}
	b, err := bus.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c, err := dbus.Connect(b.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.RequestName("org.freedesktop.secrets", 0); err != nil {
		t.Fatal(err)
	}
	c.Eavesdrop(make(chan *dbus.Message, 64)) // and so handles none
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.AwaitOwner(ctx, "org.freedesktop.secrets"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.Address)
	dir, began := t.TempDir(), time.Now()
	checkFile(t, dir, Keyring(dir))
	if took := time.Since(began); took < answerWithin || took > 3*answerWithin {
		t.Errorf("it took %v", took) // once, not at each call
	}
}
