package meeting

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/app/call"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/theme"
)

var epoch = time.Date(2026, 5, 4, 10, 0, 0, 0, time.Local)

// fake stands for a call: it notes the verbs and lets the test set the snapshot.
type fake struct {
	mu     sync.Mutex
	snap   call.Snapshot
	out    chan call.Snapshot
	verbs  []string
	shown  map[*video.Surface]key
	stats  call.Stats
	asked  atomic.Int64 // times Stats was called
	failed error
	shared call.ShareOptions
	say    bool // print the verbs
}

// fail makes what only the server can do end in err from now on.
func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = err
}

func (f *fake) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

func newFake(s call.Snapshot) *fake {
	return &fake{snap: s, out: make(chan call.Snapshot, 1), shown: map[*video.Surface]key{}}
}

func (f *fake) did(format string, a ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verbs = append(f.verbs, fmt.Sprintf(format, a...))
	if f.say {
		fmt.Println(f.verbs[len(f.verbs)-1])
	}
}

// took returns the verbs since the last time.
func (f *fake) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.verbs
	f.verbs = nil
	return v
}

func (f *fake) Snapshots() <-chan call.Snapshot { return f.out }
func (f *fake) Snapshot() call.Snapshot         { f.mu.Lock(); defer f.mu.Unlock(); return f.snap }
func (f *fake) SetMicrophone(on bool)           { f.did("microphone %v", on) }
func (f *fake) SetCamera(on bool)               { f.did("camera %v", on) }
func (f *fake) UseMicrophone(id string)         { f.did("use microphone %s", id) }
func (f *fake) UseCamera(id string)             { f.did("use camera %s", id) }
func (f *fake) UseSpeaker(id string)            { f.did("use speaker %s", id) }
func (f *fake) StopShare()                      { f.did("stop share") }
func (f *fake) Send(text string) error {
	if call.MessageRoom(text) < 0 {
		return call.ErrTooLong
	}
	f.did("send %s", text)
	return nil
}
func (f *fake) RaiseHand(up bool) { f.did("hand %v", up) }
func (f *fake) Play(c audio.Cue)  { f.did("play %d", c) }
func (f *fake) SetLoudness(id string, l call.Loudness) {
	f.did("loudness %s %.2f %v", id, l.Volume, l.Muted)
}
func (f *fake) Place(p map[string]float64) { f.did("place %v", p) }
func (f *fake) Leave()                     { f.did("leave") }
func (f *fake) Stats() call.Stats {
	f.asked.Add(1)
	s := f.stats
	s.Tracks = slices.Clone(s.Tracks)
	return s
}

func (f *fake) ShareScreen(_ context.Context, id string, o call.ShareOptions) error {
	f.mu.Lock()
	f.shared = o
	f.mu.Unlock()
	f.did("share %s", id)
	if o.Sound {
		f.did("share sound")
	}
	return f.failure()
}

func (f *fake) MuteOther(_ context.Context, id string, s call.Source) error {
	f.did("mute %s %s", id, s)
	return f.failure()
}

func (f *fake) Remove(_ context.Context, id string) error {
	f.did("remove %s", id)
	return f.failure()
}

func (f *fake) Show(id string, s call.Source, to *video.Surface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown[to] = key{id, s}
}

func (f *fake) Hide(to *video.Surface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.shown, to)
}

// showing is how many surfaces of a picture are registered.
func (f *fake) showing(k key) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, x := range f.shown {
		if x == k {
			n++
		}
	}
	return n
}

// bench is a view on a test window with its UI goroutine in the test's hands.
type bench struct {
	*View
	t      *testing.T
	f      *fake
	w      fyne.Window
	queue  chan func()
	lists  chan device.List
	now    time.Time
	reason []error
}

var allDevices = device.List{
	Cameras:     []device.Info{{ID: "cam1", Name: "Integrated Camera", Default: true}, {ID: "cam2", Name: "Logitech BRIO Ultra HD Business Webcam (046d:085e)"}},
	Microphones: []device.Info{{ID: "mic1", Name: "Built-in Microphone", Default: true}},
	Speakers:    []device.Info{{ID: "spk1", Name: "Headphones", Default: true}},
	Screens: []device.Info{
		{ID: "scr1", Name: "DP-1", Bounds: image.Rect(0, 0, 2560, 1440), Default: true},
		{ID: "scr2", Name: "HDMI-2", Bounds: image.Rect(2560, 0, 4480, 1080)},
	},
}

func newBench(t *testing.T, s call.Snapshot, size fyne.Size, change ...func(*Options)) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{t: t, f: newFake(s), queue: make(chan func(), 256), lists: make(chan device.List), now: epoch}
	b.w = app.NewWindow("test")
	b.w.SetPadded(false)
	o := Options{
		Title:   "Weekly design review",
		Links:   Links{Link: "foyer://example.org/design?code=abc#k=xyz"},
		OnLeave: func(err error) { b.reason = append(b.reason, err) },
		Watch:   func(context.Context) <-chan device.List { return b.lists },
		Thumbnail: func(string, int) (*image.RGBA, error) {
			img := image.NewRGBA(image.Rect(0, 0, 512, 288))
			for i := range img.Pix {
				img.Pix[i] = byte(0x60 + i%4*0x20 + i/20000)
			}
			for i := 3; i < len(img.Pix); i += 4 {
				img.Pix[i] = 255
			}
			return img, nil
		},
		Windows: func() []device.Info { return nil },
		Now:     func() time.Time { return b.now },
		Do:      func(f func()) { b.queue <- f },
	}
	for _, c := range change {
		c(&o)
	}
	b.View = New(b.w, b.f, o)
	b.w.SetContent(b.View.Object())
	b.w.Resize(size)
	b.View.applyDevices(allDevices)
	b.now = b.now.Add(754 * time.Second)
	b.View.tick()
	t.Cleanup(func() {
		done := make(chan struct{})
		go func() { // what is still on its way to the UI must not block Close
			for {
				select {
				case f := <-b.queue:
					_ = f
				case <-done:
					return
				}
			}
		}()
		b.View.Close()
		close(done)
		b.w.Close()
	})
	return b
}

// until runs what is sent to the UI goroutine until ok.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := time.After(5 * time.Second)
	for !ok() {
		select {
		case f := <-b.queue:
			f()
		case <-deadline:
			b.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// snapshot sends the view a snapshot by the call's channel.
func (b *bench) snapshot(change func(*call.Snapshot)) {
	b.t.Helper()
	s := b.last
	s.People = slices.Clone(s.People)
	s.Messages = slices.Clone(s.Messages)
	s.At = s.At.Add(time.Second)
	change(&s)
	for i := range s.Messages {
		if m := &s.Messages[i]; m.Seq == 0 {
			m.Seq = 1
			if i > 0 {
				m.Seq = s.Messages[i-1].Seq + 1
			}
		}
	}
	b.f.out <- s
	b.until("the snapshot", func() bool { return b.last.At.Equal(s.At) })
}

// looked says that somebody wants to see the pictures: all are drawn then, which
// takes minutes.
var looked = os.Getenv("FOYER_SHOTS") != ""

// shot draws what is seen, and saves it where FOYER_SHOTS names a folder.
func (b *bench) shot(name string) {
	b.t.Helper()
	img := b.w.Canvas().Capture()
	if !looked {
		return
	}
	dir := os.Getenv("FOYER_SHOTS")
	out, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) wantVerbs(want ...string) {
	b.t.Helper()
	if got := b.f.took(); !slices.Equal(got, want) {
		b.t.Errorf("the call was told %q, want %q", got, want)
	}
}

var names = []string{
	"Ada Lovelace", "Grace Hopper", "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Senior", "李小龍",
	"Софья Ковалевская", "Łukasz Żółć-Brzęczyszczykiewicz", "🦊", "محمد الخوارزمي", "x", "Katherine Johnson",
}

func person(i int) call.Participant {
	p := call.Participant{
		Identity: fmt.Sprintf("p%d", i), Name: names[i%len(names)], Role: call.RoleGuest, Quality: call.QualityExcellent,
		JoinedAt: epoch.Add(time.Duration(i) * time.Second),
		Loudness: call.Loudness{Volume: 1},
		Tracks:   []call.Track{{ID: "m", Source: call.Microphone, Muted: i%3 == 0}},
	}
	if i >= len(names) {
		p.Name = fmt.Sprintf("%s %d", p.Name, i)
	}
	if i%2 == 1 {
		p.Tracks = append(p.Tracks, call.Track{ID: "c", Source: call.Camera, Width: 1280, Height: 720})
	}
	return p
}

// meeting is a snapshot with n people, us among them.
func meeting(n int) call.Snapshot {
	s := call.Snapshot{
		At: epoch, State: call.Joined, Room: call.Room{ID: "r", Name: "design"},
		Me: call.Participant{Identity: "me", Name: "Hedy Lamarr", Role: call.RoleHost, Quality: call.QualityExcellent, JoinedAt: epoch},
		Local: call.Local{
			CanPublish: true, CanShare: true, CanChat: true, MicrophoneOn: true, CameraOn: true,
			Camera: "cam1", Microphone: "mic1", Speaker: "spk1",
		},
	}
	for i := 0; i < n-1; i++ {
		s.People = append(s.People, person(i))
	}
	return s
}
