package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
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
	lead := widget.NewLabel(lang.L("Send this link to whoever should come."))
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
	// On a low window it scrolls.
	room := w.win.Canvas().Size()
	width := min(theme.Grown(480), room.Width-2*theme.Wide)
	page := container.NewVScroll(box)
	page.SetMinSize(fyne.NewSize(0, min(ours.HeightAt(box, width-2*theme.Space), max(120, room.Height-2*theme.Scaled(24)-92))))
	d := dialog.NewCustomWithoutButtons(lang.L("Your meeting is open"), page, w.win)
	closing := ours.NewKeyButton(lang.L("Close"), nil, d.Hide, d.Hide)
	copying := ours.NewKeyButton(lang.L("Copy link"), theme.IconIn(theme.IconCopy, "foregroundOnPrimary"), func() {
		w.app.Clipboard().SetContent(text)
		d.Hide()
	}, d.Hide)
	copying.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), closing, copying, layout.NewSpacer()})
	d.Resize(fyne.NewSize(width, 0))
	d.Show()
	w.win.Canvas().Focus(copying)
}
