//go:build unix && !darwin

package motion

import (
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"foyer/internal/e2e/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a portal with some settings.
type desk struct{ says map[key]any }

func (d desk) Read(namespace, name string) (dbus.Variant, *dbus.Error) {
	v, ok := d.says[key{namespace, name}]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.portal.Error.NotFound", nil)
	}
	return dbus.MakeVariant(dbus.MakeVariant(v)), nil // as the real one wraps it
}

func TestTheDesktopIsFollowed(t *testing.T) {
	defer Prefer(System)
	for _, c := range []struct {
		name   string
		says   map[key]any
		change key
		to     any
		first  bool // allowed at first; the other way after the change
	}{
		{"freedesktop", map[key]any{reduced: uint32(0)}, reduced, uint32(1), true},
		{"freedesktop, back", map[key]any{reduced: uint32(1)}, reduced, uint32(0), false},
		{"GNOME", map[key]any{animations: true}, animations, false, true},
		{"GNOME, back", map[key]any{reduced: uint32(0), animations: false}, animations, true, false},
		{"says nothing at first", nil, reduced, uint32(1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			desktop.Store(false)
			b := bus.ForTest(t)
			conn, err := dbus.Connect(b.Address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.Export(desk{c.says}, path, settings); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.RequestName(portal, 0); err != nil {
				t.Fatal(err)
			}
			changed := make(chan bool, 8)
			stop := Follow(func() { changed <- Allowed() })
			defer stop()
			hear := func(want bool) {
				t.Helper()
				select {
				case got := <-changed:
					if got != want {
						t.Errorf("allowed: %v, want %v", got, want)
					}
				case <-time.After(10 * time.Second):
					t.Fatal("waited in vain for a change")
				}
			}
			if !c.first {
				hear(false)
			}
			// It listens before it asks, so a change that follows its question is heard. Until
			// then it says nothing, and the change is told again.
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			late := time.After(10 * time.Second)
			for heard := false; !heard; {
				if err := conn.Emit(path, settings+".SettingChanged", c.change.namespace, c.change.name, dbus.MakeVariant(c.to)); err != nil {
					t.Fatal(err)
				}
				select {
				case got := <-changed:
					if heard = true; got == c.first {
						t.Errorf("after the change allowed: %v", got)
					}
				case <-tick.C:
				case <-late:
					t.Fatal("waited in vain for the change")
				}
			}
			Prefer(Full)
			if !Allowed() {
				t.Error("a preference for all motion does not count")
			}
			Prefer(Reduced)
			if Allowed() {
				t.Error("a preference for none does not count")
			}
			Prefer(System)
			if Allowed() == c.first {
				t.Error("the desktop does not count any more")
			}
		})
	}
}

func TestNoDesktopIsNoPreference(t *testing.T) {
	desktop.Store(false)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	Follow(func() { t.Error("told of a change") })()
	if !Allowed() {
		t.Error("motion is reduced by nobody")
	}
}
