//go:build unix

// Command video measures Foyer's pictures side by side with Chromium and
// livekit-client, which do the same on the same server, streams and screen:
// receiving many tiles, publishing a camera and a screen, glass to glass, and
// join to first picture. The two take turns; what counts is the median of
// BENCH_RUNS runs (3). It prints tables and writes dist/bench-video.json.
//
// BENCH_SHORT=1 measures little and briefly: enough to see that everything runs,
// not enough to judge by. BENCH_ONLY=receive,join leaves out the other parts
// (publish, latency); BENCH_TILES=9,25 sets the counts of tiles to receive. The exit
// code is 0 when everything could be measured, whether the targets are met or not.
package main
