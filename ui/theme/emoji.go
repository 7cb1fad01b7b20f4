package theme

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// The frame of an emoji, and of a line that begins with one, in shares of the size of text.
const (
	emojiSize     = 1.15
	emojiAdvance  = 1.2
	emojiAscent   = 0.93 // of the frame above the baseline
	lineAscent    = 1.069
	lineDescent   = 0.293
	loneGlyph     = 36 // bytes of a frame as an outline
	svgIndexEntry = 12
)

// frameEmoji gives all of Fyne's emoji one frame. Its renderer draws each into the
// bounds of the outline that the font has for it in black and white, which makes some
// tiny; and a line that begins with one stood higher than others.
var frameEmoji = sync.OnceFunc(func() {
	r, ok := base.DefaultEmojiFont().(*fyne.StaticResource)
	if !ok || r == nil {
		return // left out of the build
	}
	if font := framed(r.StaticContent); font != nil {
		r.StaticName, r.StaticContent = "Framed"+r.StaticName, font // before Fyne reads it
	}
})

// framed returns an OpenType font of SVG pictures whose outlines are all the same
// frame; nil where it is none.
func framed(font []byte) []byte {
	head, maxp, hhea := table(font, "head"), table(font, "maxp"), table(font, "hhea")
	svg := table(font, "SVG ")
	if len(head) < 54 || len(maxp) < 6 || len(hhea) < 36 || len(svg) < 10 {
		return nil
	}
	em := float64(binary.BigEndian.Uint16(head[18:]))
	units := func(share float64) int16 { return int16(share * em) }
	glyphs := int(binary.BigEndian.Uint16(maxp[4:]))

	drawn := make([]bool, glyphs) // has a picture
	list := svg[min(len(svg), int(binary.BigEndian.Uint32(svg[2:]))):]
	if len(list) < 2 {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(list)) {
		at := 2 + i*svgIndexEntry
		if at+4 > len(list) {
			return nil
		}
		for g := int(binary.BigEndian.Uint16(list[at:])); g <= int(binary.BigEndian.Uint16(list[at+2:])) && g < glyphs; g++ {
			drawn[g] = true
		}
	}

	// A frame of four corners: one contour, no instructions, coordinates of 16 bits.
	low, high, wide := units(emojiAscent-emojiSize), units(emojiAscent), units(emojiSize)
	outline := make([]byte, 0, loneGlyph)
	for _, v := range []int16{1, 0, low, wide, high, 3, 0} {
		outline = binary.BigEndian.AppendUint16(outline, uint16(v))
	}
	outline = append(outline, 1, 1, 1, 1)
	for _, v := range []int16{0, wide, 0, -wide, low, 0, high - low, 0} {
		outline = binary.BigEndian.AppendUint16(outline, uint16(v))
	}
	outline = append(outline, make([]byte, loneGlyph-len(outline))...)

	long := int(binary.BigEndian.Uint16(hhea[34:])) // glyphs with an advance of their own
	metrics := table(font, "hmtx")
	if long == 0 || len(metrics) < 4*long {
		return nil
	}
	var glyf, loca, hmtx []byte
	for g := range glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		advance := binary.BigEndian.Uint16(metrics[4*min(g, long-1):])
		if drawn[g] {
			glyf = append(glyf, outline...)
			advance = uint16(units(emojiAdvance))
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, advance)
		hmtx = binary.BigEndian.AppendUint16(hmtx, 0)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	tables := map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "SVG ": svg}
	for _, name := range []string{"OS/2", "GSUB", "cmap", "name", "post", "maxp"} {
		if t := table(font, name); t != nil {
			tables[name] = t
		}
	}
	head, hhea = slices.Clone(head), slices.Clone(hhea)
	binary.BigEndian.PutUint16(head[50:], 1) // offsets of 32 bits in loca
	binary.BigEndian.PutUint16(hhea[4:], uint16(units(lineAscent)))
	binary.BigEndian.PutUint16(hhea[6:], uint16(-units(lineDescent)))
	binary.BigEndian.PutUint16(hhea[8:], 0) // no gap between lines
	binary.BigEndian.PutUint16(hhea[34:], uint16(glyphs))
	tables["head"], tables["hhea"] = head, hhea
	return assemble(tables)
}

// assemble makes a TrueType font of tables. Checksums are left out: nobody looks at them.
func assemble(tables map[string][]byte) []byte {
	const header, record = 12, 16
	at := header + record*len(tables)
	size := at
	for _, t := range tables {
		size += len(t) + 3
	}
	font := make([]byte, at, size)
	binary.BigEndian.PutUint32(font, 0x00010000)
	binary.BigEndian.PutUint16(font[4:], uint16(len(tables)))
	for i, name := range slices.Sorted(maps.Keys(tables)) {
		r := font[header+i*record:]
		copy(r, name)
		binary.BigEndian.PutUint32(r[8:], uint32(len(font)))
		binary.BigEndian.PutUint32(r[12:], uint32(len(tables[name])))
		font = append(font, tables[name]...)
		font = append(font, make([]byte, -len(font)&3)...)
	}
	return font
}
