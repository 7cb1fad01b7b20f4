package headless

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/app/text"
	"foyer/media/audio"
	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// Options says whom to join as, and with what.
type Options struct {
	Target                      invite.Target
	Name                        string
	Camera, Microphone, Speaker string        // device IDs; see package device
	CameraCodec                 codec.Name    // empty: chosen by what the machine can do
	Screen                      string        // shared from the start; empty shares nothing
	Sound                       bool          // what other programs play goes out with a shared screen
	Count                       int           // how many peers join; at least 1
	Duration                    time.Duration // 0 stays until told to leave
	Commands                    io.Reader     // JSON lines; nil takes none
}

// line is what is printed. Type is joined, snapshot, stats, chat, left or error.
type line struct {
	Type     string         `json:"type"`
	Peer     int            `json:"peer"` // 0 to Count-1
	Identity string         `json:"identity,omitempty"`
	Snapshot *call.Snapshot `json:"snapshot,omitempty"`
	Stats    *call.Stats    `json:"stats,omitempty"`
	Cards    []Card         `json:"cards,omitempty"`
	Heard    *Heard         `json:"heard,omitempty"`
	Process  *Process       `json:"process,omitempty"`
	Message  *call.Message  `json:"message,omitempty"`
	Reason   string         `json:"reason,omitempty"` // of left; empty when we left by ourselves
	What     string         `json:"what,omitempty"`   // of an error: microphone, camera, speaker, screen, screen-audio or request
	Device   string         `json:"device,omitempty"` // of an error: its ID
	Error    string         `json:"error,omitempty"`
}

// Card is what has come of one remote source of pictures.
type Card struct {
	Identity  string      `json:"identity"`
	Source    call.Source `json:"source"`
	Frames    uint64      `json:"frames"` // shown so far
	Width     int         `json:"width"`
	Height    int         `json:"height"`
	Cards     uint64      `json:"cards"`     // of these, how many were test cards that could be read
	Number    uint32      `json:"number"`    // of the newest card
	Backwards uint64      `json:"backwards"` // cards older than the one before
	LatencyMS float64     `json:"latencyMs"` // from drawing the newest card to having it here
	LatestMS  float64     `json:"latestMs"`  // the longest latency since the last line
	GapMS     float64     `json:"gapMs"`     // the longest time between two pictures, and since the last one, since the last line
	BarsError float64     `json:"barsError"` // see video.BarsError
	PSNR      float64     `json:"psnr"`      // of one card in some 15, in dB; see video.CardQuality
}

// Heard is what goes to the speaker, over the last tenth of a second.
type Heard struct {
	Level   float64 `json:"level"`   // 0 to 1, perceptually scaled
	Tone440 float64 `json:"tone440"` // amplitude, 0 to 1
	Tone660 float64 `json:"tone660"`
}

// Process describes the program itself.
type Process struct {
	Goroutines int    `json:"goroutines"`
	Heap       uint64 `json:"heap"` // bytes in use
	RSS        uint64 `json:"rss"`  // bytes resident; 0 where the system does not tell
}

// command is one JSON line of input; what is absent is left alone.
type command struct {
	Chat       *string `json:"chat"`
	Hand       *bool   `json:"hand"`
	Name       *string `json:"name"`
	Microphone *bool   `json:"microphone"`
	Camera     *bool   `json:"camera"`
	Share      *string `json:"share"`
	Sound      bool    `json:"sound"` // with share: what other programs play, too
	StopShare  bool    `json:"stopShare"`
	Remove     *string `json:"remove"` // identity
	Leave      bool    `json:"leave"`
}

// printer writes whole lines of several peers.
type printer struct {
	mu sync.Mutex
	e  *json.Encoder
}

func (p *printer) print(l line) {
	// A server may have worded these, from a token or a link of ours.
	l.Error, l.Reason = text.Redact(l.Error), text.Redact(l.Reason)
	p.mu.Lock()
	defer p.mu.Unlock()
	// Where nobody reads any more, the meeting goes on.
	if err := p.e.Encode(l); err != nil && l.Type != "error" {
		_ = p.e.Encode(line{Type: "error", Peer: l.Peer, Error: text.Redact(fmt.Sprintf("print a %s: %v", l.Type, err))})
	}
}

// Run joins, and stays until ctx ends, the duration is over, a command says
// leave, or the meeting is over. It returns why the meeting ended against our wish.
func Run(ctx context.Context, o Options, out io.Writer) error {
	if o.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Duration)
		defer cancel()
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	p := &printer{e: json.NewEncoder(out)}
	peers := make([]*peer, max(o.Count, 1))
	for i := range peers {
		q, err := join(ctx, o, i, len(peers))
		if err != nil {
			for _, q := range peers[:i] {
				q.call.Leave()
			}
			p.print(line{Type: "error", Peer: i, Error: err.Error()})
			return err
		}
		peers[i] = q
		p.print(line{Type: "joined", Peer: i, Identity: q.call.Snapshot().Me.Identity})
	}
	if o.Commands != nil {
		// Reading cannot be called off: the goroutine ends with the input or the program.
		go obey(ctx, o.Commands, peers, p, leave)
	}
	ended := make(chan error, len(peers))
	for i, q := range peers {
		go func() { ended <- q.run(ctx, i, p) }()
	}
	var errs []error
	for range peers {
		errs = append(errs, <-ended)
	}
	return errors.Join(errs...)
}

// commandMax is how long a command may be, in bytes.
const commandMax = 64 << 10

// obey carries out commands, for every peer alike.
func obey(ctx context.Context, r io.Reader, peers []*peer, p *printer, leave func()) {
	lines := bufio.NewReaderSize(r, commandMax)
	for {
		b, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			p.print(line{Type: "error", Error: fmt.Sprintf("a command is longer than %d bytes, and was left out", commandMax)})
			for errors.Is(err, bufio.ErrBufferFull) { // the rest of it
				_, err = lines.ReadSlice('\n')
			}
			b = nil
		}
		said := strings.TrimSpace(string(b))
		if said == "" {
			if err != nil {
				return
			}
			continue
		}
		var c command
		if err := json.Unmarshal([]byte(said), &c); err != nil {
			p.print(line{Type: "error", Error: fmt.Sprintf("command %q: %v", said, err)})
			continue
		}
		for i, q := range peers {
			if err := q.obey(ctx, c); err != nil {
				p.print(line{Type: "error", Peer: i, Error: err.Error()})
			}
		}
		if c.Leave {
			leave()
			return
		}
	}
}

// printChat prints the lines after the one that is numbered shown, and returns the
// number of the last. The list loses its beginning while it grows.
func (p *printer) printChat(peer int, list []call.Message, shown uint64) uint64 {
	for _, m := range list {
		if m.Seq > shown {
			p.print(line{Type: "chat", Peer: peer, Message: &m})
			shown = m.Seq
		}
	}
	return shown
}

// printFailures prints what has failed since the last snapshot.
func (p *printer) printFailures(peer int, now, before call.Local) {
	for _, f := range now.Failures(before) {
		if f.Device == device.None {
			continue // nobody wished for one
		}
		p.print(line{Type: "error", Peer: peer, What: f.What, Device: f.Device, Error: f.Err.Error()})
	}
}

// peer is one of us in the meeting.
type peer struct {
	call  *call.Call
	ear   *ear
	cards map[cardKey]*cardReader
}

type cardKey struct {
	identity string
	source   call.Source
}

func join(ctx context.Context, o Options, i, count int) (*peer, error) {
	name := o.Name
	if count > 1 {
		name = fmt.Sprintf("%s %d", name, i+1)
	}
	c := call.Config{
		Name: name, Camera: o.Camera, Microphone: o.Microphone, Speaker: o.Speaker,
		CameraCodec: o.CameraCodec, CameraOn: o.Camera != device.None, MicrophoneOn: o.Microphone != device.None,
	}
	if l := o.Target.Link; l != nil {
		client := rand.Text() // each of us is somebody else
		j, err := l.Redeem(ctx, name, client)
		if err != nil {
			return nil, err
		}
		c.Renew = func(ctx context.Context) (string, error) {
			j, err := l.Redeem(ctx, name, client)
			return j.Token, err
		}
		c.URL, c.Token, c.TokenFresh, c.Fingerprint, c.Key = j.URL, j.Token, true, l.Fingerprint, l.Key
		c.Name = ""
	} else if d := o.Target.Direct; d != nil {
		c.URL, c.Token = d.URL, d.Token
	} else {
		return nil, fmt.Errorf("join: %w", invite.ErrMalformed)
	}
	q := &peer{ear: &ear{}, cards: map[cardKey]*cardReader{}}
	c.OpenSpeaker = func(id string) (device.Playback, error) {
		p, err := device.OpenSpeaker(id)
		if err != nil {
			return nil, err
		}
		return &listening{p, q.ear}, nil
	}
	var err error
	if q.call, err = call.Join(ctx, c); err != nil {
		return nil, err
	}
	if o.Screen != "" {
		if err := q.call.ShareScreen(ctx, o.Screen, call.ShareOptions{Sound: o.Sound}); err != nil {
			q.call.Leave()
			return nil, err
		}
	}
	return q, nil
}

func (q *peer) obey(ctx context.Context, c command) error {
	if c.Chat != nil {
		if err := q.call.Send(*c.Chat); err != nil {
			return err
		}
	}
	if c.Hand != nil {
		q.call.RaiseHand(*c.Hand)
	}
	if c.Name != nil {
		q.call.SetName(*c.Name)
	}
	if c.Microphone != nil {
		q.call.SetMicrophone(*c.Microphone)
	}
	if c.Camera != nil {
		q.call.SetCamera(*c.Camera)
	}
	if c.Share != nil {
		_ = q.call.ShareScreen(ctx, *c.Share, call.ShareOptions{Sound: c.Sound}) // printed from the snapshot, as every device's failure
	}
	if c.StopShare {
		q.call.StopShare()
	}
	if c.Remove != nil {
		return q.call.Remove(ctx, *c.Remove)
	}
	return nil
}

// run prints until the call ends or ctx does.
func (q *peer) run(ctx context.Context, i int, p *printer) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	shown := uint64(0) // Seq of the last message printed
	var before call.Local
	done := ctx.Done()
	for {
		select {
		case <-done:
			done = nil
			go q.call.Leave() // the last snapshot comes by itself
		case <-tick.C:
			q.report(i, p)
		case s, ok := <-q.call.Snapshots():
			if !ok {
				q.call.Leave()
				s := q.call.Snapshot()
				l := line{Type: "left", Peer: i}
				if s.Ended != nil {
					l.Reason = s.Ended.Error()
				}
				p.print(l)
				return s.Ended
			}
			q.look(s)
			p.printFailures(i, s.Local, before)
			before = s.Local
			shown = p.printChat(i, s.Messages, shown)
			s.Messages = nil // each was printed once
			p.print(line{Type: "snapshot", Peer: i, Snapshot: &s})
		}
	}
}

// look watches every picture of the others.
func (q *peer) look(s call.Snapshot) {
	there := map[cardKey]bool{}
	for _, p := range s.People {
		for _, t := range p.Tracks {
			if t.Source != call.Camera && t.Source != call.Screen {
				continue
			}
			key := cardKey{p.Identity, t.Source}
			there[key] = true
			if _, ok := q.cards[key]; !ok {
				r := &cardReader{}
				q.cards[key] = r
				w, h := 1280, 720
				if t.Source == call.Screen {
					w, h = 1920, 1080
				}
				q.call.Watch(p.Identity, t.Source, r, w, h)
			}
		}
	}
	for key, r := range q.cards {
		if !there[key] {
			q.call.Unwatch(r)
			delete(q.cards, key)
		}
	}
}

func (q *peer) report(i int, p *printer) {
	s := q.call.Stats()
	l := line{Type: "stats", Peer: i, Stats: &s, Heard: q.ear.heard(), Process: process()}
	for key, r := range q.cards {
		c := r.read()
		c.Identity, c.Source = key.identity, key.source
		l.Cards = append(l.Cards, c)
	}
	p.print(l)
}

func process() *Process {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &Process{Goroutines: runtime.NumGoroutine(), Heap: m.HeapInuse, RSS: resident()}
}

// cardReader reads the test cards out of a source's pictures.
type cardReader struct {
	mu      sync.Mutex
	card    Card
	quality video.CardQuality
	shown   time.Time // the last picture
}

// Push implements video.Sink.
func (r *cardReader) Push(f *video.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &r.card
	c.Frames++
	now := time.Now()
	r.gap(now)
	r.shown = now
	c.Width, c.Height = f.Width, f.Height
	n, at, ok := video.ReadCard(f)
	if !ok {
		return
	}
	if c.Cards > 0 && n < c.Number {
		c.Backwards++
	}
	c.Cards++
	c.Number = n
	c.LatencyMS = milliseconds(now.Sub(at))
	c.LatestMS = max(c.LatestMS, c.LatencyMS)
	if c.Frames%15 == 1 { // they cost more than the rest together
		c.BarsError = video.BarsError(f)
		c.PSNR = r.quality.PSNR(f, n, at)
	}
}

func (r *cardReader) gap(now time.Time) {
	if !r.shown.IsZero() {
		r.card.GapMS = max(r.card.GapMS, milliseconds(now.Sub(r.shown)))
	}
}

// read returns what has come; LatestMS and GapMS begin anew.
func (r *cardReader) read() Card {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gap(time.Now())
	c := r.card
	r.card.LatestMS, r.card.GapMS = 0, 0
	return c
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// listening lets an ear hear what a speaker plays.
type listening struct {
	device.Playback
	ear *ear
}

// Start implements device.Playback.
func (l *listening) Start(f func(block []float32)) error {
	return l.Playback.Start(func(block []float32) {
		f(block)
		l.ear.hear(block)
	})
}

// ear keeps the last tenth of a second of the left channel.
type ear struct {
	mu   sync.Mutex
	last [audio.SampleRate / 10]float32
	at   int
}

func (e *ear) hear(block []float32) {
	if !e.mu.TryLock() { // the device thread waits for nobody
		return
	}
	defer e.mu.Unlock()
	for i := 0; i+1 < len(block); i += 2 {
		e.last[e.at] = block[i]
		e.at = (e.at + 1) % len(e.last)
	}
}

func (e *ear) heard() *Heard {
	e.mu.Lock()
	x := append(append([]float32(nil), e.last[e.at:]...), e.last[:e.at]...)
	e.mu.Unlock()
	return &Heard{Level: audio.Perceived(x), Tone440: audio.ToneLevel(x, 440), Tone660: audio.ToneLevel(x, 660)}
}
