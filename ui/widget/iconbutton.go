package widget

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"

	base "fyne.io/fyne/v2/theme"
)

// Style is how an IconButton looks.
type Style int

const (
	Neutral Style = iota // a control on the stage
	Off                  // a microphone or camera that is off
	Active               // on, and worth noticing: panel open, hand up, sharing
	Danger               // leave
	Bare                 // no disc; on the stage
	Quiet                // no disc; on a panel or a page, in the page's colours
)

type styleColors struct{ fill, hover, pressed, icon fyne.ThemeColorName }

var styles = map[Style]styleColors{
	Neutral: {theme.ColorControl, theme.ColorControlHover, theme.ColorControlPressed, theme.ColorOnStage},
	Off:     {theme.ColorControlOff, theme.ColorControlOffHover, theme.ColorControlOffHover, theme.ColorOnControlOff},
	Active:  {theme.ColorAccent, theme.ColorAccentHover, theme.ColorAccentHover, theme.ColorOnAccent},
	Danger:  {theme.ColorDanger, theme.ColorDangerHover, theme.ColorDangerHover, theme.ColorOnDanger},
	Bare:    {"", theme.ColorControlHover, theme.ColorControlPressed, theme.ColorOnStage},
	Quiet:   {"", base.ColorNameHover, base.ColorNamePressed, base.ColorNameForeground},
}

// Sizes of a round button and its icon, at the usual size of text.
const (
	controlSize float32 = 48
	controlIcon float32 = 22
)

// TipDelay is how long the pointer rests before a tooltip shows.
const TipDelay = 400 * time.Millisecond

// IconButton is a round button with an icon. Its tooltip says what it does, or,
// where it is disabled, why it cannot.
type IconButton struct {
	widget.BaseWidget

	// OnTapped runs when it is pressed.
	OnTapped func()

	icon     theme.IconName
	style    Style
	label    string
	reason   string // why it is disabled; "" when enabled
	badge    int
	size     fyne.Size
	iconSize float32

	hovered, pressed, focused bool

	disc      *canvas.Rectangle
	ring      *canvas.Rectangle
	picture   *canvas.Image
	badgeDisc *canvas.Rectangle
	badgeText *canvas.Text
	tip       *tip
}

// NewIconButton makes an enabled button. label is its tooltip.
func NewIconButton(icon theme.IconName, label string, tapped func()) *IconButton {
	b := &IconButton{
		OnTapped: tapped, icon: icon, label: label,
		size: fyne.NewSquareSize(controlSize), iconSize: controlIcon,
		disc:      canvas.NewRectangle(nil),
		ring:      newFocusRing(0),
		picture:   &canvas.Image{FillMode: canvas.ImageFillContain},
		badgeDisc: canvas.NewRectangle(nil),
		badgeText: canvas.NewText("", nil),
	}
	b.badgeText.TextStyle.Bold = true
	b.badgeDisc.Hide()
	b.badgeText.Hide()
	b.tip = newTip(b)
	b.ExtendBaseWidget(b)
	b.dress()
	return b
}

// SetSize changes the button's size and its icon's, as they are at the usual size
// of text: they grow with it. A button wider than high is a pill.
func (b *IconButton) SetSize(width, height, icon float32) {
	b.size, b.iconSize = fyne.NewSize(width, height), icon
	b.Refresh()
}

// Set changes icon, style and tooltip at once.
func (b *IconButton) Set(icon theme.IconName, style Style, label string) {
	if b.icon == icon && b.style == style && b.label == label {
		return
	}
	b.icon, b.style, b.label = icon, style, label
	b.dress()
}

// SetStyle changes the style.
func (b *IconButton) SetStyle(s Style) { b.Set(b.icon, s, b.label) }

// SetReason disables the button and says why in the tooltip; "" enables it.
func (b *IconButton) SetReason(why string) {
	if b.reason == why {
		return
	}
	b.reason = why
	b.pressed = false
	b.dress()
}

// Reason says why the button is disabled; "" when it is enabled.
func (b *IconButton) Reason() string { return b.reason }

// Label is the tooltip of the enabled button.
func (b *IconButton) Label() string { return b.label }

// Icon is what the button shows.
func (b *IconButton) Icon() theme.IconName { return b.icon }

// Style is how it looks.
func (b *IconButton) Style() Style { return b.style }

// Badge is the count in the corner.
func (b *IconButton) Badge() int { return b.badge }

// SetBadge shows a count in the corner; 0 shows none.
func (b *IconButton) SetBadge(n int) {
	if b.badge == n {
		return
	}
	b.badge = n
	text := strconv.Itoa(n)
	if n > 99 {
		text = "99+"
	}
	b.badgeText.Text = text
	b.badgeText.Refresh()
	show(b.badgeDisc, n > 0)
	show(b.badgeText, n > 0)
	b.Refresh()
}

// dress gives everything its colour.
func (b *IconButton) dress() {
	s := styles[b.style]
	fill, icon := s.fill, s.icon
	switch {
	case b.reason != "":
		icon = theme.ColorOnStageDisabled
		if fill != "" {
			fill = theme.ColorControlDisabled
		}
		if b.style == Quiet {
			icon = base.ColorNameDisabled
		}
	case b.pressed:
		fill = s.pressed
	case b.hovered:
		fill = s.hover
	}
	if fill == "" {
		b.disc.Hide()
	} else {
		b.disc.FillColor = theme.Color(fill)
		b.disc.Show()
		b.disc.Refresh()
	}
	if res := theme.IconIn(b.icon, icon); b.picture.Resource == nil || b.picture.Resource.Name() != res.Name() {
		b.picture.Resource = res
		b.picture.Refresh()
	}
	b.ring.StrokeColor = theme.Color(theme.ColorAccent)
	if b.style == Quiet {
		b.ring.StrokeColor = theme.Color(base.ColorNamePrimary)
	}
	show(b.ring, b.focused)
	b.badgeDisc.FillColor = theme.Color(theme.ColorAccent)
	b.badgeText.Color, b.badgeText.TextSize = theme.Color(theme.ColorOnAccent), theme.Scaled(11)
	text := b.label
	if b.reason != "" {
		text = b.reason
	}
	b.tip.setText(text)
}

// Tapped implements fyne.Tappable.
func (b *IconButton) Tapped(*fyne.PointEvent) {
	b.tip.hide()
	if b.reason == "" && b.OnTapped != nil {
		b.OnTapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *IconButton) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.dress()
	b.tip.soon()
}

// MouseMoved implements desktop.Hoverable.
func (b *IconButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *IconButton) MouseOut() {
	b.hovered, b.pressed = false, false
	b.dress()
	b.tip.hide()
}

// MouseDown implements desktop.Mouseable.
func (b *IconButton) MouseDown(*desktop.MouseEvent) { b.pressed = true; b.dress() }

// MouseUp implements desktop.Mouseable.
func (b *IconButton) MouseUp(*desktop.MouseEvent) { b.pressed = false; b.dress() }

// Cursor implements desktop.Cursorable.
func (b *IconButton) Cursor() desktop.Cursor {
	if b.reason != "" {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (b *IconButton) FocusGained() { b.focused = true; b.dress(); reveal(b); b.tip.show() }

// FocusLost implements fyne.Focusable.
func (b *IconButton) FocusLost() { b.focused = false; b.dress(); b.tip.hide() }

// TypedRune passes what is typed on to the window: a button is not typed into.
func (b *IconButton) TypedRune(r rune) { passRune(b, r) }

// KeyDown implements desktop.Keyable: the window knows repeats and held keys by it.
func (b *IconButton) KeyDown(e *fyne.KeyEvent) { passDown(b, e) }

// KeyUp implements desktop.Keyable.
func (b *IconButton) KeyUp(e *fyne.KeyEvent) { passUp(b, e) }

// TypedKey presses the button by Space or Return and passes the rest on.
func (b *IconButton) TypedKey(e *fyne.KeyEvent) {
	if presses(e) {
		b.Tapped(nil)
	} else {
		passKey(b, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *IconButton) CreateRenderer() fyne.WidgetRenderer { return &iconButtonRenderer{b} }

type iconButtonRenderer struct{ b *IconButton }

func (r *iconButtonRenderer) Layout(s fyne.Size) {
	b := r.b
	round := fyne.Min(s.Width, s.Height) / 2
	b.disc.CornerRadius, b.ring.CornerRadius = round, round+focusOut
	place(b.disc, 0, 0, s.Width, s.Height)
	placeFocusRing(b.ring, s)
	icon := fyne.Min(theme.Grown(b.iconSize), 1.12*round) // it may be given less than it grows to
	place(b.picture, (s.Width-icon)/2, (s.Height-icon)/2, icon, icon)
	m := b.badgeText.MinSize()
	h := theme.Scaled(18)
	w := fyne.Max(h, m.Width+8)
	b.badgeDisc.CornerRadius = h / 2
	place(b.badgeDisc, s.Width-w+4, -3, w, h)
	place(b.badgeText, s.Width-w+4+(w-m.Width)/2, -3+(h-m.Height)/2, m.Width, m.Height)
}

func (r *iconButtonRenderer) MinSize() fyne.Size {
	return fyne.NewSize(theme.Grown(r.b.size.Width), theme.Grown(r.b.size.Height))
}

func (r *iconButtonRenderer) Refresh() {
	r.b.dress()
	r.Layout(r.b.Size())
	r.b.picture.Refresh()
	r.b.badgeDisc.Refresh()
	r.b.badgeText.Refresh()
}

func (r *iconButtonRenderer) Destroy() { r.b.tip.hide() }

func (r *iconButtonRenderer) Objects() []fyne.CanvasObject {
	b := r.b
	return append([]fyne.CanvasObject{b.disc, b.ring, b.picture, b.badgeDisc, b.badgeText}, b.tip.objects()...)
}

// canvasOf is the canvas an object is on, or nil.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	if app := fyne.CurrentApp(); app != nil {
		return app.Driver().CanvasForObject(o)
	}
	return nil
}
