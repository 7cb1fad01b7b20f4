//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"

	"foyer/internal/bench/report"
	"foyer/internal/bench/sound"
)

// mix measures what it costs to decode and mix many voices that all speak at once.
func mix(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath(sound.Synthesiser); err != nil {
		return fmt.Errorf("measure the mixer: %w", err)
	}
	seconds := 30.0
	if b.short {
		seconds = 3
	}
	speech, err := sound.Speech(ctx, 1, 20)
	if err != nil {
		return fmt.Errorf("measure the mixer: %w", err)
	}
	rows := [][]string{{"voices", "a voice", "ahead of real time", "allocations in a block", "peak"}}
	var all []sound.MixResult
	for _, n := range []int{2, 10, 50} {
		r, err := sound.MeasureMix(ctx, speech, n, seconds)
		if err != nil {
			return fmt.Errorf("measure the mixer: %w", err)
		}
		all = append(all, r)
		rows = append(rows, []string{fmt.Sprint(n), fmt.Sprintf("%.2f %% of a core", r.PerVoice/1e4), fmt.Sprintf("%.1f times", r.Ahead),
			fmt.Sprintf("%.3f", r.Allocations), fmt.Sprintf("%.2f", r.Peak)})
	}
	b.table(rows)
	b.keep(all)
	most := all[len(all)-1]
	b.target(
		report.AtLeast("50 voices mixed, times faster than real time on one core", most.Ahead, "times", 5),
		// Other goroutines of the process allocate a little.
		report.AtMost("allocations in a block of 50 voices", math.Floor(most.Allocations*10)/10, "", 0),
		report.AtMost("peak of 50 voices", most.Peak, "of full scale", 1),
	)
	return nil
}
