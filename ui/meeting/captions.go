package meeting

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// captions show what is said, as a service in the meeting transcribes it, at the
// lower edge of the stage: of the one or two who spoke last, the last two lines.
type captions struct {
	v     *View
	box   *fyne.Container
	slots [captionSpeakers]*captionSlot

	// The most that were shown: the grid leaves room for them from then on.
	lines, speakers int
}

const (
	captionSpeakers = 2 // shown at once
	captionLines    = 2 // of each
	captionSegments = 4 // of a speaker's, from which the lines are taken
)

// captionSlot is one speaker's place. A speaker keeps it while words come.
type captionSlot struct {
	from  string // identity; "" is free
	at    time.Time
	until time.Time // shown so long
	name  string
	text  string
	wrap  wrapped
	plate *canvas.Raster
	who   *canvas.Text
	says  [captionLines]*canvas.Text
}

// wrapped are lines, and what they were wrapped from.
type wrapped struct {
	text        string
	width, size float32
	lines       []string
}

// last are the last lines of the text.
func (s *captionSlot) last(width, size float32) []string {
	if w := &s.wrap; w.text != s.text || w.width != width || w.size != size {
		*w = wrapped{s.text, width, size, widget.Wrap(s.text, width, size, fyne.TextStyle{})}
	}
	return s.wrap.lines[max(0, len(s.wrap.lines)-captionLines):]
}

func newCaptions(v *View) *captions {
	c := &captions{v: v}
	var objects []fyne.CanvasObject
	for i := range c.slots {
		s := &captionSlot{plate: widget.NewPlate(theme.ColorLabel, theme.Round), who: canvas.NewText("", nil)}
		s.who.TextStyle.Bold = true
		objects = append(objects, s.plate, s.who)
		for k := range s.says {
			s.says[k] = canvas.NewText("", nil)
			objects = append(objects, s.says[k])
		}
		c.slots[i] = s
	}
	for _, o := range objects {
		o.Hide()
	}
	c.box = container.NewWithoutLayout(objects...)
	return c
}

func (s *captionSlot) objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{s.plate, s.who}
	for _, t := range s.says {
		out = append(out, t)
	}
	return out
}

// Space around a caption's words.
const (
	captionPadX float32 = 12
	captionPadY float32 = 6
	captionGap  float32 = 4 // between two speakers
)

// captionShare is how much of the stage's height captions may take.
const captionShare = 0.5

// size is that of the text: of all text, and of captions above it, but on a low
// stage no more than leaves room for the pictures.
func (c *captions) size() float32 {
	size := theme.Scaled(16 * max(1, c.v.o.Preferences.CaptionSize))
	if h := c.v.stage.box.Size().Height; h > 0 {
		size = min(size, max(theme.Scaled(14), float32(int(h/10))))
	}
	return size
}

func (c *captions) line() float32 {
	return fyne.MeasureText("Ág", c.size(), fyne.TextStyle{}).Height
}

// height is that of some lines by some speakers.
func (c *captions) height(lines, speakers int) float32 {
	if lines == 0 {
		return 0
	}
	return float32(lines)*c.line() + float32(speakers)*2*captionPadY + float32(speakers-1)*captionGap
}

// band is what the grid leaves free below its tiles: nothing before the first
// caption, and then no less than it was, so that tiles do not jump with each sentence.
func (c *captions) band() float32 {
	if c.lines == 0 || c.v.o.Preferences.CaptionsOff {
		return 0
	}
	return c.height(c.lines, c.speakers) + theme.Gap
}

// reading is how long a text stays after its last word.
func reading(text string) time.Duration {
	return min(4*time.Second+time.Duration(len(text))*40*time.Millisecond, 10*time.Second)
}

// update takes the snapshot's captions, and lets those go that were read.
func (c *captions) update() {
	now := c.v.o.Now()
	for _, s := range c.slots {
		if s.from != "" && now.After(s.until) {
			*s = captionSlot{plate: s.plate, who: s.who, says: s.says}
		}
	}
	for _, x := range c.v.last.Captions {
		c.take(x, now)
	}
	c.place()
}

func (c *captions) take(x call.Caption, now time.Time) {
	i := slices.IndexFunc(c.slots[:], func(s *captionSlot) bool { return s.from == x.From })
	if i >= 0 && !x.At.After(c.slots[i].at) {
		return // it is there
	}
	until := x.At.Add(reading(x.Text))
	if now.After(until) {
		return
	}
	if i < 0 { // a free place, or that of who spoke longest ago
		i = slices.Index(c.slots[:], slices.MinFunc(c.slots[:], func(a, b *captionSlot) int {
			return cmp.Or(cmp.Compare(min(len(a.from), 1), min(len(b.from), 1)), a.at.Compare(b.at))
		}))
	}
	s := c.slots[i]
	s.from, s.at, s.until = x.From, x.At, until
	s.name = c.v.name(x.From)
	var all []string
	for _, y := range c.v.last.Captions {
		if y.From == x.From {
			all = append(all, strings.Join(strings.Fields(y.Text), " "))
		}
	}
	s.text = strings.Join(all[max(0, len(all)-captionSegments):], " ")
}

// place puts the captions where the stage leaves room for them.
func (c *captions) place() {
	room := c.v.stage.captionRoom()
	type block struct {
		s     *captionSlot
		lines []string
	}
	var blocks []block
	lines := 0
	width := min(room.W-2*theme.Gap, theme.Scaled(640*max(1, c.v.o.Preferences.CaptionSize)))
	name := width * 0.3
	for _, s := range c.slots {
		on := s.from != "" && !c.v.o.Preferences.CaptionsOff && width > 60
		for _, o := range s.objects() {
			show(o, on)
		}
		if !on {
			continue
		}
		s.who.TextSize, s.who.Color = c.size(), theme.Color(theme.ColorOnStage)
		widget.SetText(s.who, widget.Ellipsis(s.name, name, c.size(), s.who.TextStyle))
		all := s.last(width-2*captionPadX-s.who.MinSize().Width-theme.Gap, c.size())
		lines += len(all)
		blocks = append(blocks, block{s, all})
	}
	// On a low stage there is room for who spoke last, or for that one's last line.
	most := captionShare * min(c.v.stage.box.Size().Height, room.H)
	if len(blocks) > 1 && c.height(lines, len(blocks)) > most {
		slices.SortFunc(blocks, func(a, b block) int { return b.s.at.Compare(a.s.at) })
		for _, b := range blocks[1:] {
			for _, o := range b.s.objects() {
				o.Hide()
			}
		}
		blocks = blocks[:1]
		lines = len(blocks[0].lines)
	}
	if len(blocks) == 1 && lines > 1 && c.height(lines, 1) > most {
		blocks[0].lines = blocks[0].lines[lines-1:]
		lines = 1
	}
	if lines > c.lines || len(blocks) > c.speakers {
		c.lines, c.speakers = max(c.lines, lines), max(c.speakers, len(blocks))
		c.v.stage.arrange() // which comes back here where the room is another one
		if c.v.stage.captionRoom() != room {
			return
		}
	}
	line := c.line()
	y := room.Y + room.H - c.height(lines, len(blocks))
	for _, b := range blocks {
		who, wide := b.s.who.MinSize().Width, float32(0)
		for i, t := range b.s.says {
			show(t, i < len(b.lines))
			if i < len(b.lines) {
				t.TextSize, t.Color = c.size(), theme.Color(theme.ColorOnStage)
				t.Alignment = fyne.TextAlignLeading
				if bidi.RightToLeft(b.s.text) {
					t.Alignment = fyne.TextAlignTrailing
				}
				widget.SetText(t, b.lines[i])
				wide = max(wide, t.MinSize().Width)
			}
		}
		w, h := 2*captionPadX+who+theme.Gap+wide, float32(len(b.lines))*line+2*captionPadY
		x := room.X + float32(int((room.W-w)/2))
		place(b.s.plate, x, y, w, h)
		place(b.s.who, x+captionPadX, y+captionPadY, who, line)
		for i, t := range b.s.says[:len(b.lines)] {
			place(t, x+captionPadX+who+theme.Gap, y+captionPadY+float32(i)*line, wide, line)
		}
		y += h + captionGap
	}
	c.v.placeToasts()
}

// top is the upper edge of what is shown, in the stage.
func (c *captions) top() (y float32, ok bool) {
	for _, s := range c.slots {
		if s.plate.Visible() {
			return s.plate.Position().Y, true
		}
	}
	return 0, false
}

// dress follows the theme, and the size of text.
func (c *captions) dress() {
	for _, s := range c.slots {
		s.plate.Refresh()
	}
	c.place()
}

// toggleCaptions turns captions on or off.
func (v *View) toggleCaptions() {
	off := !v.o.Preferences.CaptionsOff
	v.o.Preferences.CaptionsOff = off
	v.stage.laid = arrangement{}
	v.stage.arrange()
	v.captions.place()
	says := lang.L("Captions are on. They need a transcription service in the meeting.")
	switch {
	case off:
		says = lang.L("Captions are off.")
	case v.o.Encrypted:
		says = lang.L("Captions are on. In an encrypted meeting the transcription service needs the key too.")
	}
	v.toasts.Say(widget.Info, theme.IconChat, says)
	if v.o.OnCaptions != nil {
		v.o.OnCaptions(!off)
	}
}
