package renderer

import (
	"fmt"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// Describe opens an invisible window and returns the OpenGL renderer and
// version. It must run on the main goroutine, and not beside an open window.
func Describe() (string, error) {
	if err := glfw.Init(); err != nil {
		return "", fmt.Errorf("open display: %w", err)
	}
	defer glfw.Terminate()
	glfw.WindowHint(glfw.Visible, glfw.False)
	w, err := glfw.CreateWindow(16, 16, "Foyer", nil, nil)
	if err != nil {
		return "", fmt.Errorf("open an OpenGL window: %w", err)
	}
	defer w.Destroy()
	w.MakeContextCurrent()
	if err := gl.Init(); err != nil {
		return "", fmt.Errorf("load OpenGL: %w", err)
	}
	return fmt.Sprintf("%s, OpenGL %s", gl.GoStr(gl.GetString(gl.RENDERER)), gl.GoStr(gl.GetString(gl.VERSION))), nil
}
