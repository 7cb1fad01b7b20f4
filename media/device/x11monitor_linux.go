package device

import (
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// monitors lists the active monitors, primary first. Without RandR 1.5 the whole
// X11 screen counts as one.
func (d *x11Display) monitors() ([]Info, error) {
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(d.screen.Root)).Reply()
	if err != nil {
		return nil, fmt.Errorf("ask display for its size: %w", err)
	}
	whole := image.Rect(0, 0, int(g.Width), int(g.Height))
	var list []Info
	if d.randr {
		r, err := randr.GetMonitors(d.conn, d.screen.Root, true).Reply()
		if err != nil {
			return nil, fmt.Errorf("ask display for monitors: %w", err)
		}
		for _, m := range r.Monitors {
			b := image.Rect(0, 0, int(m.Width), int(m.Height)).Add(image.Pt(int(m.X), int(m.Y))).Intersect(whole)
			if b.Dx() < 2 || b.Dy() < 2 {
				continue
			}
			name, err := xproto.GetAtomName(d.conn, m.Name).Reply()
			if err != nil {
				var xe xgb.Error
				if errors.As(err, &xe) { // the monitor is gone again
					continue
				}
				return nil, fmt.Errorf("ask display for a monitor's name: %w", err)
			}
			i := Info{Kind: Screen, ID: name.Name, Name: name.Name, Bounds: b, Default: m.Primary}
			if i.Default && len(list) > 0 && !list[0].Default {
				list = append([]Info{i}, list...)
			} else {
				i.Default = i.Default && len(list) == 0
				list = append(list, i)
			}
		}
	}
	if len(list) == 0 && !whole.Empty() {
		list = []Info{{Kind: Screen, ID: "screen", Bounds: whole}}
	}
	if len(list) > 0 {
		list[0].Default = true
	}
	return list, nil
}

// monitor finds one monitor; Default is the primary one. Errors: ErrNoDevice.
func (d *x11Display) monitor(id string) (Info, error) {
	list, err := d.monitors()
	if err != nil {
		return Info{}, err
	}
	for _, m := range list {
		if m.ID == id || id == Default && m.Default {
			return m, nil
		}
	}
	return Info{}, fmt.Errorf("monitor %q: %w", id, ErrNoDevice)
}

// x11Monitor is a monitor as what a capture shows: a part of the root window.
type x11Monitor struct {
	display *x11Display
	id      string // never Default
}

func (m *x11Monitor) String() string { return "monitor " + m.id }

func (m *x11Monitor) window() xproto.Window { return m.display.screen.Root }

func (m *x11Monitor) watch() {
	conn, root := m.display.conn, m.display.screen.Root
	xproto.ChangeWindowAttributes(conn, root, xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify})
	if m.display.randr {
		randr.SelectInput(conn, root, randr.NotifyMaskScreenChange|randr.NotifyMaskCrtcChange|randr.NotifyMaskOutputChange)
	}
}

func (m *x11Monitor) find() (x11Surface, error) {
	i, err := m.display.monitor(m.id)
	if errors.Is(err, ErrNoDevice) {
		err = ErrGone
	}
	return x11Surface{pixels: xproto.Drawable(m.display.screen.Root), area: i.Bounds}, err
}

func (m *x11Monitor) free() {}
