package video

import "image"

// Fit says how a picture is laid into a tile of another shape.
type Fit int

const (
	Contain Fit = iota // whole picture, bars around it (screens)
	Cover              // tile filled, edges cut (cameras)
)

// Surface is where a decoder or a camera shows frames: it scales and converts
// each pushed frame once (libyuv) to the tile's pixel size, into a back buffer,
// on the pushing goroutine; the window's painter swaps buffers. A Surface of
// size 0x0 is hidden and costs nothing.
//
// Push, Resize, SetMirror and SetFit may be called from any goroutine; Swap from
// one goroutine (the painter).
type Surface struct{}

// NewSurface makes a hidden surface. dirty, if not nil, is called on the
// pushing goroutine when a new picture waits to be swapped; it must not block.
func NewSurface(dirty func()) *Surface { return &Surface{} }

// Push implements Sink.
func (s *Surface) Push(f *Frame) {}

// Resize sets the tile's size in device pixels; 0,0 hides the surface.
func (s *Surface) Resize(width, height int) {}

// SetMirror flips left and right, as people expect of their own picture.
func (s *Surface) SetMirror(on bool) {}

// SetFit chooses between Contain and Cover.
func (s *Surface) SetFit(f Fit) {}

// Size returns the tile's size in device pixels.
func (s *Surface) Size() (width, height int) { return 0, 0 }

// Clear forgets the picture, so that the tile falls back to its avatar.
func (s *Surface) Clear() {}

// Swap returns the newest picture, at the tile's size, and whether it changed
// since the last Swap. The image stays valid until the next Swap. It is nil
// while there is no picture.
func (s *Surface) Swap() (img *image.RGBA, changed bool) { return nil, false }

// Shown is how many frames the surface has converted and Swap has returned.
func (s *Surface) Shown() uint64 { return 0 }
