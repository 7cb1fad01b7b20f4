package device

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
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
	conn      *xgb.Conn
	setup     *xproto.SetupInfo
	screen    *xproto.ScreenInfo
	shm       bool // MIT-SHM
	fixes     bool // XFixes 2 or later: regions and the cursor's image
	damage    bool
	randr     bool            // RandR 1.5 or later: monitors
	composite bool            // Composite 0.2 or later: the pixels of a covered window
	events    map[string]byte // the number of each extension's first event
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
	d := &x11Display{conn: conn, setup: xproto.Setup(conn), events: make(map[string]byte)}
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
	if d.composite, err = d.extension("Composite"); err != nil {
		return err
	}
	if d.composite {
		v, err := composite.QueryVersion(d.conn, 0, 4).Reply()
		d.composite = err == nil && (v.MajorVersion > 0 || v.MinorVersion >= 2)
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
	d.events[name] = r.FirstEvent
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
