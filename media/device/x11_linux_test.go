package device

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

func TestDamagedRows(t *testing.T) {
	monitor := image.Rect(1000, 200, 1640, 680)
	for name, test := range map[string]struct {
		rects []xproto.Rectangle
		want  []band
	}{
		"none":           {nil, nil},
		"other monitor":  {[]xproto.Rectangle{{X: 0, Y: 0, Width: 1000, Height: 900}}, nil},
		"all":            {[]xproto.Rectangle{{X: 0, Y: 0, Width: 4000, Height: 900}}, []band{{0, 480}}},
		"cut at the top": {[]xproto.Rectangle{{X: 990, Y: 190, Width: 20, Height: 20}}, []band{{0, 10}}},
		"far apart":      {[]xproto.Rectangle{{X: 1000, Y: 210, Width: 5, Height: 5}, {X: 1000, Y: 600, Width: 5, Height: 5}}, []band{{10, 15}, {400, 405}}},
		"near":           {[]xproto.Rectangle{{X: 1000, Y: 210, Width: 5, Height: 5}, {X: 1100, Y: 240, Width: 5, Height: 5}}, []band{{10, 45}}},
		"side by side":   {[]xproto.Rectangle{{X: 1000, Y: 210, Width: 5, Height: 50}, {X: 1100, Y: 210, Width: 5, Height: 10}}, []band{{10, 60}}},
		"not sorted":     {[]xproto.Rectangle{{X: 1000, Y: 600, Width: 5, Height: 5}, {X: 1000, Y: 210, Width: 5, Height: 5}}, []band{{10, 405}}},
		"negative":       {[]xproto.Rectangle{{X: -500, Y: -500, Width: 3000, Height: 701}}, []band{{0, 1}}},
	} {
		if got := damagedRows(nil, test.rects, monitor); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	rects := []xproto.Rectangle{{X: 1000, Y: 210, Width: 5, Height: 5}, {X: 1000, Y: 600, Width: 5, Height: 5}}
	rows := make([]band, 0, 4)
	if n := testing.AllocsPerRun(10, func() { rows = damagedRows(rows[:0], rects, monitor) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func grey(w, h int, y byte) *video.Frame {
	var p video.Pool
	f := p.Get(w, h)
	for i := range f.Y {
		f.Y[i] = y
	}
	for i := range f.U {
		f.U[i], f.V[i] = 128, 128
	}
	return f
}

func TestCursorBlend(t *testing.T) {
	solid := func(argb uint32) []uint32 { return slices.Repeat([]uint32{argb}, 16) }
	for name, test := range map[string]struct {
		argb []uint32
		want color.RGBA // where the cursor is
	}{
		"red":         {solid(0xffff0000), color.RGBA{255, 0, 0, 255}},
		"white":       {solid(0xffffffff), color.RGBA{255, 255, 255, 255}},
		"half white":  {solid(0x80808080), color.RGBA{191, 191, 191, 255}},
		"transparent": {solid(0), color.RGBA{127, 127, 127, 255}},
	} {
		t.Run(name, func(t *testing.T) {
			f := grey(32, 32, 125) // 127 in RGB
			c := cursor{at: image.Rect(8, 8, 12, 12), argb: test.argb}
			c.draw(f)
			if got := colourAt(f, 9, 9); !near(got, test.want) {
				t.Errorf("under the cursor is %v, want %v", got, test.want)
			}
			for _, p := range []image.Point{{6, 9}, {13, 9}, {9, 6}, {9, 13}} {
				if got := colourAt(f, p.X, p.Y); !near(got, color.RGBA{127, 127, 127, 255}) {
					t.Errorf("beside the cursor, at %v, is %v", p, got)
				}
			}
		})
	}
	// Anywhere, also half and wholly outside and at odd places: nothing breaks.
	for x := -6; x < 36; x++ {
		for y := -6; y < 36; y++ {
			f := grey(32, 32, 125)
			c := cursor{at: image.Rect(x, y, x+4, y+4), argb: solid(0xffffffff)}
			c.draw(f)
			painted := 0
			for _, v := range f.Y {
				if v > 200 {
					painted++
				}
			}
			in := c.at.Intersect(image.Rect(0, 0, 32, 32))
			if want := in.Dx() * in.Dy(); painted != want {
				t.Fatalf("at %d,%d the cursor paints %d pixels, want %d", x, y, painted, want)
			}
		}
	}
	f, c := grey(64, 64, 125), cursor{at: image.Rect(8, 8, 12, 12), argb: solid(0xffffffff)}
	if n := testing.AllocsPerRun(10, func() { c.draw(f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCursorSet(t *testing.T) {
	monitor := image.Rect(100, 0, 740, 480)
	reply := func(x, y int16, serial uint32, argb uint32) *xfixes.GetCursorImageReply {
		return &xfixes.GetCursorImageReply{X: x, Y: y, Width: 4, Height: 4, Xhot: 1, Yhot: 2, CursorSerial: serial,
			CursorImage: slices.Repeat([]uint32{argb}, 16)}
	}
	var c cursor
	for i, step := range []struct {
		r    *xfixes.GetCursorImageReply
		want bool
	}{
		{reply(300, 100, 1, 5), true},                             // appears
		{reply(300, 100, 1, 5), false},                            // rests
		{reply(301, 100, 1, 5), true},                             // moves
		{reply(301, 100, 2, 6), true},                             // changes
		{reply(301, 100, 3, 6), false},                            // another name for the same picture
		{reply(50, 100, 3, 6), true},                              // leaves
		{reply(40, 100, 3, 6), false},                             // moves on another monitor
		{reply(101, 100, 3, 6), true},                             // comes back
		{&xfixes.GetCursorImageReply{Width: 9, Height: 9}, false}, // nonsense
	} {
		if got := c.set(step.r, monitor); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
	if want := image.Rect(0, 98, 4, 102); c.at != want {
		t.Errorf("the cursor lies at %v, want %v", c.at, want)
	}
}
