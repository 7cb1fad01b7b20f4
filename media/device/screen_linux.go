package device

import (
	"errors"
	"fmt"

	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/video"
)

// screenSource is a monitor or a window of the X server that DISPLAY names.
type screenSource struct {
	id      string
	options ScreenOptions
	display *x11Display
	target  x11Target
}

func newScreenSource(id string, o ScreenOptions) source {
	return &screenSource{id: id, options: o}
}

func (s *screenSource) formats() ([]prop.Media, error) {
	d, err := x11Open()
	if err != nil {
		return nil, err
	}
	var at x11Surface
	if s.target, err = newX11Target(d, s.id); err == nil {
		at, err = s.target.find()
	}
	if err != nil {
		d.close()
		return nil, notThere(err)
	}
	s.display = d
	return []prop.Media{picture(at.area.Dx()&^1, at.area.Dy()&^1, s.options.FrameRate)}, nil
}

func (s *screenSource) record(prop.Media) (video.Reader, error) {
	r, err := newX11Capture(s.display, s.target, s.options)
	if err != nil {
		return nil, notThere(err)
	}
	return r, nil
}

// notThere turns what ends a capture that runs into why none can begin.
func notThere(err error) error {
	if errors.Is(err, ErrGone) || errors.Is(err, errHidden) {
		return fmt.Errorf("%w: %v", ErrNoDevice, err)
	}
	return err
}

func (s *screenSource) close() {
	if s.display != nil {
		s.display.close()
	}
}

// screenList lists the monitors, over a connection that it keeps.
type screenList struct{ display *x11Display }

func (s *screenList) list() []Info {
	if s.display == nil {
		d, err := x11Open()
		if err != nil {
			return nil
		}
		s.display = d
	}
	s.display.drain()
	list, err := s.display.monitors()
	if err != nil {
		s.close() // the next list tries a new connection
		return nil
	}
	return list
}

func (s *screenList) close() {
	if s.display != nil {
		s.display.close()
		s.display = nil
	}
}

// Windows lists the windows that can be captured, oldest first, without those of
// this process, minimised ones, panels and menus. Nil where windows cannot be
// captured. Titles and bounds change often: Watch does not tell of them.
func Windows() []Info {
	d, err := x11Open()
	if err != nil {
		return nil
	}
	defer d.close()
	list, err := d.windows()
	if err != nil {
		return nil
	}
	return list
}

// ScreenSystem names what captures screens here, for diagnostics; the error says
// why there is nothing (ErrUnsupported, ErrDenied).
func ScreenSystem() (string, error) {
	d, err := x11Open()
	if err != nil {
		return "", err
	}
	defer d.close()
	s := "X11"
	for _, e := range []struct {
		has  bool
		name string
	}{{d.shm, "MIT-SHM"}, {d.damage, "DAMAGE"}, {d.fixes, "XFIXES"}, {d.randr, "RANDR"}, {d.composite, "Composite"}} {
		if e.has {
			s += " " + e.name
		}
	}
	return s, d.checkPixels(d.screen.RootDepth, d.screen.RootVisual)
}
