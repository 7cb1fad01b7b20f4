package widget

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"foyer/media/video"
	"foyer/ui/bidi"
	"foyer/ui/theme"
)

// drawn shows texts beside one another and returns what is seen.
func drawn(t *testing.T, style fyne.TextStyle, size float32, texts ...string) *image.NRGBA {
	t.Helper()
	box := container.NewWithoutLayout()
	x := float32(4)
	for _, s := range texts {
		o := canvas.NewText("\u200e"+s+"\u200e", color.Black) // on the line of the first font
		o.TextSize, o.TextStyle = size, style
		m := o.MinSize()
		place(o, x, 4, m.Width, m.Height)
		x += m.Width
		box.Add(o)
	}
	back := canvas.NewRectangle(color.White)
	place(back, 0, 0, 400, 80)
	w := test.NewWindow(container.NewWithoutLayout(back, box))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 80))
	return w.Canvas().Capture().(*image.NRGBA)
}

// ink is how dark the pixels are, summed up by column.
func ink(img *image.NRGBA) []int {
	out := make([]int, img.Rect.Dx())
	for x := range out {
		for y := range img.Rect.Dy() {
			out[x] += 255 - int(img.NRGBAAt(x, y).R)
		}
	}
	return out
}

// apart is the share of ink of a that is elsewhere in b, two pixels aside being the same.
func apartBy(a, b *image.NRGBA) float64 {
	total, off := 0, 0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			v := 255 - int(a.NRGBAAt(x, y).R)
			most := 0
			for dx := -2; dx <= 2; dx++ {
				most = max(most, 255-int(b.NRGBAAt(x+dx, y).R))
			}
			total += v
			off += max(0, v-most)
		}
	}
	return float64(off) / float64(max(1, total))
}

func TestMixedText_isDrawnInItsOrder(t *testing.T) {
	themed(t, theme.Light)
	for _, c := range []struct {
		line string
		want []string // from left to right
	}{
		{"דוד (שיווק)", []string{"(", "שיווק", ")", " ", "דוד"}},
		{"דוד לוי", []string{"לוי", " ", "דוד"}},
		{"שלום!", []string{"!", "שלום"}},
		{"محمد علي", []string{"علي", " ", "محمد"}},
		{"خصم 50%", []string{"50%", " ", "خصم"}},
		{"שלום Bob.", []string{".", "Bob", " ", "שלום"}},
		{bidi.Isolate("محمد") + " joined", []string{"محمد", " joined"}},
	} {
		got, want := drawn(t, fyne.TextStyle{}, 20, bidi.Line(c.line)), drawn(t, fyne.TextStyle{}, 20, c.want...)
		if off := max(apartBy(got, want), apartBy(want, got)); off > 0.15 {
			t.Errorf("%q: %.0f %% of the ink stands elsewhere than in %q", c.line, 100*off, c.want)
		}
	}
	// The picture above tells: drawn as it is read, the brackets stand elsewhere.
	if off := apartBy(drawn(t, fyne.TextStyle{}, 20, "דוד (שיווק)"), drawn(t, fyne.TextStyle{}, 20, "(", "שיווק", ")", " ", "דוד")); off < 0.25 {
		t.Errorf("out of order only %.2f of the ink is elsewhere, want much: the test sees nothing", off)
	}
}

func TestUnderscores_areSeenAtEverySize(t *testing.T) {
	themed(t, theme.Light)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}, {Monospace: true, Bold: true}} {
		for size := float32(9); size <= 28; size++ {
			most := 0
			for _, v := range ink(drawn(t, style, size, "___")) {
				most = max(most, v)
			}
			if most < 80 {
				t.Errorf("%+v at size %v: an underscore's darkest column has %d, want at least 80 of 255", style, size, most)
			}
		}
	}
}

func TestInitials_ofArabicDoNotJoin(t *testing.T) {
	themed(t, theme.Light)
	initials := bidi.Line(Initials("محمد علي"))
	got, want := drawn(t, fyne.TextStyle{Bold: true}, 28, initials), drawn(t, fyne.TextStyle{Bold: true}, 28, "ع", "م")
	if off := max(apartBy(got, want), apartBy(want, got)); off > 0.15 {
		t.Errorf("%.0f %% of the ink of %q stands elsewhere than that of its letters apart", 100*off, initials)
	}
}

func TestWrap_ordersEachLine(t *testing.T) {
	themed(t, theme.Dark)
	const long = "שלום לכולם (צוות השיווק), הפגישה מתחילה עוד מעט ב-10:30. נא להיכנס."
	lines := Wrap(long, 200, theme.TextBody(), fyne.TextStyle{})
	if len(lines) < 3 {
		t.Fatalf("%d lines, want at least 3", len(lines))
	}
	for i, l := range lines {
		if w := fyne.MeasureText(l, theme.TextBody(), fyne.TextStyle{}).Width; w > 200 {
			t.Errorf("line %d is %v wide, want at most 200", i, w)
		}
		if !strings.HasPrefix(l, "\u200e") {
			t.Errorf("line %d is not in order: %q", i, l)
		}
	}
	var p = NewCaption(long)
	if h := HeightAt(p, 200); h < 2*theme.TextCaption()*2 {
		t.Errorf("a paragraph is %v high, want at least two lines", h)
	}
	if p.Text() != long {
		t.Errorf("its text became %q", p.Text())
	}
}

func TestShotOfMixedText(t *testing.T) {
	for _, look := range []string{theme.Light, theme.Dark} {
		t.Run(look, func(t *testing.T) {
			themed(t, look)
			box := container.NewVBox()
			for _, s := range []string{
				"דוד (שיווק) raised a hand", bidi.Isolate("דוד (שיווק)!") + " raised a hand", bidi.Isolate("محمد علي") + " joined",
				bidi.Isolate("محمد") + ": " + bidi.Isolate("خصم ٥٠٪ اليوم على (كل شيء)!"), "David (דוד) is sharing a screen",
				"Camera plugged in: " + bidi.Isolate("מצלמה 2 (USB)"),
			} {
				box.Add(NewNotice(Info, "", s))
			}
			row := container.NewHBox()
			for i, n := range []string{"محمد علي", "דוד לוי", "دانا Smith", "Ada Lovelace", "שרה"} {
				row.Add(NewAvatar(fmt.Sprint(i), n, 64))
			}
			box.Add(row)
			painter := NewPainter(func(f func()) { f() })
			defer painter.Close()
			tiles := container.NewGridWithColumns(3)
			for i, n := range []string{"דוד (שיווק)", "محمد علي — المبيعات (دبي) الشرق", "Bob (בוב)…", "שלום 12:30", "سارة 👋", "李 (東京)"} {
				tile := NewVideoTile(painter, video.Cover)
				tile.Set(TileState{Identity: fmt.Sprint(i), Name: n})
				tiles.Add(container.NewGridWrap(fyne.NewSize(200, 112), tile))
			}
			box.Add(tiles)
			p := NewParagraph("שלום לכולם (צוות השיווק), הפגישה מתחילה עוד מעט ב-10:30. נא להיכנס דרך https://example.org/a_b/ בבקשה!", "foreground", "text")
			box.Add(p)
			w := test.NewWindow(box)
			w.Resize(fyne.NewSize(660, 800))
			p.Resize(fyne.NewSize(400, 80))
			shot(t, w, "mixed-"+look)
		})
	}
}

// box is what is drawn: where it differs from white.
func box(img *image.NRGBA, from, to int) image.Rectangle {
	var r image.Rectangle
	for y := range img.Rect.Dy() {
		for x := max(0, from); x < min(img.Rect.Dx(), to); x++ {
			if c := img.NRGBAAt(x, y); c.R < 200 || c.G < 200 || c.B < 200 {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

func TestEmoji_haveTheSizeOfText(t *testing.T) {
	themed(t, theme.Light)
	const size = 30
	line := box(drawn(t, fyne.TextStyle{}, size, "Ág"), 0, 400)
	for _, emoji := range []string{"👍", "😀", "👋", "🎉", "🦊", "❤️", "👨‍👩‍👧", "🇩🇪", "🚀", "✅"} {
		got := box(drawn(t, fyne.TextStyle{}, size, emoji), 0, 400)
		if h := got.Dy(); h < size*7/10 || h > size*12/10 {
			t.Errorf("%s is %d high beside text of %d", emoji, h, size)
		}
		if got.Min.Y < line.Min.Y-2 || got.Max.Y > line.Max.Y+2 {
			t.Errorf("%s stands from %d to %d, a line's letters from %d to %d", emoji, got.Min.Y, got.Max.Y, line.Min.Y, line.Max.Y)
		}
		w := fyne.MeasureText(emoji, size, fyne.TextStyle{}).Width
		if w < size || w > size*1.4 || float32(got.Max.X-4) > w+1 {
			t.Errorf("%s takes %v of room, and is drawn up to %d", emoji, w, got.Max.X-4)
		}
	}
}

func TestLine_thatBeginsWithAnEmojiStandsAsHighAsOthers(t *testing.T) {
	themed(t, theme.Light)
	at := func(s string) image.Rectangle {
		o := canvas.NewText(s, color.Black)
		o.TextSize = 30
		m := o.MinSize()
		place(o, 4, 4, m.Width, m.Height)
		back := canvas.NewRectangle(color.White)
		place(back, 0, 0, 400, 80)
		w := test.NewWindow(container.NewWithoutLayout(back, o))
		defer w.Close()
		w.SetPadded(false)
		w.Resize(fyne.NewSize(400, 80))
		x := int(fyne.MeasureText(s, 30, fyne.TextStyle{}).Width - fyne.MeasureText("Hx", 30, fyne.TextStyle{}).Width)
		return box(w.Canvas().Capture().(*image.NRGBA), 4+x, 400)
	}
	if plain, after := at("Hx"), at("👋 Hx"); plain.Max.Y != after.Max.Y || plain.Min.Y != after.Min.Y {
		t.Errorf("letters stand from %d to %d, behind an emoji from %d to %d", plain.Min.Y, plain.Max.Y, after.Min.Y, after.Max.Y)
	}
}

// Captions and toasts show what anybody says: a word of many fonts may take no longer
// than to measure it a few times.
func TestWrapAndEllipsis_longWordOfManyFonts_areQuick(t *testing.T) {
	test.NewTempApp(t)
	drawnWidth("aЖ你(א", 14, fyne.TextStyle{}) // fonts are read
	begun := time.Now()
	drawnWidth(strings.Repeat("bЖ你", 1300), 14, fyne.TextStyle{})
	once := time.Since(begun)
	for what, f := range map[string]func(string) int{
		"Ellipsis": func(s string) int { return len(Ellipsis(s, 300, 14, fyne.TextStyle{})) },
		"Wrap":     func(s string) int { return len(Wrap(s, 300, 14, fyne.TextStyle{})) },
	} {
		for _, s := range []string{strings.Repeat("aЖ你", 1300), strings.Repeat("(א", 2700)} {
			begun = time.Now()
			n := f(s)
			if took := time.Since(begun); took > 4*once || n < 20 {
				t.Errorf("%s of %.8s… took %v, and %v to be measured once; %d", what, s, took, once, n)
			}
		}
	}
}
