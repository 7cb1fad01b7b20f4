//go:build (!gles && !arm && !arm64 && !android && !ios && !mobile && !wasm) || (darwin && !mobile && !ios && !wasm)

package widget

import (
	"unsafe"

	"github.com/go-gl/gl/v2.1/gl"
)

// blit draws one picture with OpenGL, in the middle of Fyne's own drawing.
//
// Fyne shows an image by deleting its texture and making another for each
// picture, and by a shader that computes round corners for every pixel and blends
// it. Without a GPU that is most of what a meeting costs. A blit keeps one
// texture and copies it.
//
// It is the colour of a rectangle of one pixel: Fyne (2.7, internal/painter/gl)
// asks for it each time it draws the rectangle, with the window's context
// current and the place of the rectangle in the uniform rect_coords. The colour
// itself is transparent. UI goroutine only.
type blit struct {
	picture
	copier *copier

	texture uint32
	w, h    int32 // of the texture

	// What cgo writes to would be allocated anew on each call elsewhere.
	program int32
	rect    [4]float32
	frame   [2]float32
}

// blitting says that pictures can be drawn so here.
const blitting = true

// RGBA implements color.Color, and draws.
func (b *blit) RGBA() (red, green, blue, alpha uint32) {
	if b.img != nil && len(b.img.Pix) > 0 {
		b.draw()
	}
	return 0, 0, 0, 0
}

func (b *blit) draw() {
	gl.GetIntegerv(gl.CURRENT_PROGRAM, &b.program)
	p := uint32(b.program)
	gl.GetUniformfv(p, gl.GetUniformLocation(p, gl.Str("rect_coords\x00")), &b.rect[0])
	gl.GetUniformfv(p, gl.GetUniformLocation(p, gl.Str("frame_size\x00")), &b.frame[0])
	gl.PushAttrib(gl.ENABLE_BIT | gl.TEXTURE_BIT | gl.CURRENT_BIT)
	b.copier.use()
	if !b.blended {
		gl.Disable(gl.BLEND)
	}
	b.upload()
	x1, y1 := -1+2*b.rect[0]/b.frame[0], 1-2*b.rect[2]/b.frame[1]
	x2, y2 := x1+2*float32(b.to[0])/b.frame[0], y1-2*float32(b.to[1])/b.frame[1]
	// As triangles, because that is how Mesa's rasteriser knows a rectangle.
	gl.Begin(gl.TRIANGLES)
	gl.TexCoord2f(0, 1)
	gl.Vertex2f(x1, y2)
	gl.TexCoord2f(1, 1)
	gl.Vertex2f(x2, y2)
	gl.TexCoord2f(1, 0)
	gl.Vertex2f(x2, y1)
	gl.TexCoord2f(0, 1)
	gl.Vertex2f(x1, y2)
	gl.TexCoord2f(1, 0)
	gl.Vertex2f(x2, y1)
	gl.TexCoord2f(0, 0)
	gl.Vertex2f(x1, y1)
	gl.End()
	gl.PopAttrib()
	gl.UseProgram(p)
}

// copier is a program that copies a texture and does nothing else. Mesa's software
// rasteriser copies by rows what it can see to be a copy of pixels in the screen's
// order, BGRA; all else it computes pixel by pixel, at three times the cost. Where
// the program does not compile, the fixed functions do the same. UI goroutine, with
// its window's context.
type copier struct {
	program uint32
	tried   bool
}

const (
	copyVertices = "#version 110\nvarying vec2 at;\n" +
		"void main() { at = gl_MultiTexCoord0.xy; gl_Position = gl_Vertex; }\x00"
	copyFragments = "#version 110\nuniform sampler2D picture;\nvarying vec2 at;\n" +
		"void main() { gl_FragColor = texture2D(picture, at); }\x00"
)

// use makes the copying program the current one.
func (c *copier) use() {
	if !c.tried {
		c.tried = true
		c.program = link(copyVertices, copyFragments)
	}
	gl.UseProgram(c.program)
	if c.program == 0 {
		gl.Enable(gl.TEXTURE_2D)
		gl.TexEnvi(gl.TEXTURE_ENV, gl.TEXTURE_ENV_MODE, gl.REPLACE)
	}
}

// copiers are those of all windows. They live as long as these: the driver
// translates a program when it first draws.
var copiers = map[glWindow]*copier{}

// copierOf returns a window's. UI goroutine.
func copierOf(w glWindow) *copier {
	c := copiers[w]
	if c == nil {
		c = &copier{}
		copiers[w] = c
	}
	return c
}

// forgetCopier drops that of a window that closes. Its program goes with the window.
func forgetCopier(w glWindow) { delete(copiers, w) }

// link makes a program of two shaders' text, which ends with a zero; 0 if it cannot.
func link(vertices, fragments string) uint32 {
	program := gl.CreateProgram()
	for kind, text := range map[uint32]string{gl.VERTEX_SHADER: vertices, gl.FRAGMENT_SHADER: fragments} {
		shader := gl.CreateShader(kind)
		source, release := gl.Strs(text)
		gl.ShaderSource(shader, 1, source, nil)
		release()
		gl.CompileShader(shader)
		gl.AttachShader(program, shader)
		gl.DeleteShader(shader) // with the program
	}
	gl.LinkProgram(program)
	var linked int32
	if gl.GetProgramiv(program, gl.LINK_STATUS, &linked); linked == 0 {
		gl.DeleteProgram(program)
		return 0
	}
	return program
}

// upload binds the texture and brings the picture into it.
func (b *blit) upload() {
	w, h := int32(b.img.Rect.Dx()), int32(b.img.Rect.Dy())
	if b.texture == 0 {
		gl.GenTextures(1, &b.texture)
		gl.BindTexture(gl.TEXTURE_2D, b.texture)
		for _, p := range [...][2]int32{
			{gl.TEXTURE_MIN_FILTER, gl.NEAREST}, {gl.TEXTURE_MAG_FILTER, gl.NEAREST},
			{gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE}, {gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE},
		} {
			gl.TexParameteri(gl.TEXTURE_2D, uint32(p[0]), p[1])
		}
	} else {
		gl.BindTexture(gl.TEXTURE_2D, b.texture)
	}
	pixels := unsafe.Pointer(&b.img.Pix[0])
	switch {
	case w != b.w || h != b.h:
		b.w, b.h = w, h
		// Not RGBA8: the driver is to keep the pixels as they come.
		gl.TexImage2D(gl.TEXTURE_2D, 0, gl.RGBA, w, h, 0, gl.BGRA, gl.UNSIGNED_BYTE, pixels)
	case b.fresh:
		gl.TexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, w, h, gl.BGRA, gl.UNSIGNED_BYTE, pixels)
	}
	b.fresh = false
}

// freeTextures gives textures back. The window's context is current.
func freeTextures(t []uint32) {
	if len(t) > 0 {
		gl.DeleteTextures(int32(len(t)), &t[0])
	}
}
