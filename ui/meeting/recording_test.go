package meeting

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/app/call"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

const (
	beingRecorded  = "This meeting is being recorded."
	recordingEnded = "The recording has ended."
)

// A meeting that is recorded says so for as long as it is, in words where these have room.
func TestRecordingIsSeen(t *testing.T) {
	for name, z := range map[string]struct {
		size fyne.Size
		word bool
	}{"1280": {fyne.NewSize(1280, 720), true}, "800": {fyne.NewSize(800, 600), true}, "480": {fyne.NewSize(480, 500), false}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, meeting(4), z.size)
			if b.top.record.Visible() || b.top.recording.Visible() {
				t.Error("a recording is shown, and there is none")
			}
			b.snapshot(func(s *call.Snapshot) { s.Room.Recording = true })
			if !b.top.record.Visible() || b.top.recording.Visible() != z.word || !slices.Contains(b.toasts.Texts(), beingRecorded) {
				t.Errorf("mark %v, word %v, toasts %q", b.top.record.Visible(), b.top.recording.Visible(), b.toasts.Texts())
			}
			for _, look := range []string{theme.Dark, theme.Light} {
				b.setTheme(look)
				b.shot("recording-" + look + "-" + name)
			}
			b.snapshot(func(s *call.Snapshot) { s.Local.Sharing = true })
			if end := b.top.pill.Position().X + b.top.pill.Size().Width; end > b.top.record.Position().X {
				t.Errorf("the strip ends at %v, the mark begins at %v", end, b.top.record.Position().X)
			}
			b.shot("recording-sharing-" + name)
			b.snapshot(func(s *call.Snapshot) { s.Room.Recording = false })
			if b.top.record.Visible() || b.top.recording.Visible() || !slices.Equal(b.toasts.Texts(), []string{recordingEnded}) {
				t.Errorf("after it: mark %v, toasts %q", b.top.record.Visible(), b.toasts.Texts())
			}
		})
	}
}

// Who comes to a meeting that is recorded is told at once.
func TestRecordingIsToldToWhoJoins(t *testing.T) {
	s := meeting(4)
	s.Room.Recording = true
	b := newBench(t, s, fyne.NewSize(1280, 720))
	if !b.top.record.Visible() || !slices.Contains(b.toasts.Texts(), beingRecorded) {
		t.Errorf("mark %v, toasts %q", b.top.record.Visible(), b.toasts.Texts())
	}
}

// A viewer is told once what they can do, also after a reconnect not again.
func TestAViewerIsToldTheirLimitsOnce(t *testing.T) {
	for _, test := range []struct {
		role          call.Role
		publish, chat bool
		want          string
	}{
		{call.RoleViewer, false, true, "You joined as a viewer. You can watch, listen, chat and raise your hand."},
		{call.RoleViewer, false, false, "You joined as a viewer. You can watch, listen and raise your hand."},
		{call.RoleViewer, true, true, ""}, {call.RoleGuest, true, true, ""}, {call.RoleHost, true, true, ""},
	} {
		s := meeting(2)
		s.Me.Role, s.Local.CanPublish, s.Local.CanChat = test.role, test.publish, test.chat
		b := newBench(t, s, normal)
		b.snapshot(func(*call.Snapshot) {})
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		if got := b.toasts.Texts(); !slices.Equal(got, want) {
			t.Errorf("%v: toasts are %q", test, got)
		}
		b.toasts.Clear()
		b.snapshot(func(s *call.Snapshot) { s.State = call.Reconnecting })
		b.snapshot(func(s *call.Snapshot) { s.State = call.Joined })
		if got := b.toasts.Texts(); slices.ContainsFunc(got, func(s string) bool { return s == test.want }) {
			t.Errorf("%v: told again: %q", test, got)
		}
	}
}

// Toasts lie over no name, as far as there is room for that.
func TestToastsCoverNoNames(t *testing.T) {
	for _, z := range []fyne.Size{fyne.NewSize(480, 500), fyne.NewSize(800, 600), fyne.NewSize(1280, 720)} {
		for _, n := range []int{1, 2, 4, 9, 16} {
			t.Run(fmt.Sprintf("%v, %d people", z.Width, n), func(t *testing.T) {
				b := newBench(t, meeting(n), z)
				for i, text := range []string{"This meeting is being recorded.", "Ada Lovelace raised a hand"} {
					b.toasts.Say(widget.Info, theme.IconRecord, text)
					for _, toast := range find[*widget.Notice](b) {
						if !toast.Visible() {
							continue
						}
						d := fyne.CurrentApp().Driver()
						at, size := d.AbsolutePositionForObject(toast), toast.Size()
						for _, tile := range b.stage.tiles {
							r, ok := tile.NameAt()
							p := d.AbsolutePositionForObject(tile).AddXY(r.X, r.Y)
							if ok && tile.Visible() && at.X < p.X+r.W && p.X < at.X+size.Width && at.Y < p.Y+r.H && p.Y < at.Y+size.Height {
								t.Errorf("toast %d of %q at %v %v lies over the name of %q at %v", i, toast.Text(), at, size, tile.Label(), p)
							}
						}
					}
				}
				b.shot(fmt.Sprintf("toasts-%v-%d", z.Width, n))
			})
		}
	}
}

// A hint stands over the pictures, which leave it its room.
func TestAHintHasItsRoom(t *testing.T) {
	for _, z := range []fyne.Size{fyne.NewSize(400, 400), fyne.NewSize(800, 600), fyne.NewSize(1280, 720)} {
		for _, panel := range []panelMode{panelNone, panelChat} {
			b := newBench(t, meeting(2), z, func(o *Options) {
				o.Hint = "Speak now. You'll hear yourself 2 seconds later. The face nods while video arrives."
			})
			if panel != panelNone {
				b.panel.toggle(panel)
			}
			end := b.hint.Position().Y + b.hint.Size().Height
			if over := topHeight(); !b.hint.Visible() || b.hint.Position().Y < over || end > b.stage.box.Position().Y {
				t.Errorf("%v: the hint is at %v to %v, the header ends at %v, the stage begins at %v", z, b.hint.Position(), end, over, b.stage.box.Position().Y)
			}
			if b.stage.box.Size().Height < 80 {
				t.Errorf("%v: the stage is %v high", z, b.stage.box.Size().Height)
			}
			b.shot(fmt.Sprintf("hint-%v-%d", z.Width, panel))
		}
	}
}

// What a panel shows needs no toast beside it.
func TestToastsLeaveWhenTheirPanelOpens(t *testing.T) {
	b := newBench(t, meeting(4), fyne.NewSize(1280, 720))
	b.snapshot(func(s *call.Snapshot) {
		s.Messages = append(s.Messages, call.Message{Seq: 100, ID: "new", From: "p1", FromName: "Grace", Text: "Hello", At: epoch})
		s.People[0].Hand = epoch
		s.Room.Recording = true
	})
	before := b.toasts.Texts()
	if len(before) != 3 {
		t.Fatalf("toasts are %q", before)
	}
	b.panel.toggle(panelChat)
	if now := b.toasts.Texts(); len(now) != 2 || slices.ContainsFunc(now, func(s string) bool { return s != before[0] && s != beingRecorded }) {
		t.Errorf("with the chat open toasts are %q, before %q", now, before)
	}
	b.panel.toggle(panelPeople)
	if now := b.toasts.Texts(); !slices.Equal(now, []string{beingRecorded}) {
		t.Errorf("with the people open toasts are %q", now)
	}
}
