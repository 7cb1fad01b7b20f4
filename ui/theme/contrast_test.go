package theme

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/ui/theme/contrast"

	base "fyne.io/fyne/v2/theme"
)

// What is asked of text, and of icons, edges and the focus. Things that cannot be
// used are exempt from WCAG; here they can still be made out.
const (
	wantText = contrast.Text
	wantMark = contrast.Mark
)

// pair is one thing to be seen on another. Translucent colours in on lie over
// each other, the lowest last.
type pair struct {
	what fyne.ThemeColorName
	on   []fyne.ThemeColorName
	want float64
}

func pairs() (all []pair) {
	add := func(want float64, what []fyne.ThemeColorName, on ...fyne.ThemeColorName) {
		for _, w := range what {
			all = append(all, pair{w, on, want})
		}
	}
	type names = []fyne.ThemeColorName

	// The stage.
	for _, on := range (names{ColorStage, ColorTile, ColorTip}) {
		add(wantText, names{ColorOnStage, ColorOnStageMuted, ColorAccent, ColorNotice}, on)
		add(wantMark, names{ColorOnControlOff}, on)
	}
	for _, on := range (names{ColorControl, ColorControlHover, ColorControlPressed}) {
		add(wantText, names{ColorOnStage}, on)
	}
	add(wantText, names{ColorAccent}, ColorControlPressed) // a word to press, under the pointer
	for _, on := range (names{ColorControlOff, ColorControlOffHover}) {
		add(wantText, names{ColorOnControlOff}, on)
	}
	for _, on := range (names{ColorAccent, ColorAccentHover}) {
		add(wantText, names{ColorOnAccent}, on)
	}
	for _, on := range (names{ColorDanger, ColorDangerHover}) {
		add(wantText, names{ColorOnDanger}, on)
	}
	add(wantText, names{ColorOnNotice}, ColorNotice)
	for _, on := range (names{ColorControlDisabled, ColorStage, ColorTile}) {
		add(wantMark, names{ColorOnStageDisabled}, on)
	}
	// Rings around who speaks and what has the keyboard; the button to leave.
	for _, on := range (names{ColorStage, ColorTile, ColorControl, ColorControlOff, ColorControlPressed}) {
		add(wantMark, names{ColorAccent}, on)
	}
	add(wantMark, names{ColorDanger}, ColorStage)

	// Pages, cards, dialogs, menus.
	for _, on := range (names{base.ColorNameBackground, ColorSurface, base.ColorNameMenuBackground, base.ColorNameOverlayBackground, base.ColorNameInputBackground}) {
		text := names{base.ColorNameForeground, ColorMuted, base.ColorNameError, base.ColorNameHyperlink, base.ColorNamePrimary, base.ColorNameSuccess}
		add(wantText, text, on)
		add(wantText, text, base.ColorNameHover, on)
		add(wantText, names{base.ColorNameForeground}, base.ColorNamePressed, on)
		add(wantText, names{base.ColorNameForeground}, base.ColorNameFocus, on)
		add(wantText, names{base.ColorNameForeground}, base.ColorNameSelection, on)
		add(wantText, names{base.ColorNamePlaceHolder}, on)
		add(wantMark, names{base.ColorNameDisabled}, on)
	}
	add(wantMark, names{base.ColorNameDisabled}, base.ColorNameDisabledButton)
	add(wantText, names{base.ColorNamePlaceHolder}, base.ColorNameHover, base.ColorNameInputBackground)
	for _, on := range (names{base.ColorNameButton, base.ColorNameHeaderBackground}) {
		add(wantText, names{base.ColorNameForeground}, on)
		for _, veil := range (names{base.ColorNameHover, base.ColorNamePressed, base.ColorNameFocus}) {
			add(wantText, names{base.ColorNameForeground}, veil, on)
		}
	}
	for _, c := range []struct{ text, on fyne.ThemeColorName }{
		{base.ColorNameForegroundOnPrimary, base.ColorNamePrimary},
		{base.ColorNameForegroundOnError, base.ColorNameError},
		{base.ColorNameForegroundOnSuccess, base.ColorNameSuccess},
		{base.ColorNameForegroundOnWarning, base.ColorNameWarning},
	} {
		add(wantText, names{c.text}, c.on)
		for _, veil := range (names{base.ColorNameHover, base.ColorNamePressed, base.ColorNameFocus}) {
			add(wantText, names{c.text}, veil, c.on)
		}
	}
	// Chat.
	for _, on := range (names{ColorBubble, ColorMine}) {
		add(wantText, names{base.ColorNameForeground, base.ColorNameHyperlink}, on)
	}
	add(wantText, names{ColorMuted}, ColorBubble)
	return all
}

func TestContrast(t *testing.T) {
	for _, pref := range []string{Light, Dark} {
		th := New(pref)
		get := func(n fyne.ThemeColorName) color.NRGBA { return th.Color(n, 0).(color.NRGBA) }
		for _, p := range pairs() {
			var under []color.NRGBA
			for _, n := range p.on {
				under = append(under, get(n))
			}
			on := contrast.Over(under...)
			if got := contrast.Ratio(contrast.Over(get(p.what), on), on); got < p.want {
				t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", pref, p.what, p.on, got, p.want)
			}
		}
		// Names, marks and captions stand on a picture that may be anything from black to white.
		for v := range 256 {
			behind := contrast.Over(get(ColorLabel), color.NRGBA{uint8(v), uint8(v), uint8(v), 255})
			for _, c := range []struct {
				what fyne.ThemeColorName
				want float64
			}{{ColorOnStage, wantText}, {ColorOnControlOff, wantMark}, {ColorNotice, wantMark}} {
				if got := contrast.Ratio(get(c.what), behind); got < c.want {
					t.Fatalf("%s: %s on a name's plate over a picture of %d has contrast %.2f, want %.1f", pref, c.what, v, got, c.want)
				}
			}
		}
	}
}
