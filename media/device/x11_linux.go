package device

import (
	"errors"
	"fmt"
	"image"
	"io"
	"log"
	"os"
	"strings"

	"github.com/jezek/xgb"
	_ "github.com/jezek/xgb/damage" // request encoders; see extension
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

// xgb's own Init functions write global maps while other connections read
// them. So the maps are filled once, for every number an extension can get, and
// extensions are looked up by extension below.
func init() {
	xgb.Logger = log.New(io.Discard, "", 0)
	for n := 64; n < 128; n++ {
		if xgb.NewEventFuncs[n] == nil {
			xgb.NewEventFuncs[n] = func(b []byte) xgb.Event { return x11Event(b) }
		}
	}
	for n := 128; n < 256; n++ {
		if xgb.NewErrorFuncs[n] == nil {
			xgb.NewErrorFuncs[n] = func(b []byte) xgb.Error { return x11Error(b) }
		}
	}
}

type x11Event []byte

func (e x11Event) Bytes() []byte  { return e }
func (e x11Event) String() string { return fmt.Sprintf("X11 extension event %d", e[0]&127) }

type x11Error []byte

func (e x11Error) SequenceId() uint16 { return xgb.Get16(e[2:]) }
func (e x11Error) BadId() uint32      { return xgb.Get32(e[4:]) }
func (e x11Error) Error() string      { return fmt.Sprintf("X11 extension error %d", e[1]) }

// x11Display is a connection to an X server. Its methods may be called from
// several goroutines.
type x11Display struct {
	conn   *xgb.Conn
	setup  *xproto.SetupInfo
	screen *xproto.ScreenInfo
	shm    bool // MIT-SHM
	fixes  bool // XFixes 2 or later: regions and the cursor's image
	damage bool
	randr  bool // RandR 1.5 or later: monitors
}

// x11Open connects to the server that DISPLAY names. Errors: ErrUnsupported with
// no display or on Wayland, ErrDenied.
func x11Open() (*x11Display, error) {
	if os.Getenv("DISPLAY") == "" {
		if os.Getenv("WAYLAND_DISPLAY") != "" {
			return nil, errWayland
		}
		return nil, fmt.Errorf("no display: %w", ErrUnsupported)
	}
	conn, err := xgb.NewConn()
	if err != nil {
		if s := err.Error(); strings.Contains(s, "authentication refused") || strings.Contains(s, "auth protocol") ||
			strings.Contains(s, "permission denied") {
			return nil, fmt.Errorf("connect to display %s: %w: %v", os.Getenv("DISPLAY"), ErrDenied, err)
		}
		return nil, fmt.Errorf("connect to display %s: %w: %v", os.Getenv("DISPLAY"), ErrUnsupported, err)
	}
	d := &x11Display{conn: conn, setup: xproto.Setup(conn)}
	if err := d.prepare(); err != nil {
		conn.Close()
		return nil, err
	}
	return d, nil
}

var errWayland = fmt.Errorf("sharing a screen of a Wayland session: %w yet (log in to an X11 session instead)", ErrUnsupported)

func (d *x11Display) prepare() error {
	if d.conn.DefaultScreen < 0 || d.conn.DefaultScreen >= len(d.setup.Roots) {
		return fmt.Errorf("X11 screen %d: %w", d.conn.DefaultScreen, ErrNoDevice)
	}
	d.screen = &d.setup.Roots[d.conn.DefaultScreen]

	// Xwayland shows X11 clients only, never the desktop.
	if wayland, err := d.extension("XWAYLAND"); err != nil {
		return err
	} else if wayland {
		return errWayland
	}
	var err error
	if d.randr, err = d.extension("RANDR"); err != nil {
		return err
	}
	if d.randr {
		v, err := randr.QueryVersion(d.conn, 1, 5).Reply()
		d.randr = err == nil && (v.MajorVersion > 1 || v.MinorVersion >= 5)
	}
	if d.fixes, err = d.extension("XFIXES"); err != nil {
		return err
	}
	if d.fixes {
		v, err := xfixes.QueryVersion(d.conn, 5, 0).Reply()
		d.fixes = err == nil && v.MajorVersion >= 2
	}
	if d.damage, err = d.extension("DAMAGE"); err != nil {
		return err
	}
	d.damage = d.damage && d.fixes
	if d.shm, err = d.extension("MIT-SHM"); err != nil {
		return err
	}
	return nil
}

// extension makes an extension's requests usable and says whether the server has it.
func (d *x11Display) extension(name string) (bool, error) {
	r, err := xproto.QueryExtension(d.conn, uint16(len(name)), name).Reply()
	if err != nil {
		return false, fmt.Errorf("ask display for %s: %w", name, err)
	}
	if !r.Present {
		return false, nil
	}
	d.conn.ExtLock.Lock()
	d.conn.Extensions[name] = r.MajorOpcode
	d.conn.ExtLock.Unlock()
	return true, nil
}

func (d *x11Display) close() { d.conn.Close() }

// drain throws queued events and errors away: nothing here needs them, and the
// connection stops reading when its queue is full.
func (d *x11Display) drain() {
	for {
		if e, err := d.conn.PollForEvent(); e == nil && err == nil {
			return
		}
	}
}

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
			i := Info{Kind: Screen, ID: name.Name, Bounds: b, Default: m.Primary}
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
	for i := range list {
		b := list[i].Bounds
		list[i].Name = fmt.Sprintf("%s %dx%d", list[i].ID, b.Dx(), b.Dy())
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
