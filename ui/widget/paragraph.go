package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/bidi"
	"foyer/ui/theme"
)

// Paragraph is text that wraps, and follows the theme in colour and size.
type Paragraph struct {
	widget.RichText
	segment *widget.TextSegment
	text    string
}

// NewParagraph makes one from the left, in a colour and a size of the theme.
func NewParagraph(text string, color fyne.ThemeColorName, size fyne.ThemeSizeName) *Paragraph {
	p := &Paragraph{text: text, segment: &widget.TextSegment{Text: text, Style: widget.RichTextStyle{ColorName: color, SizeName: size}}}
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
func (p *Paragraph) Text() string { return p.text }

// SetText changes it, and says whether it was another one.
func (p *Paragraph) SetText(text string) bool {
	if p.text == text {
		return false
	}
	p.text, p.segment.Text = text, text
	p.order(p.Size().Width)
	p.Refresh()
	return true
}

// Resize implements fyne.CanvasObject.
func (p *Paragraph) Resize(s fyne.Size) {
	p.order(s.Width)
	p.RichText.Resize(s)
}

// order wraps a text of mixed direction, whose lines are to be put in order for
// drawing; the others are left to Fyne.
func (p *Paragraph) order(width float32) {
	if bidi.Line(p.text) == p.text {
		return
	}
	th := p.Theme()
	style := p.segment.Style
	width -= 2*th.Size(base.SizeNameInnerPadding) + 1
	var lines []string
	for l := range strings.SplitSeq(p.text, "\n") {
		lines = append(lines, Wrap(l, width, th.Size(style.SizeName), style.TextStyle)...)
	}
	if s := strings.Join(lines, "\n"); s != p.segment.Text {
		p.segment.Text = s
		p.RichText.Refresh()
	}
}

// HeightAt is how high a thing wants to be at a width: text wraps. It gives the
// thing that width.
func HeightAt(o fyne.CanvasObject, width float32) float32 {
	o.Resize(fyne.NewSize(width, o.MinSize().Height))
	return o.MinSize().Height
}
