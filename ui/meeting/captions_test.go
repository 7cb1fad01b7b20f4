package meeting

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"foyer/app/call"
	"foyer/ui/bidi"
	"foyer/ui/theme"
)

const sentence = "Should the receiver follow the same piano roll as the sender, or one of its own, and who keeps them in step when one of them is late?"

// say has people say something now, each in a segment of its own.
func (b *bench) say(who ...string) {
	b.t.Helper()
	b.snapshot(func(s *call.Snapshot) {
		s.Captions = slices.Clone(s.Captions)
		for i, id := range who {
			s.Captions = append(s.Captions, call.Caption{ID: fmt.Sprint(b.now.UnixNano(), i), From: id, Text: sentence, At: b.now.Add(time.Duration(i) * time.Millisecond)})
		}
	})
}

// read is what the captions say now, from above.
func (b *bench) read() (out []string) {
	for _, s := range b.captions.slots {
		if !s.plate.Visible() {
			continue
		}
		lines := []string{s.who.Text}
		for _, t := range s.says {
			if t.Visible() {
				lines = append(lines, t.Text)
			}
		}
		out = append(out, strings.Join(lines, " | "))
	}
	return out
}

func TestCaptionsSayWhoSaysWhat(t *testing.T) {
	b := newBench(t, meeting(6), fyne.NewSize(1280, 720))
	if got := b.read(); len(got) > 0 || b.captions.band() != 0 {
		t.Errorf("before anybody spoke: %q, %v free", got, b.captions.band())
	}
	set := func(captions ...call.Caption) { b.snapshot(func(s *call.Snapshot) { s.Captions = captions }) }
	first := call.Caption{ID: "1", From: "p0", Text: "Hello", At: b.now}
	set(first)
	if got := b.read(); !slices.Equal(got, []string{"Ada Lovelace | Hello"}) {
		t.Errorf("%q", got)
	}
	band := b.captions.band()
	if band < 20 {
		t.Errorf("%v is free below the tiles", band)
	}

	// It is recognised better, and becomes longer than two lines: the last ones count.
	b.now = b.now.Add(time.Second)
	first.Text, first.At = strings.Repeat("Hello everyone. ", 20)+"And now the agenda.", b.now
	set(first)
	got := b.read()
	if len(got) != 1 || strings.Count(got[0], " | ") != 2 || !strings.HasPrefix(got[0], "Ada Lovelace | ") || !strings.HasSuffix(got[0], "now the agenda.") {
		t.Errorf("%q", got)
	}
	if b.captions.band() <= band {
		t.Errorf("two lines leave %v free, one left %v", b.captions.band(), band)
	}

	// A second speaker stands beside, a third takes the place of who spoke longest ago.
	b.now = b.now.Add(time.Second)
	second := call.Caption{ID: "2", From: "me", Text: "Thanks!", At: b.now}
	set(first, second)
	if got := b.read(); len(got) != 2 || got[1] != "You | Thanks!" {
		t.Errorf("%q", got)
	}
	b.now = b.now.Add(time.Second)
	third := call.Caption{ID: "3", From: "p3", Text: "好的，我们开始吧。", At: b.now}
	set(first, second, third)
	if got := b.read(); !slices.Equal(got, []string{"李小龍 | 好的，我们开始吧。", "You | Thanks!"}) {
		t.Errorf("%q", got)
	}

	// Who goes on keeps the place and what was said before.
	b.now = b.now.Add(time.Second)
	fourth := call.Caption{ID: "4", From: "me", Text: "Let us begin.", At: b.now}
	set(first, second, third, fourth)
	if got := b.read(); len(got) != 2 || got[1] != "You | Thanks! Let us begin." {
		t.Errorf("%q", got)
	}

	// What was read goes, and the tiles stay where they are.
	band = b.captions.band()
	b.now = b.now.Add(time.Minute)
	b.tick()
	if got := b.read(); len(got) > 0 || b.captions.band() != band {
		t.Errorf("after a minute: %q, and %v free, was %v", got, b.captions.band(), band)
	}
	set(first, second, third, fourth)
	if got := b.read(); len(got) > 0 {
		t.Errorf("what was read comes back: %q", got)
	}
}

func TestCaptionsAreTurnedOnAndOffByKey(t *testing.T) {
	var told []bool
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720), func(o *Options) { o.OnCaptions = func(on bool) { told = append(told, on) } })
	b.say("p0")
	before := b.stage.tiles[key{"me", call.Camera}].Size()
	press := func() { b.keys.fresh = true; b.keys.typedRune('T') }
	press()
	if got := b.read(); len(got) > 0 || !slices.Equal(told, []bool{false}) {
		t.Errorf("after T: %q, told %v", got, told)
	}
	if after := b.stage.tiles[key{"me", call.Camera}].Size(); after.Height <= before.Height {
		t.Errorf("the tiles do not take the room: %v, were %v", after, before)
	}
	press()
	if got := b.read(); len(got) != 1 || !slices.Equal(told, []bool{false, true}) {
		t.Errorf("after T again: %q, told %v", got, told)
	}
	if now := b.stage.tiles[key{"me", call.Camera}].Size(); now != before {
		t.Errorf("the tiles are %v, were %v", now, before)
	}
	was := b.captions.size()
	p := b.o.Preferences
	p.CaptionSize = 1.5
	b.SetPreferences(p)
	if got := b.captions.size(); got != 1.5*was {
		t.Errorf("captions of 1.5 are %v, were %v", got, was)
	}
	p.CaptionsOff = true
	b.SetPreferences(p)
	if got := b.read(); len(got) > 0 {
		t.Errorf("turned off in the settings: %q", got)
	}
	labels := menuLabels(b.moreItems())
	if !slices.Contains(labels, "Captions") {
		t.Errorf("the menu has %q", labels)
	}
}

// Captions lie over no name, no control and no other text, on every stage.
func TestCaptionsHaveTheirRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	shared := func(s *call.Snapshot) {
		s.People[1].Tracks = append(s.People[1].Tracks, call.Track{ID: "s", Source: call.Screen, Width: 1920, Height: 1080})
	}
	for _, scale := range []float32{0.8, 1, 2} {
		for _, size := range []float32{1, 2} {
			for _, window := range []fyne.Size{fyne.NewSize(1280, 720), fyne.NewSize(1, 1)} {
				for _, m := range []struct {
					name   string
					people int
					change func(*call.Snapshot)
				}{{"alone", 1, nil}, {"2", 2, nil}, {"9", 9, nil}, {"30", 30, nil}, {"screen", 9, shared}} {
					t.Run(fmt.Sprintf("%v %v %v %s", scale, size, window.Width, m.name), func(t *testing.T) {
						theme.ScaleText(scale)
						s := meeting(m.people)
						if m.change != nil {
							m.change(&s)
						}
						b := newBench(t, s, window, func(o *Options) { o.Preferences.CaptionSize = size })
						b.w.Resize(window.Max(b.w.Content().MinSize()))
						b.feed()
						for _, panel := range []panelMode{panelNone, panelPeople} {
							if panel != panelNone {
								b.panel.toggle(panel)
								if b.w.Canvas().Size().Width < panelBeside() {
									continue // it covers the stage
								}
							}
							b.say("p0", "me")
							if len(b.read()) == 0 {
								t.Fatal("nothing is read")
							}
							b.shot(fmt.Sprintf("captions-%v-%v-%v-%s-%d", scale, size, window.Width, m.name, panel))
							b.faults(fmt.Sprintf("panel %d", panel), b.root)
							if y, ok := b.captions.top(); !ok || y < b.stage.box.Size().Height*0.25 {
								t.Errorf("they begin at %v of %v", y, b.stage.box.Size())
							}
							b.toasts.Clear()
						}
					})
				}
			}
		}
	}
}

func TestCaptions_readFromTheRightEndThere(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	say := func(text string) {
		b.snapshot(func(s *call.Snapshot) {
			s.Captions = append(s.Captions, call.Caption{From: "p0", Text: text, At: b.o.Now().Add(time.Duration(len(s.Captions)) * time.Millisecond)})
		})
	}
	say("שלום לכולם (צוות השיווק), הפגישה מתחילה עוד מעט ב-10:30, נא להיכנס דרך הקישור שקיבלתם אתמול בערב, ותודה!")
	shown := 0
	for _, s := range b.captions.slots {
		for _, l := range s.says {
			if !l.Visible() {
				continue
			}
			shown++
			if l.Alignment != fyne.TextAlignTrailing {
				t.Errorf("%q stands at the left", l.Text)
			}
			if l.Text != bidi.Line(l.Text) || bidi.Plain(l.Text) == l.Text {
				t.Errorf("%q is not in order", l.Text)
			}
		}
	}
	if shown == 0 {
		t.Error("nothing is shown")
	}
	b.shot("captions-rtl")
}
