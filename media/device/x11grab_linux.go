package device

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"foyer/media/video"
)

const (
	bgraBytes = 4
	allPlanes = 0xffffffff
)

// x11Grab fetches pixels from an X server, through shared memory where it can.
type x11Grab struct {
	display *x11Display
	shared  []byte  // nil without MIT-SHM
	seg     shm.Seg // the server's name for it
	images  []shm.GetImageCookie
	seen    []byte // the pixels that changed last saw
}

// room makes space for a surface of the size.
func (g *x11Grab) room(size image.Point) error {
	need := size.X * size.Y * bgraBytes
	if !g.display.shm || need <= len(g.shared) {
		return nil
	}
	g.free(true)
	err := g.share(need)
	if err != nil && !errors.Is(err, io.EOF) {
		g.display.shm = false // a remote display
		err = nil
	}
	return err
}

func (g *x11Grab) share(size int) error {
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
	seg, err := shm.NewSegId(g.display.conn)
	if err == nil {
		err = shm.AttachChecked(g.display.conn, seg, uint32(id), false).Check()
	}
	if err != nil {
		unix.SysvShmDetach(b)
		return fmt.Errorf("share memory with display: %w", err)
	}
	g.shared, g.seg = b, seg
	return nil
}

// free gives the memory back. A closed connection has detached by itself.
func (g *x11Grab) free(connected bool) {
	if g.shared == nil {
		return
	}
	if connected {
		shm.Detach(g.display.conn, g.seg)
	}
	unix.SysvShmDetach(g.shared)
	g.shared = nil
}

// fill brings parts of a surface from the display into f. Parts have even edges.
func (g *x11Grab) fill(f *video.Frame, parts []image.Rectangle, s x11Surface) error {
	conn := g.display.conn
	if g.shared == nil || totalArea(parts)*bgraBytes > len(g.shared) {
		for _, r := range parts {
			at := r.Add(s.area.Min)
			img, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, s.pixels, int16(at.Min.X), int16(at.Min.Y), uint16(r.Dx()), uint16(r.Dy()), allPlanes).Reply()
			if err != nil {
				return err
			}
			if err := fillPart(f, r, img.Data); err != nil {
				return err
			}
		}
		return nil
	}
	g.images = g.images[:0]
	offset := 0
	for _, r := range parts {
		at := r.Add(s.area.Min)
		g.images = append(g.images, shm.GetImage(conn, s.pixels, int16(at.Min.X), int16(at.Min.Y), uint16(r.Dx()), uint16(r.Dy()),
			allPlanes, xproto.ImageFormatZPixmap, g.seg, uint32(offset)))
		offset += area(r) * bgraBytes
	}
	var first error
	offset = 0
	for i, r := range parts {
		// All answers are awaited: until then the server writes.
		if _, err := g.images[i].Reply(); err != nil && first == nil {
			first = err
		}
		if first == nil {
			first = fillPart(f, r, g.shared[offset:])
		}
		offset += area(r) * bgraBytes
	}
	return first
}

// changed says whether a surface looks different from the last time, at the
// price of fetching and comparing all of it.
func (g *x11Grab) changed(s x11Surface) (bool, error) {
	var now []byte
	x, y, w, h := int16(s.area.Min.X), int16(s.area.Min.Y), uint16(s.area.Dx()), uint16(s.area.Dy())
	if g.shared != nil {
		if _, err := shm.GetImage(g.display.conn, s.pixels, x, y, w, h, allPlanes, xproto.ImageFormatZPixmap, g.seg, 0).Reply(); err != nil {
			return false, err
		}
		now = g.shared[:area(s.area)*bgraBytes]
	} else {
		img, err := xproto.GetImage(g.display.conn, xproto.ImageFormatZPixmap, s.pixels, x, y, w, h, allPlanes).Reply()
		if err != nil {
			return false, err
		}
		now = img.Data
	}
	if bytes.Equal(now, g.seen) {
		return false, nil
	}
	g.seen = append(g.seen[:0], now...)
	return true, nil
}

// fillPart fills r of f from its pixels, rows without padding.
func fillPart(f *video.Frame, r image.Rectangle, pixels []byte) error {
	p := part(f, r)
	return p.FromBGRA(pixels, r.Dx()*bgraBytes)
}
