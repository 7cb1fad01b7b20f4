//go:build unix

// Command audio measures Foyer's sound, where it applies side by side with
// Chromium and livekit-client, which do the same on the same server and sound
// server. What counts is the median of BENCH_RUNS runs (3). It prints tables and
// writes dist/bench-audio.json.
//
// BENCH_SHORT=1 measures little and briefly: enough to see that everything runs,
// not enough to judge by. BENCH_ONLY=mouth-to-ear,... leaves out the other parts.
// The exit code is 0 when everything could be measured, whether the targets are
// met or not.
package main
