package device

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"foyer/media/video"
)

func TestDamagedParts(t *testing.T) {
	monitor := x11Surface{area: image.Rect(1000, 200, 1640, 680)}
	rect := func(x, y, w, h int) xproto.Rectangle {
		return xproto.Rectangle{X: int16(x), Y: int16(y), Width: uint16(w), Height: uint16(h)}
	}
	for name, test := range map[string]struct {
		rects []xproto.Rectangle
		want  []image.Rectangle
	}{
		"none":           {nil, nil},
		"other monitor":  {[]xproto.Rectangle{rect(0, 0, 1000, 900)}, nil},
		"all":            {[]xproto.Rectangle{rect(0, 0, 4000, 900)}, []image.Rectangle{image.Rect(0, 0, 640, 480)}},
		"cut at the top": {[]xproto.Rectangle{rect(990, 190, 20, 20)}, []image.Rectangle{image.Rect(0, 0, 16, 10)}},
		"odd edges":      {[]xproto.Rectangle{rect(1017, 211, 3, 4)}, []image.Rectangle{image.Rect(16, 10, 32, 16)}},
		"last column":    {[]xproto.Rectangle{rect(1639, 679, 1, 1)}, []image.Rectangle{image.Rect(624, 478, 640, 480)}},
		"far apart":      {[]xproto.Rectangle{rect(1000, 210, 100, 5), rect(1500, 600, 100, 5)}, []image.Rectangle{image.Rect(0, 10, 112, 16), image.Rect(496, 400, 608, 406)}},
		"near":           {[]xproto.Rectangle{rect(1000, 210, 5, 5), rect(1100, 240, 5, 5)}, []image.Rectangle{image.Rect(0, 10, 112, 46)}},
		"bridged": {[]xproto.Rectangle{rect(1000, 200, 640, 100), rect(1000, 580, 640, 100), rect(1000, 300, 640, 280)},
			[]image.Rectangle{image.Rect(0, 0, 640, 480)}},
		"negative": {[]xproto.Rectangle{rect(-500, -500, 3000, 701)}, []image.Rectangle{image.Rect(0, 0, 640, 2)}},
	} {
		if got := damagedParts(nil, test.rects, monitor); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	window := x11Surface{area: image.Rect(12, 22, 612, 422), damage: image.Pt(2, 2)} // a border of 2, a shadow of 10 and 20
	if got, want := damagedParts(nil, []xproto.Rectangle{rect(10, 20, 16, 2)}, window), image.Rect(0, 0, 16, 2); !slices.Equal(got, []image.Rectangle{want}) {
		t.Errorf("in a window %v, want %v", got, want)
	}
	var many []xproto.Rectangle
	for i := range 500 {
		many = append(many, rect(1000+i%20*32, 200+i/20*19, 4, 4))
	}
	parts := damagedParts(nil, many, monitor)
	if len(parts) > maxParts {
		t.Errorf("%d parts", len(parts))
	}
	for _, x := range many {
		r := image.Rect(int(x.X), int(x.Y), int(x.X)+4, int(x.Y)+4).Sub(monitor.area.Min)
		if r.Max.Y <= 480 && !slices.ContainsFunc(parts, func(p image.Rectangle) bool { return r.In(p) }) {
			t.Errorf("%v is in no part", r)
		}
	}
	if n := testing.AllocsPerRun(10, func() { parts = damagedParts(parts[:0], many, monitor) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRetained: whatever changes, and however long readers keep their frames, a
// frame shows what one made afresh would.
func TestRetained(t *testing.T) {
	const w, h = 640, 480
	random := rand.New(rand.NewPCG(1, 2))
	screen := make([]byte, w*h*bgraBytes)
	paint := func(r image.Rectangle) {
		c := random.Uint32()
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				binary.LittleEndian.PutUint32(screen[(y*w+x)*bgraBytes:], c)
			}
		}
	}
	fill := func(f *video.Frame, parts []image.Rectangle) {
		for _, r := range parts {
			p := part(f, r)
			if err := p.FromBGRA(screen[(r.Min.Y*w+r.Min.X)*bgraBytes:], w*bgraBytes); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := []image.Rectangle{image.Rect(0, 0, w, h)}
	var p retained
	defer p.reset()
	var fresh video.Pool
	var kept []*video.Frame
	for n := range 400 {
		var parts []image.Rectangle
		for range random.IntN(5) {
			at := image.Pt(random.IntN(w), random.IntN(h))
			r := image.Rectangle{at, at.Add(image.Pt(random.IntN(200), random.IntN(100)))}.Intersect(whole[0])
			paint(r)
			parts = addPart(parts, aligned(r, whole[0]))
		}
		all := n == 0 || random.IntN(20) == 0
		if all {
			parts = whole
		}
		var c *cursor
		if random.IntN(3) > 0 {
			c = &cursor{at: image.Rect(0, 0, 24, 24).Add(image.Pt(random.IntN(w+60)-40, random.IntN(h+60)-40)),
				argb: slices.Repeat([]uint32{0x80800000 | random.Uint32()&0x7f}, 24*24)}
		}
		f := p.next(w, h, all)
		if random.IntN(30) == 0 { // the display failed
			fill(f, whole)
			clear(f.Y)
			f.Release()
			f = p.next(w, h, all)
		}
		fill(f, parts)
		p.finish(f, parts, c)

		want := fresh.Get(w, h)
		fill(want, whole)
		if c != nil {
			c.draw(want)
		}
		if !bytes.Equal(f.Y, want.Y) || !bytes.Equal(f.U, want.U) || !bytes.Equal(f.V, want.V) {
			t.Fatalf("frame %d differs from one made afresh", n)
		}
		want.Release()
		kept = append(kept, f)
		for len(kept) > 0 && random.IntN(3) > 0 {
			i := random.IntN(len(kept))
			kept[i].Release()
			kept = slices.Delete(kept, i, i+1)
		}
	}
	for _, f := range kept {
		f.Release()
	}
	little := []image.Rectangle{image.Rect(0, 0, 64, 32)}
	c := &cursor{at: image.Rect(100, 100, 124, 124), argb: make([]uint32, 24*24)}
	if n := testing.AllocsPerRun(50, func() {
		f := p.next(w, h, false)
		fill(f, little)
		p.finish(f, little, c)
		f.Release()
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
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
