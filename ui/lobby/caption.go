package lobby

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// caption is small print that wraps, in the colour of second-rank text.
type caption struct {
	*widget.RichText
	segment *widget.TextSegment
}

func newCaption(text string) *caption {
	s := &widget.TextSegment{Text: text, Style: widget.RichTextStyle{ColorName: theme.ColorMuted, SizeName: base.SizeNameCaptionText}}
	c := &caption{widget.NewRichText(s), s}
	c.Wrapping = fyne.TextWrapWord
	return c
}

// Text is what it says.
func (c *caption) Text() string { return c.segment.Text }

// SetText changes it, and says whether it was another one.
func (c *caption) SetText(text string) bool {
	if c.segment.Text == text {
		return false
	}
	c.segment.Text = text
	c.Refresh()
	return true
}
