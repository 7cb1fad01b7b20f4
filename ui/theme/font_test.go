package theme

import (
	"testing"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Fonts that are none, or cut short, are left alone.
func FuzzFonts(f *testing.F) {
	mono := base.DefaultTheme().Font(fyne.TextStyle{Monospace: true}).Content()
	f.Add(mono[:400])
	f.Add([]byte("OTTO"))
	f.Fuzz(func(t *testing.T, font []byte) {
		framed(font)
		if got := deeper(font, 0.1); len(got) != len(font) {
			t.Errorf("%d bytes became %d", len(font), len(got))
		}
	})
}
