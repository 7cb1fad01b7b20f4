package renderer

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// Flat asks for windows without depth and stencil buffers, which Fyne never uses:
// without a GPU, clearing one and what Mesa does not do while there is one (its fast
// path for plain rectangles) is a third of what a meeting costs to draw. It counts for
// windows that are yet to be shown. w is one of Fyne's windows, and tells whether
// GLFW is there: in tests it is not. UI goroutine.
func Flat(w fyne.Window) {
	if _, drawn := w.(interface{ RunWithContext(func()) }); !drawn {
		return
	}
	glfw.WindowHint(glfw.DepthBits, 0)
	glfw.WindowHint(glfw.StencilBits, 0)
}
