package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NameMax is how long a name may be, in characters.
const NameMax = 80

// Bounds of what is drawn on one letter. Vietnamese needs two marks, pointed Hebrew
// with cantillation four, a Burmese syllable five of which some take room of their own.
const (
	marksMax    = 6 // of all kinds
	stackedMax  = 4 // of these, drawn above, below or around
	clusterMax  = 32
	newlinesMax = 3 // two empty lines
	// visibleRounds bounds how often normalising is followed by another look: a second
	// one has been enough for all that was seen.
	visibleRounds = 4
)

// Name returns a name to show: one line of at most NameMax characters, and "" where
// nothing visible is left. What stands in its place is the caller's choice.
func Name(s string) string { return Line(s, NameMax) }

// Line returns s as one line of at most so many characters (code points), with
// single spaces between words, and "" where nothing visible is left. It never cuts
// within what is drawn as one.
func Line(s string, runes int) string {
	s = clean(cut(s, 64*max(runes, 0)), false)
	n := 0
	return ending(s, func(cluster string) bool {
		n += utf8.RuneCountInString(cluster)
		return n <= runes
	})
}

// Body returns s as lines of at most so many bytes in all, without spaces at their
// ends and without more than two empty lines in a row.
func Body(s string, bytes int) string {
	s = clean(cut(s, 8*max(bytes, 0)), true)
	n := 0
	return ending(s, func(cluster string) bool {
		n += len(cluster)
		return n <= bytes
	})
}

// cut bounds the work that a text makes.
func cut(s string, bytes int) string { return s[:min(len(s), bytes)] }

// ending cuts a clean text before the first cluster that does not fit.
func ending(s string, fits func(cluster string) bool) string {
	for at := 0; at < len(s); {
		n := cluster(s[at:])
		if !fits(s[at : at+n]) {
			return strings.TrimRightFunc(s[:at], func(r rune) bool { return unicode.IsSpace(r) || joins(r) })
		}
		at += n
	}
	return s
}

// clean keeps what can be seen.
func clean(s string, lines bool) string {
	// Normalised after the invisible is gone, which stands between letters and
	// marks, and before marks are counted. What a letter and a mark become may be
	// something that a joiner beside it does not join, so the invisible is looked for again.
	r := []rune(strings.ToValidUTF8(s, ""))
	for range visibleRounds {
		before := string(r)
		if r = []rune(norm.NFC.String(string(visible(r, lines)))); string(r) == before {
			break
		}
	}
	out := r[:0] // the reader is never behind the writer
	marks, stacked, newlines := 0, 0, 0
	based := false // the mark that comes has a letter to stand on
	for _, c := range r {
		switch {
		case c == '\n':
			for len(out) > 0 && out[len(out)-1] != '\n' && unicode.IsSpace(out[len(out)-1]) {
				out = out[:len(out)-1]
			}
			newlines++
			based = false
			if newlines > newlinesMax {
				continue
			}
		case unicode.IsSpace(c):
			based = false
			if !lines && len(out) > 0 && out[len(out)-1] == ' ' {
				continue
			}
		case isVariation(c), joins(c): // visible has judged them
		case unicode.Is(unicode.M, c):
			marks++
			if !unicode.Is(unicode.Mc, c) {
				stacked++
			}
			if !based || marks > marksMax || stacked > stackedMax {
				marks = marksMax // nor the ones behind it: leaving out one of several may make others one
				continue
			}
		default:
			based, marks, stacked, newlines = true, 0, 0, 0
		}
		out = append(out, c)
	}
	return strings.TrimSpace(string(out))
}

// visible leaves out what cannot be seen, and makes one kind of space and of line
// break of the many.
func visible(r []rune, lines bool) []rune {
	out := make([]rune, 0, len(r))
	base := rune(0) // the last one that marks stand on
	for i, c := range r {
		next := rune(0)
		if i+1 < len(r) {
			next = r[i+1]
		}
		last := rune(0)
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch {
		case lines && c == '\r' && next == '\n':
			continue
		case isBreak(c), unicode.IsSpace(c):
			switch {
			case !lines:
				c = ' '
			case isBreak(c):
				c = '\n'
			}
			base = 0
		case joins(c):
			letters := writesJoined(base) && writesJoined(next)
			if emoji := c == zwj && isEmoji(base) && (last == base || last == emojiStyle || isSkin(last)) && isEmoji(next); !letters && !emoji {
				continue
			}
		case isVariation(c):
			if last == 0 || !varies(last, c, next) {
				continue
			}
		case isTag(c):
			n := 0
			if last == blackFlag {
				n = flagTags(r[i:])
			}
			// The rest of them meets no flag, and is left out.
			out = append(out, r[i:i+n]...)
			continue
		case !seen(c):
			continue
		case !unicode.Is(unicode.M, c) && !isSkin(c):
			base = c
		}
		out = append(out, c)
	}
	return out
}

// cluster tells how many bytes of s are drawn as one: about what Unicode calls an
// extended grapheme cluster (UAX 29), bounded.
func cluster(s string) int {
	before, n := utf8.DecodeRuneInString(s)
	regional := isRegional(before)
	for runes := 1; n < len(s); runes++ {
		c, size := utf8.DecodeRuneInString(s[n:])
		if runes >= clusterMax {
			break
		}
		switch {
		case unicode.Is(unicode.M, c), joins(c), isTag(c), isSkin(c) && !unicode.IsSpace(before):
		case before == zwj:
		case regional && isRegional(c): // two make a flag
			regional = false
		default:
			return n
		}
		before = c
		n += size
	}
	return n
}
