package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"foyer/app/invite"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// qrModule is the side of one black or white square.
const qrModule = 4

// showInvite offers the guests' link to copy, and as a QR code. Return copies
// it, Escape closes.
func (w *window) showInvite(links []invite.Link) {
	text := links[0].String()
	lead := widget.NewLabel(lang.L("Send this link to the people you want to invite."))
	lead.Wrapping = fyne.TextWrapWord
	link := widget.NewLabel(text)
	link.Wrapping, link.SizeName = fyne.TextWrapBreak, base.SizeNameCaptionText
	link.TextStyle.Monospace, link.Selectable = true, true
	box := container.NewVBox(lead, link)
	if code, err := qrcode.New(text, qrcode.Low); err == nil { // read from a screen, nothing is scratched
		// One pixel a module, drawn at a whole multiple: all modules are alike.
		img := canvas.NewImageFromImage(code.Image(-1))
		img.FillMode, img.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
		img.SetMinSize(fyne.NewSquareSize(qrModule * float32(img.Image.Bounds().Dx())))
		below := canvas.NewRectangle(color.Transparent)
		below.SetMinSize(fyne.NewSize(0, theme.Gap))
		box.Add(container.NewCenter(img))
		box.Add(below)
	}
	d := ours.NewDialog(w.win, lang.L("Your meeting is open"), box)
	d.MaxWidth = theme.Grown(480)
	d.AddButton(lang.L("Close"), nil, widget.MediumImportance, nil)
	d.FocusFirst(d.AddButton(lang.L("Copy link"), theme.IconIn(theme.IconCopy, "foregroundOnPrimary"), widget.HighImportance, func() {
		w.app.Clipboard().SetContent(text)
		d.Hide()
	}))
	d.Show()
}
