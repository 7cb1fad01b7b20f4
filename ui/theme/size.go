package theme

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Lengths of the design, in Fyne's units. Everything is a multiple of 4.
const (
	Gap      float32 = 8  // between things that belong together
	Space    float32 = 16 // between groups, and around content
	Wide     float32 = 24 // around pages and dialogs
	Radius   float32 = 12 // of tiles and cards
	Round    float32 = 8  // corner radius of fields and buttons
	Control  float32 = 48 // diameter of a round button
	Touch    float32 = 40 // smallest thing to press in a list
	IconSize float32 = 22 // inside a round button
)

// The type scale.
const (
	TextCaption float32 = 12
	TextBody    float32 = 14
	TextTitle   float32 = 18
	TextDisplay float32 = 26
)

var sizes = map[fyne.ThemeSizeName]float32{
	base.SizeNameText:               TextBody,
	base.SizeNameCaptionText:        TextCaption,
	base.SizeNameSubHeadingText:     TextTitle,
	base.SizeNameHeadingText:        TextDisplay,
	base.SizeNamePadding:            4,
	base.SizeNameInnerPadding:       10,
	base.SizeNameLineSpacing:        4,
	base.SizeNameInputRadius:        Round,
	base.SizeNameInputBorder:        1,
	base.SizeNameSelectionRadius:    6,
	base.SizeNameInlineIcon:         20,
	base.SizeNameScrollBar:          10,
	base.SizeNameScrollBarSmall:     4,
	base.SizeNameScrollBarRadius:    4,
	base.SizeNameSeparatorThickness: 1,
}
