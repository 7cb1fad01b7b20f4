package meeting

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Size of a picture in the picker, and of a card with it.
const (
	thumbWidth      float32 = 256
	thumbHeight     float32 = 144
	screenCardWidth         = thumbWidth + 16
)

func screenCardHeight() float32 { return thumbHeight + theme.Scaled(36) + 16 }

// pickScreen asks which monitor or window to share, with live pictures of them.
func (v *View) pickScreen() {
	screens := v.devices.Screens
	v.background(func(ctx context.Context) {
		windows := v.o.Windows()
		var p *picker
		if !v.wait(func() { p = newPicker(v, screens, windows) }) {
			return
		}
		again := time.NewTicker(time.Second)
		defer again.Stop()
		for {
			for _, list := range [][]device.Info{screens, windows} {
				for _, s := range list {
					select {
					case <-p.closed:
						return
					case <-ctx.Done():
						return
					default:
					}
					if img, err := v.o.Thumbnail(s.ID, int(thumbWidth)*2); err == nil {
						v.do(func() { p.show(s.ID, img) })
					}
				}
			}
			select {
			case <-p.closed:
				return
			case <-ctx.Done():
				return
			case <-again.C:
			}
			windows = v.o.Windows()
			v.do(func() { p.list(windows) })
		}
	})
}

// picker is the dialog with a card for each monitor and window.
type picker struct {
	v       *View
	screens []device.Info
	windows []device.Info
	cards   map[string]*screenCard
	rows    [][]*screenCard // as they stand
	columns int
	body    *fyne.Container
	scroll  *container.Scroll
	sound   *widget.Check
	dialog  *dialog.CustomDialog
	closed  chan struct{}
}

func newPicker(v *View, screens, windows []device.Info) *picker {
	p := &picker{v: v, screens: screens, cards: map[string]*screenCard{}, body: container.NewVBox(), closed: make(chan struct{})}
	room := v.window.Canvas().Size()
	fits := max(1, min(3, int((room.Width-120)/screenCardWidth)))
	p.columns = min(fits, max(1, len(screens), len(windows)))
	p.list(windows)

	text := lang.L("Everyone in the meeting will see all of the screen that you choose.")
	title := lang.L("Share a screen")
	if len(windows) > 0 {
		title, text = lang.L("Share a screen or a window"), lang.L("Everyone will see everything in the screen or window you pick.")
	}
	hint := base.NewLabel(text)
	hint.Wrapping = fyne.TextWrapWord
	p.sound = widget.NewCheck(lang.L("Share computer sound"), func(on bool) { v.shareSound = on })
	p.sound.SetChecked(v.shareSound)
	width := float32(p.columns)*(screenCardWidth+4) + 12
	around := 2 * theme.Scaled(24) // the dialog's title and its button
	for _, o := range []fyne.CanvasObject{hint, p.sound} {
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		around += o.MinSize().Height
	}
	around += 140
	var content fyne.CanvasObject
	if room.Height-around >= screenCardHeight()+4 {
		p.scroll = container.NewVScroll(p.body)
		p.scroll.SetMinSize(fyne.NewSize(width, min(p.body.MinSize().Height, room.Height-around)))
		content = container.NewBorder(hint, p.sound, nil, nil, p.scroll)
	} else { // all of it scrolls on a low window
		p.scroll = container.NewVScroll(container.NewVBox(hint, p.body, p.sound))
		p.scroll.SetMinSize(fyne.NewSize(width, max(80, room.Height-2*theme.Scaled(24)-140)))
		content = p.scroll
	}
	p.dialog = dialog.NewCustom(title, lang.L("Cancel"), content, v.window)
	v.open(p.dialog, func() { close(p.closed) })
	p.dialog.Resize(p.dialog.MinSize()) // what wraps in it has its width now
	return p
}

// list takes the windows that there are now.
func (p *picker) list(windows []device.Info) {
	same := len(p.rows) > 0 && slices.EqualFunc(p.windows, windows, func(a, b device.Info) bool { return a.ID == b.ID })
	p.windows = windows
	there := map[string]bool{}
	for _, s := range slices.Concat(p.screens, windows) {
		there[s.ID] = true
		if c := p.cards[s.ID]; c != nil {
			c.describe(s)
			continue
		}
		p.cards[s.ID] = newScreenCard(s, func() {
			p.dialog.Hide()
			p.v.share(s.ID, call.ShareOptions{Sound: p.sound.Checked})
		}, p.focused, p.move)
	}
	if same {
		return
	}
	for id, c := range p.cards {
		if !there[id] {
			if c.focused {
				p.v.window.Canvas().Unfocus()
			}
			delete(p.cards, id)
		}
	}
	p.rows = nil
	p.body.Objects = nil
	p.section(lang.L("Screens"), p.screens, len(windows) > 0)
	p.section(lang.L("Windows"), windows, len(p.screens) > 0)
	p.body.Refresh()
}

// section appends the cards of a kind, under a heading where there is another kind.
func (p *picker) section(heading string, list []device.Info, headed bool) {
	if len(list) == 0 {
		return
	}
	if headed {
		p.body.Add(newSectionHead(heading))
	}
	grid := container.NewGridWithColumns(p.columns)
	for i, s := range list {
		if i%p.columns == 0 {
			p.rows = append(p.rows, nil)
		}
		last := &p.rows[len(p.rows)-1]
		*last = append(*last, p.cards[s.ID])
		grid.Add(p.cards[s.ID])
	}
	p.body.Add(grid)
}

// newSectionHead is a heading over cards, on a line with their names.
func newSectionHead(text string) fyne.CanvasObject {
	l := base.NewLabel(text)
	l.TextStyle.Bold = true
	return l
}

func (p *picker) show(id string, img *image.RGBA) {
	if c := p.cards[id]; c != nil {
		c.show(img)
	}
}

// focused brings a card into view.
func (p *picker) focused(c *screenCard) {
	d := fyne.CurrentApp().Driver()
	top := d.AbsolutePositionForObject(c).Y - d.AbsolutePositionForObject(p.scroll.Content).Y
	offset := p.scroll.Offset
	offset.Y = max(min(offset.Y, top), top+c.Size().Height-p.scroll.Size().Height)
	if offset != p.scroll.Offset {
		p.scroll.ScrollToOffset(offset)
	}
}

// move follows an arrow key from a card to another.
func (p *picker) move(c *screenCard, key fyne.KeyName) {
	for y, row := range p.rows {
		x := slices.Index(row, c)
		if x < 0 {
			continue
		}
		switch key {
		case fyne.KeyLeft:
			x--
		case fyne.KeyRight:
			x++
		case fyne.KeyUp:
			y--
		case fyne.KeyDown:
			y++
		}
		if y >= 0 && y < len(p.rows) && x >= 0 {
			to := p.rows[y]
			if x < len(to) || key == fyne.KeyUp || key == fyne.KeyDown {
				p.v.window.Canvas().Focus(to[min(x, len(to)-1)])
			}
		}
		return
	}
}

// share shares a monitor or a window; what goes wrong is said by the snapshot, or here.
func (v *View) share(id string, o call.ShareOptions) {
	v.background(func(ctx context.Context) {
		err := v.call.ShareScreen(ctx, id, o)
		if err == nil || errors.Is(err, context.Canceled) {
			return
		}
		v.do(func() { v.toasts.Say(widget.Problem, "", deviceSentence(sharedScreen, err)) })
	})
}

// screenCard is one monitor or window to choose.
type screenCard struct {
	base.BaseWidget
	tapped  func()
	seen    func(*screenCard)               // has the keyboard
	move    func(*screenCard, fyne.KeyName) // an arrow key
	back    *canvas.Rectangle
	ring    *canvas.Rectangle
	blank   *canvas.Rectangle
	picture *canvas.Image
	name    *canvas.Text
	size    *canvas.Text
	hovered bool
	focused bool
}

func newScreenCard(s device.Info, tapped func(), seen func(*screenCard), move func(*screenCard, fyne.KeyName)) *screenCard {
	c := &screenCard{
		tapped:  tapped,
		seen:    seen,
		move:    move,
		back:    canvas.NewRectangle(nil),
		ring:    canvas.NewRectangle(nil),
		blank:   canvas.NewRectangle(nil),
		picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest, CornerRadius: 6},
		name:    canvas.NewText("", nil),
		size:    canvas.NewText("", nil),
	}
	c.back.CornerRadius, c.ring.CornerRadius, c.blank.CornerRadius = theme.Radius, theme.Radius, 6
	c.ring.StrokeWidth = 2
	c.ExtendBaseWidget(c)
	c.describe(s)
	c.dress()
	return c
}

// describe sets what stands under the picture: of a window, its title alone.
func (c *screenCard) describe(s device.Info) {
	name, room := text.Line(s.Name, 200), thumbWidth-8
	if s.Kind != device.Window {
		if name == "" {
			name = lang.L("Monitor")
		}
		if s.Default {
			name = lang.L("{{.Screen}} (main)", map[string]any{"Screen": bidi.Isolate(name)})
		}
		c.size.TextSize = theme.TextCaption()
		c.size.Text = fmt.Sprintf("%d × %d", s.Bounds.Dx(), s.Bounds.Dy())
		beside := fyne.MeasureText(c.size.Text, theme.TextCaption(), fyne.TextStyle{}).Width + 8
		if fyne.MeasureText(name, theme.TextBody(), fyne.TextStyle{}).Width > room-beside && theme.TextScale() > 1 {
			c.size.Text, beside = "", 0 // the name matters more
		}
		room -= beside
	}
	if name = bidi.Line(widget.Ellipsis(name, room, theme.TextBody(), fyne.TextStyle{})); name != c.name.Text {
		c.name.Text = name
		c.Refresh()
	}
}

func (c *screenCard) dress() {
	c.name.TextSize, c.size.TextSize = theme.TextBody(), theme.TextCaption()
	c.back.FillColor = theme.Color("hover")
	c.blank.FillColor = theme.Color(theme.ColorTrack)
	c.ring.StrokeColor = theme.Color("primary")
	c.name.Color = theme.Color("foreground")
	c.size.Color = theme.Color(theme.ColorMuted)
	show(c.back, c.hovered || c.focused)
	show(c.ring, c.hovered || c.focused)
}

func (c *screenCard) show(img *image.RGBA) {
	c.picture.Image = img
	c.picture.Refresh()
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
func (c *screenCard) FocusGained() {
	c.focused = true
	c.Refresh()
	c.seen(c)
}

// FocusLost implements fyne.Focusable.
func (c *screenCard) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune implements fyne.Focusable.
func (c *screenCard) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *screenCard) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.tapped()
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown:
		c.move(c, e.Name)
	default: // Escape
		if w := fyne.CurrentApp().Driver().CanvasForObject(c); w != nil && w.OnTypedKey() != nil {
			w.OnTypedKey()(e)
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (c *screenCard) CreateRenderer() fyne.WidgetRenderer { return &screenCardRenderer{c} }

type screenCardRenderer struct{ c *screenCard }

func (r *screenCardRenderer) Layout(s fyne.Size) {
	c := r.c
	place(c.back, 0, 0, s.Width, s.Height)
	place(c.ring, 1, 1, s.Width-2, s.Height-2)
	x := (s.Width - thumbWidth) / 2
	place(c.blank, x, 8, thumbWidth, thumbHeight)
	place(c.picture, x, 8, thumbWidth, thumbHeight)
	n, z := c.name.MinSize(), c.size.MinSize()
	y := 8 + thumbHeight + (s.Height-8-thumbHeight-n.Height)/2
	place(c.name, x+4, y, n.Width, n.Height)
	place(c.size, s.Width-x-4-z.Width, y+(n.Height-z.Height)/2, z.Width, z.Height)
}

func (r *screenCardRenderer) MinSize() fyne.Size {
	return fyne.NewSize(screenCardWidth, screenCardHeight())
}

func (r *screenCardRenderer) Refresh() { r.c.dress(); canvas.Refresh(r.c) }

func (r *screenCardRenderer) Destroy() {}

func (r *screenCardRenderer) Objects() []fyne.CanvasObject {
	c := r.c
	return []fyne.CanvasObject{c.back, c.ring, c.blank, c.picture, c.name, c.size}
}
