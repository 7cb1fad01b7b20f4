package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"foyer/media/video"
)

// quarter is the colour of a quarter of the pictures here: upper left, upper right,
// lower left, lower right.
type quarter struct{ y, u, v byte }

var quarters = [4]quarter{{40, 90, 200}, {90, 160, 60}, {150, 60, 150}, {210, 200, 110}}

// quartered writes planes of a picture of w x h in quarters; colour is sampled every
// across by down pixels, in samples of so many bits; across 0 is gray.
func quartered(w, h, across, down, bits int) []byte {
	var b bytes.Buffer
	plane := func(w, h int, of func(quarter) byte) {
		for y := range h {
			for x := range w {
				v := of(quarters[2*(2*y/h)+2*x/w])
				if bits == 8 {
					b.WriteByte(v)
				} else {
					b.Write(binary.LittleEndian.AppendUint16(nil, uint16(v)<<(bits-8)))
				}
			}
		}
	}
	plane(w, h, func(q quarter) byte { return q.y })
	if across > 0 {
		plane(w/across, h/down, func(q quarter) byte { return q.u })
		plane(w/across, h/down, func(q quarter) byte { return q.v })
	}
	return b.Bytes()
}

// seen checks the size of a file's picture and the middles of its quarters, to so many
// steps. order says which of the quarters lie where.
func seen(t *testing.T, path string, w, h int, order [4]int, gray bool, steps int) {
	t.Helper()
	r, err := OpenFile(path)
	if err != nil {
		t.Errorf("open %s: %v", filepath.Base(path), err)
		return
	}
	defer r.Close()
	f, err := r.Read()
	if err != nil {
		t.Errorf("read %s: %v", filepath.Base(path), err)
		return
	}
	defer f.Release()
	if f.Width != w || f.Height != h {
		t.Errorf("%s: %dx%d, want %dx%d", filepath.Base(path), f.Width, f.Height, w, h)
		return
	}
	for i, from := range order {
		x, y := w/4+i%2*w/2, h/4+i/2*h/2
		c := y/2*f.CStride + x/2
		got, want := quarter{f.Y[y*f.YStride+x], f.U[c], f.V[c]}, quarters[from]
		if gray {
			want.u, want.v = 128, 128
		}
		if max(apart(got.y, want.y), apart(got.u, want.u), apart(got.v, want.v)) > steps {
			t.Errorf("%s: quarter %d is %v, want %v", filepath.Base(path), i, got, want)
		}
	}
}

func apart(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

var upright = [4]int{0, 1, 2, 3}

func TestFilePixels(t *testing.T) {
	const w, h = 64, 48
	for _, c := range []struct {
		name               string // of Y4M's colour space
		across, down, bits int
	}{
		{"420jpeg", 2, 2, 8}, {"422", 2, 1, 8}, {"444", 1, 1, 8}, {"411", 4, 1, 8}, {"mono", 0, 0, 8},
		{"420p10", 2, 2, 10}, {"422p10", 2, 1, 10}, {"444p10", 1, 1, 10}, {"mono10", 0, 0, 10},
		{"420p12", 2, 2, 12}, {"444p16", 1, 1, 16},
	} {
		path := filepath.Join(t.TempDir(), c.name+".y4m")
		b := fmt.Appendf(nil, "YUV4MPEG2 W%d H%d F60:1 Ip A1:1 C%s XYSCSS=%s\nFRAME\n", w, h, c.name, c.name)
		if err := os.WriteFile(path, append(b, quartered(w, h, c.across, c.down, c.bits)...), 0o600); err != nil {
			t.Fatal(err)
		}
		seen(t, path, w, h, upright, c.across == 0, 0)
	}
}

func TestFilePixelAspect(t *testing.T) {
	for _, c := range []struct {
		aspect     string
		wide, high int
	}{{"1:1", 72, 58}, {"0:0", 72, 58}, {"64:45", 102, 58}, {"8:9", 72, 66}, {"1000:1", 72, 58}} {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%dx%d.y4m", c.wide, c.high))
		b := fmt.Appendf(nil, "YUV4MPEG2 W72 H58 F60:1 Ip A%s C420jpeg\nFRAME\n", c.aspect)
		if err := os.WriteFile(path, append(b, quartered(72, 58, 2, 2, 8)...), 0o600); err != nil {
			t.Fatal(err)
		}
		seen(t, path, c.wide, c.high, upright, false, 0)
	}
}

// box is a part of an MP4 file.
func box(name string, parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		if s, ok := p.(string); ok {
			p = []byte(s)
		}
		if err := binary.Write(&b, binary.BigEndian, p); err != nil {
			panic(err)
		}
	}
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+b.Len())), name...), b.Bytes()...)
}

// mp4 writes a file of one JPEG, which is to be shown turned clockwise by degrees, its
// pixels as wide and high as given.
func mp4(t *testing.T, degrees int, pixelWide, pixelHigh uint32) string {
	t.Helper()
	const w, h = 96, 64
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for y := range h {
		for x := range w {
			q := quarters[2*(2*y/h)+2*x/w]
			img.Y[img.YOffset(x, y)] = byte((float64(q.y)-16)*255/219 + 0.5)
			img.Cb[img.COffset(x, y)] = byte(128.5 + (float64(q.u)-128)*255/224)
			img.Cr[img.COffset(x, y)] = byte(128.5 + (float64(q.v)-128)*255/224)
		}
	}
	var pic bytes.Buffer
	if err := jpeg.Encode(&pic, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	const one = 1 << 16
	// Where a point x, y of the picture is shown: x' = ax + cy + tx, y' = bx + dy + ty.
	a, b, c, d, tx, ty := int32(one), int32(0), int32(0), int32(one), int32(0), int32(0)
	switch degrees {
	case 90:
		a, b, c, d, tx = 0, one, -one, 0, h*one
	case 180:
		a, d, tx, ty = -one, -one, w*one, h*one
	case 270:
		a, b, c, d, ty = 0, -one, one, 0, w*one
	}
	matrix := []int32{a, b, 0, c, d, 0, tx, ty, 1 << 30}
	plain := []int32{one, 0, 0, 0, one, 0, 0, 0, 1 << 30}
	const rate = 1000
	length := uint32(rate / 30)
	ftyp := box("ftyp", "isom", uint32(0), "isom")
	at := uint32(len(ftyp) + 8)
	sample := box("jpeg", make([]byte, 6), uint16(1), make([]byte, 16), uint16(w), uint16(h), uint32(72<<16), uint32(72<<16), uint32(0),
		uint16(1), make([]byte, 32), uint16(24), int16(-1), box("pasp", pixelWide, pixelHigh))
	stbl := box("stbl",
		box("stsd", uint32(0), uint32(1), sample),
		box("stts", uint32(0), uint32(1), uint32(1), length),
		box("stsc", uint32(0), uint32(1), uint32(1), uint32(1), uint32(1)),
		box("stsz", uint32(0), uint32(0), uint32(1), uint32(pic.Len())),
		box("stco", uint32(0), uint32(1), at))
	moov := box("moov",
		box("mvhd", uint32(0), uint32(0), uint32(0), uint32(rate), length, uint32(one), uint16(0x100), make([]byte, 10), plain, make([]byte, 24), uint32(2)),
		box("trak",
			box("tkhd", uint32(3), uint32(0), uint32(0), uint32(1), uint32(0), length, make([]byte, 16), matrix, uint32(w*one), uint32(h*one)),
			box("mdia",
				box("mdhd", uint32(0), uint32(0), uint32(0), uint32(rate), length, uint32(0)),
				box("hdlr", uint32(0), uint32(0), "vide", make([]byte, 13)),
				box("minf", box("vmhd", uint32(1), make([]byte, 8)), box("dinf", box("dref", uint32(0), uint32(1), box("url ", uint32(1)))), stbl))))
	path := filepath.Join(t.TempDir(), fmt.Sprintf("%d degrees, pixels of %dx%d.mp4", degrees, pixelWide, pixelHigh))
	if err := os.WriteFile(path, bytes.Join([][]byte{ftyp, box("mdat", pic.Bytes()), moov}, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Telephones write the picture as the sensor has it, and how it is to be turned. A JPEG
// has its full range, too.
func TestFileRotation(t *testing.T) {
	for degrees, order := range map[int][4]int{0: upright, 90: {2, 0, 3, 1}, 180: {3, 2, 1, 0}, 270: {1, 3, 0, 2}} {
		w, h := 96, 64
		if degrees%180 != 0 {
			w, h = h, w
		}
		seen(t, mp4(t, degrees, 1, 1), w, h, order, false, 3)
	}
	seen(t, mp4(t, 90, 4, 3), 64, 128, [4]int{2, 0, 3, 1}, false, 3) // first its pixels, then the turn
}

func TestLimit(t *testing.T) {
	var p video.Pool
	f := p.Get(2, 2)
	defer f.Release()
	copy(f.Y, []byte{0, 255, 128, 1})
	f.U[0], f.V[0] = 0, 255
	f.Limit()
	if f.Y[0] != 16 || f.Y[1] != 235 || f.Y[2] != 126 || f.U[0] != 16 || f.V[0] != 240 {
		t.Errorf("limited: %v %v %v", f.Y, f.U, f.V)
	}
}
