package meeting

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/theme"
)

// scene is a made-up camera picture: a shaded wall and a head and shoulders.
func scene(p *video.Pool, w, h, seed int) *video.Frame {
	f := p.Get(w, h)
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			v := 70 + 60*x/w + 30*y/h + seed*7%40
			dx, dy := float64(x-w/2)/float64(h), float64(y)/float64(h)
			if math.Hypot(dx, dy-0.42) < 0.17 || math.Hypot(dx/1.6, dy-1.05) < 0.3 {
				v = 165 + 20*y/h - seed*11%50
			}
			f.Y[y*f.YStride+x] = byte(v)
		}
	}
	for i := range f.U {
		f.U[i], f.V[i] = byte(118+seed*13%24), byte(118+seed*29%28)
	}
	return f
}

// page is a made-up shared screen: a window with lines of text.
func sheet(p *video.Pool, w, h int) *video.Frame {
	f := p.Get(w, h)
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			v := byte(235)
			switch {
			case y < h/18:
				v = 80
			case x < w/6:
				v = 200
			case y%36 < 14 && x > w/5 && (x*7919/97+y/36*131)%23 > 4 && x < w*9/10-(y/36*97)%300:
				v = 60
			}
			f.Y[y*f.YStride+x] = v
		}
	}
	for i := range f.U {
		f.U[i], f.V[i] = 128, 128
	}
	return f
}

// feed pushes a picture to every surface that is to show one, and waits until
// the visible ones do.
func (b *bench) feed() {
	b.t.Helper()
	var pool video.Pool
	b.f.mu.Lock()
	shown := map[*video.Surface]key{}
	for s, k := range b.f.shown {
		shown[s] = k
	}
	b.f.mu.Unlock()
	for s, k := range shown {
		var f *video.Frame
		if k.source == call.Screen {
			f = sheet(&pool, 1920, 1080)
		} else {
			f = scene(&pool, 640, 360, len(k.identity)*5+int(k.identity[len(k.identity)-1]))
		}
		s.Push(f)
		f.Release()
	}
	b.until("pictures", func() bool {
		for _, t := range b.stage.tiles {
			if t.Visible() && t.State().Picture && !t.Showing() {
				return false
			}
		}
		return true
	})
}

var sizes = []struct {
	name  string
	size  fyne.Size
	scale float32
}{
	{"1280x720", fyne.NewSize(1280, 720), 1},
	{"800x600", fyne.NewSize(800, 600), 1},
	{"2560x1440", fyne.NewSize(2560, 1440), 1},
	{"1280x720@2", fyne.NewSize(1280, 720), 2},
}

func (b *bench) scale(s float32) {
	if c, ok := b.w.Canvas().(test.WindowlessCanvas); ok {
		c.SetScale(s)
	}
}

func TestShots(t *testing.T) {
	for _, z := range sizes {
		for _, n := range []int{1, 2, 4, 9, 25, 30} {
			if !looked && (z.scale != 1 || z.name == "2560x1440") || n != 4 && n != 30 && z.name == "2560x1440" || n != 4 && z.scale != 1 {
				continue // the large ones take long to draw
			}
			t.Run(fmt.Sprintf("%d at %s", n, z.name), func(t *testing.T) {
				s := meeting(n)
				if n > 1 {
					s.People[0].Speaking = true
					s.People[n/2-1].Hand = epoch
					s.People[n/2-1].Quality = call.QualityPoor
				}
				b := newBench(t, s, z.size)
				b.scale(z.scale)
				b.stage.laid = arrangement{}
				b.stage.arrange()
				b.feed()
				b.shot(fmt.Sprintf("meeting-%d-%s", n, z.name))
			})
		}
	}
}

func TestShotsOfPanels(t *testing.T) {
	s := meeting(14)
	s.People[1].Tracks = append(s.People[1].Tracks, call.Track{ID: "s", Source: call.Screen, Width: 1920, Height: 1080})
	s.People[2].Hand, s.People[4].Hand = epoch.Add(time.Minute), epoch
	s.People[5].Role, s.People[3].Role = call.RoleViewer, call.RoleHost
	at := func(m int) time.Time { return epoch.Add(time.Duration(m) * time.Minute) }
	s.Messages = []call.Message{
		{Seq: 1, ID: "1", From: "p0", FromName: "Ada Lovelace", Text: "Hello everyone!", At: at(0)},
		{Seq: 2, ID: "2", From: "p0", FromName: "Ada Lovelace", Text: "The draft is at https://example.org/design/draft-3 (see page 4).", At: at(1)},
		{Seq: 3, ID: "3", From: "me", FromName: "Hedy", Text: "Thanks, reading it now. One question about the frequency hopping: should the receiver follow the same piano roll, or one of its own?", At: at(5), Mine: true},
		{Seq: 4, ID: "4", From: "p2", FromName: names[2], Text: "aVeryLongWordWithoutAnySpacesThatMustBreakSomewhereBecauseItIsWiderThanThePanelCouldEverBe", At: at(6)},
		{Seq: 5, ID: "5", From: "p3", FromName: "李小龍", Text: "好的，我们开始吧。\nSecond line.", At: at(7)},
		{Seq: 6, ID: "6", From: "me", FromName: "Hedy", Text: "This one got lost", At: at(9), Mine: true, Failed: true},
	}
	for _, look := range []string{theme.Dark, theme.Light} {
		for _, z := range []int{0, 1, 3} {
			if z := sizes[z]; !looked && (look != theme.Dark || z.name != "800x600") {
				continue
			}
			z := sizes[z]
			t.Run(look+" "+z.name, func(t *testing.T) {
				b := newBench(t, s, z.size)
				b.setTheme(look)
				b.scale(z.scale)
				b.stage.laid = arrangement{}
				b.stage.arrange()
				b.feed()
				b.measure()
				for _, p := range []struct {
					name string
					mode panelMode
				}{{"chat", panelChat}, {"people", panelPeople}, {"statistics", panelStatistics}} {
					b.panel.toggle(p.mode)
					for i := range 50 {
						b.f.stats.RTT = time.Duration(23+i*i%17) * time.Millisecond
						b.f.stats.Tracks[2].BitRate = 8e5 + 3e5*float64(i*7%5)
						b.f.stats.Tracks[2].Packets += 100
						b.f.stats.Tracks[2].Lost += uint64(i % 7 / 5)
						b.tick()
					}
					b.shot("panel-" + p.name + "-" + look + "-" + z.name)
				}
				b.panel.toggle(panelNone)
				b.panel.statistics.toggleOnTiles()
				b.shot("numbers-" + look + "-" + z.name)
				b.panel.statistics.toggleOnTiles()
				b.snapshot(func(s *call.Snapshot) {
					s.Local.Sharing, s.Local.CameraOn, s.Local.MicrophoneOn = true, false, false
					s.State = call.Reconnecting
				})
				b.snapshot(func(s *call.Snapshot) {
					s.Local.CameraError = fmt.Errorf("read: %w", errGone)
					s.Messages = append(s.Messages, call.Message{Seq: 7, ID: "7", From: "p1", FromName: "Grace Hopper", Text: "Are you still there?", At: at(10)})
				})
				b.shot("trouble-" + look + "-" + z.name)
				b.toasts.Clear()
				b.snapshot(func(s *call.Snapshot) { s.Local.Sharing = false; s.State = call.Joined })
				b.toggleShare()
				b.until("thumbnails", b.shared)
				b.shot("share-" + look + "-" + z.name)
				b.modal.Hide()
				b.showKeys()
				b.shot("keys-" + look + "-" + z.name)
				b.modal.Hide()
				b.moreMenu(b.bar.more)
				b.shot("more-" + look + "-" + z.name)
				b.w.Canvas().Overlays().Top().Hide()
				b.soundMenu(b.bar.microphoneMenu)
				b.shot("sound-" + look + "-" + z.name)
				b.w.Canvas().Overlays().Top().Hide()
			})
		}
	}
}

// measure gives the call some numbers.
func (b *bench) measure() {
	b.f.stats = call.Stats{RTT: 23 * time.Millisecond, Available: 2.6e6, Tracks: []call.TrackStats{
		{Identity: "me", Source: call.Camera, Sent: true, Codec: "video/VP8", Implementation: "libvpx", Width: 1280, Height: 720, Frames: 900, FrameRate: 29.7, BitRate: 1.64e6, Packets: 1000, Lost: 3, Layers: 3},
		{Identity: "me", Source: call.Microphone, Sent: true, Codec: "audio/opus", BitRate: 32e3, Packets: 1000},
		{Identity: "p1", Source: call.Screen, Codec: "video/AV1", Implementation: "dav1d", Width: 1920, Height: 1080, Frames: 900, FrameRate: 15, BitRate: 8e5, Packets: 5000, Lost: 20, Jitter: 4 * time.Millisecond, Latency: 31 * time.Millisecond, Freezes: 2, FreezeTime: 1300 * time.Millisecond},
		{Identity: "p1", Source: call.Camera, Codec: "video/H264", Implementation: "VA-API", Hardware: true, Width: 640, Height: 360, Frames: 900, FrameRate: 30, BitRate: 4.1e5, Packets: 5000, Jitter: 3 * time.Millisecond},
		{Identity: "p2", Source: call.Microphone, Codec: "audio/opus", BitRate: 31e3, Packets: 300, Jitter: 2 * time.Millisecond, Delay: 40 * time.Millisecond},
	}}
}

var errGone = device.ErrGone

// Texts of all kinds in the chat, and of mixed direction everywhere.
func TestShotsOfTexts(t *testing.T) {
	if !looked {
		t.Skip("only pictures to look at: FOYER_SHOTS names no folder for them")
	}
	s := meeting(6)
	called := []string{"דוד (שיווק)", "محمد علي (المبيعات)", "Dana (דנה) Levi…", "سارة 👋", "李小龍 (東京)"}
	for i := range s.People {
		if i < len(called) {
			s.People[i].Name = called[i]
		}
	}
	at := func(m int) time.Time { return epoch.Add(time.Duration(m) * time.Minute) }
	for i, text := range []string{
		"שלום לכולם (צוות השיווק), הפגישה מתחילה ב-10:30. ראו https://example.org/a_b/ (עכשיו)!",
		"خصم ٥٠٪ على «كل شيء» (اليوم فقط)!",
		"The Hebrew word שלום (shalom) means peace.",
		"Great 👍🎉 see you at 10 👋 👨‍👩‍👧 🇩🇪 ❤️ ok",
		"👍",
		"Run `go test ./...` and look at `snake_case_name` here:\n```go\nfunc main() {\n\tfmt.Println(\"hello, a_b\")\n}\n```\nand then https://example.org/my_long_page.",
	} {
		s.Messages = append(s.Messages, call.Message{
			Seq: uint64(i + 1), ID: fmt.Sprint(i), From: fmt.Sprintf("p%d", i%5), FromName: called[i%5], Text: text, At: at(4 * i), Mine: i == 2,
		})
	}
	for _, look := range []string{theme.Dark, theme.Light} {
		for _, z := range sizes[:2] {
			t.Run(look+" "+z.name, func(t *testing.T) {
				b := newBench(t, s, z.size)
				b.setTheme(look)
				b.stage.laid = arrangement{}
				b.stage.arrange()
				b.panel.toggle(panelPeople)
				b.shot("texts-people-" + look + "-" + z.name)
				b.panel.toggle(panelChat)
				b.shot("texts-chat-" + look + "-" + z.name)
				b.panel.chat.field.SetText(strings.Repeat("word ", 1640))
				b.shot("texts-composer-" + look + "-" + z.name)
			})
		}
	}
}
