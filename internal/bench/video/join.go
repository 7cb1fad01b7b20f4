//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"foyer/internal/bench/crowd"
	"foyer/internal/bench/report"
	"foyer/internal/e2e/browser"
	"foyer/media/video"
)

// FirstSeen is from joining to the first picture, in milliseconds. Both programs
// are open and have only to join: Foyer's lobby is drawn, the browser's page is
// loaded.
type FirstSeen struct {
	ScreenP50 figure   `json:"screenP50Ms"` // until the screen shows it
	OwnP50    figure   `json:"ownP50Ms"`    // until the program itself says so: Foyer when it is decoded, the page when it is presented
	Screen    []figure `json:"screenMs"`
	Own       []figure `json:"ownMs"`
}

// joinsPerRun is how often each side joins in a run.
const joinsPerRun = 3

func (b *bench) firstPicture(ctx context.Context) error {
	card := video.NewCard(crowdFormat.Width, crowdFormat.Height)
	c, err := crowd.Start(crowdFormat, func(f *video.Frame, n int) { card.Draw(f, uint32(n), time.Now()) })
	if err != nil {
		return err
	}
	defer c.Close()
	who, err := b.meeting.Pass(ctx, "Person")
	if err != nil {
		return fmt.Errorf("fill the meeting: %w", err)
	}
	if err := c.Join(who.URL, who.Token); err != nil {
		return err
	}
	joins := joinsPerRun
	if b.result.Short {
		joins = 1
	}
	for range joins {
		b.alternate(ctx, "join", func(side string) error {
			screen, own, err := b.joinOnce(ctx, side)
			if err != nil {
				return err
			}
			f := b.result.Join.of(side)
			f.Screen, f.Own = append(f.Screen, screen), append(f.Own, own)
			b.say("  join to first picture, %-7s %s ms on the screen, %s ms by its own word", side, cell(screen, 0), cell(own, 0))
			return nil
		})
	}
	for _, side := range []string{foyer, browserSide} {
		f := b.result.Join.of(side)
		f.ScreenP50, f.OwnP50 = medianOf(f.Screen), medianOf(f.Own)
	}
	return nil
}

func medianOf(figures []figure) figure {
	var v []float64
	for _, f := range figures {
		v = append(v, float64(f))
	}
	return figure(report.Median(v))
}

func (b *bench) joinOnce(ctx context.Context, side string) (screen, own figure, err error) {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	w, err := b.open(ctx, side, 1)
	if err != nil {
		return 0, 0, err
	}
	defer w.close()
	started := make(chan time.Time, 1)
	joined := make(chan error, 1)
	go func() { joined <- w.join(ctx, func(at time.Time) { started <- at }) }()
	var at time.Time
	select {
	case at = <-started:
	case err := <-joined:
		if err != nil {
			return 0, 0, err
		}
		at = <-started
	}
	_, seen := b.awaitCard(ctx)
	took := time.Since(at)
	if seen != nil {
		cancel()
	}
	if joining := <-joined; joining != nil {
		return 0, 0, joining
	}
	if seen != nil {
		return 0, 0, seen
	}
	screen = figure(float64(took.Microseconds()) / 1000)
	switch w := w.(type) {
	case *foyerWindow:
		join, err := w.event(ctx, 0, "join")
		if err != nil {
			return 0, 0, err
		}
		first, err := w.event(ctx, 0, "first-picture")
		if err != nil {
			return 0, 0, err
		}
		own = figure(first - join)
	case *chromium:
		r, _, err := w.Reports.Wait(ctx, 0, func(r browser.Report) bool { return r.Type == "first" })
		if err != nil {
			return 0, 0, err
		}
		var first struct{ MS float64 }
		if err := json.Unmarshal(r.Figures, &first); err != nil {
			return 0, 0, err
		}
		own = figure(first.MS)
	}
	return screen, own, nil
}
