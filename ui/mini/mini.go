package mini

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/media/video"
	"foyer/ui/hotkey"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// State is what the window shows.
type State struct {
	Person widget.TileState // who speaks
	Mine   bool             // that is us: mirrored

	MicrophoneOn, CameraOn       bool
	WhyNoMicrophone, WhyNoCamera string // why they cannot be turned on; "" can
	Sharing                      bool
	Window                       string // the title of what is shared, where that is a window
	Recording                    bool
	Leaving                      bool
}

// Options is what the window needs around it. All runs on the UI goroutine.
type Options struct {
	Main  *Main  // the meeting's window: the first place is on its screen
	Place *Place // where it was last, and will have been; nil forgets

	Show func(identity string, to *video.Surface) // sends a camera's pictures there
	Hide func(to *video.Surface)

	OnMicrophone, OnCamera, OnStopShare, OnReturn, OnLeave func()
	OnClose                                                func() // the person closes it; the owner calls Close

	// Do runs a function on the UI goroutine, soon; nil is fyne.Do.
	Do func(func())
}

// Place is where the window stood, in the screen's coordinates; the zero value is
// the lower right corner.
type Place struct {
	known bool
	x, y  int
}

// Sizes, in Fyne's units.
const (
	edge          float32 = 4
	pictureWidth  float32 = 320
	pictureHeight float32 = 180
	barHeight     float32 = 48
	button        float32 = 36
	width                 = pictureWidth + 2*edge
	height                = edge + pictureHeight + barHeight
)

// Window is the open window. It belongs to the UI goroutine.
type Window struct {
	o       Options
	window  fyne.Window
	painter *widget.Painter
	tile    *widget.VideoTile
	state   State
	closed  bool
	pressed int // scan code of the last key

	root                                         *fyne.Container
	grip                                         *grip
	frame                                        *canvas.Rectangle
	shares                                       *fyne.Container // "You are sharing your screen"
	record                                       *fyne.Container // the meeting is recorded
	plate                                        *canvas.Raster
	sign                                         *canvas.Image
	text                                         *canvas.Text
	microphone, camera, stop, back, leave, close *widget.IconButton
}

// Open opens the window with a state.
func Open(o Options, s State) *Window {
	w := &Window{o: o}
	if w.o.Place == nil {
		w.o.Place = &Place{}
	}
	w.window = fyne.CurrentApp().NewWindow("Foyer") // the name by which X11 groups windows
	w.window.SetPadded(false)
	w.window.SetFixedSize(true)
	w.painter = widget.NewPainter(o.Do)
	w.painter.DrawOn(w.window)

	w.grip = newGrip(w)
	w.frame = canvas.NewRectangle(nil)
	w.frame.StrokeWidth = 1
	w.plate = widget.NewPlate(theme.ColorLabel, 6)
	w.sign = canvas.NewImageFromResource(theme.IconIn(theme.IconShare, theme.ColorAccent))
	w.text = canvas.NewText("", nil)
	w.text.TextSize = theme.TextCaption()
	w.shares = container.NewWithoutLayout(w.plate, w.sign, w.text)
	dot := canvas.NewImageFromResource(theme.IconIn(theme.IconRecord, theme.ColorOnControlOff))
	w.record = container.NewStack(widget.NewPlate(theme.ColorLabel, 6), container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(14), dot)))
	w.microphone = w.button(theme.IconMicrophone, "", o.OnMicrophone)
	w.camera = w.button(theme.IconCamera, "", o.OnCamera)
	w.stop = w.button(theme.IconStopShare, lang.L("Stop sharing (S)"), o.OnStopShare)
	w.stop.SetStyle(widget.Active)
	w.back = w.button(theme.IconFullscreen, lang.L("Back to the meeting"), o.OnReturn)
	w.leave = w.button(theme.IconLeave, lang.L("Leave (Ctrl+D)"), o.OnLeave)
	w.leave.SetStyle(widget.Danger)
	w.leave.SetSize(52, button, 22)
	w.close = w.button(theme.IconClose, lang.L("Close the small window (Esc)"), o.OnClose)
	w.close.SetSize(24, 24, 12)
	w.root = container.New(layout{w})
	w.Set(s)
	w.recolor()
	w.window.SetContent(w.root)
	w.window.Resize(fyne.NewSize(width, height))
	w.window.SetCloseIntercept(o.OnClose)
	w.keys()
	w.window.Show()
	w.window.SetTitle(lang.L("Small window") + " – Foyer")
	return w
}

func (w *Window) button(icon theme.IconName, label string, tapped func()) *widget.IconButton {
	b := widget.NewIconButton(icon, label, tapped)
	b.SetSize(button, button, 18)
	return b
}

// keys are the meeting's own, as far as there are buttons for them.
func (w *Window) keys() {
	c := w.window.Canvas()
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(w.keyDown)
	}
	c.SetOnTypedRune(w.typedRune)
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			w.o.OnClose()
		}
	})
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { w.o.OnLeave() })
}

func (w *Window) keyDown(e *fyne.KeyEvent) { w.pressed = e.Physical.ScanCode }

func (w *Window) typedRune(r rune) {
	switch hotkey.Typed(r, w.pressed) {
	case 'm', 'M':
		w.o.OnMicrophone()
	case 'v', 'V':
		w.o.OnCamera()
	case 's', 'S':
		if w.state.Sharing {
			w.o.OnStopShare()
		}
	}
}

// Set shows another state.
func (w *Window) Set(s State) {
	old, first := w.state, w.tile == nil
	if s == old && !first {
		return
	}
	w.state = s
	if first || s.Person.Identity != old.Person.Identity || s.Mine != old.Mine {
		w.follow(s)
	}
	person := s.Person
	person.Hand = person.Hand && !s.Sharing // that is said in its place
	w.tile.Set(person)
	if s.MicrophoneOn {
		w.microphone.Set(theme.IconMicrophone, widget.Neutral, lang.L("Mute (M)"))
	} else {
		w.microphone.Set(theme.IconMicrophoneOff, widget.Off, lang.L("Unmute (M)"))
	}
	if s.CameraOn {
		w.camera.Set(theme.IconCamera, widget.Neutral, lang.L("Turn the camera off (V)"))
	} else {
		w.camera.Set(theme.IconCameraOff, widget.Off, lang.L("Turn the camera on (V)"))
	}
	w.microphone.SetReason(s.WhyNoMicrophone)
	w.camera.SetReason(s.WhyNoCamera)
	leaving := ""
	if s.Leaving {
		leaving = lang.L("Leaving…")
	}
	w.leave.SetReason(leaving)
	if first || s.Sharing != old.Sharing || s.Window != old.Window || s.Recording != old.Recording {
		show(w.stop, s.Sharing)
		show(w.record, s.Recording)
		show(w.shares, s.Sharing)
		w.root.Layout.Layout(nil, w.root.Size())
	}
}

// follow shows another person's pictures.
func (w *Window) follow(s State) {
	if w.tile != nil {
		w.o.Hide(w.tile.Surface())
		w.tile.Close()
	}
	w.tile = widget.NewVideoTile(w.painter, video.Cover)
	w.tile.Surface().SetMirror(s.Mine)
	w.o.Show(s.Person.Identity, w.tile.Surface())
	w.root.Objects = []fyne.CanvasObject{w.frame, w.tile, w.grip, w.shares, w.record,
		w.microphone, w.camera, w.stop, w.back, w.leave, w.close}
	w.root.Refresh()
}

// Close takes the window away. Idempotent.
func (w *Window) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.o.Hide(w.tile.Surface())
	w.tile.Close()
	w.painter.Close()
	w.painter.Forget()
	w.grip.native.keep(w.o.Place)
	w.window.SetCloseIntercept(nil)
	w.window.Close()
}

// Frames is how many pictures have been shown of whoever is shown.
func (w *Window) Frames() uint64 { return w.tile.Frames() }

func (w *Window) recolor() {
	w.frame.StrokeColor = theme.Color(theme.ColorTipBorder)
	w.text.Color = theme.Color(theme.ColorOnStage)
}

// layout places everything. Fyne makes and maps a window in one go, and asks for
// the least size in between: that is when the window system is told what it is.
type layout struct{ w *Window }

// MinSize implements fyne.Layout.
func (l layout) MinSize([]fyne.CanvasObject) fyne.Size {
	l.w.grip.native.prepare(l.w.window, l.w.o.Main, l.w.o.Place)
	return fyne.NewSize(width, height)
}

// Layout implements fyne.Layout.
func (l layout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w := l.w
	place(w.frame, 0, 0, size.Width, size.Height)
	place(w.tile, edge, edge, pictureWidth, pictureHeight)
	place(w.grip, 0, 0, size.Width, size.Height)

	c := w.close.MinSize()
	place(w.close, size.Width-edge-6-c.Width, edge+6, c.Width, c.Height)
	room := pictureWidth - 8 - c.Width - 6 - 6 - 8 - 18
	w.text.Text, _ = widget.SharingLine(w.state.Window, room, w.text.TextSize, w.text.TextStyle)
	m := w.text.MinSize()
	place(w.shares, edge+8, edge+6, pictureWidth, 24)
	under := float32(0)
	if w.shares.Visible() {
		under = 24 + 4
	}
	place(w.record, edge+8, edge+6+under, 24, 24)
	place(w.plate, 0, 0, 8+18+m.Width+8, 24)
	place(w.sign, 7, 5, 14, 14)
	place(w.text, 26, (24-m.Height)/2, m.Width, m.Height)

	row := []*widget.IconButton{w.microphone, w.camera, w.stop, w.back, w.leave}
	wide := -theme.Gap
	for _, b := range row {
		if b.Visible() {
			wide += b.MinSize().Width + theme.Gap
		}
	}
	x := float32(int((size.Width - wide) / 2))
	for _, b := range row {
		if b.Visible() {
			m := b.MinSize()
			place(b, x, size.Height-barHeight+(barHeight-m.Height)/2, m.Width, m.Height)
			x += m.Width + theme.Gap
		}
	}
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// grip lies over the picture and moves the window; a double tap goes back to the
// meeting.
type grip struct {
	base.BaseWidget
	w      *Window
	native native
}

func newGrip(w *Window) *grip {
	g := &grip{w: w}
	g.ExtendBaseWidget(g)
	return g
}

// Dragged implements fyne.Draggable.
func (g *grip) Dragged(*fyne.DragEvent) { g.native.drag() }

// DragEnd implements fyne.Draggable: the last move may have told of no event.
func (g *grip) DragEnd() { g.native.drag() }

// MouseDown implements desktop.Mouseable.
func (g *grip) MouseDown(e *desktop.MouseEvent) {
	scale := g.w.window.Canvas().Scale()
	g.native.grab(int(e.AbsolutePosition.X*scale), int(e.AbsolutePosition.Y*scale))
}

// MouseUp implements desktop.Mouseable.
func (g *grip) MouseUp(*desktop.MouseEvent) {}

// DoubleTapped implements fyne.DoubleTappable.
func (g *grip) DoubleTapped(*fyne.PointEvent) { g.w.o.OnReturn() }

// CreateRenderer implements fyne.Widget.
func (g *grip) CreateRenderer() fyne.WidgetRenderer { return gripRenderer{g} }

// gripRenderer draws nothing, and hears of a new theme.
type gripRenderer struct{ g *grip }

func (r gripRenderer) Refresh()                     { r.g.w.recolor() }
func (r gripRenderer) Layout(fyne.Size)             {}
func (r gripRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r gripRenderer) Objects() []fyne.CanvasObject { return nil }
func (r gripRenderer) Destroy()                     {}
