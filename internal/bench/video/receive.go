//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/procfs"

	"foyer/internal/bench/command"
	"foyer/internal/bench/crowd"
	"foyer/internal/bench/picture"
	"foyer/internal/bench/report"
	"foyer/internal/bench/usage"
	"foyer/media/video"
)

// fullPage is how many tiles a page of Foyer's grid has, oneself among them:
// at that count one person fewer sends.
const fullPage = 25

// crowdFormat is what each tile is sent.
var crowdFormat = crowd.Format{Width: 640, Height: 360, FrameRate: 30, BitRate: 450_000}

// Received is what receiving cost, once.
type Received struct {
	Cores            figure `json:"cores"`             // the process tree's
	RasteriserCores  figure `json:"rasteriserCores"`   // of these, in threads of the software GL rasteriser; null in a browser, where they cannot be told apart
	DisplayCores     figure `json:"displayCores"`      // the X server's
	MachineCores     figure `json:"machineCores"`      // everything's on this machine
	PSS              figure `json:"pssMiB"`            // of the process tree
	FramesPerSecond  figure `json:"fps"`               // shown per tile, mean
	SlowestPerSecond figure `json:"fpsSlowest"`        // the slowest tile
	SentPerSecond    figure `json:"fpsSent"`           // per person
	ObjectsPerFrame  figure `json:"objectsPerFrame"`   // Go allocations per frame shown; null in a browser
	BytesPerFrame    figure `json:"allocatedPerFrame"` // in bytes
}

// withoutRasteriser are the cores that a GPU leaves.
func (r Received) withoutRasteriser() float64 { return float64(r.Cores) - float64(r.RasteriserCores) }

// shownShare is how many of the frames sent the tiles have shown.
func (r Received) shownShare() float64 { return float64(r.FramesPerSecond) / float64(r.SentPerSecond) }

// ReceivedAt is one count of tiles, with all runs and their medians.
type ReceivedAt struct {
	Tiles   int               `json:"tiles"`
	Streams int               `json:"streams"` // people who send
	Runs    sides[[]Received] `json:"runs"`
	Median  sides[Received]   `json:"median"`
}

func (b *bench) receive(ctx context.Context) error {
	scene := picture.NewNatural(crowdFormat.Width, crowdFormat.Height)
	drawn := loop(scene, crowdFormat.Width, crowdFormat.Height)
	c, err := crowd.Start(crowdFormat, func(f *video.Frame, n int) { _ = video.Copy(f, drawn[n%len(drawn)]) })
	if err != nil {
		return err
	}
	defer c.Close()
	for _, tiles := range b.counts {
		at := ReceivedAt{Tiles: tiles, Streams: min(tiles, fullPage-1)}
		for c.Len() < at.Streams {
			who, err := b.meeting.Pass(ctx, fmt.Sprintf("Person %d", c.Len()+1))
			if err != nil {
				return fmt.Errorf("fill the meeting: %w", err)
			}
			if err := c.Join(who.URL, who.Token); err != nil {
				return err
			}
		}
		b.alternate(ctx, fmt.Sprintf("receive %d tiles", tiles), func(side string) error {
			r, err := b.receiveOnce(ctx, side, c, at.Streams)
			if err != nil {
				return err
			}
			runs := at.Runs.of(side)
			*runs = append(*runs, r)
			b.say("  receive %2d tiles, %-7s %s cores (%s of them rasterising), %s MiB, %s of %s frames a second",
				tiles, side, cell(r.Cores, 2), cell(r.RasteriserCores, 2), cell(r.PSS, 0), cell(r.FramesPerSecond, 1), cell(r.SentPerSecond, 1))
			return nil
		})
		at.Median.Foyer, at.Median.Browser = medians(at.Runs.Foyer), medians(at.Runs.Browser)
		b.result.Receive = append(b.result.Receive, at)
	}
	return nil
}

// loop draws a scene once, so that sending it again costs no drawing.
func loop(s picture.Scene, width, height int) []*video.Frame {
	var pool video.Pool
	frames := make([]*video.Frame, picture.Loop)
	for n := range frames {
		frames[n] = pool.Get(width, height)
		s.Draw(frames[n], n)
	}
	return frames
}

func (b *bench) open(ctx context.Context, side string, streams int) (receiver, error) {
	who, err := b.meeting.Pass(ctx, "Receiver")
	if err != nil {
		return nil, fmt.Errorf("invite a receiver: %w", err)
	}
	if side == foyer {
		return openFoyer(b, who)
	}
	return openChromium(ctx, b, who, streams)
}

func (b *bench) receiveOnce(ctx context.Context, side string, c *crowd.Crowd, streams int) (r Received, err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	w, err := b.open(ctx, side, streams)
	if err != nil {
		return r, err
	}
	defer w.close()
	if err := w.join(ctx, func(time.Time) {}); err != nil {
		return r, err
	}
	if err := awaitTiles(ctx, w, streams); err != nil {
		return r, err
	}
	if err := command.Pause(ctx, b.settle); err != nil {
		return r, err
	}

	before, err := b.look(ctx, w, c)
	if err != nil {
		return r, err
	}
	if err := command.Pause(ctx, b.window); err != nil {
		return r, err
	}
	after, err := b.look(ctx, w, c)
	if err != nil {
		return r, err
	}
	pss, err := usage.PSS(w.pid())
	if err != nil {
		return r, err
	}
	all, raster := after.tree.Cores(before.tree)
	if side == browserSide {
		raster = nan
	}
	display, _ := after.display.Cores(before.display)
	r = Received{
		Cores: figure(all), RasteriserCores: figure(raster), DisplayCores: figure(display), PSS: figure(float64(pss) / (1 << 20)),
		MachineCores:  figure((after.machine - before.machine) / after.at.Sub(before.at).Seconds()),
		SentPerSecond: figure(float64(after.sent-before.sent) / after.at.Sub(before.at).Seconds()),
	}
	frames, sum, slowest := 0.0, 0.0, math.Inf(1)
	for id, t := range after.shown.tiles {
		was := before.shown.tiles[id]
		rate := 0.0
		if t.at > was.at {
			rate = (t.frames - was.frames) / (t.at - was.at) * 1000
		}
		frames += t.frames - was.frames
		sum += rate
		slowest = min(slowest, rate)
	}
	if n := len(after.shown.tiles); n > 0 {
		r.FramesPerSecond, r.SlowestPerSecond = figure(sum/float64(n)), figure(slowest)
	}
	r.ObjectsPerFrame = figure((after.shown.objects - before.shown.objects) / frames)
	r.BytesPerFrame = figure((after.shown.bytes - before.shown.bytes) / frames)
	return r, nil
}

// reading is everything at one moment.
type reading struct {
	shown         shown
	at            time.Time
	sent          uint64
	tree, display usage.Tree
	machine       float64 // seconds of processor time used by everything
}

func (b *bench) look(ctx context.Context, w receiver, c *crowd.Crowd) (l reading, err error) {
	if l.shown, err = w.shown(ctx); err != nil {
		return l, err
	}
	l.at, l.sent = time.Now(), c.Frames()
	if l.tree, err = usage.Snap(w.pid()); err != nil {
		return l, err
	}
	if l.display, err = usage.Snap(b.display.PID()); err != nil {
		return l, err
	}
	l.machine, err = machineTime()
	return l, err
}

// machineTime is the processor time that everything has used so far, in seconds.
func machineTime() (float64, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0, fmt.Errorf("read the machine's load: %w", err)
	}
	s, err := fs.Stat()
	if err != nil {
		return 0, fmt.Errorf("read the machine's load: %w", err)
	}
	c := s.CPUTotal
	return c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ + c.Steal, nil
}

func medians(runs []Received) (m Received) {
	pick := func(of func(Received) figure) figure {
		var v []float64
		for _, r := range runs {
			v = append(v, float64(of(r)))
		}
		return figure(report.Median(v))
	}
	return Received{
		Cores:            pick(func(r Received) figure { return r.Cores }),
		RasteriserCores:  pick(func(r Received) figure { return r.RasteriserCores }),
		DisplayCores:     pick(func(r Received) figure { return r.DisplayCores }),
		MachineCores:     pick(func(r Received) figure { return r.MachineCores }),
		PSS:              pick(func(r Received) figure { return r.PSS }),
		FramesPerSecond:  pick(func(r Received) figure { return r.FramesPerSecond }),
		SlowestPerSecond: pick(func(r Received) figure { return r.SlowestPerSecond }),
		SentPerSecond:    pick(func(r Received) figure { return r.SentPerSecond }),
		ObjectsPerFrame:  pick(func(r Received) figure { return r.ObjectsPerFrame }),
		BytesPerFrame:    pick(func(r Received) figure { return r.BytesPerFrame }),
	}
}
