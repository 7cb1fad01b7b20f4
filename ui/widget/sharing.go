package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"foyer/ui/bidi"
)

// titleLeast is how much of a title says anything, in sizes of its text.
const titleLeast = 4

// SharingLine says what we share, cut to a width: a window by its title, a screen where
// window is "". ok is false where less than a few letters of the title have room.
func SharingLine(window string, room, size float32, style fyne.TextStyle) (line string, ok bool) {
	whole := lang.L("You are sharing your screen")
	if window == "" {
		return Ellipsis(whole, room, size, style), fyne.MeasureText(whole, size, style).Width <= room
	}
	say := func(title string) string {
		return bidi.Line(lang.L("You are sharing \"{{.Window}}\"", map[string]any{"Window": bidi.Isolate(title)}))
	}
	left := room - fyne.MeasureText(say(""), size, style).Width
	line = say(Ellipsis(window, max(left, 0), size, style))
	return Ellipsis(line, room, size, style), left >= titleLeast*size
}
