//go:build unix

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"

	"foyer/internal/bench/command"
	"foyer/internal/bench/meeting"
	"foyer/internal/bench/picture"
	"foyer/internal/bench/report"
	"foyer/internal/bench/usage"
	"foyer/internal/bench/viewer"
	"foyer/internal/e2e/program"
	"foyer/media/video"
)

// sharp is from what SSIM on a picture counts as sharp.
const sharp = 0.95

// Published is what publishing cost and gave, once.
type Published struct {
	Cores        figure `json:"cores"`        // the process tree's
	MachineCores figure `json:"machineCores"` // everything's on this machine
	PSS          figure `json:"pssMiB"`
	SSIM         figure `json:"ssim"`          // mean, of the best layer against its source
	SSIMLow      figure `json:"ssimLow"`       // one in ten is below
	KbitPerSec   figure `json:"kbps"`          // of the best layer, payloads
	KbitAll      figure `json:"kbpsAll"`       // of all layers
	Frames       figure `json:"fps"`           // that arrived, of the best layer
	Whole        figure `json:"wholeShare"`    // of the frames that arrived, those of the source's size: less where the best layer was not sent
	Width        int    `json:"width"`         // of what arrived last
	FirstPicture figure `json:"firstMs"`       // from asking to publish to the first picture decoded
	TimeToSharp  figure `json:"timeToSharpMs"` // to the first of SSIM over 0.95 at full size; null if none came
}

// PublishedAs is one kind of source, with all runs and their medians.
type PublishedAs struct {
	Source string             `json:"source"`
	Width  int                `json:"width"`
	Height int                `json:"height"`
	Layers []video.Layer      `json:"layers"`
	Runs   sides[[]Published] `json:"runs"`
	Median sides[Published]   `json:"median"`
}

// clip is a source of pictures in a file.
type clip struct {
	scene         picture.Scene
	path          string
	width, height int
	screen        bool
	layers        []video.Layer
}

const clipRate = 30

func (b *bench) publish(ctx context.Context) error {
	page, err := picture.NewPage(1920, 1080)
	if err != nil {
		return err
	}
	for _, c := range []clip{
		{scene: picture.NewNatural(1280, 720), path: "camera.y4m", width: 1280, height: 720, layers: video.Ladder(1280, 720, clipRate)},
		{scene: page, path: "screen.y4m", width: 1920, height: 1080, screen: true,
			layers: []video.Layer{video.ScreenLayer(1920, 1080, clipRate)}},
	} {
		c.path = filepath.Join(b.folder.Path, c.path)
		if err := picture.WriteY4M(c.path, c.scene, c.width, c.height, clipRate); err != nil {
			return err
		}
		as := PublishedAs{Source: "camera", Width: c.width, Height: c.height, Layers: c.layers}
		if c.screen {
			as.Source = "screen"
		}
		b.alternate(ctx, "publish a "+as.Source, func(side string) error {
			p, err := b.publishOnce(ctx, side, c)
			if err != nil {
				return err
			}
			runs := as.Runs.of(side)
			*runs = append(*runs, p)
			b.say("  publish a %s, %-7s %s cores, SSIM %s at %s kbit/s (%s in all), %s frames a second, sharp after %s ms",
				as.Source, side, cell(p.Cores, 2), cell(p.SSIM, 4), cell(p.KbitPerSec, 0), cell(p.KbitAll, 0), cell(p.Frames, 1), cell(p.TimeToSharp, 0))
			return nil
		})
		as.Median.Foyer, as.Median.Browser = publishedMedians(as.Runs.Foyer), publishedMedians(as.Runs.Browser)
		b.result.Publish = append(b.result.Publish, as)
	}
	return nil
}

// A publisher is a program that publishes a clip.
type publisher interface {
	start(ctx context.Context) error // begins to publish
	pid() int
	close()
}

// headless is a Foyer that publishes without a window, as the browser's page
// shows nothing of what it sends either.
type headless struct {
	*program.Program
	clip clip
}

func (h *headless) pid() int { return h.PID() }
func (h *headless) close()   { meeting.Stop(h.Program) }

func (h *headless) start(ctx context.Context) error {
	if h.clip.screen {
		return h.Say(map[string]any{"share": h.clip.path})
	}
	return h.Say(map[string]any{"camera": true})
}

func (b *bench) openHeadless(ctx context.Context, c clip) (*headless, error) {
	who, err := b.meeting.Pass(ctx, "Publisher")
	if err != nil {
		return nil, err
	}
	home, err := b.folder.For("publisher")
	if err != nil {
		return nil, err
	}
	camera := c.path
	if c.screen {
		camera = "none"
	}
	p, _, err := meeting.Join(ctx, program.Options{Dir: home, Env: meeting.Quiet(home), Args: []string{
		"--url", who.URL, "--token", who.Token, "--name", "Publisher", "--camera", camera, "--microphone", "none", "--speaker", "none",
	}})
	if err != nil {
		return nil, err
	}
	return &headless{p, c}, nil
}

// pagePublisher is the browser's page that publishes what its camera gives.
type pagePublisher struct {
	*chromium
	clip clip
}

func (p *pagePublisher) start(ctx context.Context) error {
	type layer struct {
		Width   int `json:"width"`
		Height  int `json:"height"`
		BitRate int `json:"bitRate"`
	}
	var layers []layer
	for _, l := range p.clip.layers {
		layers = append(layers, layer{l.Width, l.Height, l.BitRate})
	}
	return p.Do(ctx, "send", map[string]any{"width": p.clip.width, "height": p.clip.height, "fps": clipRate, "screen": p.clip.screen, "layers": layers})
}

func (b *bench) openPublisher(ctx context.Context, side string, c clip) (publisher, error) {
	if side == foyer {
		return b.openHeadless(ctx, c)
	}
	who, err := b.meeting.Pass(ctx, "Publisher")
	if err != nil {
		return nil, err
	}
	w, err := openChromium(ctx, b, who, 0, "--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+c.path)
	if err != nil {
		return nil, err
	}
	if err := w.Do(ctx, "enter", map[string]any{"url": who.URL, "token": who.Token}); err != nil {
		w.close()
		return nil, err
	}
	return &pagePublisher{w, c}, nil
}

// judge compares what arrives with its source.
type judge struct {
	scene  picture.Scene
	source *video.Frame

	mu      sync.Mutex
	width   int
	first   time.Time
	sharp   time.Time
	judging bool
	seen    int
	judged  int // that came while judging, and of these how many had the source's size
	whole   int
	ssim    []float64
}

// sampled is how many frames lie between two that are compared: comparing costs
// more than decoding.
const sampled = 9

func newJudge(c clip) *judge {
	return &judge{scene: c.scene, source: new(video.Pool).Get(c.width, c.height)}
}

func (j *judge) look(f *video.Frame) {
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.width = f.Width
	if j.first.IsZero() {
		j.first = now
	}
	j.seen++
	if j.judging {
		j.judged++
		if f.Width == j.source.Width {
			j.whole++
		}
	}
	early := j.sharp.IsZero() && f.Width == j.source.Width
	if !early && (!j.judging || j.seen%sampled != 0) {
		return
	}
	n, ok := picture.ReadMark(f)
	if !ok {
		return
	}
	j.scene.Draw(j.source, n)
	like, err := picture.SSIM(j.source, f, 8)
	if err != nil {
		return
	}
	if early && like > sharp {
		j.sharp = now
	}
	if j.judging {
		j.ssim = append(j.ssim, like)
	}
}

func (b *bench) publishOnce(ctx context.Context, side string, c clip) (r Published, err error) {
	ctx, cancel := context.WithTimeout(ctx, 120*time.Second)
	defer cancel()
	// Somebody for each layer, so that each is wanted.
	j := newJudge(c)
	qualities := []livekit.VideoQuality{livekit.VideoQuality_HIGH, livekit.VideoQuality_MEDIUM, livekit.VideoQuality_LOW}[:len(c.layers)]
	var viewers []*viewer.Viewer
	defer func() {
		for _, v := range viewers {
			if closing := v.Close(); err == nil {
				err = closing
			}
		}
	}()
	for i, q := range qualities {
		who, err := b.meeting.Pass(ctx, "Viewer")
		if err != nil {
			return r, err
		}
		look := j.look
		if i > 0 {
			look = nil
		}
		v, err := viewer.Join(who.URL, who.Token, q, look)
		if err != nil {
			return r, err
		}
		viewers = append(viewers, v)
	}
	p, err := b.openPublisher(ctx, side, c)
	if err != nil {
		return r, err
	}
	defer p.close()
	started := time.Now()
	if err := p.start(ctx); err != nil {
		return r, err
	}
	for viewers[0].Frames() == 0 {
		if err := command.Pause(ctx, 20*time.Millisecond); err != nil {
			return r, fmt.Errorf("wait for the first picture: %w", err)
		}
	}
	if err := command.Pause(ctx, 2*b.settle); err != nil { // the bandwidth estimate climbs
		return r, err
	}

	type counts struct{ best, all, frames uint64 }
	count := func() (n counts) {
		n.best, n.frames = viewers[0].Bytes(), viewers[0].Frames()
		for _, v := range viewers {
			n.all += v.Bytes()
		}
		return n
	}
	j.mu.Lock()
	j.judging = true
	j.mu.Unlock()
	machine, err := machineTime()
	if err != nil {
		return r, err
	}
	from, before := time.Now(), count()
	tree, err := usage.Snap(p.pid())
	if err != nil {
		return r, err
	}
	if err := command.Pause(ctx, b.window); err != nil {
		return r, err
	}
	after := count()
	treeAfter, err := usage.Snap(p.pid())
	if err != nil {
		return r, err
	}
	span := time.Since(from).Seconds()
	machineAfter, err := machineTime()
	if err != nil {
		return r, err
	}
	pss, err := usage.PSS(p.pid())
	if err != nil {
		return r, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judging = false
	all, _ := treeAfter.Cores(tree)
	since := func(t time.Time) figure {
		if t.IsZero() {
			return figure(nan)
		}
		return figure(float64(t.Sub(started).Microseconds()) / 1000)
	}
	mean := nan
	if n := len(j.ssim); n > 0 {
		mean = 0
		for _, s := range j.ssim {
			mean += s / float64(n)
		}
	}
	return Published{
		Cores: figure(all), MachineCores: figure((machineAfter - machine) / span), PSS: figure(float64(pss) / (1 << 20)),
		SSIM: figure(mean), SSIMLow: figure(report.Quantile(j.ssim, 0.1)),
		KbitPerSec: figure(float64(after.best-before.best) * 8 / 1000 / span), KbitAll: figure(float64(after.all-before.all) * 8 / 1000 / span),
		Frames: figure(float64(after.frames-before.frames) / span), Whole: figure(float64(j.whole) / float64(j.judged)), Width: j.width,
		FirstPicture: since(j.first), TimeToSharp: since(j.sharp),
	}, nil
}

func publishedMedians(runs []Published) (m Published) {
	pick := func(of func(Published) figure) figure {
		var v []float64
		for _, r := range runs {
			v = append(v, float64(of(r)))
		}
		return figure(report.Median(v))
	}
	m = Published{
		Cores:        pick(func(p Published) figure { return p.Cores }),
		MachineCores: pick(func(p Published) figure { return p.MachineCores }),
		PSS:          pick(func(p Published) figure { return p.PSS }),
		SSIM:         pick(func(p Published) figure { return p.SSIM }),
		SSIMLow:      pick(func(p Published) figure { return p.SSIMLow }),
		KbitPerSec:   pick(func(p Published) figure { return p.KbitPerSec }),
		KbitAll:      pick(func(p Published) figure { return p.KbitAll }),
		Frames:       pick(func(p Published) figure { return p.Frames }),
		Whole:        pick(func(p Published) figure { return p.Whole }),
		FirstPicture: pick(func(p Published) figure { return p.FirstPicture }),
		TimeToSharp:  pick(func(p Published) figure { return p.TimeToSharp }),
	}
	if len(runs) > 0 {
		m.Width = runs[len(runs)-1].Width
	}
	return m
}
