package meeting

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	basetheme "fyne.io/fyne/v2/theme"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// chat is the panel's page of messages, with a field to write into.
type chat struct {
	v     *View
	box   *fyne.Container
	lines *transcript
	field *composer
	send  *widget.IconButton
	empty *fyne.Container
	rule  *canvas.Rectangle
	room  *canvas.Text // how much more may be written, where that is little
	over  bool         // more is written than may be sent
	seen  uint64       // Seq of the last message that was on show
}

func newChat(v *View) *chat {
	c := &chat{v: v, lines: newTranscript(v), rule: canvas.NewRectangle(nil), room: canvas.NewText("", nil)}
	c.room.Alignment = fyne.TextAlignTrailing
	c.room.Hide()
	c.field = newComposer(v, c.submit)
	c.send = widget.NewIconButton(theme.IconSend, lang.L("Send (Enter)"), c.submit)
	c.send.SetStyle(widget.Quiet)
	c.send.SetSize(theme.LeastTouch, theme.LeastTouch, 20)
	title := widget.NewParagraph(lang.L("No messages yet"), theme.ColorMuted, basetheme.SizeNameText).Bold().Centred()
	hint := widget.NewParagraph(lang.L("Everyone in the meeting now can see your messages."), theme.ColorMuted, basetheme.SizeNameText).Centred()
	icon := canvas.NewImageFromResource(theme.IconIn(theme.IconChat, theme.ColorMuted))
	icon.FillMode = canvas.ImageFillContain
	c.empty = container.New(placer{place: func(s fyne.Size) {
		const between = float32(14) // what is too much between the paragraphs
		w, side := max(1, min(s.Width, theme.Grown(280))), theme.Grown(36)
		x := (s.Width - w) / 2
		t, h := widget.HeightAt(title, w), widget.HeightAt(hint, w)
		// On a low window the title stands alone.
		show(hint, t+h-between <= s.Height)
		if !hint.Visible() {
			h = between
		}
		show(icon, side+t+h-between <= s.Height)
		if !icon.Visible() {
			side = 0
		}
		y := max(0, (s.Height-side-t-h+between)/2)
		place(icon, (s.Width-side)/2, y, side, side)
		place(title, x, y+side, w, t)
		place(hint, x, y+side+t-between, w, h)
	}}, icon, title, hint)
	c.box = container.New(placer{place: c.place}, c.lines, c.empty, c.rule, c.field, c.room, c.send)
	c.field.grown = func() { c.place(c.box.Size()) }
	c.field.changed = c.measure
	c.dress()
	return c
}

func (c *chat) object() fyne.CanvasObject { return c.box }
func (c *chat) title() string             { return lang.L("Chat") }

func (c *chat) dress() {
	c.lines.dress()
	c.rule.FillColor = theme.Color("separator")
	c.rule.Refresh()
	c.room.TextSize, c.room.Color = theme.TextCaption(), theme.Color(theme.ColorMuted)
	if c.over {
		c.room.Color = theme.Color("error")
	}
	c.room.Refresh()
}

// roomShown is how many characters there is room for when that begins to be said.
const roomShown = 500

// measure says how much more may be written, near the end of it and beyond.
func (c *chat) measure(text string) {
	left, said := roomShown, ""
	if len(text) > call.MessageMax/2 { // else there is room enough in any script
		left = call.MessageRoom(text)
	}
	switch {
	case left < 0:
		said = lang.N("{{.Count}} characters too many", -left, map[string]any{"Count": -left})
	case left < roomShown:
		said = lang.N("{{.Count}} characters left", left, map[string]any{"Count": left})
	}
	widget.SetText(c.room, said)
	if on := said != ""; on != c.room.Visible() {
		show(c.room, on)
		c.place(c.box.Size())
	}
	if c.over != (left < 0) {
		c.over = left < 0
		c.dress()
		c.update()
	}
}

func (c *chat) place(s fyne.Size) {
	if s.Width < 1 {
		return
	}
	const edge = float32(12)
	touch := theme.Touch()
	h := max(c.field.height(), touch)
	foot := h + 2*edge
	if c.room.Visible() {
		m := c.room.MinSize()
		foot += m.Height
		place(c.room, edge, s.Height-foot+edge/2, s.Width-2*edge-touch-4, m.Height)
	}
	place(c.rule, 0, s.Height-foot, s.Width, 1)
	place(c.field, edge, s.Height-edge-h, s.Width-2*edge-touch-4, h)
	place(c.send, s.Width-edge-touch, s.Height-edge-touch, touch, touch)
	place(c.lines, 0, 0, s.Width, max(0, s.Height-foot))
	place(c.empty, 0, 0, s.Width, max(0, s.Height-foot))
}

func (c *chat) update() {
	s := c.v.last
	show(c.empty, len(s.Messages) == 0)
	c.lines.set(s.Messages)
	why := ""
	if !s.Local.CanChat {
		why = noPublish(s.Me.Role, lang.L("You joined as a viewer, and viewers cannot write in the chat"), lang.L("The host does not let you write in the chat"))
	}
	if why != "" != c.field.Disabled() {
		if why != "" {
			c.field.SetPlaceHolder(lang.L("You can read, but not write here"))
			c.field.Disable()
		} else {
			c.field.SetPlaceHolder(lang.L(placeHolder))
			c.field.Enable()
		}
	}
	if why == "" && c.over {
		why = tooLong()
	}
	c.send.SetReason(why)
	if n := len(s.Messages); n > 0 && c.v.panel != nil && c.v.panel.mode == panelChat {
		c.seen = s.Messages[n-1].Seq
	}
}

// unread counts what others wrote since the chat was last open.
func (c *chat) unread() int {
	if c.v.panel.mode == panelChat {
		return 0
	}
	n := 0
	messages := c.v.last.Messages
	for i := len(messages) - 1; i >= 0 && messages[i].Seq > c.seen; i-- {
		if !messages[i].Mine {
			n++
		}
	}
	return n
}

func (c *chat) opened() {
	c.update()
	c.lines.toEnd()
	if !c.field.Disabled() {
		c.v.window.Canvas().Focus(c.field)
	}
}

func (c *chat) closed() {
	if c.v.window.Canvas().Focused() == fyne.Focusable(c.field) {
		c.v.window.Canvas().Unfocus()
	}
}

func (c *chat) submit() {
	text := strings.TrimSpace(c.field.Text)
	if text == "" || c.field.Disabled() {
		return
	}
	if !c.v.send(text) {
		return
	}
	c.field.SetText("")
	c.lines.toEnd()
}

// send sends a chat line, and reports whether it is on its way.
func (v *View) send(text string) bool {
	if v.call.Send(text) != nil {
		v.toasts.Say(widget.Warning, "", tooLong())
		return false
	}
	return true
}

func tooLong() string {
	return lang.L("This message is too long. Shorten it, or send it in parts.")
}

const placeHolder = "Write to everyone"

// composer is the field: Enter sends, Shift+Enter begins a new line, Escape
// leaves. A held Space that opened the microphone ends here too.
type composer struct {
	base.Entry
	v       *View
	submit  func()
	grown   func()
	changed func(text string)
	lines   int
	shift   bool
}

func newComposer(v *View, submit func()) *composer {
	c := &composer{v: v, submit: submit, changed: func(string) {}, lines: 1}
	c.MultiLine = true
	c.Wrapping = fyne.TextWrapWord
	c.PlaceHolder = lang.L(placeHolder)
	c.ExtendBaseWidget(c)
	c.SetMinRowsVisible(1)
	c.OnChanged = func(text string) { c.fit(); c.changed(text) }
	return c
}

func (c *composer) height() float32 { return c.MinSize().Height }

// fit gives the field a row for each line, up to five.
func (c *composer) fit() {
	inner := max(40, c.Size().Width-2*base.NewLabel("").Theme().Size("innerPadding")-8)
	n := 0
	for _, l := range strings.Split(c.Text, "\n") {
		w := fyne.MeasureText(l, theme.TextBody(), fyne.TextStyle{}).Width
		n += 1 + int(w/inner)
	}
	if n = max(1, min(5, n)); n != c.lines {
		c.lines = n
		c.SetMinRowsVisible(n)
		c.grown()
	}
}

// TypedKey implements fyne.Focusable.
func (c *composer) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if c.shift {
			c.TypedRune('\n')
			return
		}
		c.submit()
	case fyne.KeyEscape:
		c.v.window.Canvas().Unfocus()
		c.v.panel.toggle(panelNone)
	default:
		c.Entry.TypedKey(e)
	}
}

// KeyDown implements desktop.Keyable.
func (c *composer) KeyDown(e *fyne.KeyEvent) {
	if e.Name == "LeftShift" || e.Name == "RightShift" {
		c.shift = true
	}
	c.Entry.KeyDown(e)
}

// KeyUp implements desktop.Keyable.
func (c *composer) KeyUp(e *fyne.KeyEvent) {
	if e.Name == "LeftShift" || e.Name == "RightShift" {
		c.shift = false
	}
	c.v.keys.keyUp(e)
	c.Entry.KeyUp(e)
}

// FocusGained implements fyne.Focusable.
func (c *composer) FocusGained() {
	c.shift = false
	c.v.keys.hush()
	c.Entry.FocusGained()
}

// sameBreath is how close messages of one person must follow to share a heading.
const sameBreath = 3 * time.Minute

// follows says that m goes on under the heading of the message before it.
func follows(before, m call.Message) bool {
	return before.From == m.From && before.Mine == m.Mine && m.At.Sub(before.At) < sameBreath
}
