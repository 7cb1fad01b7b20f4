package theme

import (
	"testing"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

func TestTextScales(t *testing.T) {
	defer ScaleText(0)
	th := New(Dark)
	for _, c := range []struct{ factor, scale, body, caption, icon, padding, touch float32 }{
		{0, 1, 14, 12, 20, 4, 40},
		{1, 1, 14, 12, 20, 4, 40},
		{0.8, 0.8, 11, 10, 16, 4, 40},
		{1.5, 1.5, 21, 18, 30, 4, 50},
		{2, 2, 28, 24, 40, 4, 60},
		{7, 2, 28, 24, 40, 4, 60}, // bounded
		{0.1, 0.8, 11, 10, 16, 4, 40},
	} {
		ScaleText(c.factor)
		if TextScale() != c.scale || TextBody() != c.body || TextCaption() != c.caption || Touch() != c.touch {
			t.Errorf("%v: scale %v, text of %v and %v, things to press of %v", c.factor, TextScale(), TextBody(), TextCaption(), Touch())
		}
		for name, want := range map[fyne.ThemeSizeName]float32{
			base.SizeNameText: c.body, base.SizeNameCaptionText: c.caption, base.SizeNameInlineIcon: c.icon, base.SizeNamePadding: c.padding,
		} {
			if got := th.Size(name); got != want {
				t.Errorf("%v: %s is %v, want %v", c.factor, name, got, want)
			}
		}
	}
}
