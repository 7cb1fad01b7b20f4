package codec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"foyer/media/video"
)

// Probed is what one encoder or decoder did when it was tried.
type Probed struct {
	Codec          Name   `json:"codec"`
	Direction      string `json:"direction"` // encode or decode
	Implementation string `json:"implementation"`
	Hardware       bool   `json:"hardware"`
	Works          bool   `json:"works"`
	Why            string `json:"why,omitempty"` // when it does not
	// Milliseconds is what a picture of 640x360 took, by the clock.
	Milliseconds float64 `json:"milliseconds,omitempty"`
}

// Probe tries every encoder and decoder on a few pictures: software here, in some
// 100 ms, hardware in a child process each, which takes seconds. From then on
// NewEncoder and NewDecoder use the hardware that works. Children end with ctx.
func Probe(ctx context.Context) []Probed {
	var all []Probed
	for _, n := range Names {
		all = append(all, probeSoftware(n)...)
	}
	return append(all, probeHardware(ctx, true)...)
}

// FindHardware is Probe for a program's start: hardware only, and from the cache
// while drivers and libraries are the same. Until it returns, software is used.
func FindHardware(ctx context.Context) []Probed { return probeHardware(ctx, false) }

func probeSoftware(n Name) []Probed {
	enc := Probed{Codec: n, Direction: string(encoding), Implementation: "software"}
	dec := Probed{Codec: n, Direction: string(decoding), Implementation: "software"}
	engine, name, err := openSoftwareEncoder(n, probeConfig)
	if err != nil {
		enc.settle(0, err)
	} else {
		enc.Implementation = name
		enc.settle(tryEncoder(n, engine))
	}
	decoder, name, err := openSoftwareDecoder(n, PixelsMax)
	if err != nil {
		dec.settle(0, err)
	} else {
		dec.Implementation = name
		dec.settle(tryDecoder(n, decoder))
	}
	return []Probed{enc, dec}
}

func (p *Probed) settle(each time.Duration, err error) {
	p.Works = err == nil
	p.Milliseconds = float64(each.Microseconds()) / 1000
	if err != nil {
		p.Why = err.Error()
	}
}

// probeParallel is how many children run at once: drivers answer slowly.
const probeParallel = 4

func probeHardware(ctx context.Context, anew bool) []Probed {
	machine.mu.Lock()
	setup := machine.setup
	machine.mu.Unlock()
	known := openCache(setup.Cache)
	if anew {
		known.Results = map[string]result{}
	}
	all := make([]Probed, len(candidates))
	var children sync.WaitGroup
	var mu sync.Mutex // known
	slots := make(chan struct{}, probeParallel)
	for i, c := range candidates {
		p := &all[i]
		*p = Probed{Codec: c.codec, Direction: string(c.direction), Implementation: c.implementation, Hardware: true}
		switch {
		case setup.Policy == SoftwareOnly:
			p.Why = "hardware is switched off"
		case len(setup.Child) == 0:
			p.Why = "hardware is tried in a child process only, and there is no command for it"
		default:
			p.Why = c.missing()
		}
		if p.Why != "" {
			continue
		}
		mu.Lock()
		r, ok := known.Results[c.id]
		mu.Unlock()
		if ok {
			r.fill(p)
			c.settle(r.Works)
			continue
		}
		children.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := runChild(ctx, setup.Child, c.id)
			r.fill(p)
			c.settle(r.Works)
			if ctx.Err() == nil {
				mu.Lock()
				known.Results[c.id] = r
				mu.Unlock()
			}
		})
	}
	children.Wait()
	known.save(setup.Cache)
	return all
}

// result is what a child said, or what became of it.
type result struct {
	Works        bool      `json:"works"`
	Why          string    `json:"why,omitempty"`
	Milliseconds float64   `json:"milliseconds,omitempty"`
	At           time.Time `json:"at"`
}

func (r result) fill(p *Probed) { p.Works, p.Why, p.Milliseconds = r.Works, r.Why, r.Milliseconds }

// childLimit is how long a driver may think. The first use after boot takes seconds.
var childLimit = 15 * time.Second

// runChild tries a candidate in a child process.
func runChild(ctx context.Context, command []string, id string) result {
	limited, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	args := append(append([]string(nil), command[1:]...), id)
	cmd := exec.CommandContext(limited, command[0], args...)
	var out, noise bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &noise
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	r := result{At: time.Now()}
	// Drivers write to the standard output too: the answer is the last line.
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	switch {
	case ctx.Err() != nil:
		r.Why = "not finished"
	case limited.Err() != nil:
		r.Why = fmt.Sprintf("hangs: no answer in %v", childLimit)
	case err != nil:
		r.Why = "crashes: " + crash(err, noise.String())
	case json.Unmarshal(lines[len(lines)-1], &r) != nil:
		r.Why = "the child's answer cannot be read"
	}
	return r
}

// crash is a crash in one line: the signal that Go reports, or its panic, says
// more than the exit code that follows.
func crash(err error, noise string) string {
	for _, mark := range []string{"SIG", "[signal SIG", "fatal error: ", "panic: "} {
		for line := range strings.Lines(noise) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, mark) {
				return strings.Trim(line, "[]")
			}
		}
	}
	return err.Error()
}

// ProbeChild tries one candidate in this process and writes what came of it as a
// line of JSON: the other end of Setup.Child. Errors wrap ErrNoCandidate.
func ProbeChild(id string, w io.Writer) error {
	c, ok := candidateOf(id)
	if !ok {
		return noCandidate(id)
	}
	each, err := c.try()
	r := result{Works: err == nil, Milliseconds: float64(each.Microseconds()) / 1000, At: time.Now()}
	if err != nil {
		r.Why = err.Error()
	}
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("probe %s: %w", id, err)
	}
	return nil
}

func (c candidate) try() (time.Duration, error) {
	if c.direction == encoding {
		e, err := c.encoder(probeConfig)
		if err != nil {
			return 0, err
		}
		return tryEncoder(c.codec, e)
	}
	d, err := c.decoder()
	if err != nil {
		return 0, err
	}
	return tryDecoder(c.codec, d)
}

var probeConfig = EncoderConfig{Width: 640, Height: 360, FrameRate: 30, BitRate: 800_000, Threads: 1}

const (
	probePictures = 6
	probeKey      = 4 // the picture with a forced key frame
	// libvpx's VP9 and libaom take a flat block that changed for one that did not,
	// once in some hundred cards, and mend it with the next picture.
	wrongPictures = 1
)

var (
	errWrongPicture = errors.New("the picture that comes out is not the one that went in")
	errNoKeyFrame   = errors.New("a key frame was asked for and did not come")
)

// tryEncoder encodes a few pictures, closes the engine, and sees whether software
// reads the pictures back. It tells the least time that a picture took.
func tryEncoder(n Name, e encodeEngine) (time.Duration, error) {
	defer e.close()
	d, _, err := openSoftwareDecoder(n, PixelsMax)
	if err != nil {
		return 0, err
	}
	defer d.close()
	return tryBoth(n, e, d, true)
}

// tryDecoder does the same for a decoder, on pictures that software encoded.
func tryDecoder(n Name, d decodeEngine) (time.Duration, error) {
	defer d.close()
	e, _, err := openSoftwareEncoder(n, probeConfig)
	if err != nil {
		return 0, err
	}
	defer e.close()
	return tryBoth(n, e, d, false)
}

func tryBoth(n Name, e encodeEngine, d decodeEngine, timeEncoder bool) (time.Duration, error) {
	var pool video.Pool
	card := video.NewCard(probeConfig.Width, probeConfig.Height)
	start := time.Now()
	least := time.Hour
	wrong := 0
	for i := range probePictures {
		f := pool.Get(probeConfig.Width, probeConfig.Height)
		card.Draw(f, uint32(i), start.Add(time.Duration(i)*time.Second/30))
		before := time.Now()
		data, key, err := e.encode(f, int64(i)*3000, 3000, i == probeKey)
		took := time.Since(before)
		f.Release()
		switch {
		case err != nil:
			return 0, err
		case len(data) == 0:
			return 0, errSilent
		case (i == 0 || i == probeKey) && !key:
			return 0, errNoKeyFrame
		}
		if _, err := inspect(n, data); err != nil {
			return 0, err
		}
		before = time.Now()
		got, err := d.decode(data, &pool)
		if !timeEncoder {
			took = time.Since(before)
		}
		if err != nil {
			return 0, err
		}
		if got == nil {
			return 0, errSilent
		}
		number, _, ok := video.ReadCard(got)
		got.Release()
		if !ok || number != uint32(i) {
			if wrong++; wrong > wrongPictures {
				return 0, errWrongPicture
			}
		}
		least = min(least, took)
	}
	return least, nil
}
