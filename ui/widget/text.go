package widget

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"foyer/ui/bidi"
)

// Ellipsis shortens s to fit a width, ending in "…". A width too small even
// for that gives "". The result is in the order in which it is read.
func Ellipsis(s string, width, size float32, style fyne.TextStyle) string {
	s = strings.Join(strings.Fields(s), " ")
	fits := func(t string) bool { return drawnWidth(t, size, style) <= width }
	r := []rune(s)
	most := reach(r, fits)
	if most == len(r) {
		return s
	}
	low := reach(r[:most], func(t string) bool { return fits(t + "…") })
	// A cut must not fall before a mark that belongs to the letter.
	for low > 0 && low < len(r) && joins(r[low-1], r[low]) {
		low--
	}
	if low == 0 {
		return ""
	}
	return strings.TrimRightFunc(string(r[:low]), unicode.IsSpace) + "…"
}

// reach returns how many characters of a text fit. It tries ever longer beginnings:
// to measure the whole of another person's text in many fonts takes Fyne a second.
func reach(r []rune, fits func(string) bool) int {
	low := 0 // characters that fit
	for try := min(32, len(r)); fits(string(r[:try])); try = min(2*try, len(r)) {
		if low = try; low == len(r) {
			return low
		}
	}
	high := min(max(2*low, 32), len(r)) // characters that do not
	for low+1 < high {
		if mid := (low + high) / 2; fits(string(r[:mid])) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// joins says that b is drawn on or glued to a.
func joins(a, b rune) bool {
	const zwj = '\u200d'
	return unicode.Is(unicode.Mn, b) || unicode.Is(unicode.Me, b) || a == zwj || b == zwj ||
		b >= 0xFE00 && b <= 0xFE0F || b >= 0x1F3FB && b <= 0x1F3FF
}

// drawnWidth is how wide a line is drawn.
func drawnWidth(s string, size float32, style fyne.TextStyle) float32 {
	return fyne.MeasureText(bidi.Line(s), size, style).Width
}

// SetText changes a line, puts it in order for drawing, and redraws it only if it is another one.
func SetText(t *canvas.Text, s string) {
	if s = bidi.Line(s); t.Text != s {
		t.Text = s
		t.Refresh()
	}
}

// show shows or hides, and does nothing where nothing changes.
func show(o fyne.CanvasObject, on bool) {
	switch {
	case on == o.Visible():
	case on:
		o.Show()
	default:
		o.Hide()
	}
}

// place moves and resizes.
func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// wrap breaks s into lines of at most width, at spaces where there are any. The
// last of at most lines ends in "…" if more was to come. They are in order for drawing.
func wrap(s string, width, size float32, style fyne.TextStyle, lines int) []string {
	fits := func(t string) bool { return drawnWidth(t, size, style) <= width }
	rtl := bidi.RightToLeft(s)
	width = max(width, 1) // a window that has no size yet
	var out []string
	words := strings.Fields(s)
	for len(words) > 0 {
		if len(out) == lines-1 {
			return append(out, bidi.LineOf(Ellipsis(strings.Join(words, " "), width, size, style), rtl))
		}
		if r := []rune(words[0]); len(r) > 1 { // a word wider than the line
			if k := max(1, reach(r, fits)); k < len(r) {
				out = append(out, bidi.LineOf(string(r[:k]), rtl))
				words[0] = string(r[k:])
				continue
			}
		}
		n := 1
		for n < len(words) && fits(strings.Join(words[:n+1], " ")) {
			n++
		}
		out = append(out, bidi.LineOf(strings.Join(words[:n], " "), rtl))
		words = words[n:]
	}
	return out
}

// Wrap breaks s into as many lines of at most width as it takes, at spaces where
// there are any. They are in order for drawing.
func Wrap(s string, width, size float32, style fyne.TextStyle) []string {
	return wrap(s, width, size, style, len(s)+1)
}

// refreshCanvas redraws the window after objects came or went.
func refreshCanvas(o fyne.CanvasObject) { canvas.Refresh(o) }
