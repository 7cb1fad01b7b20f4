package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	basetheme "fyne.io/fyne/v2/theme"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

// lonely is what is said while nobody else is there.
type lonely struct {
	box         *fyne.Container
	title, hint *widget.Paragraph
	copy        *widget.KeyButton
}

func newLonely(v *View) *lonely {
	l := &lonely{
		title: widget.NewParagraph(lang.L("You're the only one here"), theme.ColorOnStage, basetheme.SizeNameSubHeadingText).Bold().Centred(),
		hint:  widget.NewParagraph(lang.L("Others will appear here when they join."), theme.ColorOnStageMuted, basetheme.SizeNameText).Centred(),
	}
	objects := []fyne.CanvasObject{l.title, l.hint}
	if v.o.Links.any() {
		l.hint.SetText(lang.L("Send this link to the people you want to invite."))
		l.copy = widget.NewKeyButton(v.copyLabel(), theme.IconIn(theme.IconLink, "foregroundOnPrimary"), v.copyLink, nil)
		l.copy.Importance = base.HighImportance
		objects = append(objects, l.copy)
	}
	l.box = container.New(placer{place: l.place}, objects...)
	return l
}

// A paragraph has a margin of its own; between the two it is too much.
const lonelyOver float32 = 16

// height is what it wants at a width.
func (l *lonely) height(width float32) float32 { return l.heightOf(width, l.title, l.hint) }

func (l *lonely) heightOf(width float32, texts ...*widget.Paragraph) float32 {
	h := lonelyOver
	for _, p := range texts {
		h += widget.HeightAt(p, width) - lonelyOver
	}
	if l.copy != nil {
		h += l.copy.MinSize().Height + 2
	}
	return h
}

// place puts everything in the middle; where it is low, the hint goes first, and then
// the title.
func (l *lonely) place(s fyne.Size) {
	texts := []*widget.Paragraph{l.title, l.hint}
	for len(texts) > 0 && l.heightOf(s.Width, texts...) > s.Height+1 {
		texts = texts[:len(texts)-1]
	}
	show(l.title, len(texts) > 0)
	show(l.hint, len(texts) > 1)
	y := max(0, (s.Height-l.heightOf(s.Width, texts...))/2)
	for _, p := range texts {
		h := p.MinSize().Height
		place(p, 0, y, s.Width, h)
		y += h - lonelyOver
	}
	if l.copy != nil {
		m := l.copy.MinSize()
		place(l.copy, (s.Width-m.Width)/2, y+lonelyOver+2, m.Width, m.Height)
	}
}
