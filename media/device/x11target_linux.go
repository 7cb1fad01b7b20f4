package device

import (
	"errors"
	"fmt"
	"image"
	"strconv"
	"strings"

	"github.com/jezek/xgb/xproto"
)

// x11Target is what a capture shows: a monitor or a window.
type x11Target interface {
	String() string
	// window is where drawing is watched. It never changes.
	window() xproto.Window
	// watch asks for the events that tell of a new place, size or end.
	watch()
	// find says where the pixels are now. Errors: ErrGone, errHidden, X errors.
	find() (x11Surface, error)
	// free gives back what find took from the display.
	free()
}

// newX11Target finds what an ID of a monitor or a window means. Errors:
// ErrNoDevice, ErrUnsupported.
func newX11Target(d *x11Display, id string) (x11Target, error) {
	if n, ok := strings.CutPrefix(id, windowPrefix); ok {
		w, err := strconv.ParseUint(n, 0, 32)
		if err != nil {
			return nil, fmt.Errorf("window %q: %w", n, ErrNoDevice)
		}
		return newX11Window(d, xproto.Window(w))
	}
	m, err := d.monitor(id)
	if err != nil {
		return nil, err
	}
	if err := d.checkPixels(d.screen.RootDepth, d.screen.RootVisual); err != nil {
		return nil, err
	}
	return &x11Monitor{display: d, id: m.ID}, nil
}

// checkPixels refuses pixels that are not 32 bits of B, G, R, X in memory.
func (d *x11Display) checkPixels(depth byte, visual xproto.Visualid) error {
	bits := byte(0)
	for _, f := range d.setup.PixmapFormats {
		if f.Depth == depth {
			bits = f.BitsPerPixel
		}
	}
	var red, blue uint32
	for _, depth := range d.screen.AllowedDepths {
		for _, v := range depth.Visuals {
			if v.VisualId == visual {
				red, blue = v.RedMask, v.BlueMask
			}
		}
	}
	if bits != 32 || d.setup.ImageByteOrder != xproto.ImageOrderLSBFirst || red != 0xff0000 || blue != 0xff {
		return fmt.Errorf("pixels of depth %d in %d bits: %w", depth, bits, ErrUnsupported)
	}
	return nil
}

// errHidden means that a window shows nothing now, and may show again.
var errHidden = errors.New("window is not shown")

// x11Surface is where the pixels of a target are.
type x11Surface struct {
	pixels xproto.Drawable
	area   image.Rectangle // of pixels, what is shown
	damage image.Point     // where the watched window's origin lies in pixels
	root   image.Point     // where the origin of pixels lies on the root window
	top    xproto.Window   // of a window: its ancestor right below the root window
}
