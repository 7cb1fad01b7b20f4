//go:build unix

package display

import (
	"context"
	"errors"
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Clipboard waits until the clipboard holds a text that ok accepts, and returns
// it. Its owner is asked for it, as a program that pastes does (ICCCM 2.4).
func (d *Display) Clipboard(ctx context.Context, ok func(string) bool) (string, error) {
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		return "", fmt.Errorf("read the clipboard: %w", err)
	}
	defer conn.Close()
	var text string
	err = until(ctx, func() (bool, error) {
		var err error
		text, err = paste(conn)
		return err == nil && ok(text), err
	})
	if err != nil {
		return "", fmt.Errorf("read the clipboard: %w", err)
	}
	return text, nil
}

// paste asks the clipboard's owner once; "" where there is none, or no text.
func paste(conn *xgb.Conn) (string, error) {
	atom := func(name string) (xproto.Atom, error) {
		a, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		if err != nil {
			return 0, err
		}
		return a.Atom, nil
	}
	clipboard, err := atom("CLIPBOARD")
	if err != nil {
		return "", err
	}
	utf8, err := atom("UTF8_STRING")
	if err != nil {
		return "", err
	}
	if owner, err := xproto.GetSelectionOwner(conn, clipboard).Reply(); err != nil || owner.Owner == 0 {
		return "", err
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	w, err := xproto.NewWindowId(conn)
	if err != nil {
		return "", err
	}
	if err := xproto.CreateWindowChecked(conn, 0, w, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, screen.RootVisual, 0, nil).Check(); err != nil {
		return "", err
	}
	defer xproto.DestroyWindow(conn, w)
	xproto.ConvertSelection(conn, w, clipboard, utf8, utf8, xproto.TimeCurrentTime)
	for {
		e, xerr := conn.WaitForEvent()
		switch {
		case xerr != nil:
			return "", xerr
		case e == nil:
			return "", errors.New("the display is gone")
		}
		n, ok := e.(xproto.SelectionNotifyEvent)
		if !ok || n.Requestor != w {
			continue
		}
		if n.Property == xproto.AtomNone {
			return "", nil
		}
		p, err := xproto.GetProperty(conn, true, w, n.Property, utf8, 0, 1<<16).Reply()
		if err != nil {
			return "", err
		}
		return string(p.Value), nil
	}
}
