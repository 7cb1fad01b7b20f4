//go:build unix

package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// Tray is a desktop's tray (StatusNotifierItem), which shows nothing but gets at
// what a person would see and click.
type Tray struct {
	Items chan TrayItem // as they come

	conn *dbus.Conn
}

// TrayItem is one icon.
type TrayItem struct {
	conn  *dbus.Conn
	owner string // its connection's name
}

// TrayEntry is one visible line of an icon's menu.
type TrayEntry struct {
	Label    string // empty for a line between others
	Disabled bool
	id       int32
}

const (
	trayWatcher = "org.kde.StatusNotifierWatcher"
	trayItem    = "org.kde.StatusNotifierItem"
	trayMenu    = "com.canonical.dbusmenu"
)

// ServeTray puts a tray on the bus, until its Close.
func (b *Bus) ServeTray() (*Tray, error) {
	c, err := dbus.Connect(b.Address)
	if err != nil {
		return nil, fmt.Errorf("serve a tray: %w", err)
	}
	t := &Tray{Items: make(chan TrayItem, 8), conn: c}
	err = c.ExportMethodTable(map[string]any{
		"RegisterStatusNotifierItem": func(_ string, from dbus.Sender) *dbus.Error {
			t.Items <- TrayItem{conn: c, owner: string(from)}
			return nil
		},
	}, "/StatusNotifierWatcher", trayWatcher)
	if err == nil {
		_, err = c.RequestName(trayWatcher, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("serve a tray: %w", errors.Join(err, c.Close()))
	}
	return t, nil
}

// Close takes the tray from the bus.
func (t *Tray) Close() error { return t.conn.Close() }

// Property is one of the icon's own.
func (i TrayItem) Property(name string) (dbus.Variant, error) {
	return i.conn.Object(i.owner, "/StatusNotifierItem").GetProperty(trayItem + "." + name)
}

// Activate clicks the icon itself.
func (i TrayItem) Activate(ctx context.Context) error {
	return i.conn.Object(i.owner, "/StatusNotifierItem").CallWithContext(ctx, trayItem+".Activate", 0, int32(0), int32(0)).Err
}

func (i TrayItem) menu(ctx context.Context) (dbus.BusObject, error) {
	v, err := i.Property("Menu")
	if err != nil {
		return nil, fmt.Errorf("find the tray's menu: %w", err)
	}
	path, _ := v.Value().(dbus.ObjectPath)
	return i.conn.Object(i.owner, path), ctx.Err()
}

// Menu reads the visible entries.
func (i TrayItem) Menu(ctx context.Context) ([]TrayEntry, error) {
	m, err := i.menu(ctx)
	if err != nil {
		return nil, err
	}
	type line struct {
		ID       int32
		Has      map[string]dbus.Variant
		Children []dbus.Variant
	}
	var version uint32
	var root line
	if err := m.CallWithContext(ctx, trayMenu+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&version, &root); err != nil {
		return nil, fmt.Errorf("read the tray's menu: %w", err)
	}
	var all []TrayEntry
	for _, c := range root.Children {
		var l line
		if err := dbus.Store([]any{c.Value()}, &l); err != nil {
			return nil, fmt.Errorf("read the tray's menu: %w", err)
		}
		if v, ok := l.Has["visible"]; ok && v.Value() == false {
			continue
		}
		e := TrayEntry{id: l.ID}
		e.Label, _ = l.Has["label"].Value().(string)
		if v, ok := l.Has["enabled"]; ok {
			e.Disabled = v.Value() == false
		}
		all = append(all, e)
	}
	return all, nil
}

// Await waits until the menu's labels are those, without lines between.
func (i TrayItem) Await(ctx context.Context, labels ...string) error {
	for {
		all, err := i.Menu(ctx)
		var now []string
		for _, e := range all {
			if e.Label != "" {
				now = append(now, e.Label)
			}
		}
		if err == nil && slices.Equal(now, labels) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the tray's menu has %q: %w", now, errors.Join(err, ctx.Err()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Click chooses a visible entry by its label.
func (i TrayItem) Click(ctx context.Context, label string) error {
	all, err := i.Menu(ctx)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(all, func(e TrayEntry) bool { return e.Label == label && !e.Disabled })
	if n < 0 {
		return fmt.Errorf("the tray's menu has no %q to click: %+v", label, all)
	}
	m, err := i.menu(ctx)
	if err != nil {
		return err
	}
	return m.CallWithContext(ctx, trayMenu+".Event", 0, all[n].id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err
}
