//go:build unix

package bus

import (
	"errors"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Notification is what a program asked to be shown.
type Notification struct {
	ID, Replaces         uint32
	Program, Title, Text string
	Actions              []string
	Hints                map[string]dbus.Variant
}

const (
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// Notifications is a notification service, which shows nothing but tells what it
// is asked for.
type Notifications struct {
	Shown  chan Notification
	Closed chan uint32 // by the program

	conn *dbus.Conn
	can  []string
	mu   sync.Mutex
	last uint32
}

// ServeNotifications puts a notification service with some capabilities on the
// bus, until its Close.
func (b *Bus) ServeNotifications(capabilities ...string) (*Notifications, error) {
	c, err := dbus.Connect(b.Address)
	if err != nil {
		return nil, fmt.Errorf("serve notifications: %w", err)
	}
	n := &Notifications{Shown: make(chan Notification, 64), Closed: make(chan uint32, 64), conn: c, can: capabilities}
	err = c.ExportMethodTable(map[string]any{
		"GetCapabilities": func() ([]string, *dbus.Error) { return n.can, nil },
		"Notify":          n.notify,
		"CloseNotification": func(id uint32) *dbus.Error {
			n.Closed <- id
			return nil
		},
	}, notificationsPath, notifications)
	if err == nil {
		_, err = c.RequestName(notifications, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("serve notifications: %w", errors.Join(err, c.Close()))
	}
	return n, nil
}

func (n *Notifications) notify(program string, replaces uint32, _, title, text string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.mu.Lock()
	id := replaces
	if id == 0 {
		n.last++
		id = n.last
	}
	n.mu.Unlock()
	n.Shown <- Notification{ID: id, Replaces: replaces, Program: program, Title: title, Text: text, Actions: actions, Hints: hints}
	return id, nil
}

// Click tells that a person clicked a notification, which closes it.
func (n *Notifications) Click(id uint32) error {
	return errors.Join(
		n.conn.Emit(notificationsPath, notifications+".ActionInvoked", id, "default"),
		n.conn.Emit(notificationsPath, notifications+".NotificationClosed", id, uint32(2)))
}

// Close takes the service from the bus.
func (n *Notifications) Close() error { return n.conn.Close() }
