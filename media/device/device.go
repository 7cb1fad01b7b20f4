package device

import (
	"errors"
	"image"
)

// Sentinels that a person can meet; errors.Is finds them through wrapping.
var (
	ErrNoDevice    = errors.New("no such device")       // nothing there, or it was unplugged before it was opened
	ErrBusy        = errors.New("device is in use")     // another program holds it
	ErrDenied      = errors.New("device access denied") // no permission
	ErrGone        = errors.New("device went away")     // it vanished while in use
	ErrUnsupported = errors.New("not supported on this system")
)

// Kind is what a device is.
type Kind int

const (
	Camera Kind = iota
	Microphone
	Speaker
	Screen
	Window // of another program, shared as a screen is
)

// None is the ID that opens nothing: join and listen. Default is the system's choice.
// Test is a source that needs no hardware: a moving card, or a soft tone. Any ID
// that names an existing file opens that file (Y4M, MP4, MJPEG; WAV).
const (
	Default = ""
	None    = "none"
	Test    = "test"
)

// Info describes one device. ID is stable across runs where the system allows it.
type Info struct {
	Kind    Kind
	ID      string
	Name    string
	Default bool
	Bounds  image.Rectangle // screens and windows: where they lie, in pixels
}
