package theme

import (
	"bytes"
	"encoding/binary"
	"sync"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// monospace is Fyne's own font with deeper lines: its underscore lies at the edge of
// the depth that it gives for itself, and would be cut off in small print.
var monospace = sync.OnceValue(func() fyne.Resource {
	f := base.DefaultTheme().Font(fyne.TextStyle{Monospace: true})
	return fyne.NewStaticResource("Deep"+f.Name(), deeper(f.Content(), 0.1))
})

// deeper returns a TrueType font whose lines are deeper by a share of its size.
func deeper(font []byte, share float64) []byte {
	font = bytes.Clone(font)
	head, header := table(font, "head"), table(font, "hhea")
	if len(head) < 20 || len(header) < 8 {
		return font
	}
	unitsPerEm := binary.BigEndian.Uint16(head[18:])
	descender := int16(binary.BigEndian.Uint16(header[6:])) // negative: below the baseline
	binary.BigEndian.PutUint16(header[6:], uint16(descender-int16(share*float64(unitsPerEm))))
	return font
}

// table returns a table of a TrueType font; nil where it has none.
func table(font []byte, name string) []byte {
	const header, record = 12, 16
	if len(font) < header {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := header + i*record
		if at+record > len(font) {
			return nil
		}
		from, size := binary.BigEndian.Uint32(font[at+8:]), binary.BigEndian.Uint32(font[at+12:])
		if string(font[at:at+4]) == name && uint64(from)+uint64(size) <= uint64(len(font)) {
			return font[from : from+size]
		}
	}
	return nil
}
