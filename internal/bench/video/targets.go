//go:build unix

package main

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"foyer/internal/bench/report"
)

// What is asked of Foyer, as ratios to the browser in the same run.
const (
	cpuWithoutRasteriserAtMost = 0.6
	cpuAtMost                  = 1.0
	pssAtMost                  = 0.35
	publishAtMost              = 0.8
	glassAtMost                = 0.6
	firstPictureAtMost         = 0.3
	shownAtLeast               = 0.98
	sentAtLeast                = 0.95 // share of the frame rate that senders must have kept
	sharpWithinMS              = 300
	wholeAtLeast               = 0.9 // share of frames in the source's size, for comparing what publishing costs
	comparedAt                 = 9   // tiles
)

// ratio of two figures; NaN where one is missing.
func ratio(a, b figure) float64 { return float64(a) / float64(b) }

// manages says whether a receiver keeps up with senders that themselves do.
func (r Received) manages() bool {
	return r.shownShare() >= shownAtLeast && float64(r.SentPerSecond) >= sentAtLeast*crowdFormat.FrameRate
}

// targets holds the medians against what is asked.
func (b *bench) targets() []report.Target {
	r := &b.result
	why := "not measured"
	switch {
	case r.Missing != "":
		why = "not measured: " + r.Missing + " is not installed"
	case r.Short:
		why = "not measured in the short form"
	}
	note := func(t report.Target, more string) report.Target {
		if t.Value == nil {
			return t.But(why)
		}
		return t.But(more)
	}
	at := ReceivedAt{Median: sides[Received]{missing, missing}}
	for _, m := range r.Receive {
		if m.Tiles == comparedAt {
			at = m
		}
	}
	f, w := at.Median.Foyer, at.Median.Browser
	list := []report.Target{
		note(report.AtMost("receive 9 tiles: CPU without the rasteriser, to the browser's", float64(f.withoutRasteriser())/float64(w.Cores), "ratio", cpuWithoutRasteriserAtMost),
			"the browser's rasteriser cannot be told apart and is in its figure"),
		note(report.AtMost("receive 9 tiles: CPU, to the browser's", ratio(f.Cores, w.Cores), "ratio", cpuAtMost), ""),
		note(report.AtMost("receive 9 tiles: PSS, to the browser's", ratio(f.PSS, w.PSS), "ratio", pssAtMost), ""),
	}

	// Frames shown, where the browser keeps up.
	worst, counts := nan, ""
	for _, m := range r.Receive {
		if !m.Median.Browser.manages() {
			continue
		}
		share := m.Median.Foyer.shownShare()
		if math.IsNaN(worst) || share < worst {
			worst = share
		}
		counts += " " + strconv.Itoa(m.Tiles)
	}
	shown := report.AtLeast("receive: frames shown of those sent, at the worst count that the browser manages", worst, "share", shownAtLeast)
	if shown.Value == nil && r.Missing == "" && len(r.Receive) > 0 {
		shown = shown.But("not measured: the browser manages no count")
	} else {
		shown = note(shown, "the browser manages"+counts)
	}
	list = append(list, shown)

	for _, kind := range []string{"camera", "screen"} {
		m := sides[Published]{publishedMedians(nil), publishedMedians(nil)}
		for _, p := range r.Publish {
			if p.Source == kind {
				m = p.Median
			}
		}
		cpu := note(report.AtMost("publish a "+kind+": CPU, to the browser's", ratio(m.Foyer.Cores, m.Browser.Cores), "ratio", publishAtMost),
			fmt.Sprintf("at %s and %s kbit/s, %s and %s frames a second", cell(m.Foyer.KbitAll, 0), cell(m.Browser.KbitAll, 0), cell(m.Foyer.Frames, 1), cell(m.Browser.Frames, 1)))
		if least := min(m.Foyer.Whole, m.Browser.Whole); least < wholeAtLeast {
			// Whoever does not send the best layer has less to do.
			cpu.Met = false
			cpu.Note += fmt.Sprintf("; not comparable: only %s and %s of the frames came in the source's size", cell(m.Foyer.Whole, 2), cell(m.Browser.Whole, 2))
		}
		list = append(list, cpu,
			note(report.AtLeast("publish a "+kind+": SSIM, over the browser's", float64(m.Foyer.SSIM-m.Browser.SSIM), "difference", 0),
				fmt.Sprintf("%s and %s, at %s and %s kbit/s", cell(m.Foyer.SSIM, 4), cell(m.Browser.SSIM, 4), cell(m.Foyer.KbitPerSec, 0), cell(m.Browser.KbitPerSec, 0))))
		if kind == "screen" {
			sharp := report.AtMost("publish a screen: time to sharp", float64(m.Foyer.TimeToSharp), "ms", sharpWithinMS)
			if sharp.Value == nil {
				sharp = sharp.But("no picture was sharp (SSIM over 0.95)")
			} else {
				sharp = sharp.But("the browser: " + cell(m.Browser.TimeToSharp, 0) + " ms")
			}
			list = append(list, sharp)
		}
	}

	mine, _ := r.Latency.Foyer.target()
	theirs, _ := r.Latency.Browser.target()
	list = append(list,
		note(report.AtMost("glass to glass: p50, to the browser's", ratio(mine, theirs), "ratio", glassAtMost),
			fmt.Sprintf("Foyer's read from the screen, the browser's by canvas in its page; both from the screen it is %s",
				report.Cell(ratio(r.Latency.Foyer.ScreenP50, r.Latency.Browser.ScreenP50), 3))),
		note(report.AtMost("join to first picture: p50, to the browser's", ratio(r.Join.Foyer.ScreenP50, r.Join.Browser.ScreenP50), "ratio", firstPictureAtMost),
			"both on the screen"))
	if r.Short {
		for i := range list {
			if list[i].Value != nil {
				list[i].Note = "short form: not to be judged by. " + list[i].Note
			}
		}
	}
	return list
}

var missing = medians(nil)

// full says whether the machine had next to nothing to spare while most of the
// receiving or publishing was measured: then figures tell of the load, too.
func (r *Result) full() bool {
	var busy []float64
	for _, m := range r.Receive {
		busy = append(busy, float64(m.Median.Foyer.MachineCores), float64(m.Median.Browser.MachineCores))
	}
	for _, p := range r.Publish {
		busy = append(busy, float64(p.Median.Foyer.MachineCores), float64(p.Median.Browser.MachineCores))
	}
	return report.Median(busy) > 0.95*float64(r.Host.Cores)
}

// print writes everything as tables and plots.
func (b *bench) print(w io.Writer) error {
	r := &b.result
	fmt.Fprintf(w, "\n%s, %s, %d cores, load before %v, after %v\n\n", r.Host.OS, r.Host.CPU, r.Host.Cores, r.Host.LoadBefore, r.Host.LoadAfter)

	fmt.Fprintln(w, "Receive 640x360 at 30 frames a second (CPU in cores, of the process tree):")
	rows := [][]string{{"tiles", "", "CPU", "without rasteriser", "X server", "PSS MiB", "shown/s", "slowest", "sent/s", "share", "allocs/frame", "machine"}}
	for _, m := range r.Receive {
		for _, side := range b.sides {
			x := *m.Median.of(side)
			rows = append(rows, []string{strconv.Itoa(m.Tiles), side, cell(x.Cores, 2), report.Cell(x.withoutRasteriser(), 2), cell(x.DisplayCores, 2), cell(x.PSS, 0),
				cell(x.FramesPerSecond, 1), cell(x.SlowestPerSecond, 1), cell(x.SentPerSecond, 1), report.Cell(x.shownShare(), 3), cell(x.ObjectsPerFrame, 1), cell(x.MachineCores, 2)})
		}
	}
	if err := report.Print(w, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "(%d tiles are a full page: %d people and oneself.)\n\nPublish:\n", fullPage, fullPage-1)
	rows = [][]string{{"source", "", "CPU", "PSS MiB", "SSIM", "lowest tenth", "whole", "kbit/s", "of all layers", "frames/s", "first ms", "sharp ms", "machine"}}
	for _, p := range r.Publish {
		for _, side := range b.sides {
			x := *p.Median.of(side)
			rows = append(rows, []string{p.Source, side, cell(x.Cores, 2), cell(x.PSS, 0), cell(x.SSIM, 4), cell(x.SSIMLow, 4), cell(x.Whole, 2), cell(x.KbitPerSec, 0), cell(x.KbitAll, 0),
				cell(x.Frames, 1), cell(x.FirstPicture, 0), cell(x.TimeToSharp, 0), cell(x.MachineCores, 2)})
		}
	}
	if err := report.Print(w, rows); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nGlass to glass, and join to first picture, in ms:")
	rows = [][]string{{"", "screen p50", "p95", "canvas p50", "p95", "join p50, screen", "own word"}}
	for _, side := range b.sides {
		l, j := *r.Latency.of(side), *r.Join.of(side)
		rows = append(rows, []string{side, cell(l.ScreenP50, 0), cell(l.ScreenP95, 0), cell(l.CanvasP50, 0), cell(l.CanvasP95, 0), cell(j.ScreenP50, 0), cell(j.OwnP50, 0)})
	}
	if err := report.Print(w, rows); err != nil {
		return err
	}

	fmt.Fprintln(w)
	var (
		at                              []int
		cores, less, theirs, pss, their []float64
	)
	for _, m := range r.Receive {
		at = append(at, m.Tiles)
		cores, less = append(cores, float64(m.Median.Foyer.Cores)), append(less, m.Median.Foyer.withoutRasteriser())
		theirs = append(theirs, float64(m.Median.Browser.Cores))
		pss, their = append(pss, float64(m.Median.Foyer.PSS)), append(their, float64(m.Median.Browser.PSS))
	}
	report.Plot(w, "CPU in cores by tiles", at, "Ffb", []string{"Foyer", "Foyer without the rasteriser", "browser"}, [][]float64{cores, less, theirs})
	report.Plot(w, "PSS in MiB by tiles", at, "Fb", []string{"Foyer", "browser"}, [][]float64{pss, their})
	if r.Full {
		fmt.Fprintln(w, "Something else kept the machine busy, or this was too much for it: no processor was free while measuring.")
	}
	if r.Short {
		fmt.Fprintln(w, "The short form: whether everything runs, not how well.")
	}
	if err := report.PrintTargets(w, r.Targets); err != nil {
		return err
	}
	for _, t := range r.Targets {
		if t.Note != "" {
			fmt.Fprintf(w, "%s: %s\n", t.Name, t.Note)
		}
	}
	for _, e := range r.Errors {
		fmt.Fprintln(w, "FAILED", e)
	}
	return nil
}
