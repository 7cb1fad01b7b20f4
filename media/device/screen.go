package device

import (
	"fmt"

	"github.com/pion/mediadevices/pkg/driver"

	"foyer/media/video"
)

// ScreenOptions says how a screen is captured.
type ScreenOptions struct {
	FrameRate  float64 // at most; a still screen gives fewer frames. 0 means 30
	HideCursor bool
}

const defaultScreenRate = 30

// windowPrefix begins the IDs of windows.
const windowPrefix = "window:"

// OpenScreen captures a monitor or a window by ID (Default is the primary
// monitor). Test is a moving card of 1920x1080; an existing file is played.
// Errors: ErrNoDevice (also for a minimised window), ErrDenied, ErrUnsupported
// (no display, or a Wayland session).
//
// The first Read returns at once. Later ones block until something has changed,
// the cursor's place and looks included, and give at most FrameRate frames a
// second: a still screen gives none, for hours. Who needs the picture again (for
// a key frame, or to make it sharper) keeps the last frame. Frames change their
// size with the monitor or window. A minimised window gives no frames until it is
// back. A Read that fails with ErrGone means that the monitor, the window or the
// display went away.
func OpenScreen(id string, o ScreenOptions) (video.Reader, error) {
	if o.FrameRate <= 0 {
		o.FrameRate = defaultScreenRate
	}
	want := CameraFormat{Width: 1920, Height: 1080, FrameRate: o.FrameRate}
	var s source
	switch {
	case id == None:
		return nil, fmt.Errorf("open screen %q: %w", id, ErrNoDevice)
	case id == Test:
		s = cardSource{want}
	case isFile(id):
		s = &fileSource{path: id}
	default:
		s = newScreenSource(id, o)
	}
	r, err := openSource(driver.Screen, id, s, want, nil)
	if err != nil {
		return nil, fmt.Errorf("open screen %q: %w", id, err)
	}
	return r, nil
}
