package theme

import (
	"image/color"
	"sync/atomic"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Preferences for New, as settings keep them.
const (
	System = ""
	Light  = "light"
	Dark   = "dark"
)

// New makes the theme. preference pins a variant; System follows the desktop.
func New(preference string) fyne.Theme {
	frameEmoji()
	return look{preference}
}

type look struct{ preference string }

// Variant says which variant is drawn, after the preference.
func (l look) variant(v fyne.ThemeVariant) fyne.ThemeVariant {
	switch {
	case l.preference == Light, l.preference != Dark && v == base.VariantLight:
		return base.VariantLight
	}
	return base.VariantDark
}

// onStage says that the window shows the stage.
var onStage atomic.Bool

// ShowStage makes the window's own background that of the stage, or gives it
// back. Fyne clears a window in that colour anyway; a rectangle over all of it
// would double what it costs to draw a moving picture without a GPU.
func ShowStage(on bool) { onStage.Store(on) }

func (l look) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == base.ColorNameBackground && onStage.Load() {
		name = ColorStage
	}
	if c, ok := stage[name]; ok {
		return c
	}
	v = l.variant(v)
	if c, ok := variants[v][name]; ok {
		return c
	}
	return base.DefaultTheme().Color(name, v)
}

func (l look) Font(s fyne.TextStyle) fyne.Resource {
	if s.Monospace {
		return monospace()
	}
	return base.DefaultTheme().Font(s)
}

func (l look) Icon(name fyne.ThemeIconName) fyne.Resource { return base.DefaultTheme().Icon(name) }

func (l look) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		if scaled[name] {
			return Scaled(s)
		}
		return s
	}
	return base.DefaultTheme().Size(name)
}

// Color is a colour of the running theme.
func Color(name fyne.ThemeColorName) color.Color { return base.Color(name) }
