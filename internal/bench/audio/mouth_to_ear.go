//go:build unix

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"foyer/internal/bench/command"
	"foyer/internal/bench/meeting"
	"foyer/internal/bench/report"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/program"
	"foyer/internal/e2e/sound"
)

//go:embed page.js
var script []byte

// What is asked of Foyer, as a ratio to the browser in the same run.
const mouthToEarAtMost = 0.7

// Delay is mouth to ear, in milliseconds: from a marker at one person's microphone
// to the same at the other one's speaker, both read on one clock out of the sound
// server. Both sides have their usual voice processing on.
type Delay struct {
	P50  report.Figure `json:"p50Ms"` // medians of the runs'
	P95  report.Figure `json:"p95Ms"`
	Runs []DelayRun    `json:"runs"`
}

// DelayRun is one run's.
type DelayRun struct {
	P50  report.Figure   `json:"p50Ms"`
	P95  report.Figure   `json:"p95Ms"`
	Each []report.Figure `json:"eachMs"`
	Lost int             `json:"lost"` // markers that were not heard
}

func mouthToEar(ctx context.Context, b *bench) error {
	if m := sound.Missing(sound.PipeWire); m != "" {
		return fmt.Errorf("%s is not installed", m)
	}
	exact, err := b.recorderError(ctx)
	if err != nil {
		return fmt.Errorf("record one place twice: %w", err)
	}
	home, err := b.folder.For("server")
	if err != nil {
		return err
	}
	var m *meeting.Meeting
	if _, err := sound.InRealTime(func() (err error) {
		m, err = meeting.Open(ctx, home)
		return err
	}); err != nil {
		return err
	}
	defer m.Close()
	markers := 36
	if b.short {
		markers = 6
	}
	var foyer, chromium Delay
	sides := []struct {
		name  string
		delay *Delay
		join  func(context.Context, *bench, *meeting.Meeting, *sound.Server, voice) (end func(), err error)
	}{{"foyer", &foyer, joinFoyer}, {"browser", &chromium, joinChromium}}
	if !b.browser {
		sides = sides[:1]
	}
	realTime := true
	for i := range b.runs {
		for _, s := range sides {
			var r DelayRun
			first, err := sound.InRealTime(func() (err error) {
				r, err = b.delayOnce(ctx, m, s.join, markers, uint64(i))
				return err
			})
			realTime = realTime && first
			if err != nil {
				b.fail("mouth to ear, "+s.name, err)
				continue
			}
			s.delay.Runs = append(s.delay.Runs, r)
			b.say("  %-7s p50 %s ms, p95 %s ms (%d markers, %d lost)", s.name, report.Cell(float64(r.P50), 1), report.Cell(float64(r.P95), 1), len(r.Each), r.Lost)
		}
	}
	rows := [][]string{{"mouth to ear", "p50 ms", "p95 ms", "runs"}}
	for _, s := range sides {
		var p50, p95 []float64
		for _, r := range s.delay.Runs {
			p50, p95 = append(p50, float64(r.P50)), append(p95, float64(r.P95))
		}
		s.delay.P50, s.delay.P95 = report.Figure(report.Median(p50)), report.Figure(report.Median(p95))
		rows = append(rows, []string{s.name, report.Cell(float64(s.delay.P50), 1), report.Cell(float64(s.delay.P95), 1), fmt.Sprint(len(s.delay.Runs))})
	}
	if !b.browser {
		chromium.P50, chromium.P95 = report.Figure(math.NaN()), report.Figure(math.NaN())
	}
	b.table(rows)
	b.keep(map[string]any{"foyer": foyer, "browser": chromium, "recorderErrorMs": exact, "realTimePriority": realTime})
	b.target(
		report.AtMost("mouth to ear: p50, to the browser's", float64(foyer.P50)/float64(chromium.P50), "ratio", mouthToEarAtMost),
		report.AtMost("mouth to ear: p95, to the browser's", float64(foyer.P95)/float64(chromium.P95), "ratio", mouthToEarAtMost),
	)
	return nil
}

// voice is one person and the devices they use.
type voice struct{ name, source, sink string }

func (v voice) env(s *sound.Server) []string {
	return append(append([]string(nil), s.Env...), "PULSE_SOURCE="+v.source, "PULSE_SINK="+v.sink)
}

func (b *bench) delayOnce(ctx context.Context, m *meeting.Meeting, join func(context.Context, *bench, *meeting.Meeting, *sound.Server, voice) (func(), error),
	markers int, seed uint64) (r DelayRun, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	home, err := b.folder.For("sound")
	if err != nil {
		return r, err
	}
	s, err := sound.Start(ctx, sound.PipeWire, meeting.Quiet(home))
	if err != nil {
		return r, err
	}
	defer s.Close()
	// Each has devices of their own; Bob's microphone is silent, and nobody hears Ann's speaker.
	for _, add := range []error{s.AddSink(ctx, "unheard"), s.AddSink(ctx, "silent"), s.AddSource(ctx, "bobs", "silent")} {
		if add != nil {
			return r, add
		}
	}
	for _, v := range []voice{{"Ann", sound.Microphone, "unheard"}, {"Bob", "bobs", sound.Speakers}} {
		end, err := join(ctx, b, m, s, v)
		if err != nil {
			return r, err
		}
		defer end()
	}
	// The first markers train jitter buffers and voice processing, and find the call set up.
	training := 10
	if b.short {
		training = 4
	}
	said, heard, err := recordMarkers(ctx, s, training+markers, seed, sound.Microphone+":capture_FL", sound.Speakers+":monitor_FL")
	if err != nil {
		return r, err
	}
	sent := said.MarkersIn()
	if len(sent) < training+markers/2 {
		return r, fmt.Errorf("%d of %d markers came to the microphone", len(sent), training+markers)
	}
	all, lost := sound.Delays(sent[training:], heard.MarkersIn())
	if len(all) < markers/2 {
		return r, fmt.Errorf("%d of %d markers were heard", len(all), markers)
	}
	var ms []float64
	for _, d := range all {
		ms = append(ms, milliseconds(d))
		r.Each = append(r.Each, report.Figure(milliseconds(d)))
	}
	r.P50, r.P95, r.Lost = report.Figure(report.Median(ms)), report.Figure(report.Quantile(ms, 0.95)), lost
	return r, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// recordMarkers plays markers to the microphone and records two places of the
// sound server's graph meanwhile.
func recordMarkers(ctx context.Context, s *sound.Server, n int, seed uint64, left, right string) (l, r sound.Wave, err error) {
	f, err := os.CreateTemp("", "foyer-markers-*.wav")
	if err != nil {
		return l, r, fmt.Errorf("play markers: %w", err)
	}
	_ = f.Close()
	defer os.Remove(f.Name())
	w := sound.Markers(n, seed)
	if err := w.Write(f.Name()); err != nil {
		return l, r, fmt.Errorf("play markers: %w", err)
	}
	record, err := s.RecordTogether(ctx, left, right)
	if err != nil {
		return l, r, err
	}
	if err = s.PlayWhole(ctx, sound.Feed, f.Name()); err == nil {
		err = command.Pause(ctx, time.Second) // the last one is on its way
	}
	l, r, stopped := record.Stop()
	if err = errors.Join(err, stopped); err != nil {
		return l, r, fmt.Errorf("play markers: %w", err)
	}
	return l, r, nil
}

// recorderError is the most by which a marker differs in two recordings of the same place.
func (b *bench) recorderError(ctx context.Context) (report.Figure, error) {
	home, err := b.folder.For("sound")
	if err != nil {
		return 0, err
	}
	s, err := sound.Start(ctx, sound.PipeWire, meeting.Quiet(home))
	if err != nil {
		return 0, err
	}
	defer s.Close()
	l, r, err := recordMarkers(ctx, s, 3, 0, sound.Feed+":monitor_FL", sound.Feed+":monitor_FL")
	if err != nil {
		return 0, err
	}
	one, other := l.MarkersIn(), r.MarkersIn()
	if len(one) != 3 || len(other) != 3 {
		return 0, fmt.Errorf("%d and %d of 3 markers are in the recording", len(one), len(other))
	}
	most := 0.0
	for i := range one {
		most = max(most, milliseconds((one[i] - other[i]).Abs()))
	}
	return report.Figure(most), nil
}

// joinFoyer joins without a window, with the devices of the sound server.
func joinFoyer(ctx context.Context, b *bench, m *meeting.Meeting, s *sound.Server, v voice) (end func(), err error) {
	who, err := m.Pass(ctx, v.name)
	if err != nil {
		return nil, err
	}
	home, err := b.folder.For("foyer")
	if err != nil {
		return nil, err
	}
	p, _, err := meeting.Join(ctx, program.Options{Dir: home, Env: v.env(s), Args: []string{"--url", who.URL, "--token", who.Token,
		"--name", v.name, "--camera", "none", "--microphone", "", "--speaker", ""}})
	if err != nil {
		return nil, err
	}
	return func() { meeting.Stop(p) }, nil
}

// joinChromium joins as a page with livekit-client would.
func joinChromium(ctx context.Context, b *bench, m *meeting.Meeting, s *sound.Server, v voice) (end func(), err error) {
	who, err := m.Pass(ctx, v.name)
	if err != nil {
		return nil, err
	}
	p, err := browser.StartWith(ctx, browser.Options{Env: v.env(s), Script: script})
	if err != nil {
		return nil, err
	}
	if err := p.Do(ctx, "talk", browser.Connect{URL: who.URL, Token: who.Token}); err != nil {
		_ = p.Close()
		return nil, err
	}
	return func() { _ = p.Close() }, nil
}
