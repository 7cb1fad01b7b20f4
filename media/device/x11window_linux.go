package device

import (
	"errors"
	"fmt"
	"image"
	"os"
	"slices"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"
)

const (
	// maxWindows bounds the list; maxTitle the length of a title, in 4 bytes.
	maxWindows = 256
	maxTitle   = 256
	// minWindow is the side in pixels below which a window is a tool of its
	// program's, not something to show.
	minWindow = 32
)

// atoms are names that the display gives numbers to.
type atoms map[string]xproto.Atom

// atoms asks for names in one go. Those that nobody ever used are left out.
func (d *x11Display) atoms(names ...string) (atoms, error) {
	cookies := make([]xproto.InternAtomCookie, len(names))
	for i, n := range names {
		cookies[i] = xproto.InternAtom(d.conn, true, uint16(len(n)), n)
	}
	a := make(atoms, len(names))
	for i, n := range names {
		r, err := cookies[i].Reply()
		if err != nil {
			return nil, fmt.Errorf("ask display for a name: %w", err)
		}
		if r.Atom != 0 {
			a[n] = r.Atom
		}
	}
	return a, nil
}

func (d *x11Display) property(w xproto.Window, name xproto.Atom, words uint32) xproto.GetPropertyCookie {
	return xproto.GetProperty(d.conn, false, w, name, xproto.GetPropertyTypeAny, 0, words)
}

// numbers are the 32-bit values of a property.
func numbers(r *xproto.GetPropertyReply) []uint32 {
	if r == nil || r.Format != 32 {
		return nil
	}
	list := make([]uint32, 0, len(r.Value)/4)
	for b := r.Value; len(b) >= 4; b = b[4:] {
		list = append(list, xgb.Get32(b))
	}
	return list
}

// notShared are the types of windows that are no program's main window (EWMH).
var notShared = []string{"DESKTOP", "DOCK", "TOOLBAR", "MENU", "SPLASH", "DROPDOWN_MENU", "POPUP_MENU", "TOOLTIP", "NOTIFICATION", "COMBO", "DND"}

// windows lists what can be captured; see Windows.
func (d *x11Display) windows() ([]Info, error) {
	if !d.composite {
		return nil, nil
	}
	const typePrefix = "_NET_WM_WINDOW_TYPE_"
	names := []string{"_NET_CLIENT_LIST", "_NET_WM_NAME", "_NET_WM_PID", "_NET_WM_WINDOW_TYPE"}
	for _, t := range notShared {
		names = append(names, typePrefix+t)
	}
	known, err := d.atoms(names...)
	if err != nil {
		return nil, err
	}
	ids, err := d.clients(known["_NET_CLIENT_LIST"])
	if err != nil {
		return nil, err
	}
	type answers struct {
		attributes xproto.GetWindowAttributesCookie
		geometry   xproto.GetGeometryCookie
		place      xproto.TranslateCoordinatesCookie
		name, wm   xproto.GetPropertyCookie
		pid, kind  xproto.GetPropertyCookie
	}
	asked := make([]answers, len(ids))
	for i, w := range ids {
		asked[i] = answers{
			xproto.GetWindowAttributes(d.conn, w), xproto.GetGeometry(d.conn, xproto.Drawable(w)),
			xproto.TranslateCoordinates(d.conn, w, d.screen.Root, 0, 0),
			d.property(w, known["_NET_WM_NAME"], maxTitle), d.property(w, xproto.AtomWmName, maxTitle),
			d.property(w, known["_NET_WM_PID"], 1), d.property(w, known["_NET_WM_WINDOW_TYPE"], 8),
		}
	}
	var list []Info
	for i, w := range ids {
		// All answers are taken; a window that is gone again, or a property that
		// nobody uses, is an error.
		attributes, err := asked[i].attributes.Reply()
		geometry, err2 := asked[i].geometry.Reply()
		place, err3 := asked[i].place.Reply()
		name, _ := asked[i].name.Reply()
		wm, _ := asked[i].wm.Reply()
		pid, _ := asked[i].pid.Reply()
		kind, _ := asked[i].kind.Reply()
		if err := errors.Join(err, err2, err3); err != nil {
			continue
		}
		switch {
		case attributes.MapState != xproto.MapStateViewable, attributes.Class != xproto.WindowClassInputOutput,
			attributes.OverrideRedirect, geometry.Width < minWindow, geometry.Height < minWindow,
			d.checkPixels(geometry.Depth, attributes.Visual) != nil,
			slices.Equal(numbers(pid), []uint32{uint32(os.Getpid())}):
			continue
		}
		if slices.ContainsFunc(numbers(kind), func(a uint32) bool {
			return slices.ContainsFunc(notShared, func(t string) bool { return known[typePrefix+t] == xproto.Atom(a) })
		}) {
			continue
		}
		t := title(name, wm)
		if t == "" {
			continue
		}
		at := image.Pt(int(place.DstX), int(place.DstY))
		list = append(list, Info{Kind: Window, ID: windowID(w), Name: t,
			Bounds: image.Rect(0, 0, int(geometry.Width), int(geometry.Height)).Add(at)})
	}
	return list, nil
}

// clients are the windows that the window manager takes care of or, without
// one, all on the root window.
func (d *x11Display) clients(list xproto.Atom) ([]xproto.Window, error) {
	var ids []xproto.Window
	if list != 0 {
		r, err := d.property(d.screen.Root, list, maxWindows).Reply()
		if err != nil {
			return nil, fmt.Errorf("ask display for its windows: %w", err)
		}
		for _, n := range numbers(r) {
			ids = append(ids, xproto.Window(n))
		}
	}
	if len(ids) == 0 {
		r, err := xproto.QueryTree(d.conn, d.screen.Root).Reply()
		if err != nil {
			return nil, fmt.Errorf("ask display for its windows: %w", err)
		}
		ids = r.Children
	}
	return ids[:min(len(ids), maxWindows)], nil
}

// title is a window's name on one line: _NET_WM_NAME in UTF-8, or else WM_NAME,
// which old programs write in Latin-1.
func title(name, wm *xproto.GetPropertyReply) string {
	if name != nil && name.Format == 8 && len(name.Value) > 0 {
		return line(string(name.Value))
	}
	if wm == nil || wm.Format != 8 {
		return ""
	}
	r := make([]rune, len(wm.Value))
	for i, b := range wm.Value {
		r[i] = rune(b)
	}
	return line(string(r))
}

func line(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "")), " ")
}

func windowID(w xproto.Window) string { return fmt.Sprintf("%s0x%x", windowPrefix, uint32(w)) }

// x11Window is a window as what a capture shows. Composite keeps its pixels
// whole while it is covered, in a pixmap that lasts until its next size.
type x11Window struct {
	display *x11Display
	id      xproto.Window
	extents xproto.Atom // _GTK_FRAME_EXTENTS, 0 where no program uses it
	pixmap  xproto.Pixmap
	named   image.Rectangle // the geometry for which pixmap was taken
	size    image.Point     // of pixmap
	top     xproto.Window
}

// newX11Window starts to keep a window's pixels. Errors: ErrNoDevice, ErrUnsupported.
func newX11Window(d *x11Display, id xproto.Window) (*x11Window, error) {
	if !d.composite {
		return nil, fmt.Errorf("capture a window without the Composite extension: %w", ErrUnsupported)
	}
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", windowID(id), ErrNoDevice, err)
	}
	a, err := xproto.GetWindowAttributes(d.conn, id).Reply()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", windowID(id), ErrNoDevice, err)
	}
	if id == d.screen.Root || a.Class != xproto.WindowClassInputOutput {
		return nil, fmt.Errorf("%s: %w", windowID(id), ErrNoDevice)
	}
	if err := d.checkPixels(g.Depth, a.Visual); err != nil {
		return nil, err
	}
	known, err := d.atoms("_GTK_FRAME_EXTENTS")
	if err != nil {
		return nil, err
	}
	// It ends with the connection.
	if err := composite.RedirectWindowChecked(d.conn, id, composite.RedirectAutomatic).Check(); err != nil {
		return nil, fmt.Errorf("keep the pixels of %s: %w: %v", windowID(id), ErrNoDevice, err)
	}
	return &x11Window{display: d, id: id, extents: known["_GTK_FRAME_EXTENTS"]}, nil
}

func (w *x11Window) String() string { return windowID(w.id) }

func (w *x11Window) window() xproto.Window { return w.id }

func (w *x11Window) watch() { w.hear(w.id) }

func (w *x11Window) hear(id xproto.Window) {
	xproto.ChangeWindowAttributes(w.display.conn, id, xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify})
}

func (w *x11Window) find() (x11Surface, error) {
	conn := w.display.conn
	askAttributes := xproto.GetWindowAttributes(conn, w.id)
	askGeometry := xproto.GetGeometry(conn, xproto.Drawable(w.id))
	askPlace := xproto.TranslateCoordinates(conn, w.id, w.display.screen.Root, 0, 0)
	askExtents := w.display.property(w.id, w.extents, 4)
	a, err := askAttributes.Reply()
	g, err2 := askGeometry.Reply()
	place, err3 := askPlace.Reply()
	extents, _ := askExtents.Reply() // an error where no program has such
	if err := errors.Join(err, err2, err3); err != nil {
		return x11Surface{}, gone(err)
	}
	if err := w.findTop(); err != nil {
		return x11Surface{}, err
	}
	if a.MapState != xproto.MapStateViewable {
		w.free()
		return x11Surface{}, errHidden
	}
	border := int(g.BorderWidth)
	inner := image.Rect(border, border, border+int(g.Width), border+int(g.Height))
	if w.pixmap == 0 || w.named != inner {
		w.free()
		if err := w.name(); err != nil {
			return x11Surface{}, err
		}
		w.named = inner
	}
	s := x11Surface{
		pixels: xproto.Drawable(w.pixmap), damage: inner.Min, top: w.top,
		root: image.Pt(int(place.DstX), int(place.DstY)).Sub(inner.Min),
		area: inner.Intersect(image.Rectangle{Max: w.size}), // its size may have changed since we asked
	}
	// Some programs draw their own frame, with a shadow around that is not theirs.
	if e := numbers(extents); len(e) == 4 {
		b := inner
		b.Min.X, b.Max.X, b.Min.Y, b.Max.Y = b.Min.X+int(e[0]), b.Max.X-int(e[1]), b.Min.Y+int(e[2]), b.Max.Y-int(e[3])
		if b = b.Intersect(s.area); b.Dx() >= minWindow && b.Dy() >= minWindow {
			s.area = b
		}
	}
	return s, nil
}

// name takes the pixmap that the window is drawn in now.
func (w *x11Window) name() error {
	conn := w.display.conn
	id, err := xproto.NewPixmapId(conn)
	if err != nil {
		return err
	}
	if err := composite.NameWindowPixmapChecked(conn, w.id, id).Check(); err != nil {
		var match xproto.MatchError
		if errors.As(err, &match) { // it is not shown any more
			return errHidden
		}
		return gone(err)
	}
	g, err := xproto.GetGeometry(conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return err
	}
	w.pixmap, w.size = id, image.Pt(int(g.Width), int(g.Height))
	return nil
}

// findTop looks for the window manager's frame, and listens to it: some managers
// hide only that.
func (w *x11Window) findTop() error {
	top := w.id
	for {
		t, err := xproto.QueryTree(w.display.conn, top).Reply()
		if err != nil {
			return gone(err)
		}
		if t.Parent == t.Root || t.Parent == 0 {
			break
		}
		top = t.Parent
	}
	if top != w.top {
		if top != w.id {
			w.hear(top)
		}
		w.top = top
	}
	return nil
}

func (w *x11Window) free() {
	if w.pixmap != 0 {
		xproto.FreePixmap(w.display.conn, w.pixmap)
		w.pixmap = 0
	}
}

// gone adds ErrGone to the display's word that a window is none.
func gone(err error) error {
	var window xproto.WindowError
	var drawable xproto.DrawableError
	if errors.As(err, &window) || errors.As(err, &drawable) {
		return fmt.Errorf("%w: %v", ErrGone, err)
	}
	return err
}
