package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Colours of the stage, the same in both variants.
const (
	ColorStage           fyne.ThemeColorName = "stage"           // behind the tiles
	ColorTile            fyne.ThemeColorName = "tile"            // a tile without a picture
	ColorOnStage         fyne.ThemeColorName = "onStage"         // text and icons on stage, tile or control
	ColorOnStageMuted    fyne.ThemeColorName = "onStageMuted"    // second-rank text there
	ColorOnStageDisabled fyne.ThemeColorName = "onStageDisabled" // icons that cannot be pressed
	ColorControl         fyne.ThemeColorName = "control"         // round buttons
	ColorControlHover    fyne.ThemeColorName = "controlHover"
	ColorControlPressed  fyne.ThemeColorName = "controlPressed"
	ColorControlDisabled fyne.ThemeColorName = "controlDisabled"
	ColorControlOff      fyne.ThemeColorName = "controlOff" // microphone or camera turned off
	ColorControlOffHover fyne.ThemeColorName = "controlOffHover"
	ColorOnControlOff    fyne.ThemeColorName = "onControlOff"
	ColorAccent          fyne.ThemeColorName = "accent" // the one accent on dark: speaking, active
	ColorAccentHover     fyne.ThemeColorName = "accentHover"
	ColorOnAccent        fyne.ThemeColorName = "onAccent"
	ColorDanger          fyne.ThemeColorName = "danger" // leave
	ColorDangerHover     fyne.ThemeColorName = "dangerHover"
	ColorOnDanger        fyne.ThemeColorName = "onDanger"
	ColorNotice          fyne.ThemeColorName = "notice" // raised hands, reconnecting
	ColorOnNotice        fyne.ThemeColorName = "onNotice"
	ColorLabel           fyne.ThemeColorName = "label"     // behind a name on a picture
	ColorTip             fyne.ThemeColorName = "tip"       // tooltips and toasts
	ColorTipBorder       fyne.ThemeColorName = "tipBorder" // their hairline
)

// Colours that differ by variant, beside Fyne's own.
const (
	ColorSurface fyne.ThemeColorName = "surface" // cards and side panels
	ColorBorder  fyne.ThemeColorName = "border"  // hairlines of cards
	ColorMuted   fyne.ThemeColorName = "muted"   // second-rank text
	ColorBubble  fyne.ThemeColorName = "bubble"  // a chat message
	ColorMine    fyne.ThemeColorName = "mine"    // a chat message of ours
	ColorTrack   fyne.ThemeColorName = "track"   // behind a level meter
	ColorDim     fyne.ThemeColorName = "dim"     // over the window, behind a dialog
)

type palette map[fyne.ThemeColorName]color.Color

var stage = palette{
	ColorStage:           rgb(0x0D1117),
	ColorTile:            rgb(0x1A222C),
	ColorOnStage:         rgb(0xF1F5F9),
	ColorOnStageMuted:    rgb(0xA6B3C1),
	ColorOnStageDisabled: rgb(0x667382),
	ColorControl:         rgb(0x232D38),
	ColorControlHover:    rgb(0x2F3B48),
	ColorControlPressed:  rgb(0x3B4959),
	ColorControlDisabled: rgb(0x181F27),
	ColorControlOff:      rgb(0x47232A),
	ColorControlOffHover: rgb(0x5A2B34),
	ColorOnControlOff:    rgb(0xFFA8A6),
	ColorAccent:          rgb(0x3ECFBA),
	ColorAccentHover:     rgb(0x62DCCB),
	ColorOnAccent:        rgb(0x04231F),
	ColorDanger:          rgb(0xD13640),
	ColorDangerHover:     rgb(0xBC2C37),
	ColorOnDanger:        rgb(0xFFFFFF),
	ColorNotice:          rgb(0xF4BF57),
	ColorOnNotice:        rgb(0x2B1D02),
	ColorLabel:           rgba(0x0A0E13C7),
	ColorTip:             rgb(0x2A3542),
	ColorTipBorder:       rgb(0x3D4A59),
}

var variants = map[fyne.ThemeVariant]palette{
	base.VariantLight: {
		ColorSurface: rgb(0xFFFFFF),
		ColorBorder:  rgb(0xD8E0E7),
		ColorMuted:   rgb(0x586674),
		ColorBubble:  rgb(0xEEF2F6),
		ColorMine:    rgb(0xD9F2EE),
		ColorTrack:   rgb(0xD8E0E7),
		ColorDim:     rgba(0x0D111799),

		base.ColorNameBackground:          rgb(0xF4F7F9),
		base.ColorNameButton:              rgb(0xE4EAF0),
		base.ColorNameDisabledButton:      rgb(0xEDF1F4),
		base.ColorNameDisabled:            rgb(0x7A8795),
		base.ColorNameError:               rgb(0xBE2A35),
		base.ColorNameFocus:               rgba(0x0A726840),
		base.ColorNameForeground:          rgb(0x17202A),
		base.ColorNameForegroundOnError:   rgb(0xFFFFFF),
		base.ColorNameForegroundOnPrimary: rgb(0xFFFFFF),
		base.ColorNameForegroundOnSuccess: rgb(0xFFFFFF),
		base.ColorNameForegroundOnWarning: rgb(0x2B1D02),
		base.ColorNameHeaderBackground:    rgb(0xEDF1F5),
		base.ColorNameHover:               rgba(0x17202A12),
		base.ColorNameHyperlink:           rgb(0x0B6A9C),
		base.ColorNameInputBackground:     rgb(0xFFFFFF),
		base.ColorNameInputBorder:         rgb(0xB9C5D0),
		base.ColorNameMenuBackground:      rgb(0xFFFFFF),
		base.ColorNameOverlayBackground:   rgb(0xFFFFFF),
		base.ColorNamePlaceHolder:         rgb(0x5F6D7C),
		base.ColorNamePressed:             rgba(0x17202A24),
		base.ColorNamePrimary:             rgb(0x0A7268),
		base.ColorNameScrollBar:           rgba(0x17202A59),
		base.ColorNameScrollBarBackground: rgba(0x17202A0D),
		base.ColorNameSelection:           rgba(0x0A726833),
		base.ColorNameSeparator:           rgb(0xDFE6EC),
		base.ColorNameShadow:              rgba(0x0D111726),
		base.ColorNameSuccess:             rgb(0x187339),
		base.ColorNameWarning:             rgb(0xF4BF57),
	},
	base.VariantDark: {
		ColorSurface: rgb(0x1A222B),
		ColorBorder:  rgb(0x2C3844),
		ColorMuted:   rgb(0x9DABB9),
		ColorBubble:  rgb(0x26313C),
		ColorMine:    rgb(0x17433F),
		ColorTrack:   rgb(0x33404D),
		ColorDim:     rgba(0x000000A6),

		base.ColorNameBackground:          rgb(0x12181F),
		base.ColorNameButton:              rgb(0x2A3541),
		base.ColorNameDisabledButton:      rgb(0x1E2731),
		base.ColorNameDisabled:            rgb(0x6B7887),
		base.ColorNameError:               rgb(0xFF8D8C),
		base.ColorNameFocus:               rgba(0x3ECFBA40),
		base.ColorNameForeground:          rgb(0xEAEFF4),
		base.ColorNameForegroundOnError:   rgb(0x310507),
		base.ColorNameForegroundOnPrimary: rgb(0x04231F),
		base.ColorNameForegroundOnSuccess: rgb(0x04231F),
		base.ColorNameForegroundOnWarning: rgb(0x2B1D02),
		base.ColorNameHeaderBackground:    rgb(0x1F2832),
		base.ColorNameHover:               rgba(0xEAEFF414),
		base.ColorNameHyperlink:           rgb(0x7CC4F2),
		base.ColorNameInputBackground:     rgb(0x12181F),
		base.ColorNameInputBorder:         rgb(0x46545F),
		base.ColorNameMenuBackground:      rgb(0x222C37),
		base.ColorNameOverlayBackground:   rgb(0x1A222B),
		base.ColorNamePlaceHolder:         rgb(0x93A1AF),
		base.ColorNamePressed:             rgba(0xEAEFF429),
		base.ColorNamePrimary:             rgb(0x3ECFBA),
		base.ColorNameScrollBar:           rgba(0xEAEFF459),
		base.ColorNameScrollBarBackground: rgba(0xEAEFF40D),
		base.ColorNameSelection:           rgba(0x3ECFBA40),
		base.ColorNameSeparator:           rgb(0x2C3844),
		base.ColorNameShadow:              rgba(0x00000066),
		base.ColorNameSuccess:             rgb(0x5FD38A),
		base.ColorNameWarning:             rgb(0xF4BF57),
	},
}

func rgb(v uint32) color.NRGBA { return rgba(v<<8 | 0xFF) }

func rgba(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 24), G: uint8(v >> 16), B: uint8(v >> 8), A: uint8(v)}
}
