//go:build unix && !darwin

package tray

import (
	"context"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"foyer/ui/sessionbus"
)

// watcher is whom icons are told (StatusNotifierItem).
const watcher = "org.kde.StatusNotifierWatcher"

// awaitHost waits until the desktop has a tray; false where none comes before ctx ends.
func awaitHost(ctx context.Context) bool {
	bus, err := sessionbus.Connect()
	if err != nil {
		return false
	}
	defer bus.Close()
	changes := make(chan *dbus.Signal, 16)
	bus.Signal(changes)
	if bus.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcher)) != nil {
		return false
	}
	for {
		var there bool
		if bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&there) != nil {
			return false
		}
		if there {
			return true
		}
		select {
		case <-changes:
		case <-bus.Context().Done():
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// begin fills the tray and then shows it; end takes it away. The library uses the
// process's shared connection, and fails at the end where it had none.
func begin(fill func()) (end func()) {
	if _, err := dbus.SessionBus(); err != nil {
		fill()
		return func() {}
	}
	start, end := systray.RunWithExternalLoop(nil, nil)
	fill()
	start()
	return end
}
