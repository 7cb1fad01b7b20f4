package meeting

import (
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// stillness is how long header and controls stay in full screen after the pointer
// has moved last.
const stillness = 2500 * time.Millisecond

// bars shows the header and the controls: always in a window; in full screen, over
// the stage, while the pointer moves, and while a menu is open or the keyboard is in
// them.
type bars struct {
	v            *View
	shown        bool
	moved        time.Time     // the pointer, or a key was pressed
	at           fyne.Position // of the pointer
	timer        *time.Timer   // nil before full screen
	sensor       *sensor
	above, below *canvas.Rectangle // behind them, in full screen
}

func newBars(v *View) *bars {
	b := &bars{v: v, shown: true, above: canvas.NewRectangle(nil), below: canvas.NewRectangle(nil)}
	b.sensor = newSensor(b.stir)
	b.above.Hide()
	b.below.Hide()
	b.dress()
	return b
}

func (b *bars) dress() {
	r, g, blue, _ := theme.Color(theme.ColorStage).RGBA()
	c := color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(blue >> 8), 0xD8}
	b.above.FillColor, b.below.FillColor = c, c
	b.above.Refresh()
	b.below.Refresh()
}

// over reports whether they lie over the stage and do not stay: in full screen, with
// no panel open.
func (b *bars) over() bool {
	return b.v.window.FullScreen() && (b.v.panel == nil || b.v.panel.mode == panelNone)
}

// stir hears of the pointer's moves.
func (b *bars) stir(at fyne.Position) {
	b.at = at
	b.wake()
}

// wake shows them for a while.
func (b *bars) wake() {
	b.moved = b.v.o.Now()
	if !b.over() {
		return
	}
	b.set(true)
	if b.timer == nil {
		b.timer = time.AfterFunc(stillness, func() { b.v.do(b.rest) })
	} else {
		b.timer.Reset(stillness)
	}
}

// rest hides them where nothing has moved for long enough.
func (b *bars) rest() {
	switch {
	case !b.over():
		b.set(true)
	case b.held():
		b.moved = b.v.o.Now()
	case b.v.o.Now().Sub(b.moved) >= stillness:
		b.set(false)
	}
}

// held reports whether they are in use though the pointer rests.
func (b *bars) held() bool {
	c := b.v.window.Canvas()
	if c.Overlays().Top() != nil {
		return true
	}
	high := c.Size().Height
	if b.at.Y > 0 && (b.at.Y < topHeight() || b.at.Y > high-barHeight()) {
		return true // the pointer is on them
	}
	o, ok := c.Focused().(fyne.CanvasObject)
	if !ok {
		return false
	}
	y := fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y
	_, tile := o.(interface{ Frames() uint64 })
	return !tile && (y < topHeight() || y >= high-barHeight())
}

func (b *bars) set(on bool) {
	if on != b.shown {
		b.shown = on
		b.v.relayout()
	}
}

// changed follows full screen, and the panel.
func (b *bars) changed() {
	// In a window the header comes first, for the keyboard; in full screen it lies over
	// the stage.
	top, before := fyne.CanvasObject(b.v.top.box), fyne.CanvasObject(b.v.stage.box)
	if b.over() {
		before = b.v.bar.box
	}
	objects := slices.DeleteFunc(slices.Clone(b.v.root.Objects), func(o fyne.CanvasObject) bool { return o == top })
	b.v.root.Objects = slices.Insert(objects, slices.Index(objects, before), top)
	b.set(true)
	b.v.relayout()
	b.wake()
}

func (b *bars) close() {
	if b.timer != nil {
		b.timer.Stop()
	}
}

// place shows and hides them in a window of a size.
func (b *bars) place(s fyne.Size) {
	v, over := b.v, b.over()
	show(v.top.box, b.shown)
	show(v.bar.box, b.shown)
	show(b.above, over && b.shown)
	show(b.below, over && b.shown)
	place(b.sensor, 0, 0, s.Width, s.Height)
	place(b.above, 0, 0, s.Width, topHeight())
	below := barHeight()
	if v.stage.pages > 1 {
		below += pagerHeight() // the arrows are on it, too
	}
	place(b.below, 0, s.Height-below, s.Width, below)
	v.stage.showPager()
}

// sensor is an object without looks that tells of the pointer's moves.
type sensor struct {
	base.BaseWidget
	moved func(at fyne.Position)
}

func newSensor(moved func(fyne.Position)) *sensor {
	s := &sensor{moved: moved}
	s.ExtendBaseWidget(s)
	return s
}

// MouseIn implements desktop.Hoverable.
func (s *sensor) MouseIn(e *desktop.MouseEvent) { s.moved(e.AbsolutePosition) }

// MouseMoved implements desktop.Hoverable.
func (s *sensor) MouseMoved(e *desktop.MouseEvent) { s.moved(e.AbsolutePosition) }

// MouseOut implements desktop.Hoverable.
func (s *sensor) MouseOut() {}

// CreateRenderer implements fyne.Widget.
func (s *sensor) CreateRenderer() fyne.WidgetRenderer {
	return base.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
