package meeting

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/ui/theme"
	"foyer/ui/widget"
)

type panelMode int

const (
	panelNone panelMode = iota
	panelChat
	panelPeople
	panelStatistics
)

func panelHeader() float32 { return max(52, theme.Scaled(28)+24) }

// page is what a panel shows under its title.
type page interface {
	object() fyne.CanvasObject
	title() string
	update() // after a snapshot
	opened()
	closed()
}

// panel is the card beside the stage.
type panel struct {
	v    *View
	box  *fyne.Container
	mode panelMode
	from fyne.Focusable // had the keyboard when the panel opened; nil if nothing had

	card   *canvas.Raster
	header *canvas.Text
	close_ *widget.IconButton

	chat       *chat
	people     *people
	statistics *statistics
}

func newPanel(v *View) *panel {
	p := &panel{v: v, card: widget.NewPlate(theme.ColorSurface, theme.Radius), header: canvas.NewText("", nil)}
	p.chat, p.people, p.statistics = newChat(v), newPeople(v), newStatistics(v)
	p.header.TextStyle.Bold = true
	p.close_ = widget.NewIconButton(theme.IconClose, lang.L("Close"), func() { p.toggle(panelNone) })
	p.close_.SetStyle(widget.Quiet)
	p.close_.SetSize(36, 36, 18)
	p.box = container.New(placer{place: p.place}, p.card, p.header, p.close_, p.chat.object(), p.people.object(), p.statistics.object())
	p.box.Hide()
	for _, x := range p.pages() {
		x.object().Hide()
	}
	p.dress()
	return p
}

func (p *panel) pages() []page { return []page{p.chat, p.people, p.statistics} }

func (p *panel) page() page {
	switch p.mode {
	case panelChat:
		return p.chat
	case panelPeople:
		return p.people
	case panelStatistics:
		return p.statistics
	}
	return nil
}

func (p *panel) dress() {
	p.header.Color, p.header.TextSize = theme.Color("foreground"), theme.TextTitle()
	p.card.Refresh()
	p.header.Refresh()
	p.people.dress()
	p.statistics.dress()
	p.chat.dress()
}

func (p *panel) place(s fyne.Size) {
	place(p.card, 0, 0, s.Width, s.Height)
	m, head, c := p.header.MinSize(), panelHeader(), p.close_.MinSize()
	place(p.header, theme.Space, (head-m.Height)/2, m.Width, m.Height)
	place(p.close_, s.Width-c.Width-8, (head-c.Height)/2, c.Width, c.Height)
	for _, x := range p.pages() {
		if x.object().Visible() {
			place(x.object(), 0, head, s.Width, max(0, s.Height-head))
		}
	}
}

// toggle opens a page, or closes the panel if it shows that page already.
func (p *panel) toggle(mode panelMode) {
	if mode == p.mode {
		mode = panelNone
	}
	c := p.v.window.Canvas()
	back := mode == panelNone && (c.Focused() == nil || p.holds(c.Focused()))
	if p.mode == panelNone {
		p.from = c.Focused()
	}
	if old := p.page(); old != nil {
		old.closed()
		old.object().Hide()
	}
	p.mode = mode
	if now := p.page(); now != nil {
		now.update()
		widget.SetText(p.header, now.title())
		now.object().Show()
	}
	show(p.box, mode != panelNone)
	p.v.bars.changed()
	if now := p.page(); now != nil {
		now.opened()
	}
	p.v.forgetTold(mode)
	p.v.bar.update()
	if back {
		c.Unfocus()
		if o, ok := p.from.(fyne.CanvasObject); ok && o.Visible() {
			c.Focus(p.from)
		}
	}
}

// holds says that something lies in the panel.
func (p *panel) holds(f fyne.Focusable) bool {
	o, ok := f.(fyne.CanvasObject)
	if !ok {
		return false
	}
	d := fyne.CurrentApp().Driver()
	at := d.AbsolutePositionForObject(o).Subtract(d.AbsolutePositionForObject(p.box))
	s := p.box.Size()
	return p.box.Visible() && at.X >= 0 && at.Y >= 0 && at.X < s.Width && at.Y < s.Height
}

// update brings the open page up to the snapshot.
func (p *panel) update() {
	if now := p.page(); now != nil {
		now.update()
		if t := now.title(); t != p.header.Text {
			widget.SetText(p.header, t)
			p.place(p.box.Size())
		}
	}
}

func (p *panel) tick() {
	p.statistics.tick()
}

func (p *panel) close() {
	if now := p.page(); now != nil {
		now.closed()
	}
}
