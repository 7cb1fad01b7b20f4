package device

import (
	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/video"
)

// screenSource is a monitor of the X server that DISPLAY names.
type screenSource struct {
	id      string
	options ScreenOptions
	display *x11Display
	monitor Info
}

func newScreenSource(id string, o ScreenOptions) source {
	return &screenSource{id: id, options: o}
}

func (s *screenSource) formats() ([]prop.Media, error) {
	d, err := x11Open()
	if err != nil {
		return nil, err
	}
	if s.monitor, err = d.monitor(s.id); err != nil {
		d.close()
		return nil, err
	}
	s.display = d
	return []prop.Media{picture(s.monitor.Bounds.Dx()&^1, s.monitor.Bounds.Dy()&^1, s.options.FrameRate)}, nil
}

func (s *screenSource) record(prop.Media) (video.Reader, error) {
	return newX11Capture(s.display, s.monitor, s.options)
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
	}{{d.shm, "MIT-SHM"}, {d.damage, "DAMAGE"}, {d.fixes, "XFIXES"}, {d.randr, "RANDR"}} {
		if e.has {
			s += " " + e.name
		}
	}
	return s, d.checkPixels()
}
