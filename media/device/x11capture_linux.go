package device

import (
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

const (
	// placeEvery is how often the place of what is shown is looked up although
	// no event told of a change: not every window manager tells of all.
	placeEvery = 2 * time.Second
	// pointerEvery is how often at most the pointer is asked for while it moves:
	// X11 has no event for that which xgb could read. A question costs 0.4 ms of
	// CPU here, so one at rest, for pointerRest, is asked for every pointerIdle.
	pointerEvery = time.Second / 60
	pointerRest  = time.Second
	pointerIdle  = 100 * time.Millisecond
	// maxRetries bounds how often in a row a capture may meet a surface that
	// changed under it.
	maxRetries = 10
	// closeLimit bounds the wait for a display that hangs.
	closeLimit = time.Second
)

// What the display told since the last look; bits.
const (
	newsDamage  = 1 << iota // something was drawn
	newsPlace               // the target moved, or changed its size or visibility
	newsRenewed             // the target's pixels are others than before
	newsShape               // the cursor looks different
	newsGone                // the target ended
	newsDead                // the connection ended
)

// x11Capture is a video.Reader of one target. The display tells what was drawn
// (XDamage); only that is fetched, and nothing while nothing is drawn.
type x11Capture struct {
	display  *x11Display
	target   x11Target
	cursorOn bool
	interval time.Duration
	done     chan struct{}
	closed   atomic.Bool
	heard    chan struct{} // closed when listen has ended
	news     atomic.Uint32
	wake     chan struct{}

	mu       sync.Mutex // held by Read; guards what follows
	freed    bool
	ended    error // why there will be no frame any more
	timer    *time.Timer
	due      time.Time // of the next frame at the earliest
	placed   time.Time // of the last look for the place
	surface  x11Surface
	hidden   bool
	all      bool // no part of the surface is known
	damage   damage.Damage
	region   xfixes.Region
	parts    []image.Rectangle
	pointer  image.Point // relative to the window of the target
	pointed  time.Time   // when it last moved
	cursor   cursor
	grab     x11Grab
	retained retained
}

// newX11Capture starts a capture and takes the display over, also when it fails.
func newX11Capture(d *x11Display, target x11Target, o ScreenOptions) (*x11Capture, error) {
	rate := o.FrameRate
	if rate <= 0 {
		rate = defaultScreenRate
	}
	c := &x11Capture{
		display: d, target: target, cursorOn: !o.HideCursor && d.fixes,
		interval: max(time.Duration(float64(time.Second)/rate), 1),
		done:     make(chan struct{}), heard: make(chan struct{}), wake: make(chan struct{}, 1),
		timer: time.NewTimer(time.Hour), grab: x11Grab{display: d},
	}
	go c.listen()
	err := c.watch()
	if err == nil {
		err = c.place()
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("capture %s: %w", target, err)
	}
	return c, nil
}

// watch asks the display to tell what happens.
func (c *x11Capture) watch() error {
	conn := c.display.conn
	c.target.watch()
	if c.cursorOn {
		xfixes.SelectCursorInput(conn, c.display.screen.Root, xfixes.CursorNotifyMaskDisplayCursor)
	}
	if !c.display.damage {
		return nil
	}
	if v, err := damage.QueryVersion(conn, 1, 1).Reply(); err != nil || v.MajorVersion < 1 {
		c.display.damage = false
		return nil
	}
	var err error
	if c.damage, err = damage.NewDamageId(conn); err != nil {
		return err
	}
	if c.region, err = xfixes.NewRegionId(conn); err != nil {
		return err
	}
	if err := damage.CreateChecked(conn, c.damage, xproto.Drawable(c.target.window()), damage.ReportLevelNonEmpty).Check(); err != nil {
		return fmt.Errorf("watch damage: %w", err)
	}
	if err := xfixes.CreateRegionChecked(conn, c.region, nil).Check(); err != nil {
		return fmt.Errorf("watch damage: %w", err)
	}
	return nil
}

// listen takes the display's events until the connection ends.
func (c *x11Capture) listen() {
	defer close(c.heard)
	damaged := c.display.events["DAMAGE"] + damage.Notify
	shaped := c.display.events["XFIXES"] + xfixes.CursorNotify
	monitors := c.display.events["RANDR"]
	for {
		e, err := c.display.conn.WaitForEvent()
		if e == nil && err == nil {
			c.tell(newsDead)
			return
		}
		switch e := e.(type) {
		case x11Event:
			switch n := e[0] & 127; {
			case n == damaged && c.display.damage:
				c.tell(newsDamage)
			case n == shaped && c.display.fixes:
				c.tell(newsShape)
			case (n == monitors || n == monitors+1) && c.display.randr:
				c.tell(newsPlace)
			}
		case xproto.UnmapNotifyEvent:
			c.tell(newsPlace | newsRenewed)
		case xproto.ConfigureNotifyEvent, xproto.MapNotifyEvent, xproto.ReparentNotifyEvent:
			c.tell(newsPlace)
		case xproto.DestroyNotifyEvent:
			if e.Window == c.target.window() {
				c.tell(newsGone)
			} else {
				c.tell(newsPlace)
			}
		}
	}
}

func (c *x11Capture) tell(news uint32) {
	c.news.Or(news)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Read implements video.Reader: it blocks while nothing changes. The first
// frame comes at once. Errors: ErrGone.
func (c *x11Capture) Read() (*video.Frame, error) {
	c.mu.Lock()
	f, err := c.read()
	c.mu.Unlock()
	if c.closed.Load() {
		c.free() // if Close could not
		if f != nil {
			f.Release()
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", c.target, err)
	}
	return f, nil
}

// Close implements video.Reader. It waits little for a display that hangs.
func (c *x11Capture) Close() error {
	if !c.closed.Swap(true) {
		close(c.done)
		c.display.close()
		limit := time.NewTimer(closeLimit)
		defer limit.Stop()
		select {
		case <-c.heard:
		case <-limit.C:
		}
	}
	c.free()
	return nil
}

// free gives the memory back, unless a Read is running: that one frees it.
func (c *x11Capture) free() {
	if !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	if !c.freed {
		c.freed = true
		c.timer.Stop()
		c.grab.free(false)
		c.retained.reset()
	}
}

func (c *x11Capture) read() (*video.Frame, error) {
	for retries := 0; c.ended == nil; {
		if !c.wait() {
			return nil, io.EOF
		}
		f, err := c.look()
		var xe xgb.Error
		switch {
		case f != nil:
			return f, nil
		case err == nil:
			retries = 0
		case errors.As(err, &xe) && retries < maxRetries:
			// The target changed in the middle of it: find it again.
			retries++
			c.all, c.placed = true, time.Time{}
			c.target.free()
			c.due = time.Now().Add(c.interval)
		case errors.Is(err, ErrGone):
			c.ended = err
		default:
			c.ended = fmt.Errorf("%w: %v", ErrGone, err)
		}
	}
	return nil, c.ended
}

// wait waits until there may be something new, and a frame is due; false means closed.
func (c *x11Capture) wait() bool {
	if c.freed {
		return false
	}
	if c.news.Load() == 0 && (!c.all || c.hidden) {
		rest := max(placeEvery-time.Since(c.placed), time.Millisecond)
		switch {
		case c.hidden:
		case !c.display.damage:
			rest = 0
		case c.cursorOn:
			ask := max(c.interval, pointerEvery)
			if time.Since(c.pointed) > pointerRest {
				ask = max(ask, pointerIdle)
			}
			rest = min(rest, ask)
		}
		if !c.sleep(rest, c.wake) {
			return false
		}
	}
	return c.sleep(time.Until(c.due), nil)
}

// sleep returns after d or when woken; false means closed.
func (c *x11Capture) sleep(d time.Duration, wake <-chan struct{}) bool {
	if d <= 0 {
		select {
		case <-c.done:
			return false
		default:
			return true
		}
	}
	c.timer.Reset(d)
	select {
	case <-c.timer.C:
	case <-wake:
	case <-c.done:
		return false
	}
	return true
}

// place looks where the target is now.
func (c *x11Capture) place() error {
	s, err := c.target.find()
	if c.hidden = errors.Is(err, errHidden); err != nil {
		return err
	}
	c.placed = time.Now()
	s.area.Max.X -= s.area.Dx() & 1
	s.area.Max.Y -= s.area.Dy() & 1
	if s.area.Empty() {
		c.hidden = true
		return errHidden
	}
	old := c.surface
	old.root = s.root
	c.surface = s
	if old == s {
		return nil
	}
	c.all = true
	return c.grab.room(s.area.Size())
}

// look captures what changed. No frame and no error means that nothing did.
func (c *x11Capture) look() (*video.Frame, error) {
	conn := c.display.conn
	now := time.Now()
	news := c.news.Swap(0)
	switch {
	case news&newsDead != 0:
		return nil, fmt.Errorf("%w: connection to display lost", ErrGone)
	case news&newsGone != 0:
		return nil, ErrGone
	case news&newsRenewed != 0:
		c.target.free()
	}
	if news&newsPlace != 0 || now.Sub(c.placed) >= placeEvery {
		if err := c.place(); errors.Is(err, errHidden) {
			c.placed, c.all = now, true
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	if c.hidden {
		return nil, nil
	}

	// All questions go out before the first answer is awaited.
	all := c.all
	var changes xfixes.FetchRegionCookie
	asked := false
	switch {
	case !c.display.damage:
	case all:
		damage.Subtract(conn, c.damage, xfixes.RegionNone, xfixes.RegionNone)
	case news&newsDamage != 0:
		damage.Subtract(conn, c.damage, xfixes.RegionNone, c.region)
		changes, asked = xfixes.FetchRegion(conn, c.region), true
	}
	moved := false
	if c.cursorOn {
		var err error
		if moved, err = c.followPointer(news&newsShape != 0 || all); err != nil {
			return nil, err
		}
	}
	c.parts = c.parts[:0]
	if asked {
		r, err := changes.Reply()
		if err != nil {
			return nil, err
		}
		c.parts = damagedParts(c.parts, r.Rectangles, c.surface)
	}
	if !c.display.damage {
		c.due = now.Add(c.interval)
		changed, err := c.grab.changed(c.surface)
		if err != nil {
			return nil, err
		}
		all = all || changed
	}
	size := c.surface.area.Size()
	all = all || totalArea(c.parts) > size.X*size.Y*mostly/100
	if all {
		c.parts = append(c.parts[:0], image.Rectangle{Max: size})
	}
	if len(c.parts) == 0 && !moved {
		return nil, nil
	}
	f := c.retained.next(size.X, size.Y, all)
	if err := c.grab.fill(f, c.parts, c.surface); err != nil {
		f.Release()
		return nil, err
	}
	f.Captured = now
	if c.cursorOn {
		c.retained.finish(f, c.parts, &c.cursor)
	} else {
		c.retained.finish(f, c.parts, nil)
	}
	c.all = false
	if c.due = c.due.Add(c.interval); c.due.Before(now) {
		c.due = now.Add(c.interval)
	}
	return f, nil
}

// followPointer brings the cursor up to date, and says whether it moved or
// changed its looks. Its picture is asked for only then.
func (c *x11Capture) followPointer(changed bool) (bool, error) {
	conn := c.display.conn
	window, root := c.target.window(), c.display.screen.Root
	inside := xproto.QueryPointer(conn, window)
	var top xproto.QueryPointerCookie
	if window != root {
		top = xproto.QueryPointer(conn, root)
	}
	p, err := inside.Reply()
	if err != nil {
		return false, err
	}
	over := p.SameScreen
	if window != root {
		t, err := top.Reply()
		if err != nil {
			return false, err
		}
		// Over a window that covers the target, the cursor is none of its.
		over = over && t.Child == c.surface.top
	}
	at := image.Pt(int(p.WinX), int(p.WinY))
	c.surface.root = image.Pt(int(p.RootX), int(p.RootY)).Sub(at).Sub(c.surface.damage)
	shown := c.surface.area.Add(c.surface.root)
	if !over {
		c.pointer = image.Pt(-1<<15, -1<<15)
		return c.cursor.hide(shown), nil
	}
	if at == c.pointer && !changed {
		return false, nil
	}
	r, err := xfixes.GetCursorImage(conn).Reply()
	if err != nil {
		return false, err
	}
	if at != c.pointer {
		c.pointer, c.pointed = at, time.Now()
	}
	return c.cursor.set(r, shown), nil
}
