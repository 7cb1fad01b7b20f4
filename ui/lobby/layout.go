package lobby

import (
	"fyne.io/fyne/v2"

	"foyer/ui/theme"
)

// Widths of the lobby, in Fyne's units.
const (
	columnMin  = 300
	columnMax  = 520
	twoColumns = 2*columnMin + 3*theme.Wide
)

// columns lays two things side by side in the middle, or, where that is too
// narrow, one below the other.
type columns struct{ width float32 }

func (c *columns) side(w float32) float32 {
	if w < twoColumns {
		return min(max(w-2*theme.Wide, columnMin-2*theme.Wide), columnMax)
	}
	return min((w-3*theme.Wide)/2, columnMax)
}

// Layout implements fyne.Layout.
func (c *columns) Layout(o []fyne.CanvasObject, s fyne.Size) {
	c.width = s.Width
	w := c.side(s.Width)
	if s.Width < twoColumns {
		x, y := (s.Width-w)/2, float32(theme.Wide)
		for _, p := range o {
			p.Resize(fyne.NewSize(w, p.MinSize().Height))
			h := p.MinSize().Height // wrapped at its width
			p.Resize(fyne.NewSize(w, h))
			p.Move(fyne.NewPos(x, y))
			y += h + theme.Wide
		}
	} else {
		x := (s.Width - 2*w - theme.Wide) / 2
		for _, p := range o {
			p.Resize(fyne.NewSize(w, p.MinSize().Height))
			h := p.MinSize().Height
			p.Resize(fyne.NewSize(w, h))
			p.Move(fyne.NewPos(x, max(theme.Wide, (s.Height-h)/3)))
			x += w + theme.Wide
		}
	}
}

// MinSize implements fyne.Layout.
func (c *columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	high, sum := float32(0), float32(theme.Wide)
	for _, p := range o {
		h := p.MinSize().Height
		high = max(high, h)
		sum += h + theme.Wide
	}
	if c.width > 0 && c.width < twoColumns {
		return fyne.NewSize(columnMin, sum)
	}
	return fyne.NewSize(columnMin, high+2*theme.Wide)
}

// ratio keeps one object at a shape, as wide as it can be.
type ratio struct{ w, h float32 }

// Layout implements fyne.Layout.
func (r *ratio) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(s.Width, s.Height*r.w/r.h)
	h := w * r.h / r.w
	for _, p := range o {
		p.Resize(fyne.NewSize(w, h))
		p.Move(fyne.NewPos((s.Width-w)/2, (s.Height-h)/2))
	}
}

// MinSize implements fyne.Layout.
func (r *ratio) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(columnMin, columnMin*r.h/r.w)
}
