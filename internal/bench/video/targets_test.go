//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// received is a reading with every target met, or by much not.
func received(cores, pss, share figure) Received {
	return Received{Cores: cores, RasteriserCores: cores / 2, PSS: pss, FramesPerSecond: 30 * share, SentPerSecond: 30}
}

func TestTargets(t *testing.T) {
	b := &bench{sides: []string{foyer, browserSide}}
	b.result.Receive = []ReceivedAt{
		{Tiles: 9, Streams: 9, Median: sides[Received]{received(0.5, 100, 1), received(0.5, 400, 1)}},
		{Tiles: 25, Streams: 24, Median: sides[Received]{received(1, 100, 0.5), received(1, 400, 0.6)}}, // the browser does not manage it
	}
	b.result.Publish = []PublishedAs{
		{Source: "camera", Median: sides[Published]{Published{Cores: 0.2, SSIM: 0.95, Whole: 1}, Published{Cores: 0.4, SSIM: 0.96, Whole: 0.95}}},
		{Source: "screen", Median: sides[Published]{Published{Cores: 0.2, SSIM: 0.99, Whole: 0.4, TimeToSharp: 200}, Published{Cores: 0.4, SSIM: 0.9, Whole: 1}}},
	}
	b.result.Latency = sides[Latency]{Latency{ScreenP50: 20, CanvasP50: figure(nan)}, Latency{ScreenP50: 70, CanvasP50: 50}}
	b.result.Join = sides[FirstSeen]{FirstSeen{ScreenP50: 300}, FirstSeen{ScreenP50: 600}}
	// Nor does it count that a starved sender's few pictures are all shown.
	starved := received(1, 100, 0.1)
	starved.SentPerSecond = 3
	if starved.shownShare() < 0.98 || starved.manages() {
		t.Errorf("3 frames a second of 3 count as managed")
	}
	want := []bool{true, true, true, true, true, false, false, true, true, true, false}
	got := b.targets()
	if len(got) != len(want) {
		t.Fatalf("%d targets", len(got))
	}
	for i, met := range want {
		if got[i].Value == nil || got[i].Met != met {
			t.Errorf("%s: %v, met %v", got[i].Name, got[i].Value, got[i].Met)
		}
	}
	b.result.Targets = got
	var out bytes.Buffer
	if err := b.print(&out); err != nil || !strings.Contains(out.String(), "CPU in cores by tiles, from 9 to 25") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Without a browser nothing is compared, and the report says so in valid JSON.
func TestNoBrowser(t *testing.T) {
	b := &bench{sides: []string{foyer}}
	b.result.Missing = "chromium"
	b.result.Receive = []ReceivedAt{{Tiles: 9, Streams: 9, Median: sides[Received]{received(0.5, 100, 1), medians(nil)}}}
	b.result.Targets = b.targets()
	for _, target := range b.result.Targets {
		if target.Value != nil || target.Met || !strings.Contains(target.Note, "chromium is not installed") && !strings.Contains(target.Name, "sharp") {
			t.Errorf("%+v", target)
		}
	}
	j, err := json.Marshal(b.result)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(j), `"targets":[{"name":`) || !strings.Contains(string(j), `"cores":null`) {
		t.Errorf("%s", j)
	}
}
