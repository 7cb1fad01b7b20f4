//go:build (linux || freebsd || openbsd || netbsd) && !wayland

package hotkey

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Supported says that Watch may work here.
const Supported = true

// lookEvery is how often the keyboard is looked at: a syllable is ten times longer.
const lookEvery = 20 * time.Millisecond

// symbols are X's names (keysymdef.h) of keys that are not letters of Latin-1.
var symbols = map[fyne.KeyName]xproto.Keysym{
	fyne.KeySpace: 0x20, fyne.KeyInsert: 0xff63,
	desktop.KeyControlLeft: 0xffe3, desktop.KeyControlRight: 0xffe4,
	desktop.KeyShiftLeft: 0xffe1, desktop.KeyShiftRight: 0xffe2,
	desktop.KeyAltLeft: 0xffe9, desktop.KeyAltRight: 0xffea,
	fyne.KeyF1: 0xffbe, fyne.KeyF2: 0xffbf, fyne.KeyF3: 0xffc0, fyne.KeyF4: 0xffc1, fyne.KeyF5: 0xffc2, fyne.KeyF6: 0xffc3,
	fyne.KeyF7: 0xffc4, fyne.KeyF8: 0xffc5, fyne.KeyF9: 0xffc6, fyne.KeyF10: 0xffc7, fyne.KeyF11: 0xffc8, fyne.KeyF12: 0xffc9,
}

func symbol(key fyne.KeyName) (xproto.Keysym, error) {
	if s, ok := symbols[key]; ok {
		return s, nil
	}
	if len(key) == 1 && key[0] > ' ' && key[0] < 0x7f {
		s := key[0]
		if s >= 'A' && s <= 'Z' {
			s += 'a' - 'A'
		}
		return xproto.Keysym(s), nil
	}
	return 0, fmt.Errorf("watch key %s: %w", key, ErrUnsupported)
}

// Watch tells when a key goes down (true) and up (false) while another window than
// except has the keyboard; when except gets it, a held key counts as let go. The
// channel is closed when ctx ends or the display is gone. Errors wrap ErrUnsupported.
func Watch(ctx context.Context, key fyne.KeyName, except uint32) (<-chan bool, error) {
	s, err := symbol(key)
	if err != nil {
		return nil, err
	}
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("watch key %s: %w: %w", key, ErrUnsupported, err)
	}
	codes, err := codesOf(conn, s)
	if place, known := positions[key]; known && err == nil && len(codes) == 0 {
		codes = []xproto.Keycode{xproto.Keycode(place)} // the layout has it not
	}
	if err == nil && len(codes) == 0 {
		err = fmt.Errorf("%w: the keyboard does not have it", ErrUnsupported)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("watch key %s: %w", key, err)
	}
	changes := make(chan bool)
	go func() {
		defer close(changes)
		defer conn.Close()
		look(ctx, conn, codes, xproto.Window(except), changes)
	}()
	return changes, nil
}

// codesOf finds the keys that a symbol stands on, unshifted.
func codesOf(conn *xgb.Conn, s xproto.Keysym) ([]xproto.Keycode, error) {
	setup := xproto.Setup(conn)
	m, err := xproto.GetKeyboardMapping(conn, setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)).Reply()
	if err != nil {
		return nil, fmt.Errorf("read the keyboard's layout: %w", err)
	}
	var codes []xproto.Keycode
	for i := 0; i < len(m.Keysyms); i += int(m.KeysymsPerKeycode) {
		if m.Keysyms[i] == s {
			codes = append(codes, setup.MinKeycode+xproto.Keycode(i/int(m.KeysymsPerKeycode)))
		}
	}
	return codes, nil
}

func look(ctx context.Context, conn *xgb.Conn, codes []xproto.Keycode, except xproto.Window, changes chan<- bool) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for was := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked, focused := xproto.QueryKeymap(conn), xproto.GetInputFocus(conn)
		keys, err := asked.Reply()
		if err != nil {
			return
		}
		focus, err := focused.Reply()
		if err != nil {
			return
		}
		down := false
		for _, c := range codes {
			down = down || keys.Keys[c/8]&(1<<(c%8)) != 0
		}
		if down = down && focus.Focus != except; down == was {
			continue
		}
		select {
		case changes <- down:
			was = down
		case <-ctx.Done():
			return
		}
	}
}
