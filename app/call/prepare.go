package call

import (
	"sync"

	"foyer/media/codec"
)

// Prepare finds out what joining and sharing would otherwise wait for: how fast this
// machine encodes. It takes some 30 ms of processor time, once in a program; Join
// does it beside connecting where nobody has. Safe for use by several goroutines.
func Prepare() { prepare() }

var prepare = sync.OnceFunc(func() {
	codec.Choose(codec.Job{Content: codec.Detail, Width: maxScreen, Height: maxScreen * 9 / 16, FrameRate: screenOptions.FrameRate})
})
