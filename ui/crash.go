package ui

import (
	"net/url"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

// reportMax is how much of a report is shown and copied, in bytes.
const reportMax = 64 << 10

// offerReport shows what the last crash left, for whoever wants to pass it on.
func (w *window) offerReport(path string) {
	w.crash = ""
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	text := string(b[:min(len(b), reportMax)])
	lead := widget.NewLabel(lang.L("The report below stays on this computer: nothing is sent. It helps whoever looks for the fault."))
	lead.Wrapping = fyne.TextWrapWord
	report := widget.NewLabel(text)
	report.TextStyle.Monospace, report.Selectable = true, true
	page := container.NewScroll(report)
	page.SetMinSize(fyne.NewSize(0, min(240, w.win.Canvas().Size().Height/3)))
	d := dialog.NewCustomWithoutButtons(lang.L("Foyer ended unexpectedly last time"), container.NewBorder(lead, nil, nil, nil, page), w.win)
	closing := ours.NewKeyButton(lang.L("Close"), nil, d.Hide, d.Hide)
	folder := ours.NewKeyButton(lang.L("Open folder"), nil, func() {
		_ = w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Dir(path))})
	}, d.Hide)
	copying := ours.NewKeyButton(lang.L("Copy report"), nil, func() { w.app.Clipboard().SetContent(text) }, d.Hide)
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), copying, folder, closing, layout.NewSpacer()})
	closing.Importance = widget.HighImportance
	d.SetOnClosed(func() { w.report = nil })
	w.report = d
	d.Resize(fyne.NewSize(min(theme.Grown(680), w.win.Canvas().Size().Width-2*theme.Wide), 0))
	d.Show()
	w.win.Canvas().Focus(closing)
	w.trace("crash-offered")
}
