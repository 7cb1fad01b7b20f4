package theme

import (
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// TestIconSheet saves a sheet of all icons where FOYER_SHOTS names a folder, to
// be looked at.
func TestIconSheet(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(New(Dark))
	files, err := fs.Glob(drawings, "icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	grid := container.NewGridWithColumns(10)
	for _, f := range files {
		name := IconName(strings.TrimSuffix(strings.TrimPrefix(f, "icons/"), ".svg"))
		img := canvas.NewImageFromResource(IconIn(name, ColorOnStage))
		img.FillMode = canvas.ImageFillContain
		img.SetMinSize(fyne.NewSize(48, 48))
		label := canvas.NewText(string(name), Color(ColorOnStageMuted))
		label.TextSize = 9
		label.Alignment = fyne.TextAlignCenter
		grid.Add(container.NewPadded(container.NewVBox(img, label)))
	}
	w := test.NewTempWindow(t, container.NewStack(canvas.NewRectangle(Color(ColorStage)), grid))
	shot := w.Canvas().Capture()
	if shot.Bounds().Dx() < 500 {
		t.Fatalf("sheet is %v", shot.Bounds())
	}
	if dir := os.Getenv("FOYER_SHOTS"); dir != "" {
		out, err := os.Create(filepath.Join(dir, "icons.png"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		if err := png.Encode(out, shot); err != nil {
			t.Fatal(err)
		}
	}
}
