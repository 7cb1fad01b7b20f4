//go:build unix && !darwin

package awake

import (
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"foyer/internal/e2e/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// saver is org.freedesktop.ScreenSaver. It tells what it is asked for.
type saver struct{ asked chan string }

func (s saver) Inhibit(app, reason string) (uint32, *dbus.Error) {
	s.asked <- app + ": " + reason
	return 7, nil
}

func (s saver) UnInhibit(cookie uint32) *dbus.Error {
	if cookie != 7 {
		return dbus.NewError("foyer.WrongCookie", nil)
	}
	s.asked <- "released"
	return nil
}

const request = dbus.ObjectPath("/org/freedesktop/portal/desktop/request/1")

// portal is org.freedesktop.portal.Inhibit and the request that it makes.
type portal struct{ asked chan string }

func (p portal) Inhibit(_ string, flags uint32, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	reason, _ := options["reason"].Value().(string)
	if flags == idle {
		p.asked <- "Foyer: " + reason
	}
	return request, nil
}

func (p portal) Close() *dbus.Error { p.asked <- "released"; return nil }

func TestTheScreenStaysOnUntilReleased(t *testing.T) {
	for name, offer := range map[string]func(*dbus.Conn, chan string) error{
		"org.freedesktop.ScreenSaver": func(c *dbus.Conn, asked chan string) error {
			return c.Export(saver{asked}, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
		},
		"org.freedesktop.portal.Desktop": func(c *dbus.Conn, asked chan string) error {
			p := portal{asked}
			if err := c.Export(p, request, "org.freedesktop.portal.Request"); err != nil {
				return err
			}
			return c.Export(p, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Inhibit")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := bus.ForTest(t)
			c, err := dbus.Connect(b.Address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			asked := make(chan string, 4)
			if err := offer(c, asked); err != nil {
				t.Fatal(err)
			}
			if _, err := c.RequestName(name, 0); err != nil {
				t.Fatal(err)
			}
			expect := func(want string) {
				t.Helper()
				select {
				case got := <-asked:
					if got != want {
						t.Errorf("asked is %q, not %q", got, want)
					}
				case <-time.After(10 * time.Second):
					t.Fatalf("nobody asked: %s", want)
				}
			}
			release := Keep("In a meeting")
			expect("Foyer: In a meeting")
			release()
			expect("released")
			release()
		})
	}
}

// Without a bus nothing happens, and release does not wait.
func TestWithoutABus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	Keep("In a meeting")()
}
