//go:build unix

package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"foyer/internal/e2e/journal"
)

//go:embed peer.html
var page []byte

//go:embed peer.js
var script []byte

// Report is one thing the page said. Type is ready, joined, person, gone, chat,
// stats, left, done or error; the fields that belong to it are set.
type Report struct {
	Type     string   `json:"type"`
	ID       uint64   `json:"-"`
	Error    string   `json:"error"`
	Identity string   `json:"identity"`
	Name     string   `json:"name"`
	From     string   `json:"from"`   // chat: identity
	Text     string   `json:"text"`   // chat
	Legacy   bool     `json:"legacy"` // chat: by the legacy data message
	Reason   string   `json:"reason"` // left: livekit's name
	State    string   `json:"state"`  // stats: of the connection
	People   []Person `json:"people"` // stats: the others

	Figures json.RawMessage `json:"figures"` // of a script of the caller's
}

// Person is one remote participant as the browser sees it.
type Person struct {
	Identity   string            `json:"identity"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
	Speaking   bool              `json:"speaking"`
	Level      float64           `json:"level"`
	Quality    string            `json:"quality"`
	Tracks     []Track           `json:"tracks"`
}

// Track is one remote track. Source is livekit-client's: camera, microphone,
// screen_share, screen_share_audio.
type Track struct {
	SID       string  `json:"sid"`
	Source    string  `json:"source"`
	Codec     string  `json:"codec"`
	Muted     bool    `json:"muted"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	Frames    uint64  `json:"frames"`    // decoded so far
	Presented uint64  `json:"presented"` // shown so far
	Card      int64   `json:"card"`      // number read from the picture; -1 when there is none
	Age       float64 `json:"age"`       // ms from drawing the card to reading it
	Level     float64 `json:"level"`     // RMS, 0 to 1
	Hz        float64 `json:"hz"`        // strongest frequency; 0 in silence
	Voice     *Voice  `json:"voice"`     // of a sound
}

// Voice is how the browser's jitter buffer of a sound does, counted since it began
// (RTCInboundRtpStreamStats, webrtc-stats). Samples are per channel, the delay is
// in seconds, to be divided by JitterBufferEmittedCount.
type Voice struct {
	JitterBufferDelay        float64 `json:"jitterBufferDelay"`
	JitterBufferEmittedCount uint64  `json:"jitterBufferEmittedCount"`
	TotalSamplesReceived     uint64  `json:"totalSamplesReceived"`
	ConcealedSamples         uint64  `json:"concealedSamples"`
	SilentConcealedSamples   uint64  `json:"silentConcealedSamples"`
	FECPacketsReceived       uint64  `json:"fecPacketsReceived"`
}

// Track returns what is known of a person's source.
func (r Report) Track(identity, source string) (Track, bool) {
	for _, p := range r.People {
		if p.Identity != identity {
			continue
		}
		for _, t := range p.Tracks {
			if t.Source == source {
				return t, true
			}
		}
	}
	return Track{}, false
}

// Picture says what a published picture looks like; zero fields have defaults.
type Picture struct {
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	FPS       int    `json:"fps,omitempty"`
	Codec     string `json:"codec,omitempty"` // vp8, h264, vp9, av1
	Simulcast bool   `json:"simulcast,omitempty"`
}

// Tone is a published sine.
type Tone struct {
	Hz float64 `json:"hz,omitempty"`
}

// Connect says what to join and what to publish; nil publishes nothing.
type Connect struct {
	URL        string   `json:"url"`
	Token      string   `json:"token"`
	Camera     *Picture `json:"camera,omitempty"`
	Microphone *Tone    `json:"microphone,omitempty"`
	Screen     *Picture `json:"screen,omitempty"`
}

// Peer is a running browser. Safe for use by several goroutines.
type Peer struct {
	Reports journal.Journal[Report]

	cmd     *exec.Cmd
	exited  chan struct{}
	server  *http.Server
	served  chan struct{}
	folder  string
	stderr  *bytes.Buffer
	closing sync.Once

	mu       sync.Mutex
	last     uint64
	waiting  map[uint64]chan string
	commands chan []byte
}

// Chromium is where Debian keeps it.
const Chromium = "/usr/bin/chromium"

// Client is where npm put livekit-client.
func Client() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "node_modules", "livekit-client", "dist", "livekit-client.umd.js")
}

// Missing says what is not installed, or "" when a Peer can start.
func Missing() string {
	if _, err := os.Stat(Chromium); err != nil {
		return "chromium"
	}
	if _, err := os.Stat(Client()); err != nil {
		return "livekit-client (npm ci in internal/e2e/browser)"
	}
	return ""
}

// Options says how the browser runs. The zero value has no window.
type Options struct {
	// Display is the X display of a window without a frame, of Width x Height
	// pixels, in its upper left corner; empty is headless.
	Display       string
	Width, Height int
	Switches      []string // more of them, for the command line
	Env           []string // more of the environment, such as what leads to a sound server
	Script        []byte   // appended to the peer's own; it may add to its verbs
	// Within goes before the command line and must become the browser, such as ip
	// netns exec NAMESPACE; Listener is then on that namespace's loopback.
	Within   []string
	Listener net.Listener
}

// switches are those for the place of the window.
func (o Options) switches(page string) []string {
	if o.Display == "" {
		return append(o.Switches, "--headless", "--disable-gpu", "--window-size=1280,800", page)
	}
	return append(o.Switches, "--kiosk", "--app="+page, "--window-position=0,0", fmt.Sprintf("--window-size=%d,%d", o.Width, o.Height))
}

// Start opens the browser on its page and waits until the page is ready.
func Start(ctx context.Context) (*Peer, error) { return StartWith(ctx, Options{}) }

// StartWith is Start with options.
func StartWith(ctx context.Context, o Options) (*Peer, error) {
	l, err := o.Listener, error(nil)
	if l == nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("serve the peer's page: %w", err)
		}
	}
	folder, err := os.MkdirTemp("", "foyer-browser-")
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("make the browser's folder: %w", err)
	}
	p := &Peer{
		exited: make(chan struct{}), served: make(chan struct{}), folder: folder, stderr: new(bytes.Buffer),
		waiting: map[uint64]chan string{}, commands: make(chan []byte, 16),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	mux.HandleFunc("GET /peer.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(script)
		_, _ = w.Write(o.Script) // in one piece: no command comes in between
	})
	mux.HandleFunc("GET /livekit-client.umd.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, Client())
	})
	mux.HandleFunc("GET /commands", p.serveCommands)
	mux.HandleFunc("POST /report", p.takeReport)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(l)
	}()

	line := slices.Concat(o.Within, []string{
		Chromium,
		"--no-sandbox", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-extensions", "--disable-default-apps", "--disable-dev-shm-usage", "--metrics-recording-only",
		"--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
		"--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
		// Host candidates in the clear: mDNS names resolve nowhere here.
		"--disable-features=WebRtcHideLocalIpsWithMdns,Translate,MediaRouter,OptimizationHints",
		"--user-data-dir=" + filepath.Join(folder, "profile"),
	}, o.switches("http://"+l.Addr().String()+"/"))
	p.cmd = exec.Command(line[0], line[1:]...)
	p.cmd.Stderr = p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = 2 * time.Second
	// Its own home and session: nothing of the person running the tests is touched.
	p.cmd.Env = append(os.Environ(), "HOME="+folder, "TMPDIR="+folder, "XDG_RUNTIME_DIR="+folder, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	if o.Display != "" {
		p.cmd.Env = append(p.cmd.Env, "DISPLAY="+o.Display)
	}
	p.cmd.Env = append(p.cmd.Env, o.Env...)
	if err := p.cmd.Start(); err != nil {
		close(p.exited)
		_ = p.Close()
		return nil, fmt.Errorf("start chromium: %w", err)
	}
	go func() {
		err := p.cmd.Wait()
		close(p.exited)
		p.Reports.End(fmt.Errorf("the browser has ended: %w", errors.Join(err, io.EOF)))
	}()
	if _, _, err := p.Reports.Wait(ctx, 0, func(r Report) bool { return r.Type == "ready" }); err != nil {
		_ = p.Close()
		return nil, fmt.Errorf("open the peer's page: %w\n%s", err, p.stderr)
	}
	return p, nil
}

func (p *Peer) serveCommands(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	_ = out.Flush()
	for {
		select {
		case c := <-p.commands:
			if _, err := fmt.Fprintf(w, "data: %s\n\n", c); err != nil {
				return
			}
			_ = out.Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func (p *Peer) takeReport(w http.ResponseWriter, r *http.Request) {
	var got struct {
		Report
		ID json.RawMessage `json:"id"` // of a command, or of a chat message
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		p.Reports.Append(Report{Type: "error", Error: fmt.Sprintf("unreadable report: %v", err)})
		return
	}
	if got.Type == "done" {
		_ = json.Unmarshal(got.ID, &got.Report.ID)
		p.mu.Lock()
		done := p.waiting[got.Report.ID]
		delete(p.waiting, got.Report.ID)
		p.mu.Unlock()
		if done != nil {
			done <- got.Error
		}
	}
	p.Reports.Append(got.Report)
	w.WriteHeader(http.StatusNoContent)
}

// PID is the browser's first process; the others descend from it.
func (p *Peer) PID() int { return p.cmd.Process.Pid }

// Do has the page carry out one of its verbs, with args as its fields, and
// waits until it has.
func (p *Peer) Do(ctx context.Context, verb string, args any) error { return p.do(ctx, verb, args) }

// do sends a command and waits until the page has done it.
func (p *Peer) do(ctx context.Context, verb string, args any) error {
	fields := map[string]any{}
	if args != nil {
		b, err := json.Marshal(args)
		if err != nil {
			return fmt.Errorf("%s in the browser: %w", verb, err)
		}
		if err := json.Unmarshal(b, &fields); err != nil {
			return fmt.Errorf("%s in the browser: %w", verb, err)
		}
	}
	done := make(chan string, 1)
	p.mu.Lock()
	p.last++
	id := p.last
	p.waiting[id] = done
	p.mu.Unlock()
	fields["verb"], fields["id"] = verb, id
	b, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("%s in the browser: %w", verb, err)
	}
	select {
	case p.commands <- b:
	case <-ctx.Done():
		return fmt.Errorf("%s in the browser: %w", verb, ctx.Err())
	}
	select {
	case failed := <-done:
		if failed != "" {
			return fmt.Errorf("%s in the browser: %s", verb, failed)
		}
		return nil
	case <-p.exited:
		return fmt.Errorf("%s in the browser: it has ended", verb)
	case <-ctx.Done():
		return fmt.Errorf("%s in the browser: %w", verb, ctx.Err())
	}
}

// Connect joins and publishes.
func (p *Peer) Connect(ctx context.Context, c Connect) error { return p.do(ctx, "connect", c) }

// Chat sends a line as livekit-client's components do (a text stream on
// lk.chat), or the legacy way.
func (p *Peer) Chat(ctx context.Context, text string, legacy bool) error {
	return p.do(ctx, "chat", map[string]any{"text": text, "legacy": legacy})
}

// ShareScreen publishes a screen, which is a moving card.
func (p *Peer) ShareScreen(ctx context.Context, s Picture) error {
	return p.do(ctx, "publish", struct {
		Source string `json:"source"`
		Picture
	}{"screen", s})
}

// Unpublish takes a source (camera, microphone, screen) back.
func (p *Peer) Unpublish(ctx context.Context, source string) error {
	return p.do(ctx, "unpublish", map[string]any{"source": source})
}

// Quality asks the server for low, medium or high pictures of somebody's camera.
func (p *Peer) Quality(ctx context.Context, identity, quality string) error {
	return p.do(ctx, "quality", map[string]any{"identity": identity, "quality": quality})
}

// Mute mutes or unmutes a source (camera, microphone, screen).
func (p *Peer) Mute(ctx context.Context, source string, on bool) error {
	return p.do(ctx, "mute", map[string]any{"source": source, "on": on})
}

// Leave disconnects; the page stays and can connect again.
func (p *Peer) Leave(ctx context.Context) error { return p.do(ctx, "leave", nil) }

// Stderr is what Chromium printed so far; whole after Close.
func (p *Peer) Stderr() string {
	select {
	case <-p.exited:
		return p.stderr.String()
	default:
		return ""
	}
}

// Close ends the browser and everything it started. Idempotent.
func (p *Peer) Close() error {
	p.closing.Do(func() {
		if p.cmd != nil && p.cmd.Process != nil {
			// The group: Chromium's helpers outlive it otherwise.
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.exited
		}
		_ = p.server.Close()
		<-p.served
		_ = os.RemoveAll(p.folder)
	})
	return nil
}
