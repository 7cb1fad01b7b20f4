package ui

import (
	"net/url"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
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
	lead := widget.NewLabel(lang.L("The report below stays on this computer. Nothing is sent. It helps developers find the problem."))
	lead.Wrapping = fyne.TextWrapWord
	report := widget.NewLabel(text)
	report.TextStyle.Monospace, report.Selectable = true, true
	page := container.NewScroll(report)
	page.SetMinSize(fyne.NewSize(0, min(240, w.win.Canvas().Size().Height/3)))
	d := ours.NewDialog(w.win, lang.L("Foyer ended unexpectedly last time"), container.NewVBox(lead, page))
	d.MaxWidth = theme.Grown(680)
	d.AddButton(lang.L("Copy report"), nil, widget.MediumImportance, func() { w.app.Clipboard().SetContent(text) })
	d.AddButton(lang.L("Open folder"), nil, widget.MediumImportance, func() {
		_ = w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Dir(path))})
	})
	d.FocusFirst(d.AddButton(lang.L("Close"), nil, widget.HighImportance, nil))
	d.SetOnClosed(func() { w.report = nil })
	w.report = d
	d.Show()
	w.trace("crash-offered")
}
