package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Kind is how much a notice matters.
type Kind int

const (
	Info Kind = iota
	Success
	Warning
	Problem
)

var kindIcons = map[Kind]struct {
	icon  theme.IconName
	color fyne.ThemeColorName
}{
	Info:    {theme.IconInformation, theme.ColorAccent},
	Success: {theme.IconCheck, theme.ColorAccent},
	Warning: {theme.IconWarning, theme.ColorNotice},
	Problem: {theme.IconWarning, theme.ColorOnControlOff},
}

// pageColors are the icons' colours on a page.
var pageColors = map[Kind]fyne.ThemeColorName{
	Info: base.ColorNamePrimary, Success: base.ColorNamePrimary, Warning: base.ColorNameForeground, Problem: base.ColorNameError,
}

// noticeLines bounds a notice's height.
const noticeLines = 6

// NoticeWidth is how wide a notice is at most.
func NoticeWidth() float32 { return theme.Grown(420) }

// noticeIcon is the side of a notice's icon.
func noticeIcon() float32 { return theme.Scaled(20) }

// Notice is one sentence on a card, with an icon and, if there is something
// to do about it, a button. It wraps at MaxWidth.
type Notice struct {
	widget.BaseWidget

	// MaxWidth is as wide as it gets; 0 means NoticeWidth.
	MaxWidth float32
	// OnPage makes the card a light one in the light theme; otherwise it is dark, as the stage.
	OnPage bool

	kind   Kind
	icon   theme.IconName
	text   string
	lines  []*canvas.Text
	box    *canvas.Rectangle
	figure *canvas.Image
	action *TextButton
}

// NewNotice makes a notice. An icon of "" is the kind's own.
func NewNotice(kind Kind, icon theme.IconName, text string) *Notice {
	n := &Notice{kind: kind, icon: icon, text: text, box: canvas.NewRectangle(nil), figure: &canvas.Image{FillMode: canvas.ImageFillContain}}
	n.box.CornerRadius = theme.Round
	n.box.StrokeWidth = 1
	n.action = NewTextButton("", false, nil)
	n.action.Hide()
	n.ExtendBaseWidget(n)
	n.set()
	return n
}

// SetAction adds a button; a label of "" takes it away.
func (n *Notice) SetAction(label string, tapped func()) {
	n.action.set(label, tapped)
	show(n.action, label != "")
	n.Refresh()
}

// Set changes what it says.
func (n *Notice) Set(kind Kind, icon theme.IconName, text string) {
	if n.kind == kind && n.icon == icon && n.text == text {
		return
	}
	n.kind, n.icon, n.text = kind, icon, text
	n.set()
	n.Refresh()
}

// Text is what it says.
func (n *Notice) Text() string { return n.text }

func (n *Notice) maxText() float32 {
	w := n.MaxWidth
	if w == 0 {
		w = NoticeWidth()
	}
	w -= 12 + noticeIcon() + 10 + 16
	if n.action.Visible() {
		w -= n.action.MinSize().Width + 8
	}
	return w
}

func (n *Notice) set() {
	look := kindIcons[n.kind]
	icon := n.icon
	if icon == "" {
		icon = look.icon
	}
	text, face, edge := theme.ColorOnStage, theme.ColorTip, theme.ColorTipBorder
	if n.OnPage {
		look.color = pageColors[n.kind]
		text, face, edge = base.ColorNameForeground, theme.ColorSurface, look.color
		if n.kind == Warning {
			edge = base.ColorNameWarning
		}
	}
	if n.action.OnPage != n.OnPage {
		n.action.OnPage = n.OnPage
		n.action.Refresh()
	}
	n.figure.Resource = theme.IconIn(icon, look.color)
	n.box.FillColor, n.box.StrokeColor = theme.Color(face), theme.Color(edge)
	n.lines = n.lines[:0]
	for _, l := range wrap(n.text, n.maxText(), theme.TextBody(), fyne.TextStyle{}, noticeLines) {
		t := canvas.NewText(l, theme.Color(text))
		t.TextSize = theme.TextBody()
		n.lines = append(n.lines, t)
	}
}

// CreateRenderer implements fyne.Widget.
func (n *Notice) CreateRenderer() fyne.WidgetRenderer { return &noticeRenderer{n} }

type noticeRenderer struct{ n *Notice }

func (r *noticeRenderer) textSize() (w, h float32) {
	for _, l := range r.n.lines {
		m := l.MinSize()
		w, h = fyne.Max(w, m.Width), h+m.Height
	}
	return w, h
}

func (r *noticeRenderer) Layout(s fyne.Size) {
	n := r.n
	place(n.box, 0, 0, s.Width, s.Height)
	icon := noticeIcon()
	place(n.figure, 12, (s.Height-icon)/2, icon, icon)
	_, h := r.textSize()
	y := (s.Height - h) / 2
	for _, l := range n.lines {
		m := l.MinSize()
		place(l, 12+icon+10, y, m.Width, m.Height)
		y += m.Height
	}
	if n.action.Visible() {
		m := n.action.MinSize()
		place(n.action, s.Width-m.Width-6, (s.Height-m.Height)/2, m.Width, m.Height)
	}
}

func (r *noticeRenderer) MinSize() fyne.Size {
	w, h := r.textSize()
	w += 12 + noticeIcon() + 10 + 16
	if r.n.action.Visible() {
		w += r.n.action.MinSize().Width + 8
	}
	return fyne.NewSize(w, fyne.Max(44, h+20))
}

func (r *noticeRenderer) Refresh() {
	r.n.set()
	r.Layout(r.n.Size())
	r.n.box.Refresh()
	r.n.figure.Refresh()
	canvas.Refresh(r.n)
}

func (r *noticeRenderer) Destroy() {}

func (r *noticeRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.n.box, r.n.figure}
	for _, l := range r.n.lines {
		out = append(out, l)
	}
	return append(out, r.n.action)
}
