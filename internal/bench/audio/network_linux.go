package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"foyer/app/call"
	"foyer/internal/bench/command"
	"foyer/internal/bench/meeting"
	"foyer/internal/bench/playout"
	"foyer/internal/bench/report"
	"foyer/internal/bench/sound"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/network"
	"foyer/internal/e2e/program"
	wave "foyer/internal/e2e/sound"
)

// lines are what both listeners hear through, of playout's networks: the real and
// the synthetic ones that a voice may meet.
var lines = []string{"Wi-Fi", "mobile", "2 % random", "5 % bursty", "10 % random", "10 % bursty"}

const (
	wonAtLeast = 4
	// equally is by how much more may be concealed in what counts as equal, as a
	// share of all samples: less than one packet in two seconds' worth.
	equally = 0.002
	slot    = 10 * time.Millisecond // for which a line's fate holds: the time of a packet on a fast link
)

// Heard is what one listener made of a voice in a time.
type Heard struct {
	Concealed report.Figure `json:"concealed"` // share of all samples, silence left out
	Silent    report.Figure `json:"silent"`    // share of all samples made up as silence
	Delay     report.Figure `json:"delayMs"`   // mean, in the jitter buffer
}

// Line is what both made of the same voice through the same line.
type Line struct {
	Network    string `json:"network"`
	Foyer      Heard  `json:"foyer"`
	Browser    Heard  `json:"browser"`
	Codec      string `json:"browserCodec"`
	Redundancy int    `json:"redundancy"` // earlier packets that the speaker sends with each
	Won        bool   `json:"won"`        // less delay, and not more concealed
}

// counts are a jitter buffer's counters.
type counts struct {
	delay                           float64
	emitted, all, concealed, silent uint64
}

func (c counts) since(b counts) (h Heard) {
	all := float64(c.all - b.all)
	h.Silent = report.Figure(float64(c.silent-b.silent) / all)
	h.Concealed = report.Figure(float64(c.concealed-b.concealed)/all - float64(h.Silent))
	h.Delay = report.Figure(1000 * (c.delay - b.delay) / float64(c.emitted-b.emitted))
	return h
}

// overNetworks lets Foyer and a browser listen to one voice through one line: every
// packet to either is late or lost as the line is at that moment.
func overNetworks(ctx context.Context, b *bench) error {
	m := network.Missing()
	if _, err := os.Stat(network.TUN); err != nil && m == "" {
		m = network.TUN
	}
	switch {
	case m != "" && b.short:
		b.say("not measured: there is no %s", m)
		return nil
	case m != "":
		return fmt.Errorf("there is no %s", m)
	}
	if !b.browser {
		return errors.New("there is no browser to compare with")
	}
	if _, err := exec.LookPath(sound.Synthesiser); err != nil {
		return fmt.Errorf("make a voice: %w", err)
	}
	measured, names := 40*time.Second, lines
	if b.short {
		measured, names = 8*time.Second, lines[:2]
	}
	t, err := b.openTalk(ctx)
	if err != nil {
		return err
	}
	defer t.close()
	rows := [][]string{{"line", "Foyer: concealed", "delay", "browser: concealed", "delay", "browser's codec", "redundancy", "won"}}
	won := 0
	var all []Line
	for i, name := range names {
		l, err := t.measure(ctx, name, measured, uint64(i))
		if err != nil {
			b.fail("hear a voice over "+name, err)
			continue
		}
		if l.Won {
			won++
		}
		all = append(all, l)
		share := func(h Heard) string { return fmt.Sprintf("%.2f %%", 100*float64(h.Concealed)) }
		delay := func(h Heard) string { return fmt.Sprintf("%.0f ms", float64(h.Delay)) }
		rows = append(rows, []string{name, share(l.Foyer), delay(l.Foyer), share(l.Browser), delay(l.Browser), l.Codec,
			fmt.Sprint(l.Redundancy), fmt.Sprint(l.Won)})
	}
	b.table(rows)
	b.keep(all)
	figure := float64(won)
	if len(names) < len(lines) {
		figure = math.NaN()
	}
	b.target(report.AtLeast("lines of 6 on which a voice waits less than in the browser, as much concealed", figure, "", wonAtLeast))
	return nil
}

// talk is a meeting in which Ann speaks beside the server, and Bob (Foyer) and a
// browser listen at the other end of a wire.
type talk struct {
	net     *network.Network
	wire    *network.Wire
	server  *meeting.Meeting
	ann     *program.Program
	bob     *program.Program
	page    *browser.Peer
	speaker string // Ann's identity
}

func (b *bench) openTalk(ctx context.Context) (t *talk, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	t = &talk{}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	const serving, listening = "server", "listeners"
	if t.net, err = network.New(ctx, serving); err != nil {
		return t, err
	}
	if t.wire, err = t.net.Wire(ctx, listening); err != nil {
		return t, err
	}
	home, err := b.folder.For("server")
	if err != nil {
		return t, err
	}
	if t.server, err = meeting.OpenAt(ctx, home, t.net.Within(serving), t.net.Address(serving)); err != nil {
		return t, err
	}
	join := func(place, name string, args ...string) (*program.Program, string, error) {
		home, err := b.folder.For(name)
		if err != nil {
			return nil, "", err
		}
		return meeting.Join(ctx, program.Options{Within: t.net.Within(place), Dir: home, Env: meeting.Quiet(home),
			Args: append([]string{"--name", name, t.server.Link.String()}, args...)})
	}
	if t.bob, _, err = join(listening, "Bob", "--speaker", filepath.Join(home, "bob.wav")); err != nil {
		return t, err
	}
	l, err := t.net.Listen(listening)
	if err != nil {
		return t, err
	}
	beside := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return t.net.Dial(ctx, serving, address)
	}}
	who, err := t.server.Link.RedeemBy(ctx, beside, "Cleo", "bench-client-Cleo")
	if err != nil {
		return t, err
	}
	if t.page, err = browser.StartWith(ctx, browser.Options{Within: t.net.Within(listening), Listener: l,
		Switches: []string{"--ignore-certificate-errors"}}); err != nil { // the server's is self-signed
		return t, err
	}
	if err = t.page.Do(ctx, "connect", browser.Connect{URL: who.URL, Token: who.Token}); err != nil {
		return t, err
	}
	said, err := sound.Speech(ctx, 1, 60)
	if err != nil {
		return t, err
	}
	voice := wave.Wave{Rate: 48000, Samples: make([]float64, len(said))}
	for i, x := range said {
		voice.Samples[i] = float64(x)
	}
	path := filepath.Join(home, "voice.wav")
	if err = voice.Write(path); err != nil {
		return t, err
	}
	t.ann, t.speaker, err = join(serving, "Ann", "--microphone", path)
	return t, err
}

// measure lets both listen over a line for a time.
func (t *talk) measure(ctx context.Context, name string, d time.Duration, seed uint64) (l Line, err error) {
	const settling = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, d+settling+30*time.Second)
	defer cancel()
	var n playout.Network
	for _, k := range playout.Networks {
		if k.Name == name {
			n = k
		}
	}
	arrive := n.Trace(int((d+settling+40*time.Second)/slot), slot, seed)
	began := time.Now()
	t.wire.Bend(func(at time.Time) network.Fate {
		i := int(at.Sub(began) / slot)
		if i >= len(arrive) {
			return network.Fate{}
		}
		if arrive[i] == playout.Lost {
			return network.Fate{Lost: true}
		}
		return network.Fate{Delay: max(0, arrive[i]-time.Duration(i)*slot)}
	})
	defer t.wire.Bend(func(time.Time) network.Fate { return network.Fate{} })
	if err := command.Pause(ctx, settling); err != nil {
		return l, err
	}
	foyer, page, err := t.count(ctx, &l)
	if err != nil {
		return l, err
	}
	if err := command.Pause(ctx, d); err != nil {
		return l, err
	}
	foyerNow, pageNow, err := t.count(ctx, &l)
	if err != nil {
		return l, err
	}
	l.Network, l.Foyer, l.Browser = name, foyerNow.since(foyer), pageNow.since(page)
	l.Won = l.Foyer.Delay < l.Browser.Delay && l.Foyer.Concealed <= l.Browser.Concealed+equally
	return l, nil
}

// count reads both listeners' next reports.
func (t *talk) count(ctx context.Context, l *Line) (foyer, page counts, err error) {
	mark := t.bob.Lines.Len()
	for foyer.all == 0 {
		line, next, err := t.bob.Lines.Wait(ctx, mark, func(l program.Line) bool { return l.Type == "stats" })
		if err != nil {
			return foyer, page, fmt.Errorf("read Foyer's figures: %w", err)
		}
		mark = next
		var s struct{ Stats call.Stats }
		if err := line.Decode(&s); err != nil {
			return foyer, page, fmt.Errorf("read Foyer's figures: %w", err)
		}
		for _, k := range s.Stats.Tracks {
			if v := k.Voice; v != nil && k.Identity == t.speaker {
				foyer = counts{v.JitterBufferDelay, v.JitterBufferEmittedCount, v.TotalSamplesReceived, v.ConcealedSamples, v.SilentConcealedSamples}
			}
		}
	}
	r, _, err := t.page.Reports.Wait(ctx, t.page.Reports.Len(), func(r browser.Report) bool {
		k, ok := r.Track(t.speaker, "microphone")
		return r.Type == "stats" && ok && k.Voice != nil && k.Voice.TotalSamplesReceived > 0
	})
	if err != nil {
		return foyer, page, fmt.Errorf("read the browser's figures: %w", err)
	}
	k, _ := r.Track(t.speaker, "microphone")
	page = counts{k.Voice.JitterBufferDelay, k.Voice.JitterBufferEmittedCount, k.Voice.TotalSamplesReceived, k.Voice.ConcealedSamples, k.Voice.SilentConcealedSamples}
	l.Codec = k.Codec
	lines := t.ann.Lines.Since(0)
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].Type != "stats" {
			continue
		}
		var s struct{ Stats call.Stats }
		if err := lines[i].Decode(&s); err != nil {
			return foyer, page, fmt.Errorf("read the speaker's figures: %w", err)
		}
		for _, k := range s.Stats.Tracks {
			if k.Sent && k.Source == call.Microphone {
				l.Redundancy = k.Redundancy
			}
		}
		break
	}
	return foyer, page, nil
}

func (t *talk) close() {
	if t.page != nil {
		_ = t.page.Close()
	}
	for _, p := range []*program.Program{t.ann, t.bob} {
		if p != nil {
			meeting.Stop(p)
		}
	}
	if t.server != nil {
		t.server.Close()
	}
	if t.wire != nil {
		_ = t.wire.Close()
	}
	if t.net != nil {
		_ = t.net.Close()
	}
}
