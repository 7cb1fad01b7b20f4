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
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"foyer/media/video"
)

const (
	// keepAlive is how often a still screen is captured in full: it gives late
	// joiners a picture, and bounds what a missed damage report can hide.
	keepAlive = time.Second
	// maxRetries bounds how often in a row a capture may meet a screen that
	// changed its layout under it.
	maxRetries = 10
	bgraBytes  = 4
	allPlanes  = 0xffffffff
)

// x11Capture is a video.Reader of one monitor. It reads only the rows that
// XDamage reports, into memory shared with the X server.
type x11Capture struct {
	display  *x11Display
	id       string // never Default
	cursorOn bool
	pace     *video.Pace
	closed   atomic.Bool

	mu     sync.Mutex // held by Read; guards what follows
	freed  bool
	whole  time.Time // of the last capture of all rows
	bounds image.Rectangle
	pixels []byte  // BGRX rows of bounds, without padding
	shared []byte  // the segment that pixels lies in, nil without MIT-SHM
	seg    shm.Seg // its name at the server
	damage damage.Damage
	region xfixes.Region
	rows   []band
	images []shm.GetImageCookie
	cursor cursor
	drawn  image.Rectangle // where last shows the cursor
	last   *video.Frame
	pool   video.Pool
}

// newX11Capture starts a capture and takes the display over, also when it fails.
func newX11Capture(d *x11Display, monitor Info, o ScreenOptions) (*x11Capture, error) {
	rate := o.FrameRate
	if rate <= 0 {
		rate = defaultScreenRate
	}
	c := &x11Capture{
		display:  d,
		id:       monitor.ID,
		cursorOn: !o.HideCursor && d.fixes,
		pace:     video.NewPace(time.Duration(float64(time.Second) / rate)),
	}
	err := d.checkPixels()
	if err == nil && d.damage {
		err = c.watchDamage()
	}
	if err == nil {
		err = c.place(monitor.Bounds)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("capture monitor %s: %w", monitor.ID, err)
	}
	return c, nil
}

// checkPixels refuses screens whose pixels are not 32 bits of B, G, R, X in memory.
func (d *x11Display) checkPixels() error {
	bits := byte(0)
	for _, f := range d.setup.PixmapFormats {
		if f.Depth == d.screen.RootDepth {
			bits = f.BitsPerPixel
		}
	}
	var red, blue uint32
	for _, depth := range d.screen.AllowedDepths {
		for _, v := range depth.Visuals {
			if v.VisualId == d.screen.RootVisual {
				red, blue = v.RedMask, v.BlueMask
			}
		}
	}
	if bits != 32 || d.setup.ImageByteOrder != xproto.ImageOrderLSBFirst || red != 0xff0000 || blue != 0xff {
		return fmt.Errorf("screen of depth %d with %d bits a pixel: %w", d.screen.RootDepth, bits, ErrUnsupported)
	}
	return nil
}

func (c *x11Capture) watchDamage() error {
	conn := c.display.conn
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
	if err := damage.CreateChecked(conn, c.damage, xproto.Drawable(c.display.screen.Root), damage.ReportLevelNonEmpty).Check(); err != nil {
		return fmt.Errorf("watch damage: %w", err)
	}
	if err := xfixes.CreateRegionChecked(conn, c.region, nil).Check(); err != nil {
		return fmt.Errorf("watch damage: %w", err)
	}
	return nil
}

// place points the capture at a rectangle of the root window.
func (c *x11Capture) place(r image.Rectangle) error {
	r.Max.X -= r.Dx() & 1
	r.Max.Y -= r.Dy() & 1
	if r.Empty() {
		return ErrGone
	}
	if r == c.bounds {
		return nil
	}
	c.whole = time.Time{}
	c.bounds = r
	c.forget()
	size := r.Dx() * r.Dy() * bgraBytes
	if c.display.shm {
		if size <= len(c.shared) {
			c.pixels = c.shared[:size]
			return nil
		}
		c.unshare()
		err := c.share(size)
		if err == nil {
			c.pixels = c.shared[:size]
			return nil
		}
		if errors.Is(err, io.EOF) {
			return err
		}
		c.display.shm = false // a remote display
	}
	if size <= cap(c.pixels) {
		c.pixels = c.pixels[:size]
	} else {
		c.pixels = make([]byte, size)
	}
	return nil
}

func (c *x11Capture) share(size int) error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, size, unix.IPC_CREAT|0o600)
	if err != nil {
		return fmt.Errorf("get shared memory: %w", err)
	}
	// Once both sides have attached it, the segment lives until both detach.
	defer unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	b, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return fmt.Errorf("attach shared memory: %w", err)
	}
	seg, err := shm.NewSegId(c.display.conn)
	if err == nil {
		err = shm.AttachChecked(c.display.conn, seg, uint32(id), false).Check()
	}
	if err != nil {
		unix.SysvShmDetach(b)
		return fmt.Errorf("share memory with display: %w", err)
	}
	c.shared, c.seg = b, seg
	return nil
}

func (c *x11Capture) unshare() {
	if c.shared == nil {
		return
	}
	if !c.closed.Load() { // a closed connection detaches by itself
		shm.Detach(c.display.conn, c.seg)
	}
	unix.SysvShmDetach(c.shared)
	c.shared, c.pixels = nil, nil
}

// Read implements video.Reader. A still screen gives a frame every keepAlive.
// The size follows the monitor's. Errors: ErrGone.
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
		return nil, fmt.Errorf("capture monitor %s: %w", c.id, err)
	}
	return f, nil
}

// Close implements video.Reader. It does not wait for a display that hangs.
func (c *x11Capture) Close() error {
	if !c.closed.Swap(true) {
		c.pace.Stop()
		c.display.close()
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
		c.unshare()
		c.forget()
	}
}

func (c *x11Capture) read() (*video.Frame, error) {
	for retries := 0; ; {
		if _, ok := c.pace.Wait(); !ok || c.freed {
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
			// The root shrank or the monitor moved: find it again.
			retries++
			c.whole = time.Time{}
		case errors.Is(err, ErrNoDevice) || errors.Is(err, ErrGone):
			return nil, ErrGone
		default:
			return nil, fmt.Errorf("%w: %v", ErrGone, err)
		}
	}
}

// look captures what changed. No frame and no error means that nothing did.
func (c *x11Capture) look() (*video.Frame, error) {
	conn := c.display.conn
	c.display.drain()

	now := time.Now()
	all := !c.display.damage || now.Sub(c.whole) >= keepAlive
	if now.Sub(c.whole) >= keepAlive {
		m, err := c.display.monitor(c.id)
		if err != nil {
			return nil, err
		}
		if err := c.place(m.Bounds); err != nil {
			return nil, err
		}
	}

	// All questions go out before the first answer is awaited.
	var changes xfixes.FetchRegionCookie
	if c.display.damage {
		damage.Subtract(conn, c.damage, xfixes.RegionNone, c.region)
		changes = xfixes.FetchRegion(conn, c.region)
	}
	var shape xfixes.GetCursorImageCookie
	if c.cursorOn {
		shape = xfixes.GetCursorImage(conn)
	}
	c.rows = c.rows[:0]
	if c.display.damage {
		r, err := changes.Reply()
		if err != nil {
			return nil, err
		}
		if !all {
			c.rows = damagedRows(c.rows, r.Rectangles, c.bounds)
		}
	}
	if all {
		c.rows = append(c.rows, band{0, c.bounds.Dy()})
	}
	moved := false
	if c.cursorOn {
		r, err := shape.Reply()
		if err != nil {
			return nil, err
		}
		moved = c.cursor.set(r, c.bounds)
	}
	if len(c.rows) == 0 && !moved {
		return nil, nil
	}
	if err := c.fetch(); err != nil {
		return nil, err
	}
	if all {
		c.whole = now
	}
	f := c.pool.Get(c.bounds.Dx(), c.bounds.Dy())
	if err := c.convert(f); err != nil {
		f.Release()
		return nil, err
	}
	f.Captured = now
	c.drawn = image.Rectangle{}
	if c.cursorOn {
		c.cursor.draw(f)
		c.drawn = c.cursor.at
	}
	c.forget()
	f.Retain()
	c.last = f
	return f, nil
}

// convert fills f with the screen, without cursor. When little changed since
// the last frame, it copies that one, which costs a third of converting.
func (c *x11Capture) convert(f *video.Frame) error {
	stride := c.bounds.Dx() * bgraBytes
	if r := c.drawn.Intersect(image.Rect(0, 0, f.Width, f.Height)); !r.Empty() {
		c.rows = append(c.rows, band{r.Min.Y, r.Max.Y})
	}
	changed := 0
	for _, r := range c.rows {
		changed += r.to - r.from
	}
	if c.last == nil || c.last.Width != f.Width || c.last.Height != f.Height || changed > f.Height/2 {
		return f.FromBGRA(c.pixels, stride)
	}
	if err := video.Copy(f, c.last); err != nil {
		return err
	}
	for _, r := range c.rows {
		from, to := r.from&^1, min((r.to+1)&^1, f.Height)
		rows := video.Frame{
			Width: f.Width, Height: to - from, YStride: f.YStride, CStride: f.CStride,
			Y: f.Y[from*f.YStride:], U: f.U[from/2*f.CStride:], V: f.V[from/2*f.CStride:],
		}
		if err := rows.FromBGRA(c.pixels[from*stride:], stride); err != nil {
			return err
		}
	}
	return nil
}

// forget gives the last frame back.
func (c *x11Capture) forget() {
	if c.last != nil {
		c.last.Release()
		c.last = nil
	}
}

// fetch brings c.rows from the display into c.pixels.
func (c *x11Capture) fetch() error {
	conn, root := c.display.conn, xproto.Drawable(c.display.screen.Root)
	x, width, stride := int16(c.bounds.Min.X), uint16(c.bounds.Dx()), c.bounds.Dx()*bgraBytes
	if c.shared == nil {
		for _, r := range c.rows {
			img, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, root, x, int16(c.bounds.Min.Y+r.from), width, uint16(r.to-r.from), allPlanes).Reply()
			if err != nil {
				return err
			}
			copy(c.pixels[r.from*stride:r.to*stride], img.Data)
		}
		return nil
	}
	c.images = c.images[:0]
	for _, r := range c.rows {
		c.images = append(c.images, shm.GetImage(conn, root, x, int16(c.bounds.Min.Y+r.from), width, uint16(r.to-r.from), allPlanes, xproto.ImageFormatZPixmap, c.seg, uint32(r.from*stride)))
	}
	var first error
	for _, i := range c.images {
		if _, err := i.Reply(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// band is a range of rows of a monitor, [from, to).
type band struct{ from, to int }

// nearRows is how many untouched rows are fetched rather than asked around.
const nearRows = 32

// damagedRows appends the rows of bounds that rects touch, in ascending bands.
// rects are sorted by their upper edge, as X regions are.
func damagedRows(dst []band, rects []xproto.Rectangle, bounds image.Rectangle) []band {
	for _, x := range rects {
		r := image.Rect(int(x.X), int(x.Y), int(x.X)+int(x.Width), int(x.Y)+int(x.Height)).Intersect(bounds).Sub(bounds.Min)
		if r.Empty() {
			continue
		}
		if n := len(dst); n > 0 && r.Min.Y <= dst[n-1].to+nearRows {
			last := &dst[n-1]
			last.from, last.to = min(last.from, r.Min.Y), max(last.to, r.Max.Y)
			continue
		}
		dst = append(dst, band{r.Min.Y, r.Max.Y})
	}
	return dst
}
