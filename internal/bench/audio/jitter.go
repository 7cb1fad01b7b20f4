//go:build unix

package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"foyer/internal/bench/playout"
	"foyer/internal/bench/report"
	"foyer/internal/bench/sound"
)

// jitter plays speech over simulated networks through the jitter buffer, and through
// buffers of a fixed delay.
func jitter(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath(sound.Synthesiser); err != nil {
		return fmt.Errorf("measure the jitter buffer: %w", err)
	}
	minutes := 3
	if b.short {
		minutes = 1
	}
	said, err := sound.Speech(ctx, 1, 60)
	if err != nil {
		return fmt.Errorf("measure the jitter buffer: %w", err)
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/1e6) }
	share := func(s float64) string { return fmt.Sprintf("%.2f %%", 100*s) }
	rows := [][]string{{"network", "concealed", "delay", "stretches/min", "with RED", "delay", "fixed 60 ms", "delay", "fixed 120 ms", "delay", "fixed, as much concealed"}}
	var all []playout.Result
	bound := map[string][2]float64{ // ms, %
		"LAN": {40, 0.1}, "Wi-Fi": {70, 1}, "mobile": {90, 1.5},
	}
	better := 0
	for i, n := range playout.Networks {
		packets, err := playout.Encode(said, n.Loss)
		if err != nil {
			return fmt.Errorf("measure the jitter buffer: %w", err)
		}
		trace := n.Trace(minutes*int(time.Minute/playout.Each), playout.Each, uint64(i))
		plain, err := playout.Play(ctx, packets, trace, 0)
		if err != nil {
			return fmt.Errorf("measure the jitter buffer on %s: %w", n.Name, err)
		}
		red, err := playout.Play(ctx, packets, trace, 2)
		if err != nil {
			return fmt.Errorf("measure the jitter buffer on %s: %w", n.Name, err)
		}
		// What FEC the encoder put in is known to the decoder alone: fixed buffers get
		// all of it.
		depth := 0
		if n.Loss > 0 {
			depth = 1
		}
		short, long := playout.Fixed(trace, 60*time.Millisecond, depth), playout.Fixed(trace, 120*time.Millisecond, depth)
		equal := "none"
		// With redundancy both get the same: its oldest block has FEC, too.
		e, ok := playout.FixedAt(trace, red.Concealed, 2+depth)
		if ok {
			equal = fmt.Sprintf("%s, %s", e.Buffer, ms(e.Delay))
		}
		if !ok || red.Delay < e.Delay {
			better++
		}
		rows = append(rows, []string{n.Name, share(plain.Concealed), ms(plain.Delay), fmt.Sprintf("%.0f", plain.Stretches), share(red.Concealed), ms(red.Delay),
			share(short.Concealed), ms(short.Delay), share(long.Concealed), ms(long.Delay), equal})
		for _, r := range []playout.Result{plain, red, short, long, e} {
			r.Network = n.Name
			all = append(all, r)
		}
		if at, ok := bound[n.Name]; ok {
			b.target(report.AtMost("jitter buffer on "+n.Name+", mean delay", float64(plain.Delay)/1e6, "ms", at[0]),
				report.AtMost("jitter buffer on "+n.Name+", concealed", 100*plain.Concealed, "%", at[1]))
		}
	}
	b.table(rows)
	b.keep(all)
	b.target(report.AtLeast(fmt.Sprintf("networks of %d with less delay than a fixed buffer that conceals as much", len(playout.Networks)), float64(better), "", 9))
	return nil
}
