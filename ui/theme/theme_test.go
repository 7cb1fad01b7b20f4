package theme

import (
	"fmt"
	"image/color"
	"io/fs"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
)

func TestPreferencePinsTheVariant(t *testing.T) {
	light := New(Light).Color(base.ColorNameBackground, base.VariantDark)
	dark := New(Dark).Color(base.ColorNameBackground, base.VariantLight)
	if light == dark {
		t.Fatal("light and dark backgrounds are the same")
	}
	if got := New(System).Color(base.ColorNameBackground, base.VariantLight); got != light {
		t.Errorf("system theme on a light desktop: background %v, want %v", got, light)
	}
	if got := New(System).Color(base.ColorNameBackground, base.VariantDark); got != dark {
		t.Errorf("system theme on a dark desktop: background %v, want %v", got, dark)
	}
	if New(Light).Color(ColorStage, 0) != New(Dark).Color(ColorStage, 0) {
		t.Error("the stage must be dark in both variants")
	}
}

func TestTheStageIsTheWindowsBackground(t *testing.T) {
	th := New(Light)
	page := th.Color(base.ColorNameBackground, 0)
	ShowStage(true)
	defer ShowStage(false)
	if got := th.Color(base.ColorNameBackground, 0); got != th.Color(ColorStage, 0) {
		t.Errorf("on stage the background is %v", got)
	}
	ShowStage(false)
	if got := th.Color(base.ColorNameBackground, 0); got != page {
		t.Errorf("after the stage the background is %v, was %v", got, page)
	}
}

func TestBothVariantsHaveTheSameColours(t *testing.T) {
	for name := range variants[base.VariantLight] {
		if _, ok := variants[base.VariantDark][name]; !ok {
			t.Errorf("dark has no %s", name)
		}
	}
	if len(variants[base.VariantLight]) != len(variants[base.VariantDark]) {
		t.Error("dark has colours that light lacks")
	}
}

func TestEveryIconDrawsInItsColour(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(New(Dark))
	files, err := fs.Glob(drawings, "icons/*.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no icons: %v", err)
	}
	want := Color(ColorAccent).(color.NRGBA)
	for _, f := range files {
		name := IconName(strings.TrimSuffix(strings.TrimPrefix(f, "icons/"), ".svg"))
		img := canvas.NewImageFromResource(IconIn(name, ColorAccent))
		img.FillMode = canvas.ImageFillContain
		c := test.NewCanvas()
		c.SetPadded(false)
		c.SetContent(img)
		c.Resize(fyne.NewSize(48, 48))
		img.Refresh()
		if img.Image == nil {
			t.Errorf("%s: not drawn", name)
			continue
		}
		full, edge, b := 0, 0, img.Image.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				p := color.NRGBAModel.Convert(img.Image.At(x, y)).(color.NRGBA)
				if p == want {
					full++
				}
				if p.A > 0 && (x == b.Min.X || y == b.Min.Y || x == b.Max.X-1 || y == b.Max.Y-1) {
					edge++
				}
			}
		}
		if full < 40 {
			t.Errorf("%s: only %d of its pixels have the accent colour", name, full)
		}
		if edge > 0 {
			t.Errorf("%s: cut off at the edge of its box", name)
		}
	}
}

func TestUnknownIconPanics(t *testing.T) {
	defer func() {
		if r := fmt.Sprint(recover()); !strings.Contains(r, "nothing-like-it") {
			t.Errorf("panic says %q", r)
		}
	}()
	IconIn("nothing-like-it", ColorAccent)
}
