package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// focusOut is how far a focus ring stands out from what has the keyboard, so that
// it is seen against the page and not against a face of its own colour.
const focusOut float32 = 3

// newFocusRing makes a hidden ring for a thing with corners of a radius.
func newFocusRing(radius float32) *canvas.Rectangle {
	r := canvas.NewRectangle(nil)
	r.StrokeWidth, r.CornerRadius = 2, radius+focusOut
	r.Hide()
	return r
}

func placeFocusRing(r *canvas.Rectangle, s fyne.Size) {
	place(r, -focusOut, -focusOut, s.Width+2*focusOut, s.Height+2*focusOut)
}

// presses says that a key presses the button that has the keyboard.
func presses(e *fyne.KeyEvent) bool {
	return e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter
}

// passRune hands what is typed to the window, whose keys act while a button has
// the keyboard. Space was the button's.
func passRune(o fyne.CanvasObject, r rune) {
	if c := canvasOf(o); c != nil && c.OnTypedRune() != nil && r != ' ' {
		c.OnTypedRune()(r)
	}
}

// passDown hands a press to the window, and passUp its end, but for those that press
// what has the keyboard.
func passDown(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c, ok := canvasOf(o).(desktop.Canvas); ok && c.OnKeyDown() != nil && !presses(e) {
		c.OnKeyDown()(e)
	}
}

func passUp(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c, ok := canvasOf(o).(desktop.Canvas); ok && c.OnKeyUp() != nil && !presses(e) {
		c.OnKeyUp()(e)
	}
}

// passKey hands a key to the window.
func passKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// escape runs what is to be done on Escape, or hands the key to the window.
func escape(o fyne.CanvasObject, f func(), e *fyne.KeyEvent) {
	if f != nil {
		f()
	} else {
		passKey(o, e)
	}
}
