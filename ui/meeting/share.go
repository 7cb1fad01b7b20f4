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
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	basetheme "fyne.io/fyne/v2/theme"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// Sizes of cards in the picker: their pictures' at most and at least, and their columns.
const (
	thumbWidth     float32 = 256
	thumbLeast     float32 = 72
	cardMargin     float32 = 10 // that of the text over it
	pickerColumns          = 3
	doubleClick            = 500 * time.Millisecond
	thumbPixels            = 2 * int(thumbWidth)
	pickerHeadroom float32 = 172 // of a dialog's title, text and buttons
)

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
					if img, err := v.o.Thumbnail(s.ID, thumbPixels); err == nil {
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

// picker is the dialog with a card for each monitor and window. One of them is chosen.
type picker struct {
	v       *View
	screens []device.Info
	windows []device.Info
	cards   map[string]*screenCard
	rows    [][]*screenCard // as they stand
	columns int
	picture fyne.Size // of a card
	chosen  *screenCard
	body    *fyne.Container
	sound   *widget.Check
	do      *widget.KeyButton
	dialog  *widget.Dialog
	closed  chan struct{}
}

func newPicker(v *View, screens, windows []device.Info) *picker {
	p := &picker{v: v, screens: screens, cards: map[string]*screenCard{}, body: container.NewVBox(), closed: make(chan struct{})}
	text := lang.L("Everyone in the meeting will see all of the screen that you choose.")
	title := lang.L("Share a screen")
	if len(windows) > 0 {
		title, text = lang.L("Share a screen or a window"), lang.L("Everyone will see everything in the screen or window you pick.")
	}
	width := p.measure(v.window.Canvas().Size(), len(windows))
	hint := widget.NewParagraph(text, basetheme.ColorNameForeground, basetheme.SizeNameText)
	p.dialog = widget.NewDialog(v.window, title, container.NewVBox(hint, p.body))
	p.dialog.MaxWidth = width
	p.sound = widget.NewCheck(lang.L("Share computer sound"), func(on bool) { v.shareSound = on })
	p.sound.SetChecked(v.shareSound)
	p.dialog.SetAside(p.sound)
	p.dialog.AddButton(lang.L("Cancel"), nil, base.MediumImportance, nil)
	p.do = p.dialog.AddButton(lang.L("Share"), nil, base.HighImportance, p.share)
	p.list(windows)
	if len(p.rows) > 0 {
		p.dialog.FocusFirst(p.rows[0][0])
	}
	v.open(p.dialog, func() { close(p.closed) })
	return p
}

// measure settles the cards' columns and size for a window, so that a row of each kind
// is seen with its names, and returns the dialog's width.
func (p *picker) measure(room fyne.Size, windows int) float32 {
	fit := room.Width - 2*theme.Space
	least := min(widget.DialogWidth(), fit)
	widest := max(least, min(fit, float32(pickerColumns)*(thumbWidth+2*cardMargin)+2*theme.Space))
	fits := max(1, min(pickerColumns, int(widest/(200+2*cardMargin))))
	p.columns = min(fits, max(1, len(p.screens), windows))
	width := max(least, widest*float32(p.columns)/pickerColumns)
	kinds, head := float32(1), float32(0)
	if len(p.screens) > 0 && windows > 0 {
		kinds, head = 2, newSectionHead("").MinSize().Height+basetheme.Padding()
	}
	columns := float32(p.columns)
	w := (width-2*theme.Space-(columns-1)*basetheme.Padding())/columns - 2*cardMargin
	rest := (room.Height-2*theme.Space-theme.Scaled(pickerHeadroom))/kinds - head - cardHeight(0)
	p.picture = fyne.NewSize(w, float32(int(max(thumbLeast, min(w*9/16, rest)))))
	return width
}

// share shares what is chosen.
func (p *picker) share() {
	if p.chosen == nil {
		return
	}
	o := call.ShareOptions{Sound: p.sound.Checked}
	if p.chosen.info.Kind == device.Window {
		o.Window = text.Line(p.chosen.info.Name, windowTitleMax)
	}
	id := p.chosen.info.ID
	p.dialog.Hide()
	p.v.share(id, o)
}

// windowTitleMax bounds a window's title, in bytes.
const windowTitleMax = 200

// choose makes a card the one that is shared.
func (p *picker) choose(c *screenCard) {
	if before := p.chosen; before != nil && before != c {
		before.chosen = false
		before.Refresh()
	}
	p.chosen = c
	if c == nil {
		p.do.Disable()
		return
	}
	p.do.Enable()
	c.chosen = true
	c.Refresh()
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
		p.cards[s.ID] = newScreenCard(p, s)
	}
	if same {
		return
	}
	for id, c := range p.cards {
		if !there[id] {
			if p.v.window.Canvas().Focused() == fyne.Focusable(c) {
				p.v.window.Canvas().Focus(p.do)
			}
			delete(p.cards, id)
		}
	}
	p.rows = nil
	p.body.Objects = nil
	p.section(lang.L("Screens"), p.screens, len(windows) > 0)
	p.section(lang.L("Windows"), windows, len(p.screens) > 0)
	p.body.Refresh()
	switch {
	case len(p.rows) == 0:
		p.choose(nil)
	case p.chosen == nil || p.cards[p.chosen.info.ID] != p.chosen:
		p.choose(p.rows[0][0])
	}
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

// screenCard is one monitor or window to choose. It is chosen by a click or by having
// the keyboard, and shared by a second click or Return.
type screenCard struct {
	base.BaseWidget
	p       *picker
	info    device.Info
	back    *canvas.Rectangle
	ring    *canvas.Rectangle
	blank   *canvas.Rectangle
	picture *canvas.Image
	name    *canvas.Text
	size    *canvas.Text
	hovered bool
	chosen  bool
	clicked time.Time
}

func newScreenCard(p *picker, s device.Info) *screenCard {
	c := &screenCard{
		p:       p,
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
	c.info = s
	name, room := text.Line(s.Name, windowTitleMax), c.p.picture.Width
	if s.Kind != device.Window {
		if name == "" {
			name = lang.L("Monitor")
		}
		if s.Default && len(c.p.screens) > 1 {
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
	show(c.back, c.hovered || c.chosen)
	show(c.ring, c.chosen)
}

func (c *screenCard) show(img *image.RGBA) {
	c.picture.Image = img
	c.picture.Refresh()
}

// Tapped implements fyne.Tappable. Fyne's own double click would keep the first waiting.
func (c *screenCard) Tapped(*fyne.PointEvent) {
	now := c.p.v.o.Now()
	if c.chosen && now.Sub(c.clicked) < doubleClick {
		c.p.share()
		return
	}
	c.clicked = now
	c.p.v.window.Canvas().Focus(c)
}

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
	c.p.choose(c)
	c.p.dialog.Reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *screenCard) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (c *screenCard) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *screenCard) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		c.p.share()
	case fyne.KeyEscape:
		c.p.dialog.Hide()
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown:
		c.p.move(c, e.Name)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *screenCard) CreateRenderer() fyne.WidgetRenderer { return &screenCardRenderer{c} }

// cardHeight is a card's with a picture of that height: its name stands below it.
func cardHeight(picture float32) float32 { return cardMargin + picture + theme.Scaled(36) }

type screenCardRenderer struct{ c *screenCard }

func (r *screenCardRenderer) Layout(s fyne.Size) {
	c := r.c
	place(c.back, 0, 0, s.Width, s.Height)
	place(c.ring, 1, 1, s.Width-2, s.Height-2)
	high := c.p.picture.Height
	place(c.blank, cardMargin, cardMargin, s.Width-2*cardMargin, high)
	place(c.picture, cardMargin, cardMargin, s.Width-2*cardMargin, high)
	n, z := c.name.MinSize(), c.size.MinSize()
	y := cardMargin + high + (s.Height-cardMargin-high-n.Height)/2
	place(c.name, cardMargin, y, n.Width, n.Height)
	place(c.size, s.Width-cardMargin-z.Width, y+(n.Height-z.Height)/2, z.Width, z.Height)
}

func (r *screenCardRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, cardHeight(r.c.p.picture.Height))
}

func (r *screenCardRenderer) Refresh() { r.c.dress(); canvas.Refresh(r.c) }

func (r *screenCardRenderer) Destroy() {}

func (r *screenCardRenderer) Objects() []fyne.CanvasObject {
	c := r.c
	return []fyne.CanvasObject{c.back, c.ring, c.blank, c.picture, c.name, c.size}
}
