package theme

import (
	"fmt"
	"image/color"
	"io/fs"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
)

// luminance is WCAG 2.1's relative luminance.
func luminance(c color.NRGBA) float64 {
	f := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
}

func over(top, under color.NRGBA) color.NRGBA {
	a := float64(top.A) / 255
	mix := func(t, u uint8) uint8 { return uint8(math.Round(float64(t)*a + float64(u)*(1-a))) }
	return color.NRGBA{mix(top.R, under.R), mix(top.G, under.G), mix(top.B, under.B), 255}
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func TestTextIsReadable(t *testing.T) {
	type pair struct{ text, on fyne.ThemeColorName }
	pairs := []pair{
		{ColorOnStage, ColorStage}, {ColorOnStage, ColorTile}, {ColorOnStage, ColorControl},
		{ColorOnStage, ColorControlHover}, {ColorOnStage, ColorControlPressed}, {ColorOnStage, ColorTip},
		{ColorOnStageMuted, ColorStage}, {ColorOnStageMuted, ColorTile}, {ColorOnStageMuted, ColorTip},
		{ColorOnControlOff, ColorControlOff}, {ColorOnControlOff, ColorControlOffHover},
		{ColorAccent, ColorStage}, {ColorAccent, ColorTip},
		{ColorOnAccent, ColorAccent}, {ColorOnAccent, ColorAccentHover},
		{ColorOnDanger, ColorDanger}, {ColorOnNotice, ColorNotice}, {ColorNotice, ColorStage},
		{base.ColorNameForegroundOnPrimary, base.ColorNamePrimary},
		{base.ColorNameForegroundOnError, base.ColorNameError},
		{base.ColorNameForegroundOnSuccess, base.ColorNameSuccess},
		{base.ColorNameForegroundOnWarning, base.ColorNameWarning},
		{base.ColorNameForeground, base.ColorNameButton}, {base.ColorNameForeground, ColorBubble},
		{base.ColorNameForeground, ColorMine}, {base.ColorNameForeground, base.ColorNameHeaderBackground},
		{base.ColorNameHyperlink, ColorBubble}, {base.ColorNameHyperlink, ColorMine},
		{base.ColorNamePlaceHolder, base.ColorNameInputBackground}, {ColorMuted, ColorBubble},
	}
	for _, on := range []fyne.ThemeColorName{base.ColorNameBackground, ColorSurface, base.ColorNameInputBackground, base.ColorNameMenuBackground, base.ColorNameOverlayBackground} {
		for _, text := range []fyne.ThemeColorName{base.ColorNameForeground, ColorMuted, base.ColorNameError, base.ColorNameHyperlink, base.ColorNamePrimary, base.ColorNameSuccess} {
			pairs = append(pairs, pair{text, on})
		}
	}
	for _, pref := range []string{Light, Dark} {
		th := New(pref)
		get := func(n fyne.ThemeColorName) color.NRGBA { return th.Color(n, 0).(color.NRGBA) }
		for _, p := range pairs {
			if got := contrast(get(p.text), get(p.on)); got < 4.5 {
				t.Errorf("%s: %s on %s has contrast %.2f, want 4.5", pref, p.text, p.on, got)
			}
		}
		// A name stands on a picture that may be white.
		label := over(get(ColorLabel), color.NRGBA{255, 255, 255, 255})
		if got := contrast(get(ColorOnStage), label); got < 4.5 {
			t.Errorf("%s: names on a white picture have contrast %.2f, want 4.5", pref, got)
		}
		// Edges that carry meaning: WCAG 1.4.11 asks 3.
		for _, p := range []pair{{ColorAccent, ColorTile}, {ColorDanger, ColorStage}} {
			if got := contrast(get(p.text), get(p.on)); got < 3 {
				t.Errorf("%s: %s on %s has contrast %.2f, want 3", pref, p.text, p.on, got)
			}
		}
	}
}

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
