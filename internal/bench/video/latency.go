//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"foyer/internal/bench/command"
	"foyer/internal/bench/report"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/display"
)

// Latency is glass to glass, in milliseconds: from drawing a card's clock at
// capture, to seeing that card at the receiver. The card is sent at 1280x720 and
// 30 frames a second, in simulcast layers; the tile decides which one comes.
type Latency struct {
	ScreenP50 figure `json:"screenP50Ms"` // read from the X server's screen
	ScreenP95 figure `json:"screenP95Ms"`
	CanvasP50 figure `json:"canvasP50Ms"` // read back in the page, by a canvas; null for Foyer
	CanvasP95 figure `json:"canvasP95Ms"`
	Cards     int    `json:"cards"` // that were seen on the screen, over all runs

	Runs []LatencyRun `json:"runs"`
}

// LatencyRun is one run's.
type LatencyRun struct {
	ScreenP50 figure `json:"screenP50Ms"`
	ScreenP95 figure `json:"screenP95Ms"`
	CanvasP50 figure `json:"canvasP50Ms"`
	CanvasP95 figure `json:"canvasP95Ms"`
	Cards     int    `json:"cards"`
}

// target is what the two sides are compared by: the browser's by its own reading.
func (l Latency) target() (p50, p95 figure) {
	if c := float64(l.CanvasP50); c == c {
		return l.CanvasP50, l.CanvasP95
	}
	return l.ScreenP50, l.ScreenP95
}

func (b *bench) glassToGlass(ctx context.Context) error {
	b.alternate(ctx, "glass to glass", func(side string) error {
		r, err := b.latencyOnce(ctx, side)
		if err != nil {
			return err
		}
		l := b.result.Latency.of(side)
		l.Runs = append(l.Runs, r)
		b.say("  glass to glass, %-7s p50 %s ms, p95 %s ms on the screen (%d cards); by canvas %s and %s ms",
			side, cell(r.ScreenP50, 0), cell(r.ScreenP95, 0), r.Cards, cell(r.CanvasP50, 0), cell(r.CanvasP95, 0))
		return nil
	})
	for _, side := range []string{foyer, browserSide} {
		l := b.result.Latency.of(side)
		pick := func(of func(LatencyRun) figure) figure {
			var v []float64
			for _, r := range l.Runs {
				v = append(v, float64(of(r)))
			}
			return figure(report.Median(v))
		}
		l.ScreenP50, l.ScreenP95 = pick(func(r LatencyRun) figure { return r.ScreenP50 }), pick(func(r LatencyRun) figure { return r.ScreenP95 })
		l.CanvasP50, l.CanvasP95 = pick(func(r LatencyRun) figure { return r.CanvasP50 }), pick(func(r LatencyRun) figure { return r.CanvasP95 })
		for _, r := range l.Runs {
			l.Cards += r.Cards
		}
	}
	return nil
}

func (b *bench) latencyOnce(ctx context.Context, side string) (r LatencyRun, err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	end, err := b.sendCard(ctx, side)
	if err != nil {
		return r, err
	}
	defer end()
	w, err := b.open(ctx, side, 1)
	if err != nil {
		return r, err
	}
	defer w.close()
	if err := w.join(ctx, func(time.Time) {}); err != nil {
		return r, err
	}
	if err := awaitTiles(ctx, w, 1); err != nil {
		return r, err
	}
	if err := command.Pause(ctx, b.settle); err != nil { // the right layer comes, and queues settle
		return r, err
	}

	r.CanvasP50, r.CanvasP95 = figure(nan), figure(nan)
	if page, ok := w.(*chromium); ok {
		var read struct{ Ages []float64 }
		if err := page.figures(ctx, "readCards", "ages", map[string]any{"ms": b.watching.Milliseconds()}, &read); err != nil {
			return r, err
		}
		r.CanvasP50, r.CanvasP95 = figure(report.Median(read.Ages)), figure(report.Quantile(read.Ages, 0.95))
	}
	ages, err := b.watchCard(ctx)
	if err != nil {
		return r, err
	}
	r.ScreenP50, r.ScreenP95, r.Cards = figure(report.Median(ages)), figure(report.Quantile(ages, 0.95)), len(ages)
	return r, nil
}

// sendCard starts somebody who sends the card, on the side's own program, and
// returns what ends it.
func (b *bench) sendCard(ctx context.Context, side string) (end func(), err error) {
	if side == foyer {
		h, err := b.openHeadless(ctx, clip{path: "test"})
		if err != nil {
			return nil, err
		}
		return h.close, nil
	}
	who, err := b.meeting.Pass(ctx, "Sender")
	if err != nil {
		return nil, err
	}
	p, err := browser.Start(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.Connect(ctx, browser.Connect{URL: who.URL, Token: who.Token, Camera: &browser.Picture{Width: 1280, Height: 720, FPS: 30, Simulcast: true}}); err != nil {
		_ = p.Close()
		return nil, err
	}
	return func() { _ = p.Close() }, nil
}

var errNoCard = errors.New("no card can be read on the screen")

// awaitCard waits until the screen shows a card, and says where.
func (b *bench) awaitCard(ctx context.Context) (image.Rectangle, error) {
	var cards []display.Card
	if _, err := b.display.Until(ctx, func(img *image.RGBA) bool {
		cards = display.Cards(img)
		return len(cards) > 0
	}); err != nil {
		return image.Rectangle{}, fmt.Errorf("%w: %w", errNoCard, err)
	}
	return cards[0].Area, nil
}

// watchCard looks at the card on the screen again and again, and tells how old
// each one was when it was first seen, in milliseconds.
func (b *bench) watchCard(ctx context.Context) (ages []float64, err error) {
	const lookEvery = 3 * time.Millisecond
	finding, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	area, err := b.awaitCard(finding)
	if err != nil {
		return nil, err
	}
	reader, err := b.display.Watch(area.Intersect(image.Rect(0, 0, width, height)))
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	known, last := false, uint32(0)
	for end := time.Now().Add(b.watching); time.Now().Before(end); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		c, ok, err := reader.Read()
		if err != nil {
			return nil, err
		}
		if !ok || known && c.Number == last {
			continue
		}
		if known { // the first one may have been there for long
			ages = append(ages, float64(time.Since(c.Drawn).Microseconds())/1000)
		}
		known, last = true, c.Number
	}
	if len(ages) == 0 {
		return nil, fmt.Errorf("%w: it stands still or is unreadable at %v", errNoCard, area)
	}
	return ages, nil
}
