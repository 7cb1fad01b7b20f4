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
	if fits(s) {
		return s
	}
	r := []rune(s)
	low, high := 0, len(r) // runes that fit, runes that do not
	for low+1 < high {
		mid := (low + high) / 2
		if fits(string(r[:mid]) + "…") {
			low = mid
		} else {
			high = mid
		}
	}
	// A cut must not fall before a mark that belongs to the letter.
	for low > 0 && low < len(r) && joins(r[low-1], r[low]) {
		low--
	}
	if low == 0 {
		return ""
	}
	return strings.TrimRightFunc(string(r[:low]), unicode.IsSpace) + "…"
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
		n := 1
		for n < len(words) && fits(strings.Join(words[:n+1], " ")) {
			n++
		}
		line := strings.Join(words[:n], " ")
		if n == 1 && !fits(line) {
			r := []rune(line)
			k := 1
			for k < len(r) && fits(string(r[:k+1])) {
				k++
			}
			line = string(r[:k])
			if n = 0; k == len(r) {
				n = 1
			}
			words[0] = string(r[k:])
		}
		out = append(out, bidi.LineOf(line, rtl))
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
