//go:build unix

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"foyer/internal/bench/command"
	"foyer/internal/bench/meeting"
	"foyer/internal/bench/report"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/display"
	"foyer/internal/e2e/program"
)

//go:embed page.js
var script []byte

// The window of both sides, in pixels: all of the screen.
const width, height = 1280, 720

// The two sides.
const (
	foyer       = "foyer"
	browserSide = "browser"
)

var nan = math.NaN()

// figure is a number that may be missing.
type figure = report.Figure

func cell(f figure, digits int) string { return report.Cell(float64(f), digits) }

// sides holds one thing of each side.
type sides[T any] struct {
	Foyer   T `json:"foyer"`
	Browser T `json:"browser"`
}

func (s *sides[T]) of(side string) *T {
	if side == foyer {
		return &s.Foyer
	}
	return &s.Browser
}

// Result is what is written.
type Result struct {
	Targets []report.Target `json:"targets"`
	Host    report.Host     `json:"host"`
	Started time.Time       `json:"started"`
	Seconds float64         `json:"seconds"` // that all took
	Runs    int             `json:"runs"`
	Short   bool            `json:"short"`
	Missing string          `json:"missing,omitempty"` // why the browser's side was not measured
	Full    bool            `json:"machineFull"`       // the machine had nothing to spare: figures tell of the load, too
	Errors  []string        `json:"errors,omitempty"`

	Receive []ReceivedAt     `json:"receive"`
	Publish []PublishedAs    `json:"publish"`
	Latency sides[Latency]   `json:"glassToGlass"`
	Join    sides[FirstSeen] `json:"joinToFirstPicture"`
}

// partNames are the parts, in the order in which they run: glass to glass is
// latency, and join is up to the first picture.
var partNames = []string{"receive", "publish", "latency", "join"}

// bench is a benchmark in progress.
type bench struct {
	display *display.Display
	meeting *meeting.Meeting
	folder  command.Folder
	sides   []string

	counts                   []int
	runs                     int
	wanted                   command.Wanted
	settle, window, watching time.Duration // before measuring; measuring; watching a card

	result Result
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// fail keeps an error and goes on: one side that fails is no reason to lose the rest.
func (b *bench) fail(doing string, err error) {
	text := doing + ": " + err.Error()
	b.result.Errors = append(b.result.Errors, text)
	b.say("  FAILED %s", text)
}

// alternate does something on each side in turn, as often as there are runs.
func (b *bench) alternate(ctx context.Context, doing string, once func(side string) error) {
	for range b.runs {
		for _, side := range b.sides {
			if ctx.Err() != nil {
				return
			}
			if err := once(side); err != nil {
				b.fail(doing+", "+side, err)
			}
		}
	}
}

func main() { command.Main(run) }

func run(ctx context.Context) int {
	b := &bench{
		sides: []string{foyer, browserSide}, counts: []int{1, 4, 9, 16, 25}, runs: 3,
		settle: 4 * time.Second, window: 8 * time.Second, watching: 6 * time.Second,
	}
	var err error
	if b.wanted, err = command.FromEnvironment(partNames); err != nil {
		fmt.Fprintln(os.Stderr, "bench-video:", err)
		return 2
	}
	if b.wanted.Runs > 0 {
		b.runs = b.wanted.Runs
	}
	if b.wanted.Short {
		b.result.Short = true
		b.counts, b.runs = []int{1, 4}, 1
		b.settle, b.window, b.watching = 2*time.Second, 3*time.Second, 3*time.Second
	}
	if v := os.Getenv("BENCH_TILES"); v != "" {
		b.counts = nil
		for n := range strings.SplitSeq(v, ",") {
			count, err := strconv.Atoi(n)
			if err != nil || count < 1 || count > fullPage {
				fmt.Fprintf(os.Stderr, "bench-video: BENCH_TILES=%s: %s is no number from 1 to %d\n", v, n, fullPage)
				return 2
			}
			b.counts = append(b.counts, count)
		}
		slices.Sort(b.counts) // the crowd only grows
	}
	if p := display.Missing(); p != "" {
		fmt.Fprintf(os.Stderr, "bench-video: %s is not installed\n", p)
		return 1
	}
	if b.result.Missing = browser.Missing(); b.result.Missing != "" {
		b.say("%s is not installed: only Foyer is measured, and no target that compares the two.", b.result.Missing)
		b.sides = b.sides[:1]
	}
	if err := b.measure(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench-video:", err)
		return 1
	}
	if len(b.result.Errors) > 0 {
		fmt.Fprintf(os.Stderr, "bench-video: %d measurements failed\n", len(b.result.Errors))
		return 1
	}
	return 0
}

// measure does everything and writes what came of it, also when interrupted.
func (b *bench) measure(ctx context.Context) error {
	b.result.Started, b.result.Runs = time.Now().UTC(), b.runs
	b.result.Host = report.ThisHost()
	b.result.Host.Rasteriser = "software (LIBGL_ALWAYS_SOFTWARE=1)"
	var err error
	if b.folder.Path, err = os.MkdirTemp("", "foyer-bench-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(b.folder.Path)
	if _, err := program.Path(); err != nil {
		return err
	}
	defer program.Discard()
	starting, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if b.display, err = display.Start(starting, display.Options{Width: width, Height: height, Bare: true}); err != nil {
		return err
	}
	defer b.display.Close()
	home, err := b.folder.For("server")
	if err != nil {
		return err
	}
	if b.meeting, err = meeting.Open(ctx, home); err != nil {
		return err
	}
	defer b.meeting.Close()

	for i, do := range []func(context.Context) error{b.receive, b.publish, b.glassToGlass, b.firstPicture} {
		name := partNames[i]
		if ctx.Err() != nil {
			break
		}
		if !b.wanted.Wants(name) {
			continue
		}
		b.say("%s", name)
		if err := do(ctx); err != nil {
			b.fail(name, err)
		}
	}
	if ctx.Err() != nil {
		b.fail("the benchmark", errors.New("interrupted"))
	}
	b.result.Seconds = math.Round(time.Since(b.result.Started).Seconds())
	b.result.Host.LoadAfter = report.Load()
	b.result.Full = b.result.full()
	b.result.Targets = b.targets()
	if err := b.print(os.Stdout); err != nil {
		return err
	}
	const path = "dist/bench-video.json"
	if err := report.Write(path, b.result); err != nil {
		return err
	}
	b.say("written to %s after %.0f s", path, b.result.Seconds)
	return nil
}
