package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// kinds are what can be made, in this order.
var kinds = []string{"deb", "rpm", "archive", "bundle"}

// desktopOnly makes no package, but what a desktop shows, for those who package otherwise.
const desktopOnly = "desktop"

func main() {
	var (
		out  = flag.String("out", "dist", "folder for what is made")
		only = flag.String("only", strings.Join(kinds, ","), "what to make; "+desktopOnly+" alone: what a desktop shows, below -out as below /usr/share")
	)
	built := flag.String("binary", "", "pack this build of the program as it is, not hardened: for tests that have no time for another")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *built, strings.Split(*only, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run works in the folder that has FyneApp.toml.
func run(ctx context.Context, out, built string, only []string) error {
	justDesktop := slices.Equal(only, []string{desktopOnly})
	for _, k := range only {
		if justDesktop {
			break
		}
		if !slices.Contains(kinds, k) {
			return fmt.Errorf("-only %s: it is of %s", k, strings.Join(kinds, ", "))
		}
	}
	p, err := readProduct(ctx)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if justDesktop {
		return tree{out}.desktop(p)
	}
	work, err := os.MkdirTemp("", "foyer-pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	b, err := build(ctx, p, work, built)
	if err != nil {
		return err
	}
	made := []string{b.debug}
	for _, k := range kinds {
		if !slices.Contains(only, k) {
			continue
		}
		var files []string
		switch k {
		case "deb", "rpm":
			files, err = packages(ctx, p, b, k, work)
		case "archive":
			files, err = archive(ctx, p, b, work)
		case "bundle":
			files, err = bundle(ctx, p, b, work)
		}
		if err != nil {
			return fmt.Errorf("make %s: %w", k, err)
		}
		made = append(made, files...)
	}
	return deliver(made, out)
}
