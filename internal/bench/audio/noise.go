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

// noise measures noise suppression and voice activity in simulated time, at 10 dB
// from speech to noise.
func noise(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath(sound.Synthesiser); err != nil {
		return fmt.Errorf("measure noise: %w", err)
	}
	seconds := 60.0
	if b.short {
		seconds = 20
	}
	near, err := sound.Speech(ctx, 1, seconds)
	if err != nil {
		return fmt.Errorf("measure noise: %w", err)
	}
	rows := [][]string{{"noise", "less in pauses", "speech off without", "with", "speech lowered", "voice in speech", "in pauses"}}
	var all []sound.NoiseResult
	least, worse := math.Inf(1), math.Inf(-1)
	for _, kind := range sound.Noises {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x, err := sound.Noise(ctx, kind, seconds, -36)
		if err != nil {
			return fmt.Errorf("measure noise: %w", err)
		}
		n, err := sound.MeasureNoise(kind, near, x)
		if err != nil {
			return fmt.Errorf("measure noise: %w", err)
		}
		all = append(all, n)
		least, worse = min(least, n.Reduced), max(worse, n.With-n.Without)
		rows = append(rows, []string{n.Kind, fmt.Sprintf("%.1f dB", n.Reduced), fmt.Sprintf("%.1f dB", n.Without), fmt.Sprintf("%.1f dB", n.With),
			fmt.Sprintf("%.1f dB", n.Lowered), fmt.Sprintf("%.0f %%", 100*n.Voice), fmt.Sprintf("%.0f %%", 100*n.Mistaken)})
	}
	b.table(rows)
	b.keep(all)
	b.target(
		report.AtLeast("noise taken out, worst kind", least, "dB", 15),
		report.AtMost("spectral distance of speech against none taken out, worst kind", worse, "dB", 0),
	)
	return nil
}
