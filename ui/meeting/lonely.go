package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

// lonely is what is said while nobody else is there.
type lonely struct {
	box   *fyne.Container
	title *canvas.Text
	hint  *canvas.Text
	copy  *widget.KeyButton
}

func newLonely(v *View) *lonely {
	l := &lonely{title: canvas.NewText(lang.L("You are the only one here"), nil), hint: canvas.NewText("", nil)}
	l.title.TextSize = theme.TextTitle
	l.title.TextStyle.Bold = true
	l.hint.TextSize = theme.TextBody
	objects := []fyne.CanvasObject{l.title, l.hint}
	l.hint.Text = lang.L("Others will appear as soon as they join.")
	if v.o.Link != "" {
		l.hint.Text = lang.L("Send the link to whoever should join.")
		l.copy = widget.NewKeyButton(lang.L("Copy link"), theme.IconIn(theme.IconLink, "foregroundOnPrimary"), v.copyLink, nil)
		l.copy.Importance = base.HighImportance
		objects = append(objects, l.copy)
	}
	l.box = container.New(placer{place: l.place}, objects...)
	l.recolor()
	return l
}

func (l *lonely) recolor() {
	l.title.Color = theme.Color(theme.ColorOnStage)
	l.hint.Color = theme.Color(theme.ColorOnStageMuted)
	l.title.Refresh()
	l.hint.Refresh()
}

func (l *lonely) height() float32 {
	h := l.title.MinSize().Height + 4 + l.hint.MinSize().Height + 2*theme.Gap
	if l.copy != nil {
		h += l.copy.MinSize().Height + 12
	}
	return h
}

func (l *lonely) place(s fyne.Size) {
	y := max(0, (s.Height-l.height())/2+theme.Gap)
	put := func(o fyne.CanvasObject, after float32) {
		m := o.MinSize()
		place(o, (s.Width-m.Width)/2, y, m.Width, m.Height)
		y += m.Height + after
	}
	put(l.title, 4)
	put(l.hint, 12)
	if l.copy != nil {
		put(l.copy, 0)
	}
}
