//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/internal/e2e/program"
)

// host is a running `foyer serve`.
type host struct {
	*program.Program
	data  string
	room  string
	links map[string]string // by role
}

// serve runs a meeting server with one room, demo, on loopback.
func serve(t *testing.T, args ...string) *host {
	t.Helper()
	return serveIn(t, t.TempDir(), args...)
}

func serveArgs(data string, args ...string) []string {
	return append([]string{"serve", "--listen", "127.0.0.1:0", "--udp-port", "0", "--tcp-port", "0",
		"--data", data, "--room", "demo", "--json"}, args...)
}

func serveIn(t *testing.T, data string, args ...string) *host {
	t.Helper()
	return awaitReady(t, &host{Program: run(t, quietEnv(t), serveArgs(data, args...)...), data: data})
}

// awaitReady waits until a server tells its links.
func awaitReady(t *testing.T, h *host) *host {
	t.Helper()
	line, _, err := h.Lines.Wait(within(t, 20*time.Second), 0, func(l program.Line) bool { return l.Type == "ready" })
	if err != nil {
		t.Fatalf("serve does not get ready: %v\n%s", err, h.Stderr())
	}
	var ready struct {
		Room  string            `json:"room"`
		Links map[string]string `json:"links"`
	}
	if err := line.Decode(&ready); err != nil {
		t.Fatalf("serve's ready line: %v\n%s", err, line.Raw)
	}
	h.room, h.links = ready.Room, ready.Links
	return h
}

// link returns the meeting's link for a role.
func (h *host) link(t *testing.T, role string) string {
	t.Helper()
	l := h.links[role]
	if _, err := invite.Parse(l); err != nil {
		t.Fatalf("serve's link for %s, %q: %v", role, l, err)
	}
	return l
}

// parsed returns the link in its parts.
func (h *host) parsed(t *testing.T, role string) invite.Link {
	t.Helper()
	target, err := invite.Parse(h.link(t, role))
	if err != nil || target.Link == nil {
		t.Fatalf("parse %q: %v", h.links[role], err)
	}
	return *target.Link
}

// redeem gets a token, as a client does.
func (h *host) redeem(t *testing.T, role, name string) invite.JoinResponse {
	t.Helper()
	r, err := h.parsed(t, role).Redeem(within(t, 10*time.Second), name, "client-of-"+name)
	if err != nil {
		t.Fatalf("redeem the link of a %s: %v", role, err)
	}
	return r
}

// admin is a session of the server's administrator.
type admin struct {
	*host
	token string
}

func (h *host) signIn(t *testing.T) admin {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(h.data, "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var secrets struct {
		Password string `json:"adminPassword"`
	}
	if err := json.Unmarshal(b, &secrets); err != nil || secrets.Password == "" {
		t.Fatalf("secrets.json holds no password: %v", err)
	}
	var session struct {
		Token string `json:"token"`
	}
	h.ask(t, "", "sign-in", map[string]string{"password": secrets.Password}, &session)
	return admin{h, session.Token}
}

// makeRoom is a host whose link leads to a new room.
func (a admin) makeRoom(t *testing.T, title string) *host {
	t.Helper()
	var made struct {
		Name  string            `json:"name"`
		Links map[string]string `json:"links"`
	}
	a.ask(t, a.token, "rooms", map[string]string{"title": title}, &made)
	return &host{Program: a.Program, data: a.data, room: made.Name, links: made.Links}
}

// ask posts to the server's API and reads the answer.
func (h *host) ask(t *testing.T, token, what string, question, answer any) {
	t.Helper()
	b, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(within(t, 10*time.Second), http.MethodPost, h.parsed(t, "host").BaseURL()+"/api/"+what, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s: %s", what, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// remove takes someone out of the meeting, with the right of a host.
func (h *host) remove(t *testing.T, identity string) {
	t.Helper()
	l, by := h.parsed(t, "host"), h.redeem(t, "host", "moderator")
	req, err := http.NewRequestWithContext(within(t, 10*time.Second), http.MethodPost,
		fmt.Sprintf("%s/api/rooms/%s/participants/%s/remove", l.BaseURL(), h.room, identity), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+by.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("remove %s: %s", identity, resp.Status)
	}
}

// person is a running `foyer join --headless`.
type person struct {
	*program.Program
	t        *testing.T
	name     string
	identity string
	joined   time.Time
}

// said is one line that a headless person prints.
type said struct {
	Type     string         `json:"type"`
	Identity string         `json:"identity"`
	Snapshot *call.Snapshot `json:"snapshot"`
	Stats    *call.Stats    `json:"stats"`
	Cards    []card         `json:"cards"`
	Heard    struct {
		Level   float64 `json:"level"`
		Tone440 float64 `json:"tone440"`
		Tone660 float64 `json:"tone660"`
	} `json:"heard"`
	Process struct {
		Goroutines int    `json:"goroutines"`
		Heap       uint64 `json:"heap"`
	} `json:"process"`
	Message *call.Message `json:"message"`
	Reason  string        `json:"reason"`
	Error   string        `json:"error"`
}

// card is what has come of one source of pictures.
type card struct {
	Identity  string      `json:"identity"`
	Source    call.Source `json:"source"`
	Frames    uint64      `json:"frames"`
	Width     int         `json:"width"`
	Height    int         `json:"height"`
	Cards     uint64      `json:"cards"`
	Number    uint32      `json:"number"`
	Backwards uint64      `json:"backwards"`
	LatencyMS float64     `json:"latencyMs"`
	LatestMS  float64     `json:"latestMs"`
	GapMS     float64     `json:"gapMs"`
	BarsError float64     `json:"barsError"`
	PSNR      float64     `json:"psnr"`
}

// card returns what has come of somebody's source.
func (s said) card(identity string, source call.Source) card {
	for _, c := range s.Cards {
		if c.Identity == identity && c.Source == source {
			return c
		}
	}
	return card{}
}

func hear(l program.Line) said {
	var s said
	if err := json.Unmarshal(l.Raw, &s); err != nil {
		return said{Type: "unreadable", Error: err.Error()}
	}
	return s
}

// join starts a person with no window and waits until they are in the meeting.
func join(t *testing.T, link, name string, args ...string) *person {
	t.Helper()
	return joinWith(t, quietEnv(t), link, name, args...)
}

func joinWith(t *testing.T, env []string, link, name string, args ...string) *person {
	t.Helper()
	return joinWithin(t, nil, env, link, name, args...)
}

// joinWithin is joinWith behind the words that go before the command line.
func joinWithin(t *testing.T, within, env []string, link, name string, args ...string) *person {
	t.Helper()
	args = append([]string{"join", "--headless", link, "--name", name}, args...)
	p := &person{Program: runWithin(t, within, env, args...), t: t, name: name}
	s := p.await("join", 20*time.Second, func(s said) bool { return s.Type == "joined" })
	p.identity, p.joined = s.Identity, time.Now()
	return p
}

// await waits for a line that fits, old lines too.
func (p *person) await(what string, d time.Duration, ok func(said) bool) said {
	p.t.Helper()
	return p.awaitFrom(0, what, d, ok)
}

func (p *person) awaitFrom(mark int, what string, d time.Duration, ok func(said) bool) said {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	l, _, err := p.Lines.Wait(ctx, mark, func(l program.Line) bool { return ok(hear(l)) })
	if err != nil {
		p.t.Fatalf("%s: wait for %s: %v", p.name, what, err)
	}
	return hear(l)
}

// awaitSnapshot waits for a snapshot that fits, from a mark on.
func (p *person) awaitSnapshot(mark int, what string, ok func(call.Snapshot) bool) {
	p.t.Helper()
	p.awaitFrom(mark, what, 20*time.Second, func(s said) bool { return s.Snapshot != nil && ok(*s.Snapshot) })
}

// other returns someone else in a snapshot, by identity.
func other(s call.Snapshot, identity string) (call.Participant, bool) {
	for _, p := range s.People {
		if p.Identity == identity {
			return p, true
		}
	}
	return call.Participant{}, false
}

// awaitCard waits until somebody's card has come n more times, each newer than
// the one before, undamaged, and returns what came.
func (p *person) awaitCard(mark int, identity string, source call.Source, n uint64) card {
	p.t.Helper()
	var first, last card
	p.awaitFrom(mark, fmt.Sprintf("the %s of %s", source, identity), 30*time.Second, func(s said) bool {
		c := s.card(identity, source)
		if c.Cards == 0 {
			return false
		}
		if first.Cards == 0 || c.Number < first.Number { // a camera turned on again counts anew
			first = c
		}
		last = c
		return c.Cards >= first.Cards+n && uint64(c.Number-first.Number) >= n
	})
	if last.Backwards > first.Backwards || last.Cards*10 < last.Frames*9 {
		p.t.Errorf("%s: the %s of %s comes damaged: %+v", p.name, source, identity, last)
	}
	return last
}

// checkColours checks a card that Foyer drew. (A browser makes other colours of
// a canvas: Rec. 709 where VP8 tells no colour space and Rec. 601 is taken.)
func (p *person) checkColours(c card) {
	p.t.Helper()
	if c.BarsError > 12 {
		p.t.Errorf("%s: the %s of %s is off in its colours by %.0f", p.name, c.Source, c.Identity, c.BarsError)
	}
}

// awaitTone waits until the person hears 440 or 660 Hz, and not the other.
func (p *person) awaitTone(mark int, hz float64) {
	p.t.Helper()
	p.awaitFrom(mark, fmt.Sprintf("a tone of %g Hz", hz), 20*time.Second, func(s said) bool {
		this, other := s.Heard.Tone440, s.Heard.Tone660
		if hz == 660 {
			this, other = other, this
		}
		return this > 0.03 && other < this/3
	})
}

// say gives the program a command.
func (p *person) say(command string, value any) {
	p.t.Helper()
	if err := p.Say(map[string]any{command: value}); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *person) chat(text string)      { p.t.Helper(); p.say("chat", text) }
func (p *person) raiseHand(up bool)     { p.t.Helper(); p.say("hand", up) }
func (p *person) setMicrophone(on bool) { p.t.Helper(); p.say("microphone", on) }
func (p *person) setCamera(on bool)     { p.t.Helper(); p.say("camera", on) }
func (p *person) share(screen string)   { p.t.Helper(); p.say("share", screen) }
func (p *person) stopShare()            { p.t.Helper(); p.say("stopShare", true) }

func (p *person) awaitChat(from, text string) {
	p.t.Helper()
	p.await("the chat line "+text, 15*time.Second, func(s said) bool {
		return s.Message != nil && s.Message.From == from && s.Message.Text == text
	})
}

func isStats(l program.Line) bool { return l.Type == "stats" }

// leave asks the program to leave, and waits until it has ended well.
func (p *person) leave() {
	p.t.Helper()
	code, err := p.Stop(within(p.t, 15*time.Second))
	if err != nil || code != 0 {
		p.t.Fatalf("%s leaves with code %d: %v\n%s", p.name, code, err, tail(p.Stderr(), 4000))
	}
}
