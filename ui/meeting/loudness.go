package meeting

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

func percent(gain float64) string { return itoa(int(math.Round(100*gain))) + " %" }

// setLoudness sets how loud somebody is here, and has it kept.
func (v *View) setLoudness(identity string, l call.Loudness) {
	v.call.SetLoudness(identity, l)
	v.keepLoudness(identity, l)
}

func (v *View) keepLoudness(identity string, l call.Loudness) {
	if v.o.OnLoudness != nil {
		v.o.OnLoudness(identity, l)
	}
}

// loudness is how loud somebody is here.
func (v *View) loudness(identity string) call.Loudness {
	for _, p := range v.last.People {
		if p.Identity == identity {
			return p.Loudness
		}
	}
	return call.Loudness{Volume: 1}
}

// showLoudness lets a person's volume be set, for us alone.
func (v *View) showLoudness(identity, name string, at fyne.Position) {
	now := v.loudness(identity)
	slider := widget.NewSlider(lang.L("Volume of {{.Name}}", map[string]any{"Name": short(name)}), 0, 100*call.LoudnessMax, 5)
	slider.Value = 100 * now.Volume
	text := func(s string, size float32) *canvas.Text {
		t := canvas.NewText(s, theme.Color("foreground"))
		t.TextSize = size
		return t
	}
	title := text("", theme.TextBody())
	title.TextStyle.Bold = true
	loud := text("", theme.TextBody())
	note := text(lang.L("Only you hear the difference."), theme.TextCaption())
	note.Color = theme.Color(theme.ColorMuted)
	usual := canvas.NewRectangle(theme.Color(theme.ColorTrack))
	muted := widget.NewCheck(lang.L("Mute for me"), nil)
	muted.Checked = now.Muted

	var body *fyne.Container
	say := func() {
		s, color := percent(now.Volume), theme.Color("foreground")
		if now.Muted {
			s, color = lang.L("Muted"), theme.Color(theme.ColorMuted)
		}
		loud.Text, loud.Color = s, color
		loud.Refresh()
		if body != nil {
			body.Layout.Layout(body.Objects, body.Size())
		}
	}
	slider.OnChanged = func(x float64) {
		// Who moves the slider wants to hear something.
		now = call.Loudness{Volume: x / 100}
		if muted.Checked {
			muted.Checked = false
			muted.Refresh()
		}
		say()
		v.call.SetLoudness(identity, now)
	}
	slider.OnChangeEnded = func(float64) { v.keepLoudness(identity, now) }
	muted.OnChanged = func(on bool) {
		now.Muted = on
		say()
		v.setLoudness(identity, now)
	}
	width := min(theme.Scaled(280), v.window.Canvas().Size().Width-2*theme.Space)
	line, sh, ch := title.MinSize().Height, slider.MinSize().Height, muted.MinSize().Height
	body = container.New(placer{
		min: fyne.NewSize(width, line+note.MinSize().Height+sh+ch+8),
		place: func(s fyne.Size) {
			w := loud.MinSize().Width
			widget.SetText(title, widget.Ellipsis(name, s.Width-w-3*theme.Gap, theme.TextBody(), title.TextStyle))
			place(title, theme.Gap, 4, s.Width-w-3*theme.Gap, line)
			place(loud, s.Width-w-theme.Gap, 4, w, line)
			y := 4 + line
			place(note, theme.Gap, y, s.Width-2*theme.Gap, note.MinSize().Height)
			y += note.MinSize().Height + 2
			place(usual, s.Width/2-1, y+sh/2-7, 2, 14) // 100 %: as it was sent
			place(slider, 0, y, s.Width, sh)
			place(muted, 0, y+sh, s.Width, ch)
		},
	}, title, loud, note, usual, slider, muted)
	say()
	p := base.NewPopUp(body, v.window.Canvas())
	size := p.MinSize()
	c := v.window.Canvas().Size()
	p.ShowAtPosition(fyne.NewPos(max(0, min(at.X, c.Width-size.Width)), max(0, min(at.Y, c.Height-size.Height))))
}
