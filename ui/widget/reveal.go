package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// revealed is how much is left free around what is scrolled to.
const revealed float32 = 8

// reveal scrolls to what has got the keyboard: Fyne moves the keyboard to things out
// of sight, and leaves them there.
func reveal(o fyne.CanvasObject) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	root := c.Content()
	if top := c.Overlays().Top(); top != nil {
		root = top
	}
	if root != nil {
		scrollTo(root, o)
	}
}

// scrollTo looks for o in containers, scrollers and pop-ups, and scrolls on its way
// back. It returns where o lies in within.
func scrollTo(within, o fyne.CanvasObject) (at fyne.Position, found bool) {
	if within == o {
		return fyne.Position{}, true
	}
	if !within.Visible() {
		return at, false
	}
	try := func(x fyne.CanvasObject) bool {
		if at, found = scrollTo(x, o); found {
			at = at.Add(x.Position())
		}
		return found
	}
	switch x := within.(type) {
	case *fyne.Container:
		for _, child := range x.Objects {
			if try(child) {
				return at, true
			}
		}
	case *widget.PopUp:
		if try(x.Content) {
			return at, true
		}
	case *Dialog:
		if try(x.scroll) {
			return at, true
		}
	case *container.Scroll:
		inside, ok := scrollTo(x.Content, o)
		if !ok {
			return at, false
		}
		offset, view := x.Offset, x.Size().Height
		offset.Y = max(min(offset.Y, inside.Y-revealed), inside.Y+o.Size().Height+revealed-view)
		offset.Y = max(0, min(offset.Y, x.Content.Size().Height-view))
		if offset != x.Offset {
			x.ScrollToOffset(offset)
		}
		return inside.Subtract(offset), true
	}
	return at, false
}
