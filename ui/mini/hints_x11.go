//go:build (linux || freebsd || openbsd || netbsd) && !wayland

package mini

import (
	"encoding/binary"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// hint gives a window that is not mapped yet the properties of a small window over
// the others. Without them it is still an undecorated window above the others.
func hint(w fyne.Window) {
	id := uint32(0)
	if w, ok := w.(driver.NativeWindow); ok {
		w.RunNative(func(c any) {
			if x, ok := c.(driver.X11WindowContext); ok {
				id = uint32(x.WindowHandle)
			}
		})
	}
	if id == 0 {
		return
	}
	if err := setHints(xproto.Window(id)); err != nil {
		fyne.LogError("The small window may hide behind others", err)
	}
}

// allDesktops is _NET_WM_DESKTOP's value for a window on all of them.
const allDesktops = 0xFFFFFFFF

// setHints sets the properties (Extended Window Manager Hints 1.5), and returns when
// the server has them: the window is mapped by another connection than this one.
func setHints(id xproto.Window) error {
	conn, err := xgb.NewConn()
	if err != nil {
		return fmt.Errorf("speak to the display: %w", err)
	}
	defer conn.Close()
	atom := func(name string) uint32 {
		r, e := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		if e != nil {
			err = fmt.Errorf("name %s: %w", name, e)
			return 0
		}
		return uint32(r.Atom)
	}
	set := func(name string, kind xproto.Atom, values ...uint32) {
		if err != nil {
			return
		}
		property := xproto.Atom(atom(name))
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		if e := xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, id, property, kind, 32, uint32(len(values)), b).Check(); e != nil {
			err = fmt.Errorf("set %s: %w", name, e)
		}
	}
	set("_NET_WM_WINDOW_TYPE", xproto.AtomAtom, atom("_NET_WM_WINDOW_TYPE_UTILITY"))
	set("_NET_WM_STATE", xproto.AtomAtom, atom("_NET_WM_STATE_ABOVE"), atom("_NET_WM_STATE_STICKY"),
		atom("_NET_WM_STATE_SKIP_TASKBAR"), atom("_NET_WM_STATE_SKIP_PAGER"))
	set("_NET_WM_DESKTOP", xproto.AtomCardinal, allDesktops)
	set("_NET_WM_USER_TIME", xproto.AtomCardinal, 0) // no keyboard when it comes
	return err
}
