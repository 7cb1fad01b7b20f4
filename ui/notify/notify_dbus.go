//go:build unix && !darwin

package notify

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"foyer/ui/sessionbus"
)

// The Desktop Notifications Specification 1.2.
const (
	service      = "org.freedesktop.Notifications"
	path         = dbus.ObjectPath("/org/freedesktop/Notifications")
	startWithin  = 5 * time.Second   // the service may not be running yet
	answerWithin = 2 * time.Second   // then; whoever leaves waits for this
	entry        = "app.foyer.Foyer" // name of the desktop file
)

// desktop shows notes by org.freedesktop.Notifications, on a connection that lasts
// from the first note on.
type desktop struct {
	o        Options
	bus      *dbus.Conn
	actions  bool // a click can be told
	markup   bool // text is read as HTML
	icon     any
	listener sync.WaitGroup

	mu    sync.Mutex
	shown map[string]uint32 // the service's number, by what it is about
}

// connect says whether there is a service; else it is tried again with the next note.
func (d *desktop) connect(ctx context.Context) bool {
	if d.bus != nil && d.bus.Connected() {
		return true
	}
	d.close()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	bus, err := sessionbus.Connect()
	if err != nil {
		return false
	}
	var can []string
	if bus.Object(service, path).CallWithContext(ctx, service+".GetCapabilities", 0).Store(&can) != nil {
		_ = bus.Close()
		return false
	}
	d.bus, d.shown = bus, map[string]uint32{}
	d.actions, d.markup = slices.Contains(can, "actions"), slices.Contains(can, "body-markup")
	if d.icon == nil {
		d.icon = picture(d.o.Icon)
	}
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	_ = bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(service), dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(service))
	d.listener.Add(1)
	go func() {
		defer d.listener.Done()
		for {
			select {
			case s, ok := <-signals:
				if !ok {
					return
				}
				d.hear(s)
			case <-bus.Context().Done():
				return
			}
		}
	}()
	return true
}

// show waits for the service to say which note it became, even when ctx ends, as
// there is something to take back then.
func (d *desktop) show(ctx context.Context, note Note) {
	if !d.connect(ctx) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	text, actions := note.Text, []string{}
	if d.markup {
		text = html.EscapeString(text)
	}
	if d.actions {
		actions = []string{"default", d.o.OpenLabel}
	}
	hints := map[string]dbus.Variant{
		"desktop-entry": dbus.MakeVariant(entry),
		"category":      dbus.MakeVariant("im.received"),
	}
	if d.icon != nil {
		hints["image-data"] = dbus.MakeVariant(d.icon)
	}
	d.mu.Lock() // a click waits until its number is known
	defer d.mu.Unlock()
	var id uint32
	if d.bus.Object(service, path).CallWithContext(ctx, service+".Notify", 0, d.o.Program, d.shown[note.About], "",
		note.Title, text, actions, hints, int32(-1)).Store(&id) == nil {
		d.shown[note.About] = id
	}
}

// hear follows what happens to our notes; others' are told of, too.
func (d *desktop) hear(s *dbus.Signal) {
	if len(s.Body) < 2 {
		return
	}
	id, _ := s.Body[0].(uint32)
	d.mu.Lock()
	about, ours := "", false
	for a, n := range d.shown {
		if n == id {
			about, ours = a, true
		}
	}
	if ours && s.Name == service+".NotificationClosed" {
		delete(d.shown, about) // its number is free
	}
	d.mu.Unlock()
	if ours && s.Name == service+".ActionInvoked" && s.Body[1] == "default" && d.o.OnOpen != nil {
		d.o.OnOpen()
	}
}

func (d *desktop) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range d.shown {
		d.bus.Object(service, path).Go(service+".CloseNotification", dbus.FlagNoReplyExpected, nil, id)
	}
	clear(d.shown)
}

func (d *desktop) close() {
	if d.bus == nil {
		return
	}
	d.clear()
	_ = d.bus.Close()
	d.listener.Wait()
	d.bus = nil
}

// picture is the icon as the hint image-data has it; nil where there is none.
func picture(b []byte) any {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	raw := image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(raw, raw.Rect, img, img.Bounds().Min, draw.Src)
	return struct {
		Width, Height, Stride int32
		Alpha                 bool
		BitsPerSample         int32
		Channels              int32
		Data                  []byte
	}{int32(raw.Rect.Dx()), int32(raw.Rect.Dy()), int32(raw.Stride), true, 8, 4, raw.Pix}
}
