package meeting

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/widget"

	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Size of a monitor's picture in the picker.
const (
	thumbWidth  float32 = 256
	thumbHeight float32 = 144
)

// pickScreen asks which monitor to share, with live pictures of them.
func (v *View) pickScreen() {
	screens := v.devices.Screens
	grid := container.NewGridWrap(fyne.NewSize(thumbWidth+16, thumbHeight+52))
	var cards []*screenCard
	var d *dialog.CustomDialog
	for _, s := range screens {
		c := newScreenCard(s, func() {
			d.Hide()
			v.share(s.ID)
		})
		cards = append(cards, c)
		grid.Add(c)
	}
	hint := base.NewLabel("Everyone in the meeting will see all of the monitor that you choose.")
	hint.Wrapping = fyne.TextWrapWord
	columns := min(2, max(1, len(screens)))
	rows := min(2, (len(screens)+columns-1)/columns)
	scroll := container.NewVScroll(grid)
	scroll.SetMinSize(fyne.NewSize(float32(columns)*(thumbWidth+16+4)+8, float32(rows)*(thumbHeight+52+4)))
	d = dialog.NewCustom("Share a screen", "Cancel", container.NewBorder(hint, nil, nil, nil, scroll), v.window)
	closed := make(chan struct{})
	v.open(d, func() { close(closed) })

	v.background(func(ctx context.Context) {
		again := time.NewTicker(time.Second)
		defer again.Stop()
		for {
			for i, s := range screens {
				img, err := v.o.Thumbnail(s.ID, int(thumbWidth)*2)
				v.do(func() { cards[i].show(img, err) })
			}
			select {
			case <-closed:
				return
			case <-ctx.Done():
				return
			case <-again.C:
			}
		}
	})
}

// share shares a monitor; what goes wrong is said by the snapshot, or here.
func (v *View) share(id string) {
	v.background(func(ctx context.Context) {
		err := v.call.ShareScreen(ctx, id)
		if err == nil || errors.Is(err, context.Canceled) {
			return
		}
		v.do(func() { v.toasts.Say(widget.Problem, "", deviceSentence("screen share", err)) })
	})
}

// screenCard is one monitor to choose.
type screenCard struct {
	base.BaseWidget
	tapped  func()
	back    *canvas.Rectangle
	ring    *canvas.Rectangle
	blank   *canvas.Rectangle
	picture *canvas.Image
	name    *canvas.Text
	size    *canvas.Text
	hovered bool
	focused bool
}

func newScreenCard(s device.Info, tapped func()) *screenCard {
	c := &screenCard{
		tapped:  tapped,
		back:    canvas.NewRectangle(nil),
		ring:    canvas.NewRectangle(nil),
		blank:   canvas.NewRectangle(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest, CornerRadius: 6},
		name:    canvas.NewText("", nil),
		size:    canvas.NewText("", nil),
	}
	c.back.CornerRadius, c.ring.CornerRadius, c.blank.CornerRadius = theme.Radius, theme.Radius, 6
	c.ring.StrokeWidth = 2
	name := s.Name
	if name == "" {
		name = "Monitor"
	}
	c.size.Text = fmt.Sprintf("%d × %d", s.Bounds.Dx(), s.Bounds.Dy())
	c.size.TextSize = theme.TextCaption
	room := thumbWidth - 12 - fyne.MeasureText(c.size.Text, theme.TextCaption, fyne.TextStyle{}).Width
	if s.Default {
		name += " (main)"
	}
	c.name.Text = widget.Ellipsis(name, room, theme.TextBody, fyne.TextStyle{})
	c.name.TextSize = theme.TextBody
	c.ExtendBaseWidget(c)
	c.dress()
	return c
}

func (c *screenCard) dress() {
	c.back.FillColor = theme.Color("hover")
	c.blank.FillColor = theme.Color(theme.ColorTrack)
	c.ring.StrokeColor = theme.Color("primary")
	c.name.Color = theme.Color("foreground")
	c.size.Color = theme.Color(theme.ColorMuted)
	show(c.back, c.hovered || c.focused)
	show(c.ring, c.hovered || c.focused)
}

func (c *screenCard) show(img *image.RGBA, err error) {
	if err != nil || img == nil {
		return
	}
	c.picture.Image = img
	c.picture.Refresh()
	show(c.blank, false)
}

// Tapped implements fyne.Tappable.
func (c *screenCard) Tapped(*fyne.PointEvent) { c.tapped() }

// MouseIn implements desktop.Hoverable.
func (c *screenCard) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (c *screenCard) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *screenCard) MouseOut() { c.hovered = false; c.Refresh() }

// Cursor implements desktop.Cursorable.
func (c *screenCard) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *screenCard) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements fyne.Focusable.
func (c *screenCard) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune implements fyne.Focusable.
func (c *screenCard) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *screenCard) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.tapped()
	}
}

// CreateRenderer implements fyne.Widget.
func (c *screenCard) CreateRenderer() fyne.WidgetRenderer { return &screenCardRenderer{c} }

type screenCardRenderer struct{ c *screenCard }

func (r *screenCardRenderer) Layout(s fyne.Size) {
	c := r.c
	place(c.back, 0, 0, s.Width, s.Height)
	place(c.ring, 1, 1, s.Width-2, s.Height-2)
	place(c.blank, 8, 8, thumbWidth, thumbHeight)
	place(c.picture, 8, 8, thumbWidth, thumbHeight)
	n, z := c.name.MinSize(), c.size.MinSize()
	y := 8 + thumbHeight + (s.Height-8-thumbHeight-n.Height)/2
	place(c.name, 12, y, n.Width, n.Height)
	place(c.size, s.Width-12-z.Width, y+(n.Height-z.Height)/2, z.Width, z.Height)
}

func (r *screenCardRenderer) MinSize() fyne.Size { return fyne.NewSize(thumbWidth+16, thumbHeight+52) }

func (r *screenCardRenderer) Refresh() { r.c.dress(); canvas.Refresh(r.c) }

func (r *screenCardRenderer) Destroy() {}

func (r *screenCardRenderer) Objects() []fyne.CanvasObject {
	c := r.c
	return []fyne.CanvasObject{c.back, c.ring, c.blank, c.picture, c.name, c.size}
}
