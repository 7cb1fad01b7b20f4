//go:build (linux || freebsd || openbsd || netbsd) && !wayland

package meeting

import (
	"encoding/binary"

	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// watchSeen follows whether the window can be seen, until the view is closed:
// Fyne does not tell, and goes on drawing. It says false while the window does
// not exist yet; where the display cannot be asked, the window counts as seen.
func (v *View) watchSeen() bool {
	if _, ok := v.window.(driver.NativeWindow); !ok {
		return true
	}
	id := xproto.Window(v.nativeID())
	if id == 0 {
		return false
	}
	conn, err := xgb.NewConn()
	if err != nil {
		return true // no X11
	}
	mask := uint32(xproto.EventMaskVisibilityChange | xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify)
	if xproto.ChangeWindowAttributesChecked(conn, id, xproto.CwEventMask, []uint32{mask}).Check() != nil {
		conn.Close()
		return true
	}
	v.work.Add(2)
	done := make(chan struct{})
	go func() {
		defer v.work.Done()
		select {
		case <-v.stop:
		case <-done: // the display is gone
		}
		conn.Close()
	}()
	go func() {
		defer v.work.Done()
		defer close(done)
		followVisibility(conn, id, func(seen bool) { v.do(func() { v.setSeen(seen) }) })
	}()
	return true
}

// nativeID is X's number of the window, 0 while it does not exist.
func (v *View) nativeID() (id uint32) {
	if native, ok := v.window.(driver.NativeWindow); ok {
		native.RunNative(func(c any) {
			if x, ok := c.(driver.X11WindowContext); ok {
				id = uint32(x.WindowHandle)
			}
		})
	}
	return id
}

// followVisibility tells at each change whether a window is mapped, not minimised
// and not wholly covered, and returns when the connection is closed. The window's
// events come to conn already. Minimised is _NET_WM_STATE_HIDDEN (Extended Window
// Manager Hints 1.5).
func followVisibility(conn *xgb.Conn, id xproto.Window, tell func(seen bool)) {
	atom := func(name string) xproto.Atom {
		r, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		if err != nil {
			return 0
		}
		return r.Atom
	}
	state, minimised := atom("_NET_WM_STATE"), atom("_NET_WM_STATE_HIDDEN")
	hidden := func() bool {
		r, err := xproto.GetProperty(conn, false, id, state, xproto.AtomAtom, 0, 64).Reply()
		if err != nil || r.Format != 32 {
			return false
		}
		for i := 0; i+4 <= len(r.Value); i += 4 {
			if xproto.Atom(binary.LittleEndian.Uint32(r.Value[i:])) == minimised {
				return true
			}
		}
		return false
	}
	mapped, covered, iconic := true, false, hidden()
	if a, err := xproto.GetWindowAttributes(conn, id).Reply(); err == nil {
		mapped = a.MapState != xproto.MapStateUnmapped
	}
	told := true
	for {
		if seen := mapped && !covered && !iconic; seen != told {
			told = seen
			tell(seen)
		}
		e, err := conn.WaitForEvent()
		if e == nil && err == nil {
			return
		}
		switch e := e.(type) {
		case xproto.VisibilityNotifyEvent:
			covered = e.State == xproto.VisibilityFullyObscured
		case xproto.MapNotifyEvent:
			mapped, covered = true, false
		case xproto.UnmapNotifyEvent:
			mapped = false
		case xproto.PropertyNotifyEvent:
			if e.Atom == state {
				iconic = hidden()
			}
		}
	}
}
