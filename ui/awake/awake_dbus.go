//go:build unix && !darwin

package awake

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"

	"foyer/ui/sessionbus"
)

const (
	answerWithin  = 2 * time.Second
	releaseWithin = time.Second // whoever leaves waits for this; the connection's end releases, too
)

// idle is the portal's flag for: the session is not to be seen as idle.
const idle = 8

// hold inhibits the screen saver until ctx ends: by the Idle Inhibition Service
// (org.freedesktop.ScreenSaver), or the desktop portal, which is what there is in a
// sandbox.
func hold(ctx context.Context, reason string) {
	bus, err := sessionbus.Connect()
	if err != nil {
		return
	}
	defer bus.Close()
	release := inhibit(ctx, bus, reason)
	if release == nil {
		return
	}
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.Background(), releaseWithin)
	defer cancel()
	release(last)
}

// inhibit returns nil where nobody can be asked. It waits for the answer even when
// ctx ends, as there is something to take back then.
func inhibit(ctx context.Context, bus *dbus.Conn, reason string) (release func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	saver := bus.Object("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver")
	var cookie uint32
	if saver.CallWithContext(ctx, "org.freedesktop.ScreenSaver.Inhibit", 0, "Foyer", reason).Store(&cookie) == nil {
		return func(ctx context.Context) {
			_ = saver.CallWithContext(ctx, "org.freedesktop.ScreenSaver.UnInhibit", 0, cookie).Err
		}
	}
	var request dbus.ObjectPath
	options := map[string]dbus.Variant{"reason": dbus.MakeVariant(reason)}
	portal := bus.Object("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
	if portal.CallWithContext(ctx, "org.freedesktop.portal.Inhibit.Inhibit", 0, "", uint32(idle), options).Store(&request) != nil {
		return nil
	}
	return func(ctx context.Context) {
		_ = bus.Object("org.freedesktop.portal.Desktop", request).CallWithContext(ctx, "org.freedesktop.portal.Request.Close", 0).Err
	}
}
