//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"foyer/app/invite"
	"foyer/internal/bench/meeting"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/program"
)

// A receiver is a program that joins and shows everybody in its window.
type receiver interface {
	// join joins; started is called the moment that it is told to, or begins to.
	join(ctx context.Context, started func(time.Time)) error
	pid() int
	// shown is what each remote tile has shown so far.
	shown(ctx context.Context) (shown, error)
	close()
}

// shown is a reading of all remote tiles.
type shown struct {
	tiles   map[string]tileCount // by identity
	objects float64              // allocated in Go so far; NaN in a browser
	bytes   float64
}

type tileCount struct {
	frames        float64
	at            float64 // ms, on a clock of the tile's own
	width, height int     // Foyer: of the tile; browser: of the frame
}

// foyerWindow is a Foyer with its window.
type foyerWindow struct {
	*program.Program
	me string // our identity
}

func openFoyer(b *bench, who invite.JoinResponse) (*foyerWindow, error) {
	home, err := b.folder.For("foyer")
	if err != nil {
		return nil, err
	}
	p, err := program.Start(program.Options{
		Dir: home, Env: append(meeting.Quiet(home), "DISPLAY="+b.display.Name, "LIBGL_ALWAYS_SOFTWARE=1"),
		Args: []string{"--url", who.URL, "--token", who.Token, "--name", "Bench", "--settings", home,
			"--camera", "none", "--microphone", "none", "--speaker", "none", "--trace-start", "--trace-tiles"},
	})
	if err != nil {
		return nil, err
	}
	return &foyerWindow{Program: p, me: who.Identity}, nil
}

func (f *foyerWindow) pid() int { return f.PID() }
func (f *foyerWindow) close()   { meeting.Stop(f.Program) }

// join implements receiver: Foyer joins by itself once its lobby is drawn.
func (f *foyerWindow) join(ctx context.Context, started func(time.Time)) error {
	if _, err := f.event(ctx, 0, "join"); err != nil {
		return err
	}
	started(time.Now())
	return nil
}

func (f *foyerWindow) event(ctx context.Context, mark int, name string) (ms float64, err error) {
	l, _, err := f.Lines.Wait(ctx, mark, func(l program.Line) bool { return l.Type == name })
	if err != nil {
		return 0, fmt.Errorf("foyer's %s: %w\n%s", name, err, f.Stderr())
	}
	var e struct{ MS float64 }
	err = l.Decode(&e)
	return e.MS, err
}

// shown implements receiver: it waits for the next trace, within a second.
func (f *foyerWindow) shown(ctx context.Context) (shown, error) {
	l, _, err := f.Lines.Wait(ctx, f.Lines.Len(), func(l program.Line) bool { return l.Type == "tiles" })
	if err != nil {
		return shown{}, fmt.Errorf("foyer's tiles: %w\n%s", err, f.Stderr())
	}
	var t struct {
		MS      float64 `json:"ms"`
		Objects float64 `json:"allocatedObjects"`
		Bytes   float64 `json:"allocatedBytes"`
		Tiles   []struct {
			Identity, Source string
			Width, Height    int
			Frames           float64
		} `json:"tiles"`
	}
	if err := l.Decode(&t); err != nil {
		return shown{}, fmt.Errorf("foyer's tiles: %w", err)
	}
	s := shown{tiles: map[string]tileCount{}, objects: t.Objects, bytes: t.Bytes}
	for _, tile := range t.Tiles {
		if tile.Identity != f.me {
			s.tiles[tile.Identity] = tileCount{tile.Frames, t.MS, tile.Width, tile.Height}
		}
	}
	return s, nil
}

// chromium is a browser with livekit-client in a window.
type chromium struct {
	*browser.Peer
	who   invite.JoinResponse
	tiles int
}

func openChromium(ctx context.Context, b *bench, who invite.JoinResponse, tiles int, more ...string) (*chromium, error) {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	p, err := browser.StartWith(ctx, browser.Options{
		Display: b.display.Name, Width: width, Height: height, Script: script, Switches: more,
	})
	if err != nil {
		return nil, err
	}
	return &chromium{p, who, tiles}, nil
}

func (c *chromium) pid() int { return c.PID() }
func (c *chromium) close()   { _ = c.Close() }

func (c *chromium) join(ctx context.Context, started func(time.Time)) error {
	started(time.Now())
	return c.Do(ctx, "watch", map[string]any{"url": c.who.URL, "token": c.who.Token, "tiles": c.tiles + 1})
}

// figures has the page do something and takes what it reports of it.
func (c *chromium) figures(ctx context.Context, verb, report string, args, into any) error {
	mark := c.Reports.Len()
	if err := c.Do(ctx, verb, args); err != nil {
		return err
	}
	r, _, err := c.Reports.Wait(ctx, mark, func(r browser.Report) bool { return r.Type == report })
	if err != nil {
		return fmt.Errorf("%s in the browser: %w", verb, err)
	}
	return json.Unmarshal(r.Figures, into)
}

func (c *chromium) shown(ctx context.Context) (shown, error) {
	var tiles []struct {
		Identity      string
		Frames, At    float64
		Width, Height int
	}
	if err := c.figures(ctx, "count", "count", nil, &tiles); err != nil {
		return shown{}, err
	}
	s := shown{tiles: map[string]tileCount{}, objects: nan, bytes: nan}
	for _, t := range tiles {
		s.tiles[t.Identity] = tileCount{t.Frames, t.At, t.Width, t.Height}
	}
	return s, nil
}

var errFewTiles = errors.New("too few tiles show pictures")

// awaitTiles waits until n tiles show pictures.
func awaitTiles(ctx context.Context, r receiver, n int) error {
	for {
		s, err := r.shown(ctx)
		if err != nil {
			return err
		}
		running := 0
		for _, t := range s.tiles {
			if t.frames > 0 {
				running++
			}
		}
		if running >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %d of %d: %w", errFewTiles, running, n, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
