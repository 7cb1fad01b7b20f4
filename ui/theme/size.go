package theme

import (
	"math"
	"sync/atomic"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Lengths of the design, in Fyne's units. Everything is a multiple of 4.
const (
	Gap    float32 = 8  // between things that belong together
	Space  float32 = 16 // between groups, and around content
	Wide   float32 = 24 // around pages and dialogs
	Radius float32 = 12 // of tiles and cards
	Round  float32 = 8  // corner radius of fields and buttons
)

// The least that a thing to press may be, where all else leaves no room.
const LeastTouch float32 = 40

// Lengths that follow the size of text by half.

// Control is the diameter of a round button.
func Control() float32 { return Grown(48) }

// Touch is the smallest thing to press in a list.
func Touch() float32 { return Grown(LeastTouch) }

// IconSize is an icon's inside a round button.
func IconSize() float32 { return Grown(22) }

// The type scale, in the size of text that was chosen.

func TextCaption() float32 { return Scaled(12) }
func TextBody() float32    { return Scaled(14) }
func TextTitle() float32   { return Scaled(18) }
func TextDisplay() float32 { return Scaled(26) }

// The bounds of the size of text, as a factor.
const (
	TextScaleMin = 0.8
	TextScaleMax = 2
)

// textScale holds the factor's bits; 0 is 1.
var textScale atomic.Uint32

// TextScale is how large text is, against the usual.
func TextScale() float32 {
	if s := math.Float32frombits(textScale.Load()); s > 0 {
		return s
	}
	return 1
}

// ScaleText makes all text larger or smaller by a factor, TextScaleMin to
// TextScaleMax; 0 is the usual size. What is on the screen follows when the theme is
// set again.
func ScaleText(factor float32) {
	if factor != 0 {
		factor = min(max(factor, TextScaleMin), TextScaleMax)
	}
	textScale.Store(math.Float32bits(factor))
}

// Scaled is a length of the usual size of text in the chosen size, in whole units:
// for what holds text.
func Scaled(length float32) float32 { return whole(length * TextScale()) }

// Grown follows the size of text by half, and never below the usual: for what is
// pressed, and for what is as wide as it is pleasant.
func Grown(length float32) float32 { return whole(length * (1 + max(0, TextScale()-1)/2)) }

func whole(v float32) float32 { return float32(math.Round(float64(v))) }

// sizes are of the usual size of text.
var sizes = map[fyne.ThemeSizeName]float32{
	base.SizeNameText:               14,
	base.SizeNameCaptionText:        12,
	base.SizeNameSubHeadingText:     18,
	base.SizeNameHeadingText:        26,
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

// scaled are the sizes that follow the size of text.
var scaled = map[fyne.ThemeSizeName]bool{
	base.SizeNameText: true, base.SizeNameCaptionText: true, base.SizeNameSubHeadingText: true, base.SizeNameHeadingText: true,
	base.SizeNameInlineIcon: true,
}
