//go:build unix

package display

import (
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Picture is a window without a frame that shows what is painted on it: the
// thing on the screen when a screen is shared. One goroutine.
type Picture struct {
	conn *xgb.Conn
	win  xproto.Window
	back xproto.Pixmap // painted first, so that nobody captures half a picture
	gc   xproto.Gcontext
	row  []byte
}

// requestBytes keeps a PutImage below X's limit without BIG-REQUESTS (256 KiB).
const requestBytes = 200 << 10

// Show opens a picture at a place on the screen.
func (d *Display) Show(r image.Rectangle, title string) (*Picture, error) {
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		return nil, fmt.Errorf("show a picture: %w", err)
	}
	p := &Picture{conn: conn}
	fail := func(err error) (*Picture, error) {
		conn.Close()
		return nil, fmt.Errorf("show a picture: %w", err)
	}
	if p.win, err = xproto.NewWindowId(conn); err != nil {
		return fail(err)
	}
	if p.gc, err = xproto.NewGcontextId(conn); err != nil {
		return fail(err)
	}
	if p.back, err = xproto.NewPixmapId(conn); err != nil {
		return fail(err)
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	if err := xproto.CreateWindowChecked(conn, screen.RootDepth, p.win, screen.Root, int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), 0, xproto.WindowClassInputOutput, screen.RootVisual,
		xproto.CwOverrideRedirect, []uint32{1}).Check(); err != nil {
		return fail(err)
	}
	if err := xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, p.win, xproto.AtomWmName, xproto.AtomString,
		8, uint32(len(title)), []byte(title)).Check(); err != nil {
		return fail(err)
	}
	if err := xproto.CreateGCChecked(conn, p.gc, xproto.Drawable(p.win), 0, nil).Check(); err != nil {
		return fail(err)
	}
	if err := xproto.CreatePixmapChecked(conn, screen.RootDepth, p.back, xproto.Drawable(p.win), uint16(r.Dx()), uint16(r.Dy())).Check(); err != nil {
		return fail(err)
	}
	if err := xproto.MapWindowChecked(conn, p.win).Check(); err != nil {
		return fail(err)
	}
	return p, nil
}

// Paint puts an image into the picture, from its top left, and returns when
// the screen shows it.
func (p *Picture) Paint(img *image.RGBA) error {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	rows := max(1, requestBytes/(4*w))
	for y := 0; y < h; y += rows {
		n := min(rows, h-y)
		p.row = p.row[:0]
		for yy := y; yy < y+n; yy++ {
			line := img.Pix[yy*img.Stride : yy*img.Stride+4*w]
			for i := 0; i < len(line); i += 4 { // RGBA to BGRX
				p.row = append(p.row, line[i+2], line[i+1], line[i], 0)
			}
		}
		if err := xproto.PutImageChecked(p.conn, xproto.ImageFormatZPixmap, xproto.Drawable(p.back), p.gc,
			uint16(w), uint16(n), 0, int16(y), 0, 24, p.row).Check(); err != nil {
			return fmt.Errorf("paint a picture: %w", err)
		}
	}
	if err := xproto.CopyAreaChecked(p.conn, xproto.Drawable(p.back), xproto.Drawable(p.win), p.gc, 0, 0, 0, 0, uint16(w), uint16(h)).Check(); err != nil {
		return fmt.Errorf("paint a picture: %w", err)
	}
	return nil
}

// Close takes the picture off the screen.
func (p *Picture) Close() error {
	p.conn.Close()
	return nil
}
