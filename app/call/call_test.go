package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
)

// meeting is a room and ways into it.
type meeting struct {
	t     *testing.T
	links map[string]invite.Link // by role
}

func newMeeting(t *testing.T) *meeting {
	t.Helper()
	links, err := theServer.room(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return &meeting{t, links}
}

// config redeems an invite for someone with nothing but ears.
func (m *meeting) config(role, name string) call.Config {
	m.t.Helper()
	l := m.links[role]
	j, err := l.Redeem(context.Background(), name, "client of "+name)
	if err != nil {
		m.t.Fatal(err)
	}
	return call.Config{URL: j.URL, Token: j.Token, Fingerprint: l.Fingerprint, Steady: true,
		Camera: device.None, Microphone: device.None, Speaker: device.None}
}

func (m *meeting) join(c call.Config) *call.Call {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	k, err := call.Join(ctx, c)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(k.Leave)
	return k
}

// await reads snapshots until one fits.
func await(t *testing.T, k *call.Call, what string, ok func(call.Snapshot) bool) call.Snapshot {
	t.Helper()
	late := time.After(30 * time.Second)
	if s := k.Snapshot(); ok(s) {
		return s
	}
	for {
		select {
		case s, more := <-k.Snapshots():
			if !more {
				s = k.Snapshot()
				if ok(s) {
					return s
				}
				t.Fatalf("the call ended (%v) while waiting for %s", s.Ended, what)
			}
			if ok(s) {
				return s
			}
		case <-late:
			t.Fatalf("waited too long for %s; now %+v", what, k.Snapshot())
		}
	}
}

func other(s call.Snapshot, name string) (call.Participant, bool) {
	for _, p := range s.People {
		if p.Name == name {
			return p, true
		}
	}
	return call.Participant{}, false
}

// cards is a sink that reads test cards.
type cards struct {
	read chan card
}

type card struct {
	n             uint32
	at            time.Time
	width, height int
	bars          float64
}

func newCards() *cards { return &cards{make(chan card, 1000)} }

func (c *cards) Push(f *video.Frame) {
	if n, at, ok := video.ReadCard(f); ok {
		select {
		case c.read <- card{n, at, f.Width, f.Height, video.BarsError(f)}:
		default:
		}
	}
}

// next waits for n cards, each newer than the one before, and returns the last.
// Where the server changes layers, one picture may come in both sizes.
func (c *cards) next(t *testing.T, n int) card {
	t.Helper()
	late := time.After(30 * time.Second)
	var last card
	for i := range n {
		select {
		case d := <-c.read:
			if i > 0 && (d.n < last.n || d.n == last.n && d.width == last.width) {
				t.Fatalf("card %d after %d", d.n, last.n)
			}
			last = d
		case <-late:
			t.Fatalf("%d of %d cards came", i, n)
		}
	}
	return last
}

// Whoever joins has the others' pictures before there is anything to show them in.
func TestPicturesWaitForTheirWindow(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Camera, c.CameraOn = device.Test, true
	ann := m.join(c)
	await(t, ann, "her camera", func(s call.Snapshot) bool { return s.Me.Has(call.Camera) })
	bob := m.join(m.config("guest", "Bob"))
	late := time.After(30 * time.Second)
	for decoded := false; !decoded; {
		select {
		case <-late:
			t.Fatal("nothing is decoded while nobody looks")
		case <-time.After(5 * time.Millisecond):
		}
		for _, s := range bob.Stats().Tracks {
			decoded = decoded || !s.Sent && s.Source == call.Camera && s.Frames > 0
		}
	}
	a, ok := other(bob.Snapshot(), "Ann")
	if !ok {
		t.Fatal("Ann is not there")
	}
	seen := newCards()
	bob.Watch(a.Identity, call.Camera, seen, 640, 360)
	seen.next(t, 10)
}

func TestPicturesGoThrough(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Camera, c.CameraOn = device.Test, true
	ann := m.join(c)
	await(t, ann, "her camera", func(s call.Snapshot) bool { return s.Local.CameraOn && s.Me.Has(call.Camera) })
	began := time.Now()
	bob := m.join(m.config("guest", "Bob"))
	sink := newCards()
	bob.Watch(ann.Snapshot().Me.Identity, call.Camera, sink, 1280, 720)
	sink.next(t, 1)
	fmt.Printf("figure: join-to-first-picture-ms %d\n", time.Since(began).Milliseconds())
	// The estimate grows into the top layer.
	late := time.Now().Add(45 * time.Second)
	var d card
	for d = sink.next(t, 30); d.width != 1280 && time.Now().Before(late); d = sink.next(t, 1) {
	}
	if d.width != 1280 || d.height != 720 {
		t.Errorf("pictures of %dx%d, want 1280x720", d.width, d.height)
	}
	if d.bars > 12 {
		t.Errorf("a colour is off by %.0f", d.bars)
	}
	if age := time.Since(d.at); age > time.Second {
		t.Errorf("the picture is %v old", age)
	}

	// Nobody looks: nothing is decoded, and the server is told.
	bob.Unwatch(sink)
	frames := func() uint64 {
		for _, s := range bob.Stats().Tracks {
			if !s.Sent && s.Source == call.Camera {
				return s.Frames
			}
		}
		return 0
	}
	for len(sink.read) > 0 {
		<-sink.read
	}
	before := frames()
	again := newCards()
	bob.Watch(ann.Snapshot().Me.Identity, call.Camera, again, 320, 180)
	again.next(t, 5)
	if after := frames(); after <= before {
		t.Errorf("%d frames, then %d", before, after)
	}

	// Camera off, and on again.
	ann.SetCamera(false)
	await(t, bob, "the camera to go", func(s call.Snapshot) bool { p, ok := other(s, "Ann"); return ok && !p.Has(call.Camera) })
	ann.SetCamera(true)
	await(t, bob, "the camera to come", func(s call.Snapshot) bool { p, ok := other(s, "Ann"); return ok && p.Has(call.Camera) })
	fresh := newCards()
	bob.Watch(ann.Snapshot().Me.Identity, call.Camera, fresh, 320, 180)
	fresh.next(t, 5)
}

// earphone is a speaker that looks for a tone.
type earphone struct {
	device.Playback
	loud chan float64
	hz   float64
}

func (e *earphone) Start(f func([]float32)) error {
	var second []float32
	return e.Playback.Start(func(b []float32) {
		f(b)
		for i := 0; i < len(b); i += 2 {
			second = append(second, b[i])
		}
		if len(second) >= audio.SampleRate/10 {
			select {
			case e.loud <- audio.ToneLevel(second, e.hz):
			default:
			}
			second = second[:0]
		}
	})
}

func TestSoundGoesThrough(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.Microphone, c.MicrophoneOn = device.Test, true
	ann := m.join(c)
	e := &earphone{loud: make(chan float64, 1000), hz: 440}
	d := m.config("guest", "Bob")
	d.OpenSpeaker = func(string) (device.Playback, error) {
		p, err := device.OpenSpeaker(device.None)
		e.Playback = p
		return e, err
	}
	bob := m.join(d)
	listen := func(what string, ok func(float64) bool) {
		t.Helper()
		late := time.After(10 * time.Second)
		for {
			select {
			case l := <-e.loud:
				if ok(l) {
					return
				}
			case <-late:
				t.Fatalf("the tone is never %s", what)
			}
		}
	}
	listen("heard", func(l float64) bool { return l > 0.07 && l < 0.13 })
	await(t, bob, "Ann to be seen speaking", func(s call.Snapshot) bool { p, _ := other(s, "Ann"); return p.Level > 0.3 })
	if i := slices.IndexFunc(bob.Stats().Tracks, func(s call.TrackStats) bool { return !s.Sent && s.Source == call.Microphone }); i < 0 {
		t.Error("Ann's sound has no statistics")
	} else if s := bob.Stats().Tracks[i]; s.Codec != "red" || s.Voice.JitterBufferEmittedCount == 0 || s.Voice.TotalSamplesReceived == 0 {
		t.Errorf("Ann's sound comes as %+v, %+v", s, s.Voice)
	}
	ann.SetMicrophone(false)
	await(t, bob, "Ann to mute", func(s call.Snapshot) bool { p, ok := other(s, "Ann"); return ok && !p.Has(call.Microphone) })
	for quiet := 0; quiet < 15; { // longer than the pauses of the tone
		listen("silent", func(l float64) bool {
			if l < 0.001 {
				quiet++
			} else {
				quiet = 0
			}
			return true
		})
	}
	ann.SetMicrophone(true)
	listen("heard again", func(l float64) bool { return l > 0.07 })
	silence := func(what string) {
		t.Helper()
		for quiet := 0; quiet < 15; {
			listen(what, func(l float64) bool {
				if l < 0.001 {
					quiet++
				} else {
					quiet = 0
				}
				return true
			})
		}
	}
	who := ann.Snapshot().Me.Identity
	bob.SetLoudness(who, call.Loudness{Muted: true, Volume: 1.4})
	await(t, bob, "Ann to be muted for him", func(s call.Snapshot) bool {
		p, _ := other(s, "Ann")
		return p.Loudness == call.Loudness{Muted: true, Volume: 1.4} && p.Has(call.Microphone)
	})
	silence("turned down")
	bob.SetLoudness(who, call.Loudness{Volume: 1.8})
	listen("louder", func(l float64) bool { return l > 0.16 })
	bob.SetLoudness(who, call.Loudness{Volume: 1})
	bob.Place(map[string]float64{who: -1})
	listen("on the left", func(l float64) bool { return l > 0.135 && l < 0.15 })
	bob.Place(nil)
	listen("in the middle", func(l float64) bool { return l > 0.09 && l < 0.11 })

	// Other devices, in the call.
	bob.UseSpeaker("another")
	await(t, bob, "the other speaker", func(s call.Snapshot) bool { return s.Local.Speaker == "another" && s.Local.SpeakerError == nil })
	ann.UseMicrophone(device.None)
	silence("gone with its microphone")
	ann.UseMicrophone(device.Test)
	ann.SetMicrophone(true)
	listen("heard from the other microphone", func(l float64) bool { return l > 0.07 })

	// What was set holds from the start where it was kept.
	bob.Leave()
	d.Loudness = map[string]call.Loudness{who: {Muted: true, Volume: 1}}
	bob = m.join(d)
	await(t, bob, "Ann's sound", func(s call.Snapshot) bool {
		p, _ := other(s, "Ann")
		return p.Has(call.Microphone) && p.Loudness.Muted
	})
	silence("turned down from the start")
}

func TestChatHandsNames(t *testing.T) {
	m := newMeeting(t)
	ann, bob := m.join(m.config("host", "Ann")), m.join(m.config("guest", "Bob"))
	await(t, ann, "Bob", func(s call.Snapshot) bool { p, ok := other(s, "Bob"); return ok && p.Role == call.RoleGuest })
	if r := ann.Snapshot().Me.Role; r != call.RoleHost {
		t.Errorf("Ann is %s", r)
	}
	ann.Send("  hello\x00 there ✓ \n")
	s := await(t, bob, "a message", func(s call.Snapshot) bool { return len(s.Messages) == 1 })
	if got := s.Messages[0]; got.Text != "hello there ✓" || got.FromName != "Ann" || got.Mine || got.ID == "" {
		t.Errorf("%+v", got)
	}
	s = await(t, ann, "her own message", func(s call.Snapshot) bool { return len(s.Messages) == 1 })
	if got := s.Messages[0]; !got.Mine || got.Failed {
		t.Errorf("%+v", got)
	}
	bob.RaiseHand(true)
	await(t, ann, "Bob's hand", func(s call.Snapshot) bool {
		p, _ := other(s, "Bob")
		return !p.Hand.IsZero() && time.Since(p.Hand) < time.Minute
	})
	bob.RaiseHand(false)
	await(t, ann, "Bob's hand to go", func(s call.Snapshot) bool { p, ok := other(s, "Bob"); return ok && p.Hand.IsZero() })
	bob.SetName("Robert")
	await(t, ann, "Bob's new name", func(s call.Snapshot) bool { _, ok := other(s, "Robert"); return ok })
	await(t, bob, "his own new name", func(s call.Snapshot) bool { return s.Me.Name == "Robert" })
}

func TestScreen(t *testing.T) {
	m := newMeeting(t)
	ann, bob := m.join(m.config("host", "Ann")), m.join(m.config("guest", "Bob"))
	sink := newCards()
	bob.Watch(ann.Snapshot().Me.Identity, call.Screen, sink, 1920, 1080)
	if err := ann.ShareScreen(context.Background(), device.Test, call.ShareOptions{}); err != nil {
		t.Fatal(err)
	}
	if d := sink.next(t, 10); d.width != 1920 || d.height != 1080 {
		t.Errorf("a screen of %dx%d", d.width, d.height)
	}
	await(t, ann, "sharing", func(s call.Snapshot) bool { return s.Local.Sharing })
	ann.StopShare()
	await(t, bob, "the screen to go", func(s call.Snapshot) bool { p, ok := other(s, "Ann"); return ok && !p.Has(call.Screen) })
	if err := ann.ShareScreen(context.Background(), "no such monitor", call.ShareOptions{}); err == nil {
		t.Error("a monitor that is not there was shared")
	}
	await(t, ann, "the error", func(s call.Snapshot) bool { return s.Local.ShareError != nil && !s.Local.Sharing })
}

func TestViewerOnlyWatches(t *testing.T) {
	m := newMeeting(t)
	c := m.config("viewer", "Vic")
	c.Camera, c.CameraOn, c.Microphone, c.MicrophoneOn = device.Test, true, device.Test, true
	vic := m.join(c)
	s := await(t, vic, "the refusal", func(s call.Snapshot) bool { return s.Local.CameraError != nil && s.Local.MicrophoneError != nil })
	if !errors.Is(s.Local.CameraError, call.ErrForbidden) || s.Local.CanPublish || !s.Local.CanChat || s.Me.Role != call.RoleViewer {
		t.Errorf("%+v", s.Local)
	}
	if err := vic.ShareScreen(context.Background(), device.Test, call.ShareOptions{}); !errors.Is(err, call.ErrForbidden) {
		t.Errorf("share: %v", err)
	}
	if err := vic.Remove(context.Background(), "x"); !errors.Is(err, call.ErrForbidden) {
		t.Errorf("remove: %v", err)
	}
}

func TestModeration(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	c := m.config("guest", "Bob")
	c.Microphone, c.MicrophoneOn = device.Test, true
	bob := m.join(c)
	await(t, ann, "Bob's voice", func(s call.Snapshot) bool { p, _ := other(s, "Bob"); return p.Has(call.Microphone) })
	id := bob.Snapshot().Me.Identity
	if err := ann.MuteOther(context.Background(), id, call.Microphone); err != nil {
		t.Fatal(err)
	}
	await(t, ann, "Bob muted", func(s call.Snapshot) bool { p, ok := other(s, "Bob"); return ok && !p.Has(call.Microphone) })
	await(t, bob, "to know it", func(s call.Snapshot) bool { return !s.Local.MicrophoneOn })
	if err := ann.Remove(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	s := await(t, bob, "the end", func(s call.Snapshot) bool { return s.State == call.Left })
	if !errors.Is(s.Ended, call.ErrRemoved) {
		t.Errorf("ended by %v", s.Ended)
	}
	if _, err := m.links["guest"].Redeem(context.Background(), "Bob", "client of Bob"); !errors.Is(err, invite.ErrBanned) {
		t.Errorf("back after removal: %v", err)
	}
}

func TestDuplicateIdentity(t *testing.T) {
	m := newMeeting(t)
	first := m.join(m.config("guest", "Bob"))
	m.join(m.config("guest", "Bob"))
	s := await(t, first, "the end", func(s call.Snapshot) bool { return s.State == call.Left })
	if !errors.Is(s.Ended, call.ErrDuplicate) {
		t.Errorf("ended by %v", s.Ended)
	}
}

func TestDeviceTrouble(t *testing.T) {
	m := newMeeting(t)
	c := m.config("guest", "Bob")
	c.Camera, c.CameraOn, c.Microphone, c.MicrophoneOn = "no such camera", true, device.None, true
	bob := m.join(c)
	s := await(t, bob, "the errors", func(s call.Snapshot) bool { return s.Local.CameraError != nil && s.Local.MicrophoneError != nil })
	if !errors.Is(s.Local.CameraError, device.ErrNoDevice) || !errors.Is(s.Local.MicrophoneError, device.ErrNoDevice) || s.Local.CameraOn || s.Local.MicrophoneOn {
		t.Errorf("%+v", s.Local)
	}
	// The same wish fails in the same way: it is a failure of its own.
	before := s.Local
	bob.SetCamera(true)
	s = await(t, bob, "the camera's second failure", func(s call.Snapshot) bool { return len(s.Local.Failures(before)) > 0 })
	if got := s.Local.Failures(before); len(got) != 1 || got[0].What != call.FailedCamera || got[0].Device != "no such camera" || !errors.Is(got[0].Err, device.ErrNoDevice) {
		t.Errorf("failed: %+v", got)
	}
	if got := s.Local.Failures(s.Local); got != nil {
		t.Errorf("nothing was tried, and failed: %+v", got)
	}
	if b, err := json.Marshal(s); err != nil || !strings.Contains(string(b), `"CameraError":"open camera: `) {
		t.Errorf("the snapshot is written as %s, %v", b, err)
	}
	// A camera that vanishes in the call.
	c = m.config("guest", "Cam")
	c.CameraOn = true
	pull := make(chan struct{})
	c.OpenCamera = func(string, device.CameraFormat) (video.Reader, error) {
		r, err := video.NewCardReader(320, 180, 30)
		return &pulled{r, pull}, err
	}
	cam := m.join(c)
	await(t, cam, "the camera", func(s call.Snapshot) bool { return s.Local.CameraOn })
	close(pull)
	s = await(t, cam, "the camera to vanish", func(s call.Snapshot) bool { return s.Local.CameraError != nil })
	if !errors.Is(s.Local.CameraError, device.ErrGone) || s.Local.CameraOn || s.State != call.Joined {
		t.Errorf("%+v", s)
	}
}

// pulled is a camera that is unplugged.
type pulled struct {
	video.Reader
	pull chan struct{}
}

func (p *pulled) Read() (*video.Frame, error) {
	select {
	case <-p.pull:
		return nil, device.ErrGone
	default:
		return p.Reader.Read()
	}
}

func TestJoinErrors(t *testing.T) {
	m := newMeeting(t)
	good := m.config("guest", "Eve")
	for name, c := range map[string]struct {
		change func(*call.Config)
		want   error
	}{
		"no token":          {func(c *call.Config) { c.Token = "x" }, call.ErrBadToken},
		"old token":         {func(c *call.Config) { c.Token = "e30.eyJleHAiOjF9.x" }, call.ErrExpiredToken},
		"forged token":      {func(c *call.Config) { c.Token = "e30.e30.x" }, call.ErrBadToken},
		"wrong certificate": {func(c *call.Config) { c.Fingerprint = make([]byte, 32) }, call.ErrCertificate},
		"nobody there":      {func(c *call.Config) { c.URL = "ws://127.0.0.1:1" }, call.ErrUnreachable},
		"no address":        {func(c *call.Config) { c.URL = "nonsense" }, call.ErrUnreachable},
	} {
		conf := good
		c.change(&conf)
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		k, err := call.Join(ctx, conf)
		cancel()
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if k != nil {
			k.Leave()
		}
	}
}

// stillScreen is a screen on which nothing happens after its first frame.
type stillScreen struct {
	video.Reader
	first sync.Once
	done  chan struct{}
	close sync.Once
}

func (s *stillScreen) Read() (f *video.Frame, err error) {
	s.first.Do(func() { f, err = s.Reader.Read() })
	if f != nil || err != nil {
		return f, err
	}
	<-s.done
	return nil, io.EOF
}

func (s *stillScreen) Close() error {
	s.close.Do(func() { close(s.done) })
	return s.Reader.Close()
}

// A screen that does not move is seen by whoever comes later, and gets sharp.
func TestAStillScreenIsSeenByWhoComesLater(t *testing.T) {
	m := newMeeting(t)
	c := m.config("host", "Ann")
	c.OpenScreen = func(string, device.ScreenOptions) (video.Reader, error) {
		r, err := video.NewCardReader(1280, 720, 30)
		return &stillScreen{Reader: r, done: make(chan struct{})}, err
	}
	ann := m.join(c)
	if err := ann.ShareScreen(context.Background(), device.Test, call.ShareOptions{}); err != nil {
		t.Fatal(err)
	}
	// All that is sent to nobody is over.
	await(t, ann, "sharing", func(s call.Snapshot) bool { return s.Local.Sharing })
	for range 2 {
		late := m.join(m.config("guest", "Late"))
		sink := newCards()
		late.Watch(ann.Snapshot().Me.Identity, call.Screen, sink, 1280, 720)
		select {
		case d := <-sink.read:
			if d.width != 1280 {
				t.Errorf("a screen %d wide", d.width)
			}
		case <-time.After(15 * time.Second):
			t.Fatal("a still screen is not seen")
		}
		late.Leave()
		await(t, ann, "them to go", func(s call.Snapshot) bool { return len(s.People) == 0 })
	}
}
