//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"foyer/internal/bench/command"
	"foyer/internal/bench/report"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/program"
)

// part measures one thing: it says what it finds (say, table), keeps the details
// (keep) and holds them against what is asked (target).
type part struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

// parts are in the order in which they run.
var parts = []part{
	{"mouth-to-ear", mouthToEar},
	{"echo", echo},
	{"noise", noise},
	{"mix", mix},
	{"jitter", jitter},
	{"network", overNetworks},
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
	Errors  []string        `json:"errors,omitempty"`
	Parts   map[string]any  `json:"parts"` // details by part
}

// bench is a benchmark in progress. Its methods belong to one goroutine.
type bench struct {
	out     io.Writer
	folder  command.Folder
	runs    int  // how often to measure what is not exact
	short   bool // little and briefly
	browser bool // there is one to compare with
	part    string
	result  Result
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

// fail keeps an error and goes on: one measurement that fails is no reason to lose the rest.
func (b *bench) fail(doing string, err error) {
	text := doing + ": " + err.Error()
	b.result.Errors = append(b.result.Errors, text)
	b.say("  FAILED %s", text)
}

// keep writes details of the part; they must be fit for JSON (see report.Figure
// for numbers that may be missing).
func (b *bench) keep(details any) { b.result.Parts[b.part] = details }

// target adds figures held against what is asked.
func (b *bench) target(t ...report.Target) {
	for _, t := range t {
		if t.Value == nil && t.Note == "" {
			t.Note = "not measured"
			if b.short {
				t.Note += " in the short form"
			}
		}
		b.result.Targets = append(b.result.Targets, t)
	}
}

// table prints rows; the first one is the heading.
func (b *bench) table(rows [][]string) {
	if err := report.Print(b.out, rows); err != nil {
		b.fail("print", err)
	}
}

func main() { command.Main(run) }

func run(ctx context.Context) int {
	b := &bench{out: os.Stdout, runs: 3}
	b.result.Parts = map[string]any{}
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	wanted, err := command.FromEnvironment(names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-audio:", err)
		return 2
	}
	if wanted.Short {
		b.short, b.runs = true, 1
	}
	if wanted.Runs > 0 {
		b.runs = wanted.Runs
	}
	if b.result.Missing = browser.Missing(); b.result.Missing != "" {
		b.say("%s is not installed: only Foyer is measured, and no target that compares the two.", b.result.Missing)
	}
	b.browser = b.result.Missing == ""
	if err := b.measure(ctx, wanted); err != nil {
		fmt.Fprintln(os.Stderr, "bench-audio:", err)
		return 1
	}
	if len(b.result.Errors) > 0 {
		fmt.Fprintf(os.Stderr, "bench-audio: %d measurements failed\n", len(b.result.Errors))
		return 1
	}
	return 0
}

// measure runs the parts and writes what came of them, also when interrupted.
func (b *bench) measure(ctx context.Context, wanted command.Wanted) error {
	b.result.Started, b.result.Runs, b.result.Short = time.Now().UTC(), b.runs, b.short
	b.result.Host = report.ThisHost()
	var err error
	if b.folder.Path, err = os.MkdirTemp("", "foyer-bench-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(b.folder.Path)
	defer program.Discard()
	for _, p := range parts {
		if ctx.Err() != nil {
			break
		}
		if !wanted.Wants(p.name) {
			continue
		}
		b.say("%s", p.name)
		b.part = p.name
		if err := p.run(ctx, b); err != nil {
			b.fail(p.name, err)
		}
	}
	if ctx.Err() != nil {
		b.fail("the benchmark", errors.New("interrupted"))
	}
	b.result.Seconds = math.Round(time.Since(b.result.Started).Seconds())
	b.result.Host.LoadAfter = report.Load()
	if b.result.Targets == nil {
		b.result.Targets = []report.Target{}
	}
	b.say("")
	if err := report.PrintTargets(b.out, b.result.Targets); err != nil {
		return err
	}
	const path = "dist/bench-audio.json"
	if err := report.Write(path, b.result); err != nil {
		return err
	}
	b.say("written to %s after %.0f s", path, b.result.Seconds)
	return nil
}
