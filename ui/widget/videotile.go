package widget

import (
	"image"
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"foyer/media/video"
	"foyer/ui/theme"
)

// Signal is what to warn of in a person's connection.
type Signal int

const (
	SignalFine Signal = iota // nothing is shown
	SignalPoor
	SignalLost
)

// TileState is what a VideoTile shows beside the picture.
type TileState struct {
	Identity string // gives the avatar its colour
	Name     string // as it is shown; cut with "…" where it does not fit
	Person   string // whose initials the avatar has; "": Name's
	Picture  bool   // a picture is expected; else the avatar
	Muted    bool   // microphone is off
	Silenced bool   // not heard here
	Speaking bool
	Hand     bool // raised
	Signal   Signal
	Pinned   bool
	Paused   bool // a picture is expected but has stopped coming
	Host     bool
	Small    bool // a strip tile: smaller type, fewer marks
}

// leastAvatar is the smallest on which initials can be made out.
const leastAvatar = 12

// VideoTile shows one person or one screen: a picture from its Surface at the
// tile's exact size in device pixels, or an avatar, with name and marks over it.
//
// While it is hidden, or no picture is expected, its Surface has size 0x0.
// Close it when it is no longer needed.
type VideoTile struct {
	widget.BaseWidget

	// OnPin runs on a double tap, OnMenu on a secondary tap or the corner mark,
	// with the place on the canvas. OnMenu of nil has no mark.
	OnPin  func()
	OnMenu func(at fyne.Position)
	// OnStir runs while the pointer moves over the tile, with its place on the canvas,
	// and with none when the keyboard comes to it.
	OnStir func(at fyne.Position)

	surface *video.Surface
	mark    *mark
	state   TileState
	shown   bool // the image holds a picture
	swapped time.Time
	frames  uint64
	pixels  [2]int // the surface's size
	hovered bool
	clicked bool      // had the keyboard by a click
	stirred time.Time // when the pointer moved last
	focused bool

	back    *canvas.Raster
	ground  *canvas.Rectangle // draws the same by filling, in place of back
	filling blit
	filled  color.Color
	avatar  *Avatar
	image   *canvas.Image
	direct  *canvas.Rectangle // draws the picture by blit, in place of image
	blit    blit
	mask    cornerMask
	ring    *ring
	focus   *ring // has the keyboard
	label   *canvas.Raster
	name    *canvas.Text
	mic     *canvas.Image
	silent  *canvas.Image
	crown   *canvas.Image
	pin     *cornerButton // takes the tile out of the spotlight
	hand    *canvas.Rectangle
	handIco *canvas.Image
	bars    [3]*canvas.Rectangle
	pause   *canvas.Rectangle
	pauseIc *canvas.Image
	corner  *cornerButton

	details []string
	sheet   *canvas.Raster // behind the details
	lines   [5]*canvas.Text
}

// NewVideoTile makes a tile whose pictures p brings. fit says how a picture of
// another shape fills it.
func NewVideoTile(p *Painter, fit video.Fit) *VideoTile {
	t := &VideoTile{
		back:    NewPlate(theme.ColorTile, theme.Radius),
		avatar:  NewAvatar("", "", 0),
		image:   &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}, // its pixels are the screen's
		ring:    newRing(theme.ColorAccent, 3, theme.Radius),
		focus:   newRing(theme.ColorOnStage, 2, theme.Radius+focusOut),
		label:   NewPlate(theme.ColorLabel, 6),
		name:    canvas.NewText("", nil),
		mic:     figure(theme.IconMicrophoneOff, theme.ColorOnControlOff),
		silent:  figure(theme.IconSpeakerOff, theme.ColorNotice),
		crown:   figure(theme.IconHost, theme.ColorNotice),
		hand:    rounded(14),
		handIco: figure(theme.IconHand, theme.ColorOnNotice),
		pause:   rounded(canvas.RadiusMaximum),
		pauseIc: figure(theme.IconPause, theme.ColorOnStage),
	}
	for i := range t.bars {
		t.bars[i] = rounded(1)
	}
	t.sheet = NewPlate(theme.ColorLabel, 6)
	for i := range t.lines {
		t.lines[i] = canvas.NewText("", nil)
		t.lines[i].Hide()
	}
	t.corner = newCornerButton(theme.IconMoreVertical, func(at fyne.Position) { t.menu(at) })
	t.pin = newCornerButton(theme.IconPin, func(fyne.Position) { t.DoubleTapped(nil) })
	for _, o := range []fyne.CanvasObject{t.image, t.mic, t.silent, t.crown, t.pin, t.hand, t.handIco, t.bars[0], t.bars[1], t.bars[2], t.pause, t.pauseIc, t.sheet, t.corner} {
		o.Hide()
	}
	t.direct, t.ground = canvas.NewRectangle(&t.blit), canvas.NewRectangle(&t.filling)
	t.direct.Hide()
	t.ground.Hide()
	t.blit.blended = fit == video.Contain // it may have bars
	t.mark = p.add(t)
	t.surface = video.NewSurface(t.mark.set)
	t.surface.SetFit(fit)
	if p.direct() {
		t.surface.SetOrder(video.BGRA)
		t.blit.copier, t.filling.copier = p.copier, p.copier
	}
	t.ExtendBaseWidget(t)
	t.dress()
	return t
}

func rounded(radius float32) *canvas.Rectangle {
	r := canvas.NewRectangle(nil)
	r.CornerRadius = radius
	return r
}

func figure(icon theme.IconName, color fyne.ThemeColorName) *canvas.Image {
	i := canvas.NewImageFromResource(theme.IconIn(icon, color))
	i.FillMode = canvas.ImageFillContain
	return i
}

// Surface is where this tile's pictures are pushed.
func (t *VideoTile) Surface() *video.Surface { return t.surface }

// State is what was last set.
func (t *VideoTile) State() TileState { return t.state }

// Showing says whether a picture, not the avatar, is seen.
func (t *VideoTile) Showing() bool { return t.shown && t.state.Picture }

// LastPicture is when the last picture came; zero if none did.
func (t *VideoTile) LastPicture() time.Time { return t.swapped }

// Frames is how many pictures have been shown.
func (t *VideoTile) Frames() uint64 { return t.frames }

// Close takes the tile from its painter and hides its surface.
func (t *VideoTile) Close() {
	t.mark.p.remove(t.mark)
	t.surface.Resize(0, 0)
	t.blit.img, t.filling.img = nil, nil
	t.mark.p.retire(&t.blit)
	t.mark.p.retire(&t.filling)
}

// Set shows a state and redraws no more than what differs.
func (t *VideoTile) Set(s TileState) {
	old := t.state
	if s == old {
		return
	}
	t.state = s
	if s.Identity != old.Identity || s.Name != old.Name || s.Person != old.Person {
		person := s.Person
		if person == "" {
			person = s.Name
		}
		t.avatar.Set(s.Identity, person)
	}
	if !s.Picture && old.Picture {
		t.shown = false
		t.surface.Clear()
	}
	t.ring.show(s.Speaking)
	old.Speaking, old.Identity = s.Speaking, s.Identity
	if s == old {
		return // the ring only
	}
	t.arrange()
	t.sync()
}

// SetDetails shows some lines in small type over the picture, such as its numbers:
// as many, from the first, as there is room for. nil shows none.
func (t *VideoTile) SetDetails(lines []string) {
	if slices.Equal(lines, t.details) {
		return
	}
	t.details = lines
	t.arrange()
}

// Details are the lines that were set.
func (t *VideoTile) Details() []string { return t.details }

// paint implements target: it brings in the surface's newest picture.
func (t *VideoTile) paint() {
	t.sync()
	img, changed := t.surface.Swap()
	if !changed {
		return
	}
	if t.surface.Waiting() {
		t.mark.again()
	}
	if img == nil || !t.state.Picture {
		if t.shown {
			t.shown = false
			t.arrange()
		}
		return
	}
	radius := theme.Radius * float32(img.Rect.Dx()) / max(t.Size().Width, 1)
	direct := t.mark.p.direct()
	if direct && !t.blit.blended {
		t.mask.blend(img, radius, theme.Color(theme.ColorStage), true)
	} else {
		t.mask.apply(img, radius)
	}
	t.frames++
	t.swapped = time.Now()
	if direct {
		t.blit.img, t.blit.fresh = img, true
	} else {
		t.image.Image = img
	}
	if !t.shown {
		t.shown = true
		t.arrange()
	}
	if direct {
		t.mark.p.stale = true
	} else {
		t.image.Refresh()
	}
}

// fill makes the ground that a tile without a picture has, as a picture that is drawn
// by a blit, and says whether it could: Fyne's own shader takes several times as
// long for each pixel, whenever anything in the window moves.
func (t *VideoTile) fill() bool {
	c := canvasOf(t)
	if !t.mark.p.direct() || c == nil {
		return false
	}
	size := t.Size()
	w, h := c.PixelCoordinateForPosition(fyne.NewPos(size.Width, size.Height))
	if w < 1 || h < 1 {
		return false
	}
	on, b := theme.Color(theme.ColorTile), &t.filling
	if b.img != nil && b.to == [2]int{w, h} && t.filled == on {
		return true
	}
	t.filled, b.to, b.fresh = on, [2]int{w, h}, true
	b.img = image.NewRGBA(image.Rect(0, 0, w, h))
	red, green, blue, _ := on.RGBA()
	for i := 0; i < len(b.img.Pix); i += 4 {
		b.img.Pix[i], b.img.Pix[i+1], b.img.Pix[i+2], b.img.Pix[i+3] = uint8(blue>>8), uint8(green>>8), uint8(red>>8), 255
	}
	t.mask.blend(b.img, theme.Radius*float32(w)/size.Width, theme.Color(theme.ColorStage), true)
	return true
}

// seen implements target.
func (t *VideoTile) seen(on bool) {
	if on && !t.swapped.IsZero() {
		t.swapped = time.Now() // as in Show
	}
	t.sync()
}

// sync gives the surface the tile's size in device pixels, or none.
func (t *VideoTile) sync() {
	var px [2]int
	if s := t.Size(); t.Visible() && t.mark.p.Seen() && t.state.Picture && s.Width >= 1 && s.Height >= 1 {
		px = [2]int{int(s.Width + 0.5), int(s.Height + 0.5)}
		if c := canvasOf(t); c != nil {
			px[0], px[1] = c.PixelCoordinateForPosition(fyne.NewPos(s.Width, s.Height))
		}
	}
	if px != t.pixels {
		t.pixels = px
		t.blit.to = px
		t.surface.Resize(px[0], px[1])
	}
}

// Hide implements fyne.CanvasObject; the surface rests.
func (t *VideoTile) Hide() {
	t.BaseWidget.Hide()
	t.sync()
}

// Show implements fyne.CanvasObject.
func (t *VideoTile) Show() {
	if !t.Visible() && !t.swapped.IsZero() {
		t.swapped = time.Now() // a hidden tile gets no pictures: that is no pause
	}
	t.BaseWidget.Show()
	t.sync()
}

// DoubleTapped implements fyne.DoubleTappable.
func (t *VideoTile) DoubleTapped(*fyne.PointEvent) {
	if t.OnPin != nil {
		t.OnPin()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (t *VideoTile) TappedSecondary(e *fyne.PointEvent) { t.menu(e.AbsolutePosition) }

func (t *VideoTile) menu(at fyne.Position) {
	if t.OnMenu != nil {
		t.OnMenu(at)
	}
}

// MouseIn implements desktop.Hoverable.
func (t *VideoTile) MouseIn(*desktop.MouseEvent) { t.hover(true) }

// MouseMoved implements desktop.Hoverable.
func (t *VideoTile) MouseMoved(e *desktop.MouseEvent) {
	t.hover(true)
	if t.OnStir != nil {
		t.OnStir(e.AbsolutePosition)
	}
}

// MouseOut implements desktop.Hoverable.
func (t *VideoTile) MouseOut() { t.hover(false) }

// Rest is called each second. Fyne does not tell when the pointer leaves the window:
// the menu's mark leaves when it has rested for a while.
func (t *VideoTile) Rest() {
	if t.hovered && time.Since(t.stirred) > restsAfter {
		t.hover(false)
	}
}

const restsAfter = 4 * time.Second

func (t *VideoTile) hover(on bool) {
	t.hovered, t.stirred = on, time.Now()
	t.showCorner()
}

// showCorner shows the menu's mark to who points at the tile, or has come to it by
// keyboard: a click gives it the keyboard too.
func (t *VideoTile) showCorner() {
	show(t.corner, t.OnMenu != nil && (t.hovered || t.focused && !t.clicked))
}

// Enable implements fyne.Disableable, with no effect.
func (t *VideoTile) Enable() {}

// Disable implements fyne.Disableable, with no effect.
func (t *VideoTile) Disable() {}

// Disabled keeps the keyboard from a tile that it can do nothing with.
func (t *VideoTile) Disabled() bool { return t.OnMenu == nil && t.OnPin == nil }

// Label is whose tile it is.
func (t *VideoTile) Label() string { return t.state.Name }

// NameAt is where the name stands in the tile; ok is false where none does.
func (t *VideoTile) NameAt() (r Rect, ok bool) {
	p, s := t.label.Position(), t.label.Size()
	return Rect{p.X, p.Y, s.Width, s.Height}, t.label.Visible()
}

// FocusGained implements fyne.Focusable.
func (t *VideoTile) FocusGained() {
	reveal(t)
	t.clicked = t.hovered
	t.setFocus(true)
	if t.OnStir != nil {
		t.OnStir(fyne.Position{})
	}
}

// FocusLost implements fyne.Focusable.
func (t *VideoTile) FocusLost() { t.setFocus(false) }

func (t *VideoTile) setFocus(on bool) {
	t.focused = on
	t.focus.show(on)
	t.showCorner()
}

// TypedRune passes what is typed on to the window.
func (t *VideoTile) TypedRune(r rune) { passRune(t, r) }

// KeyDown implements desktop.Keyable: the window knows repeats and held keys by it.
func (t *VideoTile) KeyDown(e *fyne.KeyEvent) { passDown(t, e) }

// KeyUp implements desktop.Keyable.
func (t *VideoTile) KeyUp(e *fyne.KeyEvent) { passUp(t, e) }

// TypedKey opens the menu at the corner mark by Space, Return or the menu key, and
// passes the rest on.
func (t *VideoTile) TypedKey(e *fyne.KeyEvent) {
	if (presses(e) || e.Name == desktop.KeyMenu) && t.OnMenu != nil {
		t.menu(fyne.CurrentApp().Driver().AbsolutePositionForObject(t.corner).AddXY(0, t.corner.Size().Height))
	} else {
		passKey(t, e)
	}
}

// dress gives everything its colour.
func (t *VideoTile) dress() {
	t.ring.recolor(theme.Color(theme.ColorAccent))
	t.focus.recolor(theme.Color(theme.ColorOnStage))
	t.label.Refresh()
	t.name.Color = theme.Color(theme.ColorOnStage)
	t.sheet.Refresh()
	for _, l := range t.lines {
		l.Color = theme.Color(theme.ColorOnStage)
	}
	t.hand.FillColor = theme.Color(theme.ColorNotice)
	t.pause.FillColor = theme.Color(theme.ColorLabel)
}

// arrange places everything for the state and the size.
func (t *VideoTile) arrange() {
	s, size := t.state, t.Size()
	if size.Width < 1 || size.Height < 1 {
		return
	}
	showing := t.Showing()
	// A picture covers the tile: what lies under it need not be drawn.
	show(t.direct, showing && t.mark.p.direct())
	show(t.image, showing && !t.mark.p.direct())
	place(t.direct, 0, 0, 1, 1)
	direct := !showing && t.fill()
	show(t.ground, direct)
	place(t.ground, 0, 0, 1, 1)
	show(t.back, !showing && !direct)
	place(t.back, 0, 0, size.Width, size.Height)
	place(t.image, 0, 0, size.Width, size.Height)
	t.ring.place(0, size)
	t.focus.place(focusOut, size)
	edge, text, icon := float32(8), theme.Scaled(13), theme.Scaled(16)
	small := s.Small || size.Width < theme.Grown(220)
	if small {
		edge, text, icon = 6, theme.Scaled(11), theme.Scaled(13)
	}
	// In a very low tile the label stays within it.
	low := max(8, float32(int(size.Height*0.36)))
	text, icon = min(text, low), min(icon, low)
	t.name.TextSize = text

	// The label: microphone, speaker, crown, name, bars.
	pad := float32(8)
	x := edge + pad
	line := fyne.MeasureText("Ág", text, fyne.TextStyle{}).Height
	h := line + 6
	y := size.Height - edge - h
	d := float32(int(fyne.Min(160, fyne.Min(size.Width, size.Height)*0.42)))
	above := size.Height // a low tile has its avatar in what the label leaves
	if (size.Height+d)/2 > y-4 {
		above = y + 2
		d = float32(int(fyne.Min(d, above-4)))
	}
	show(t.avatar, !showing && d >= leastAvatar)
	place(t.avatar, float32(int((size.Width-d)/2)), float32(int((above-d)/2)), d, d)
	put := func(o fyne.CanvasObject, on bool, w, hh float32) {
		show(o, on)
		if on {
			place(o, x, y+(h-hh)/2, w, hh)
			x += w + 5
		}
	}
	put(t.mic, s.Muted, icon, icon)
	put(t.silent, s.Silenced, icon, icon)
	put(t.crown, s.Host, icon, icon)
	room := size.Width - edge - pad - x
	if s.Signal != SignalFine {
		room -= 18
	}
	name := Ellipsis(s.Name, room, text, fyne.TextStyle{})
	SetText(t.name, name)
	w := drawnWidth(name, text, fyne.TextStyle{})
	put(t.name, name != "", w, line)
	for i, b := range t.bars {
		show(b, s.Signal != SignalFine)
		if s.Signal != SignalFine {
			bh := float32(4 + 4*i)
			place(b, x+1+float32(i*4), y+(h+12)/2-bh, 3, bh)
			c := theme.Color(theme.ColorOnStageDisabled)
			if i == 0 && s.Signal == SignalPoor {
				c = theme.Color(theme.ColorNotice)
			}
			if b.FillColor != c {
				b.FillColor = c
				b.Refresh()
			}
		}
	}
	if s.Signal != SignalFine {
		x += 18
	}
	show(t.label, x > edge+pad)
	place(t.label, edge, y, x-5+pad-edge, h)

	// The upper edge: hand at the left, pin beside it.
	x = edge
	b := theme.Grown(28)
	if small {
		b = theme.Grown(22)
	}
	show(t.hand, s.Hand)
	show(t.handIco, s.Hand)
	if s.Hand {
		t.hand.CornerRadius = b / 2
		place(t.hand, x, edge, b, b)
		place(t.handIco, x+b*0.18, edge+b*0.18, b*0.64, b*0.64)
		x += b + 6
	}
	show(t.pin, s.Pinned)
	if s.Pinned {
		place(t.pin, x, edge, b, b)
	}
	top := edge
	if s.Hand || s.Pinned {
		top += b + 6
	}
	t.arrangeDetails(edge, top, size.Width-2*edge, y-6-top)
	c := t.corner.MinSize()
	place(t.corner, size.Width-c.Width-edge, edge, c.Width, c.Height)

	paused := s.Paused && s.Picture
	show(t.pause, paused)
	show(t.pauseIc, paused)
	if paused {
		p := fyne.Min(64, size.Height*0.4)
		place(t.pause, (size.Width-p)/2, (size.Height-p)/2, p, p)
		place(t.pauseIc, (size.Width-p/2)/2, (size.Height-p/2)/2, p/2, p/2)
	}
}

// arrangeDetails lays the details into a place.
func (t *VideoTile) arrangeDetails(x, y, w, h float32) {
	text, pad := theme.Scaled(11), float32(6)
	if t.state.Small || w < theme.Grown(220) {
		text, pad = theme.Scaled(10), 4
	}
	line := float32(int(fyne.MeasureText("Ág", text, fyne.TextStyle{}).Height + 0.5))
	n, wide := 0, float32(0)
	for i, l := range t.lines {
		on := i < len(t.details) && float32(n+1)*line+2*pad <= h
		if on {
			l.TextSize = text
			SetText(l, Ellipsis(t.details[i], w-2*pad, text, fyne.TextStyle{}))
			place(l, x+pad, y+pad+float32(n)*line, w-2*pad, line)
			wide = max(wide, l.MinSize().Width)
			n++
		}
		show(l, on)
	}
	show(t.sheet, n > 0)
	if n > 0 {
		place(t.sheet, x, y, wide+2*pad, float32(n)*line+2*pad)
	}
}

// CreateRenderer implements fyne.Widget.
func (t *VideoTile) CreateRenderer() fyne.WidgetRenderer { return &tileRenderer{t} }

type tileRenderer struct{ t *VideoTile }

func (r *tileRenderer) Layout(fyne.Size)   { r.t.arrange(); r.t.sync() }
func (r *tileRenderer) MinSize() fyne.Size { return fyne.NewSize(64, 36) }
func (r *tileRenderer) Destroy()           {}

func (r *tileRenderer) Refresh() {
	r.t.dress()
	r.t.arrange()
	r.t.sync()
	refreshCanvas(r.t)
}

func (r *tileRenderer) Objects() []fyne.CanvasObject {
	t := r.t
	out := append([]fyne.CanvasObject{t.back, t.ground, t.avatar, t.image, t.direct}, t.ring.objects()...)
	out = append(out, t.focus.objects()...)
	return append(out,
		t.sheet, t.lines[0], t.lines[1], t.lines[2], t.lines[3], t.lines[4],
		t.label, t.mic, t.silent, t.crown, t.name, t.bars[0], t.bars[1], t.bars[2],
		t.hand, t.handIco, t.pin, t.pause, t.pauseIc, t.corner,
	)
}

// cornerButton is a mark on a tile that can be pressed. It is not hoverable, so that
// the pointer over it is still over the tile.
type cornerButton struct {
	widget.BaseWidget
	tapped func(at fyne.Position)
	disc   *canvas.Rectangle
	dots   *canvas.Image
}

func newCornerButton(icon theme.IconName, tapped func(fyne.Position)) *cornerButton {
	b := &cornerButton{tapped: tapped, disc: rounded(14), dots: figure(icon, theme.ColorOnStage)}
	b.disc.FillColor = theme.Color(theme.ColorLabel)
	b.ExtendBaseWidget(b)
	return b
}

// Tapped implements fyne.Tappable.
func (b *cornerButton) Tapped(e *fyne.PointEvent) { b.tapped(e.AbsolutePosition) }

// Cursor implements desktop.Cursorable.
func (b *cornerButton) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (b *cornerButton) CreateRenderer() fyne.WidgetRenderer { return &cornerRenderer{b} }

type cornerRenderer struct{ b *cornerButton }

func (r *cornerRenderer) Layout(s fyne.Size) {
	r.b.disc.CornerRadius = s.Height / 2
	place(r.b.disc, 0, 0, s.Width, s.Height)
	edge := s.Height * 3 / 14
	place(r.b.dots, edge, edge, s.Width-2*edge, s.Height-2*edge)
}
func (r *cornerRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(theme.Grown(28)) }
func (r *cornerRenderer) Refresh() {
	r.b.disc.FillColor = theme.Color(theme.ColorLabel)
	r.b.disc.Refresh()
}
func (r *cornerRenderer) Destroy() {}
func (r *cornerRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.disc, r.b.dots}
}
