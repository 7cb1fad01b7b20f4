//go:build !wayland

package mini

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// Supported says that there can be a small window here.
const Supported = true

// edgeGap is how far from the screen's edges the window first stands, in its pixels.
const edgeGap = 24

// inGLFW returns what GLFW knows one of Fyne's windows by; nil before the window
// exists, and in tests that have none. Not while the window is drawn.
func inGLFW(w fyne.Window) (g *glfw.Window) {
	if w, ok := w.(interface{ RunWithContext(func()) }); ok {
		w.RunWithContext(func() { g = glfw.GetCurrentContext() })
	}
	return g
}

// Main is the meeting's window as the window system has it. UI goroutine.
type Main struct {
	window fyne.Window
	g      *glfw.Window
}

// NewMain makes it of a window that may be shown later.
func NewMain(w fyne.Window) *Main { return &Main{window: w} }

func (m *Main) glfw() *glfw.Window {
	if m.g == nil {
		m.g = inGLFW(m.window)
	}
	return m.g
}

// Stands says whether the window is minimised, and whether it has the keyboard.
func (m *Main) Stands() (minimised, front bool) {
	g := m.glfw()
	if g == nil {
		return false, true
	}
	return g.GetAttrib(glfw.Iconified) == glfw.True, g.GetAttrib(glfw.Focused) == glfw.True
}

// Raise brings the window back, to the front and with the keyboard.
func (m *Main) Raise() {
	if g := m.glfw(); g != nil && g.GetAttrib(glfw.Iconified) == glfw.True {
		g.Restore()
	}
	m.window.RequestFocus()
}

// area is the part of the window's screen that no panel takes.
func (m *Main) area() (x, y, w, h int) {
	monitor := glfw.GetPrimaryMonitor()
	if g := m.glfw(); g != nil {
		wx, wy := g.GetPos()
		ww, wh := g.GetSize()
		if at := monitorAt(wx+ww/2, wy+wh/2); at != nil {
			monitor = at
		}
	}
	if monitor == nil {
		return 0, 0, 0, 0
	}
	return monitor.GetWorkarea()
}

func monitorAt(x, y int) *glfw.Monitor {
	for _, m := range glfw.GetMonitors() {
		mx, my := m.GetPos()
		if v := m.GetVideoMode(); v != nil && x >= mx && y >= my && x < mx+v.Width && y < my+v.Height {
			return m
		}
	}
	return nil
}

// native is the small window as the window system has it. UI goroutine.
type native struct {
	g *glfw.Window

	fromX, fromY       int // where the window was
	grabbedX, grabbedY int // and the pointer
}

// prepare tells the window system what a window is, once, when it exists and is not
// seen yet.
func (n *native) prepare(w fyne.Window, main *Main, p *Place) {
	if n.g != nil {
		return
	}
	if n.g = inGLFW(w); n.g == nil {
		return
	}
	n.g.SetAttrib(glfw.Decorated, glfw.False)
	n.g.SetAttrib(glfw.Floating, glfw.True)
	n.g.SetAttrib(glfw.FocusOnShow, glfw.False)
	hint(w)
	scale := w.Canvas().Scale()
	ww, wh := int(width*scale), int(height*scale)
	x, y := p.x, p.y
	if !p.known || monitorAt(x+ww/2, y+wh/2) == nil { // a screen may be gone since
		ax, ay, aw, ah := main.area()
		x, y = ax+aw-ww-edgeGap, ay+ah-wh-edgeGap
	}
	n.g.SetPos(x, y)
}

// keep notes where the window stands.
func (n *native) keep(p *Place) {
	if n.g != nil {
		p.x, p.y = n.g.GetPos()
		p.known = true
	}
}

// pointer is where the pointer is on the screen. Events say where it is in the
// window, which moves.
func (n *native) pointer() (x, y int) {
	wx, wy := n.g.GetPos()
	px, py := n.g.GetCursorPos()
	return wx + int(px), wy + int(py)
}

// grab notes where a drag begins, in the window's pixels: the pointer may be
// elsewhere by now.
func (n *native) grab(x, y int) {
	if n.g != nil {
		n.fromX, n.fromY = n.g.GetPos()
		n.grabbedX, n.grabbedY = n.fromX+x, n.fromY+y
	}
}

// drag moves the window with the pointer since grab.
func (n *native) drag() {
	if n.g != nil {
		x, y := n.pointer()
		n.g.SetPos(n.fromX+x-n.grabbedX, n.fromY+y-n.grabbedY)
	}
}
