package text

import (
	"slices"
	"unicode"
)

const (
	zwnj       = 0x200c
	zwj        = 0x200d
	textStyle  = 0xfe0e // variation selectors 15 and 16
	emojiStyle = 0xfe0f
	keycap     = 0x20e3
	blackFlag  = 0x1f3f4
	tagEnd     = 0xe007f
)

// blank are characters that are drawn as nothing though their category says symbol,
// letter or mark.
var blank = map[rune]bool{
	0x2800:  true,                // Braille without a dot
	0xfffc:  true,                // stands for an object that is not there
	0xfffd:  true,                // what could not be decoded
	0x13441: true, 0x13442: true, // blanks among hieroglyphs
	0x16fe4: true, // Khitan filler
	0x1d159: true, // null notehead
}

// seen says whether a character is drawn: neither control, format, private,
// unassigned nor ignorable.
func seen(c rune) bool {
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, c):
		return true
	case blank[c], unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c):
		return false
	case c >= 0x1f000 && c <= 0x1faff: // also emoji newer than our tables
		return true
	}
	return unicode.IsGraphic(c)
}

// isBreak says whether a character ends a line.
func isBreak(c rune) bool { return c >= '\n' && c <= '\r' || c == 0x85 || c == 0x2028 || c == 0x2029 }

func joins(c rune) bool { return c == zwj || c == zwnj }

// joined are the scripts whose spelling needs the zero width joiners.
var joined = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Mandaic, unicode.Adlam, unicode.Hanifi_Rohingya,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Balinese, unicode.Javanese,
}

func writesJoined(c rune) bool { return c > 0x600 && unicode.IsLetter(c) && unicode.In(c, joined...) }

func isVariation(c rune) bool { return unicode.Is(unicode.Variation_Selector, c) }

// varies says whether a variation selector changes the character before it.
func varies(before, selector, next rune) bool {
	switch {
	case selector == emojiStyle && next == keycap:
		return before >= '0' && before <= '9' || before == '#' || before == '*'
	case selector == emojiStyle, selector == textStyle:
		return isEmoji(before)
	case selector >= 0xe0100, selector <= 0xfe02 && selector >= 0xfe00: // forms of ideographs, in names above all
		return unicode.Is(unicode.Han, before)
	case selector < 0x2000:
		return unicode.Is(unicode.Mongolian, before) && unicode.IsLetter(before)
	}
	return false
}

// emoji are about the characters of Extended_Pictographic, for which package unicode
// has no table.
var emoji = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00a9, Hi: 0x00a9, Stride: 1}, {Lo: 0x00ae, Hi: 0x00ae, Stride: 1}, {Lo: 0x203c, Hi: 0x203c, Stride: 1},
		{Lo: 0x2049, Hi: 0x2049, Stride: 1}, {Lo: 0x2122, Hi: 0x2122, Stride: 1}, {Lo: 0x2139, Hi: 0x2139, Stride: 1},
		{Lo: 0x2194, Hi: 0x2199, Stride: 1}, {Lo: 0x21a9, Hi: 0x21aa, Stride: 1}, {Lo: 0x231a, Hi: 0x231b, Stride: 1},
		{Lo: 0x2328, Hi: 0x2328, Stride: 1}, {Lo: 0x23cf, Hi: 0x23cf, Stride: 1}, {Lo: 0x23e9, Hi: 0x23f3, Stride: 1},
		{Lo: 0x23f8, Hi: 0x23fa, Stride: 1}, {Lo: 0x24c2, Hi: 0x24c2, Stride: 1}, {Lo: 0x25aa, Hi: 0x25ab, Stride: 1},
		{Lo: 0x25b6, Hi: 0x25b6, Stride: 1}, {Lo: 0x25c0, Hi: 0x25c0, Stride: 1}, {Lo: 0x25fb, Hi: 0x25fe, Stride: 1},
		{Lo: 0x2600, Hi: 0x27bf, Stride: 1}, {Lo: 0x2934, Hi: 0x2935, Stride: 1}, {Lo: 0x2b05, Hi: 0x2b07, Stride: 1},
		{Lo: 0x2b1b, Hi: 0x2b1c, Stride: 1}, {Lo: 0x2b50, Hi: 0x2b50, Stride: 1}, {Lo: 0x2b55, Hi: 0x2b55, Stride: 1},
		{Lo: 0x3030, Hi: 0x3030, Stride: 1}, {Lo: 0x303d, Hi: 0x303d, Stride: 1}, {Lo: 0x3297, Hi: 0x3297, Stride: 1},
		{Lo: 0x3299, Hi: 0x3299, Stride: 1},
	},
	R32:         []unicode.Range32{{Lo: 0x1f000, Hi: 0x1faff, Stride: 1}},
	LatinOffset: 2,
}

func isEmoji(c rune) bool {
	return c >= 0xa9 && !isRegional(c) && !isSkin(c) && unicode.Is(emoji, c)
}

func isSkin(c rune) bool     { return c >= 0x1f3fb && c <= 0x1f3ff }
func isRegional(c rune) bool { return c >= 0x1f1e6 && c <= 0x1f1ff }
func isTag(c rune) bool      { return c >= 0xe0000 && c <= tagEnd }

// flags are the ones that are written in tags behind a black flag. Other tags are
// invisible, and could carry a text.
var flags = []string{"gbeng", "gbsct", "gbwls"}

// flagTags returns the number of tags that make the flag before them; 0 where they make none.
func flagTags(r []rune) int {
	var name []byte
	for i, c := range r {
		switch {
		case c == tagEnd:
			if slices.Contains(flags, string(name)) {
				return i + 1
			}
			return 0
		case c > 0xe0020 && c < tagEnd && len(name) < 8:
			name = append(name, byte(c-0xe0000))
		default:
			return 0
		}
	}
	return 0
}
