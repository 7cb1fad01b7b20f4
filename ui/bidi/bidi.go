package bidi

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/segmenter"
	"golang.org/x/text/unicode/bidi"
)

// Marks of direction. They are drawn as nothing, and take no room.
const (
	lrm = '\u200e'
	rlm = '\u200f'
	fsi = '\u2068'
	pdi = '\u2069'
)

// firstRTL is before all letters that are written from the right.
const firstRTL = 0x590

// mixed reports whether anything in s is written from the right.
func mixed(s string) bool {
	for _, r := range s {
		if r < firstRTL {
			continue
		}
		switch class(r) {
		case bidi.R, bidi.AL, bidi.AN:
			return true
		}
	}
	return false
}

// RightToLeft reports whether a text is read from the right: whether its first letter
// is, outside of what is isolated.
func RightToLeft(s string) bool {
	depth := 0
	for _, r := range s {
		switch class(r) {
		case bidi.FSI, bidi.LRI, bidi.RLI:
			depth++
		case bidi.PDI:
			depth = max(0, depth-1)
		case bidi.L:
			if depth == 0 {
				return false
			}
		case bidi.R, bidi.AL:
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// Isolate makes a name or another text of others fit to be put into a sentence: neither
// changes the other's order.
func Isolate(s string) string {
	if !mixed(s) {
		return s
	}
	return string(fsi) + s + string(pdi)
}

// Plain takes the marks of direction out, for what is compared.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case lrm, rlm, fsi, pdi:
			return -1
		}
		return r
	}, s)
}

// Line returns a line for Fyne to draw. A line that is in order already stays as it is.
func Line(s string) string {
	if !mixed(s) {
		return s
	}
	return LineOf(s, RightToLeft(s))
}

// LineOf is Line in a text whose direction is known, as the lines of a paragraph share one.
func LineOf(s string, rtl bool) string {
	if !rtl && !mixed(s) {
		return s
	}
	if r, _ := utf8.DecodeRuneInString(s); r == lrm {
		return s
	}
	var w writer
	w.b.Grow(2 * len(s))
	w.line([]rune(s), rtl)
	w.mark()
	return w.b.String()
}

// Part is a stretch of a line that is placed by itself.
type Part struct {
	Index int    // among the pieces
	Text  string // for Fyne to draw
}

// Pieces orders the pieces of a line, from left to right. A fixed piece, such as a
// link, is read from the left and stays whole; others may be cut.
func Pieces(pieces []string, fixed func(i int) bool, rtl bool) []Part {
	if len(pieces) == 0 {
		return nil
	}
	if !rtl && !slices.ContainsFunc(pieces, mixed) {
		parts := make([]Part, len(pieces))
		for i, p := range pieces {
			parts[i] = Part{i, p}
		}
		return parts
	}
	var items []item
	var owner []int // of each item
	for i, p := range pieces {
		more := []item{{isolate: []rune(p), kind: leftToRight, first: bidi.ON, class: bidi.ON}}
		if !fixed(i) {
			more = parse([]rune(p))
		}
		items = append(items, more...)
		for range more {
			owner = append(owner, i)
		}
	}
	resolve(items, rtl)
	order := visual(items)
	var parts []Part
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && owner[order[to]] == owner[order[from]] {
			to++
		}
		var w writer
		if i := owner[order[from]]; fixed(i) {
			parts = append(parts, Part{i, LineOf(pieces[i], false)})
		} else {
			w.items(items, order[from:to])
			text := w.b.String()
			if strings.ContainsFunc(text, func(r rune) bool { return r != lrm && r != rlm }) {
				parts = append(parts, Part{i, text})
			}
		}
		from = to
	}
	return parts
}

// visual returns the items' order from left to right (rule L2).
func visual(items []item) []int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	for level := int8(2); level > 0; level-- {
		for i := 0; i < len(order); i++ {
			from := i
			for i < len(order) && items[order[i]].level >= level {
				i++
			}
			slices.Reverse(order[from:i])
		}
	}
	return order
}

// writer writes what Fyne is to draw: pieces that it neither reorders nor joins, each
// between two marks.
type writer struct {
	b      strings.Builder
	marked bool
}

func (w *writer) mark() {
	if !w.marked {
		w.b.WriteRune(lrm)
		w.marked = true
	}
}

func (w *writer) write(r ...rune) {
	for _, r := range r {
		w.b.WriteRune(r)
	}
	w.marked = false
}

func (w *writer) line(s []rune, rtl bool) {
	items := parse(s)
	resolve(items, rtl)
	w.items(items, visual(items))
}

// items writes some items, which are in their order from left to right.
func (w *writer) items(items []item, order []int) {
	for i := 0; i < len(order); {
		x := &items[order[i]]
		w.mark()
		switch {
		case x.kind != none:
			rtl := x.kind == rightToLeft || x.kind == byFirst && RightToLeft(string(x.isolate))
			w.line(x.isolate, rtl)
			i++
		case x.level%2 == 0:
			for ; i < len(order) && items[order[i]].kind == none && items[order[i]].level%2 == 0; i++ {
				if r := items[order[i]].r; r != lrm && r != rlm {
					w.write(r)
				}
			}
		default:
			var right []rune
			for ; i < len(order) && items[order[i]].kind == none && items[order[i]].level%2 == 1; i++ {
				if r := items[order[i]].r; r != lrm && r != rlm {
					right = append(right, r)
				}
			}
			slices.Reverse(right)
			w.right(right)
		}
		w.mark()
	}
}

// right writes what is read from the right. Fyne turns the letters of a word around
// by itself, where one font has them all; so words are kept and all else is cut.
func (w *writer) right(s []rune) {
	var seg segmenter.Segmenter
	seg.Init(s)
	var tokens [][]rune
	word := bidi.ON // the class of the word that may go on
	for it := seg.GraphemeIterator(); it.Next(); {
		g := it.Grapheme().Text
		c := class(g[0])
		if !unicode.IsLetter(g[0]) || c != bidi.R && c != bidi.AL {
			c = bidi.ON
		}
		if c != bidi.ON && c == word {
			last := &tokens[len(tokens)-1]
			*last = append((*last)[:len(*last):len(*last)], g...)
		} else {
			tokens = append(tokens, g)
		}
		word = c
	}
	for _, t := range slices.Backward(tokens) {
		w.mark()
		if len(t) == 1 && (unicode.IsPunct(t[0]) || unicode.IsSymbol(t[0])) {
			t = []rune{rlm, t[0], rlm} // turned round, as brackets are, by the font
		}
		w.write(t...)
		w.mark()
	}
}
