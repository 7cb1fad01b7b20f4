//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"time"

	"foyer/internal/bench/report"
	"foyer/internal/bench/sound"
)

// echo measures echo cancelling in simulated time: three rooms, with the player's
// clock 50 ppm fast, and for minutes in the first of them.
func echo(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath(sound.Synthesiser); err != nil {
		return fmt.Errorf("measure echo: %w", err)
	}
	seconds, long := 40.0, 240.0
	if b.short {
		seconds, long = 12, 0
	}
	rows := [][]string{{"room", "delay", "clocks", "length", "ERLE 0 to 2 s", "from 2 s on", "last third", "35 dB after", "double talk", "10 ms take"}}
	var all []sound.EchoResult
	least, slowest, lowered, block := math.Inf(1), 0.0, 0.0, 0.0
	measure := func(r sound.Room, seconds float64) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		far, err := sound.Speech(ctx, 0, seconds)
		if err != nil {
			return err
		}
		near, err := sound.Speech(ctx, 1, seconds)
		if err != nil {
			return err
		}
		e, err := sound.MeasureEcho(r, far, near, sound.Devices{Drift: 50, Jitter: time.Millisecond})
		if err != nil {
			return err
		}
		all = append(all, e)
		least, slowest = min(least, e.Enhancement, e.Last), max(slowest, e.Converged)
		lowered, block = max(lowered, e.Lowered), max(block, e.Block)
		rows = append(rows, []string{e.Room, fmt.Sprintf("%.0f ms", e.Delay), fmt.Sprintf("%.0f ppm", e.Drift), fmt.Sprintf("%.0f s", e.Seconds),
			fmt.Sprintf("%.1f dB", e.Early), fmt.Sprintf("%.1f dB", e.Enhancement), fmt.Sprintf("%.1f dB", e.Last),
			fmt.Sprintf("%.2f s", e.Converged), fmt.Sprintf("-%.1f dB", e.Lowered), fmt.Sprintf("%.0f us", e.Block)})
		return nil
	}
	for _, r := range sound.Rooms {
		if err := measure(r, seconds); err != nil {
			return fmt.Errorf("measure echo: %w", err)
		}
	}
	if long > 0 {
		if err := measure(sound.Rooms[0], long); err != nil {
			return fmt.Errorf("measure echo: %w", err)
		}
	}
	b.table(rows)
	b.keep(all)
	b.target(
		report.AtLeast("echo return loss enhancement, single talk, worst room", least, "dB", 35),
		report.AtMost("until echo is 35 dB down, worst room", slowest, "s", 2),
		report.AtMost("near-end speech lowered in double talk, worst room", lowered, "dB", 3),
		report.AtMost("capture processing of 10 ms", block/1000, "ms", 1),
	)
	return nil
}
