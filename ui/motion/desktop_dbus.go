//go:build unix && !darwin

package motion

import (
	"context"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"foyer/ui/sessionbus"
)

// The desktop's settings, by its portal (org.freedesktop.portal.Settings).
const (
	portal   = "org.freedesktop.portal.Desktop"
	path     = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	settings = "org.freedesktop.portal.Settings"

	answerWithin = 5 * time.Second // the portal may not be running yet
)

// key is a setting of the desktop.
type key struct{ namespace, name string }

var (
	// Since 2025; 1 is reduced, 0 no preference.
	reduced = key{"org.freedesktop.appearance", "reduced-motion"}
	// GNOME's, and others': a switch.
	animations = key{"org.gnome.desktop.interface", "enable-animations"}
)

// Follow follows what the desktop says, until stop, which waits. changed, which may
// be nil, runs on a goroutine of its own after each change.
func Follow(changed func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Add(1)
	go func() {
		defer work.Done()
		follow(ctx, changed)
	}()
	return func() {
		cancel()
		work.Wait()
	}
}

func follow(ctx context.Context, changed func()) {
	bus, err := sessionbus.Connect()
	if err != nil {
		return
	}
	defer bus.Close()
	asking, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	_ = bus.AddMatchSignalContext(asking, dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(settings), dbus.WithMatchMember("SettingChanged"))
	said := map[key]any{}
	for _, k := range []key{reduced, animations} {
		var v dbus.Variant
		if bus.Object(portal, path).CallWithContext(asking, settings+".Read", 0, k.namespace, k.name).Store(&v) == nil {
			said[k] = plain(v)
		}
	}
	tell := func() {
		if on := wants(said); on != desktop.Load() {
			desktop.Store(on)
			if changed != nil {
				changed()
			}
		}
	}
	tell()
	for {
		select {
		case s, ok := <-signals:
			if !ok {
				return
			}
			if len(s.Body) != 3 {
				continue
			}
			namespace, _ := s.Body[0].(string)
			name, _ := s.Body[1].(string)
			v, _ := s.Body[2].(dbus.Variant)
			said[key{namespace, name}] = plain(v)
			tell()
		case <-ctx.Done():
			return
		}
	}
}

// plain unwraps a value: the portal wraps it twice, or once.
func plain(v dbus.Variant) any {
	for {
		inner, ok := v.Value().(dbus.Variant)
		if !ok {
			return v.Value()
		}
		v = inner
	}
}

// wants says whether the desktop wants less motion, of what it said.
func wants(said map[key]any) bool {
	if v, ok := said[reduced].(uint32); ok && v == 1 {
		return true
	}
	on, ok := said[animations].(bool)
	return ok && !on
}
