package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"foyer/app/invite"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// showInvite offers the guests' link to copy, and as a QR code. Return copies
// it, Escape closes.
func (w *window) showInvite(links []invite.Link) {
	text := links[0].String()
	lead := widget.NewLabel("Send this link to whoever should come.")
	link := widget.NewLabel(text)
	link.Wrapping, link.SizeName = fyne.TextWrapBreak, "caption"
	link.TextStyle.Monospace, link.Selectable = true, true
	box := container.NewVBox(lead, link)
	if code, err := qrcode.New(text, qrcode.Medium); err == nil {
		img := canvas.NewImageFromImage(code.Image(256))
		img.FillMode, img.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
		img.SetMinSize(fyne.NewSquareSize(220))
		box.Add(container.NewCenter(img))
	}
	d := dialog.NewCustomWithoutButtons("Your meeting is open", box, w.win)
	closing := ours.NewKeyButton("Close", nil, d.Hide, d.Hide)
	copying := ours.NewKeyButton("Copy link", theme.IconIn(theme.IconCopy, "foregroundOnPrimary"), func() {
		w.app.Clipboard().SetContent(text)
		d.Hide()
	}, d.Hide)
	copying.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), closing, copying, layout.NewSpacer()})
	d.Resize(fyne.NewSize(480, 0))
	d.Show()
	w.win.Canvas().Focus(copying)
}
