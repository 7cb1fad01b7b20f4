//go:build !((!gles && !arm && !arm64 && !android && !ios && !mobile && !wasm) || (darwin && !mobile && !ios && !wasm))

package widget

// blit stands in where Fyne draws by another OpenGL: pictures are images there.
type blit struct {
	picture
	copier  *copier
	texture uint32
}

type copier struct{}

func copierOf(glWindow) *copier { return nil }

func forgetCopier(glWindow) {}

const blitting = false

// RGBA implements color.Color: transparent.
func (*blit) RGBA() (red, green, blue, alpha uint32) { return 0, 0, 0, 0 }

func freeTextures([]uint32) {}
