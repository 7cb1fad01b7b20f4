package widget

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/ui/theme"
)

// themed gives the test an app with Foyer's look.
func themed(t *testing.T, preference string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(preference))
}

// shot saves what a window shows where FOYER_SHOTS names a folder, to be looked at.
func shot(t *testing.T, w fyne.Window, name string) {
	t.Helper()
	dir := os.Getenv("FOYER_SHOTS")
	if dir == "" {
		return
	}
	out, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

// Keep is shot, for tests that cannot be in this package.
var Keep = shot
