//go:build unix

package call_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/hostile"
	"foyer/media/codec"
	"foyer/media/device"
	"foyer/media/video"
)

// everyReconnect asks for the whole table, which takes minutes: make reconnects.
const everyReconnect = "FOYER_RECONNECTS"

// sight is what one person has of another: how many tracks of each source, and
// whether pictures or sound come in them.
type sight map[call.Source]string

// What a source can be to another person.
const (
	comes  = "comes"  // once, and not muted
	absent = "absent" // not there, or muted, and nothing comes
)

// verb is something that somebody in a meeting does, or a host does to them.
type verb struct {
	name    string
	short   bool // in the short table too
	prepare func(c *call.Config)
	begin   func(t *testing.T, k *call.Call) // before the outage and before do
	do      func(k, host *call.Call) error
	before  sight
	after   sight
	local   func(l call.Local) bool // after it
	clear   bool                    // only where nothing is sealed
}

func (v verb) host() bool { return strings.HasPrefix(v.name, "host ") }

// verbs are all that change what is published.
func verbs() []verb {
	camera := func(c *call.Config) { c.CameraOn = true }
	microphone := func(c *call.Config) { c.MicrophoneOn = true }
	share := func(k *call.Call) error {
		return k.ShareScreen(context.Background(), "screen", call.ShareOptions{})
	}
	loud := func(k *call.Call) error {
		return k.ShareScreen(context.Background(), "screen", call.ShareOptions{Sound: true})
	}
	shares := func(t *testing.T, k *call.Call) {
		if err := share(k); err != nil {
			t.Fatal(err)
		}
	}
	sharesLoud := func(t *testing.T, k *call.Call) {
		if err := loud(k); err != nil {
			t.Fatal(err)
		}
	}
	ours := func(f func(k *call.Call)) func(k, _ *call.Call) error {
		return func(k, _ *call.Call) error { f(k); return nil }
	}
	hosts := func(s call.Source) func(k, host *call.Call) error {
		return func(k, host *call.Call) error {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			return host.MuteOther(ctx, k.Snapshot().Me.Identity, s)
		}
	}
	return []verb{
		{name: "mute", short: true, prepare: microphone, do: ours(func(k *call.Call) { k.SetMicrophone(false) }),
			before: sight{call.Microphone: comes}, after: sight{call.Microphone: absent}, local: func(l call.Local) bool { return !l.MicrophoneOn && !l.MutedByHost }},
		{name: "unmute", short: true, do: ours(func(k *call.Call) { k.SetMicrophone(true) }),
			before: sight{call.Microphone: absent}, after: sight{call.Microphone: comes}, local: func(l call.Local) bool { return l.MicrophoneOn }},
		{name: "camera off", short: true, prepare: func(c *call.Config) { c.CameraOn, c.Camera = true, "large" }, do: ours(func(k *call.Call) { k.SetCamera(false) }),
			before: sight{call.Camera: comes}, after: sight{call.Camera: absent}, local: func(l call.Local) bool { return !l.CameraOn }},
		{name: "camera on", do: ours(func(k *call.Call) { k.SetCamera(true) }),
			before: sight{call.Camera: absent}, after: sight{call.Camera: comes}, local: func(l call.Local) bool { return l.CameraOn }},
		{name: "camera on again", prepare: camera, begin: func(t *testing.T, k *call.Call) {
			k.SetCamera(false)
			await(t, k, "no camera", func(s call.Snapshot) bool { return !s.Local.CameraOn })
		}, do: ours(func(k *call.Call) { k.SetCamera(true) }),
			before: sight{call.Camera: absent}, after: sight{call.Camera: comes}, local: func(l call.Local) bool { return l.CameraOn }},
		{name: "share", do: func(k, _ *call.Call) error { return share(k) },
			before: sight{call.Screen: absent}, after: sight{call.Screen: comes}, local: func(l call.Local) bool { return l.Sharing }},
		{name: "stop sharing", short: true, begin: shares, do: ours(func(k *call.Call) { k.StopShare() }),
			before: sight{call.Screen: comes}, after: sight{call.Screen: absent}, local: func(l call.Local) bool { return !l.Sharing }},
		{name: "share again", short: true, begin: shares, do: func(k, _ *call.Call) error { k.StopShare(); return share(k) },
			before: sight{call.Screen: comes}, after: sight{call.Screen: comes}, local: func(l call.Local) bool { return l.Sharing }},
		{name: "share with sound", do: func(k, _ *call.Call) error { return loud(k) },
			before: sight{call.Screen: absent, call.ScreenAudio: absent}, after: sight{call.Screen: comes, call.ScreenAudio: comes}, local: func(l call.Local) bool { return l.Sharing && l.SharingSound }},
		{name: "stop sharing with sound", begin: sharesLoud, do: ours(func(k *call.Call) { k.StopShare() }),
			before: sight{call.Screen: comes, call.ScreenAudio: comes}, after: sight{call.Screen: absent, call.ScreenAudio: absent}, local: func(l call.Local) bool { return !l.Sharing && !l.SharingSound }},
		{name: "another microphone", prepare: microphone, do: ours(func(k *call.Call) { k.UseMicrophone("test") }),
			before: sight{call.Microphone: comes}, after: sight{call.Microphone: comes}, local: func(l call.Local) bool { return l.MicrophoneOn }},
		{name: "another camera", prepare: camera, do: ours(func(k *call.Call) { k.UseCamera("large") }),
			before: sight{call.Camera: comes}, after: sight{call.Camera: comes}, local: func(l call.Local) bool { return l.CameraOn && l.Camera == "large" }},
		{name: "no noise suppression", prepare: microphone, do: ours(func(k *call.Call) { k.SetTreatment(call.Treatment{NoiseOff: true}) }),
			before: sight{call.Microphone: comes}, after: sight{call.Microphone: comes}, local: func(l call.Local) bool { return l.MicrophoneOn }},
		{name: "music", prepare: microphone, do: ours(func(k *call.Call) { k.SetTreatment(call.Treatment{Music: true}) }),
			before: sight{call.Microphone: comes}, after: sight{call.Microphone: comes}, local: func(l call.Local) bool { return l.MicrophoneOn }},
		{name: "music, muted", do: ours(func(k *call.Call) { k.SetTreatment(call.Treatment{Music: true}) }),
			before: sight{call.Microphone: absent}, after: sight{call.Microphone: absent}, local: func(l call.Local) bool { return !l.MicrophoneOn }},
		{name: "camera of all sizes off", clear: true, prepare: func(c *call.Config) { c.CameraOn, c.Camera, c.CameraCodec = true, "large", codec.VP9 },
			do:     ours(func(k *call.Call) { k.SetCamera(false) }),
			before: sight{call.Camera: comes}, after: sight{call.Camera: absent}, local: func(l call.Local) bool { return !l.CameraOn }},
		{name: "camera of all sizes on", clear: true, prepare: func(c *call.Config) { c.Camera, c.CameraCodec = "large", codec.VP9 },
			do:     ours(func(k *call.Call) { k.SetCamera(true) }),
			before: sight{call.Camera: absent}, after: sight{call.Camera: comes}, local: func(l call.Local) bool { return l.CameraOn }},
		{name: "host mutes", short: true, prepare: microphone, do: hosts(call.Microphone),
			before: sight{call.Microphone: comes}, after: sight{call.Microphone: absent}, local: func(l call.Local) bool { return !l.MicrophoneOn && l.MutedByHost }},
		{name: "host stops the camera", short: true, prepare: camera, do: hosts(call.Camera),
			before: sight{call.Camera: comes}, after: sight{call.Camera: absent}, local: func(l call.Local) bool { return !l.CameraOn && l.StoppedByHost == call.Camera }},
		{name: "host stops the screen", begin: shares, do: hosts(call.Screen),
			before: sight{call.Screen: comes}, after: sight{call.Screen: absent}, local: func(l call.Local) bool { return !l.Sharing && l.StoppedByHost == call.Screen }},
	}
}

// outage is a server that is away for a while.
type outage struct {
	name  string
	begin func(s *server) error
	end   func(s *server) error
	lasts time.Duration
	full  bool // LiveKit's client joins anew

	network bool // of the network between them, not of the server
}

var outages = []outage{
	{name: "8 s", begin: func(s *server) error { return s.child.Process.Signal(syscall.SIGSTOP) },
		end: func(s *server) error { return s.child.Process.Signal(syscall.SIGCONT) }, lasts: 8 * time.Second},
	{name: "killed", begin: (*server).kill, end: (*server).restart, full: true},
	{name: "network 40 s", begin: func(s *server) error { return s.network(networkAway) },
		end: func(s *server) error { return s.network(networkBack) }, lasts: 40 * time.Second, full: true, network: true},
}

// Whatever somebody does, or a host does to them, before, during and after an outage
// holds afterwards, for them and for another person.
func TestReconnectsUnraced(t *testing.T) {
	hostile.SkipRacing(t) // pion prints tracks while it sets them up
	every := os.Getenv(everyReconnect) != ""
	if !every {
		fmt.Printf("reconnects: a few rows only; %s=1 asks for all, as make reconnects does\n", everyReconnect)
	}
	for _, sealed := range []bool{false, true} {
		for _, o := range outages {
			for _, when := range []string{"before", "during", "after"} {
				if !every && (sealed || o.name != "killed") {
					continue
				}
				name := fmt.Sprintf("%s, %s", o.name, when)
				if sealed {
					name += ", sealed"
				}
				t.Run(name, func(t *testing.T) {
					s, there := networkServerHere()
					switch {
					case o.network && !there:
						onNetwork(t, name)
						return
					case !there:
						s = newServer(t)
					}
					reconnect(t, s, o, when, sealed, every)
				})
			}
		}
	}
}

// actor is somebody who does a verb.
type actor struct {
	verb
	k        *call.Call
	identity string
	want     sight
	local    func(call.Local) bool
	err      error
}

// newServer is a server that finds its port again after a restart.
func newServer(t *testing.T) *server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return &server{listen: l.Addr().String()}
}

func reconnect(t *testing.T, s *server, o outage, when string, sealed, every bool) {
	links, err := s.room("Reconnects")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	m := &meeting{t, links}
	join := func(role, name string, change func(*call.Config)) *call.Call {
		c := m.config(role, name)
		if sealed {
			c.Key = bytes.Repeat([]byte{7}, 32)
		}
		c.Camera, c.Microphone = "small", device.Test
		c.OpenCamera = func(id string, _ device.CameraFormat) (video.Reader, error) {
			if id == "large" {
				return video.NewCardReader(640, 360, 8)
			}
			return video.NewCardReader(160, 90, 8)
		}
		c.OpenScreen = func(string, device.ScreenOptions) (video.Reader, error) { return video.NewCardReader(320, 180, 8) }
		c.OpenSystemSound = func() (device.Capture, error) {
			return &programs{left: 440, right: 880, done: make(chan struct{})}, nil
		}
		if change != nil {
			change(&c)
		}
		return m.join(c)
	}
	host := join("host", "Host", nil)
	var actors []*actor
	for _, v := range verbs() {
		if v.clear && sealed || !every && !v.short {
			continue
		}
		a := &actor{verb: v, k: join("guest", v.name, v.prepare), want: v.after, local: v.local}
		a.identity = a.k.Snapshot().Me.Identity
		if v.begin != nil {
			v.begin(t, a.k)
		}
		for source := range v.before {
			if source == call.Camera || source == call.Screen {
				host.Watch(a.identity, source, newCards(), 320, 180)
			}
		}
		actors = append(actors, a)
	}
	eye := &eye{k: host}
	eye.await(t, actors, func(a *actor) string { return eye.compare(a, a.before, nil) }, 40*time.Second, "before anything")
	act := func() {
		var doing sync.WaitGroup
		for _, a := range actors {
			doing.Go(func() { a.err = a.do(a.k, host) })
		}
		doing.Wait()
	}
	out := func(during func()) {
		if err := o.begin(s); err != nil {
			t.Fatal(err)
		}
		over := time.After(o.lasts)
		if o.full {
			for _, a := range actors {
				await(t, a.k, "reconnecting", func(s call.Snapshot) bool { return s.State == call.Reconnecting })
			}
		}
		done := make(chan struct{})
		go func() { defer close(done); during() }()
		<-over
		if err := o.end(s); err != nil {
			t.Fatal(err)
		}
		<-done
		for _, a := range append([]*actor{{k: host}}, actors...) {
			await(t, a.k, "joined again", func(s call.Snapshot) bool { return s.State == call.Joined })
		}
	}
	judge := func(why string) {
		eye.await(t, actors, func(a *actor) string { return eye.compare(a, a.want, a.local) }, 40*time.Second, why)
	}
	switch when {
	case "before":
		act()
		judge("before the outage")
		out(func() {})
	case "during":
		out(func() {
			act()
			for _, a := range actors {
				if a.host() && o.full { // a server that is away is asked for nothing
					if a.err == nil {
						t.Errorf("%s: no error without a server", a.name)
					}
					a.err, a.want, a.local = nil, a.before, nil
				}
			}
		})
	case "after":
		out(func() {})
		eye.await(t, actors, func(a *actor) string { return eye.compare(a, a.before, nil) }, 40*time.Second, "after the outage")
		act()
	}
	wrong := eye.await(t, actors, func(a *actor) string { return eye.compare(a, a.want, a.local) }, 40*time.Second, "")
	for _, a := range actors {
		verdict := "right"
		if wrong[a] != "" {
			verdict = wrong[a]
			t.Errorf("%s: %s", a.name, verdict)
		}
		if a.err != nil && !errors.Is(a.err, call.ErrEnded) {
			t.Errorf("%s: %v", a.name, a.err)
		}
		fmt.Printf("| %-24s | %s | %s |\n", a.name, strings.TrimPrefix(t.Name(), "TestReconnectsUnraced/"), verdict)
	}
}

// eye judges at another person what comes of somebody.
type eye struct {
	k     *call.Call
	since map[string]uint64 // packets and frames by identity and source
	now   map[string]uint64
}

// look counts what has come in the time given.
func (e *eye) look(d time.Duration) {
	e.since = e.count()
	<-time.After(d)
	e.now = e.count()
}

func (e *eye) count() map[string]uint64 {
	n := map[string]uint64{}
	for _, s := range e.k.Stats().Tracks {
		if !s.Sent {
			more := s.Packets
			if s.Source == call.Camera || s.Source == call.Screen {
				more = s.Frames
			}
			n[s.Identity+" "+string(s.Source)] += more + 1e6 // a track that has gone makes it less
		}
	}
	return n
}

// compare says what is not as wanted; "" for nothing.
func (e *eye) compare(a *actor, want sight, local func(call.Local) bool) string {
	mine := a.k.Snapshot()
	if local != nil && !local(mine.Local) {
		return fmt.Sprintf("their own snapshot says %+v", mine.Local)
	}
	var p call.Participant
	for _, q := range e.k.Snapshot().People {
		if q.Identity == a.identity {
			p = q
		}
	}
	if p.Identity == "" {
		return "not there"
	}
	for _, who := range []call.Participant{p, mine.Me} {
		n := map[call.Source]int{}
		for _, t := range who.Tracks {
			n[t.Source]++
			if n[t.Source] > 1 {
				return fmt.Sprintf("%d tracks of %s: %+v", n[t.Source], t.Source, who.Tracks)
			}
			if t.Unreadable {
				return "unreadable " + string(t.Source)
			}
		}
	}
	for source, state := range want {
		key := a.identity + " " + string(source)
		flows := e.now[key] > e.since[key] && e.now[key]/1e6 == e.since[key]/1e6
		if has := p.Has(source); has != (state == comes) {
			return fmt.Sprintf("%s is seen %v, with %+v", source, has, p.Tracks)
		}
		if has := mine.Me.Has(source); has != (state == comes) {
			return fmt.Sprintf("%s is seen %v by themselves, with %+v", source, has, mine.Me.Tracks)
		}
		if flows != (state == comes) {
			return fmt.Sprintf("%s flows: %v", source, flows)
		}
	}
	return ""
}

// await looks until all are as wanted twice in a row, or time is over. why, where it
// is not empty, makes a failure of what is not.
func (e *eye) await(t *testing.T, actors []*actor, compare func(*actor) string, d time.Duration, why string) map[*actor]string {
	t.Helper()
	wrong := map[*actor]string{}
	good := 0
	for end := time.Now().Add(d); good < 2 && time.Now().Before(end); {
		e.look(time.Second)
		clear(wrong)
		for _, a := range actors {
			if w := compare(a); w != "" {
				wrong[a] = w
			}
		}
		if good++; len(wrong) > 0 {
			good = 0
		}
	}
	if why != "" && len(wrong) > 0 {
		for a, w := range wrong {
			t.Errorf("%s, %s: %s", a.name, why, w)
		}
		t.FailNow()
	}
	return wrong
}
