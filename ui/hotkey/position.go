package hotkey

import (
	"unicode"

	"fyne.io/fyne/v2"
)

// Typed returns the character that a shortcut goes by: the typed one or, where the
// layout types another script's letters, as Russian or Hebrew do, the Latin letter of
// the key's place. scanCode is that of the last press (fyne.HardwareKey).
func Typed(r rune, scanCode int) rune {
	switch {
	case r < 0x80, unicode.Is(unicode.Latin, r):
		return r
	case r == '؟', r == '？':
		return '?'
	case !unicode.IsLetter(r) && !unicode.IsMark(r):
		return r
	}
	if name := nameAt(scanCode); len(name) == 1 && name[0] >= 'A' && name[0] <= 'Z' {
		return rune(name[0]) - 'A' + 'a'
	}
	return r
}

// Name returns a key's name or, where the layout has none that Fyne knows, that of
// its place on an American keyboard.
func Name(e *fyne.KeyEvent) fyne.KeyName {
	if e.Name != fyne.KeyUnknown {
		return e.Name
	}
	return nameAt(e.Physical.ScanCode)
}

// nameAt returns the American name of a place, or fyne.KeyUnknown.
func nameAt(scanCode int) fyne.KeyName {
	for name, code := range positions {
		if code == scanCode {
			return name
		}
	}
	return fyne.KeyUnknown
}

// evdev are the places of letters as Linux and Windows number them.
func evdev(offset int) map[fyne.KeyName]int {
	out := map[fyne.KeyName]int{fyne.KeyBackTick: 41 + offset}
	for first, row := range map[int]string{16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM"} {
		for i, name := range row {
			out[fyne.KeyName(name)] = first + i + offset
		}
	}
	return out
}
