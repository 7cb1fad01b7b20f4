package widget

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
)

// Paragraph is text that wraps, and follows the theme in colour and size.
type Paragraph struct {
	widget.RichText
	segment *widget.TextSegment
}

// NewParagraph makes one from the left, in a colour and a size of the theme.
func NewParagraph(text string, color fyne.ThemeColorName, size fyne.ThemeSizeName) *Paragraph {
	p := &Paragraph{segment: &widget.TextSegment{Text: text, Style: widget.RichTextStyle{ColorName: color, SizeName: size}}}
	p.Segments = []widget.RichTextSegment{p.segment}
	p.Wrapping, p.Scroll = fyne.TextWrapWord, fyne.ScrollNone
	p.ExtendBaseWidget(p)
	return p
}

// NewCaption is small print in the colour of second-rank text.
func NewCaption(text string) *Paragraph {
	return NewParagraph(text, theme.ColorMuted, base.SizeNameCaptionText)
}

// Bold makes it bold. It returns the paragraph.
func (p *Paragraph) Bold() *Paragraph { p.segment.Style.TextStyle.Bold = true; p.Refresh(); return p }

// Centred puts it in the middle. It returns the paragraph.
func (p *Paragraph) Centred() *Paragraph {
	p.segment.Style.Alignment = fyne.TextAlignCenter
	p.Refresh()
	return p
}

// Text is what it says.
func (p *Paragraph) Text() string { return p.segment.Text }

// SetText changes it, and says whether it was another one.
func (p *Paragraph) SetText(text string) bool {
	if p.segment.Text == text {
		return false
	}
	p.segment.Text = text
	p.Refresh()
	return true
}

// HeightAt is how high a thing wants to be at a width: text wraps. It gives the
// thing that width.
func HeightAt(o fyne.CanvasObject, width float32) float32 {
	o.Resize(fyne.NewSize(width, o.MinSize().Height))
	return o.MinSize().Height
}
