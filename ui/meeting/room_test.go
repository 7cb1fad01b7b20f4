package meeting

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget/room"
)

// crowded is a meeting with everything in it that has words.
func crowded() call.Snapshot {
	s := meeting(14)
	s.Local.Sharing = true
	s.People[1].Tracks = append(s.People[1].Tracks, call.Track{ID: "s", Source: call.Screen, Width: 1920, Height: 1080})
	s.People[2].Hand, s.People[4].Hand = epoch.Add(time.Minute), epoch
	s.People[5].Role, s.People[3].Role, s.People[2].Role = call.RoleViewer, call.RoleHost, call.RoleHost
	s.People[2].Quality, s.People[6].Loudness = call.QualityPoor, call.Loudness{Muted: true}
	at := func(m int) time.Time { return epoch.Add(time.Duration(m) * time.Minute) }
	s.Messages = []call.Message{
		{Seq: 1, ID: "1", From: "p0", FromName: "Ada Lovelace", Text: "The draft is at https://example.org/design/draft-3 (see page 4).", At: at(1)},
		{Seq: 2, ID: "2", From: "me", FromName: "Hedy", Text: "Thanks, reading it now. One question about the frequency hopping: should the receiver follow the same piano roll, or one of its own?", At: at(5), Mine: true},
		{Seq: 3, ID: "3", From: "p2", FromName: names[2], Text: "aVeryLongWordWithoutAnySpacesThatMustBreakSomewhereBecauseItIsWiderThanThePanelCouldEverBe", At: at(6)},
		{Seq: 4, ID: "4", From: "me", FromName: "Hedy", Text: "This one got lost", At: at(9), Mine: true, Failed: true},
	}
	return s
}

// faults looks at one part of the window.
func (b *bench) faults(where string, o fyne.CanvasObject) {
	b.t.Helper()
	for _, f := range room.Faults(o) {
		b.t.Errorf("%s: %s", where, f)
	}
}

// Everything has its room at every size of text, on the usual window and on the
// smallest, also when the size changes while the meeting is shown.
func TestTextOfEverySizeHasItsRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	usual, smallest := fyne.NewSize(1280, 720), fyne.NewSize(1, 1)
	for _, scale := range []float32{0.8, 1, 1.5, 2} {
		for _, size := range []fyne.Size{usual, smallest} {
			for _, look := range []string{theme.Dark, theme.Light} {
				if look == theme.Light && (!looked || size == smallest) {
					continue
				}
				t.Run(fmt.Sprintf("%v %v %s", scale, size.Width, look), func(t *testing.T) {
					theme.ScaleText(1)
					b := newBench(t, crowded(), size)
					b.measure()
					for _, mode := range []panelMode{panelStatistics, panelPeople, panelChat} { // all have been shown
						b.panel.toggle(mode)
						b.tick()
					}
					b.panel.toggle(panelNone)
					theme.ScaleText(scale)
					b.setTheme(look)
					b.w.Resize(size.Max(b.w.Content().MinSize()))
					if got := b.w.Canvas().Size(); size == usual && got != usual {
						t.Fatalf("the window is %v", got)
					}
					shot := func(name string) { b.shot(fmt.Sprintf("text-%v-%v-%s-%s", scale, size.Width, look, name)) }
					b.feed()
					for _, p := range []struct {
						name string
						mode panelMode
					}{{"none", panelNone}, {"chat", panelChat}, {"people", panelPeople}, {"statistics", panelStatistics}} {
						if p.mode != panelNone {
							b.panel.toggle(p.mode)
						}
						b.tick()
						shot(p.name)
						b.faults(p.name+", top bar", b.top.box)
						b.faults(p.name+", controls", b.bar.box)
						b.faults(p.name+", stage", b.stage.box)
						if p.mode != panelNone {
							b.faults(p.name+", panel", b.panel.box)
						}
					}
					b.panel.toggle(panelNone)
					b.panel.statistics.toggleOnTiles()
					b.faults("statistics on tiles", b.stage.box)
					b.panel.statistics.toggleOnTiles()

					b.toasts.Clear()
					b.snapshot(func(s *call.Snapshot) {
						s.State = call.Reconnecting
						s.Local.CameraError = fmt.Errorf("read: %w", errGone)
					})
					shot("trouble")
					b.faults("toasts", b.toasts)
					b.faults("banner", b.banner)
					b.toasts.Clear()
					b.snapshot(func(s *call.Snapshot) { s.State, s.Local.Sharing = call.Joined, false })

					// What opens over the meeting.
					over := func(name string) {
						t.Helper()
						shot(name)
						top := b.w.Canvas().Overlays().Top()
						if top == nil {
							t.Fatalf("%s: nothing is open", name)
						}
						b.faults(name, top)
						if b.modal != nil {
							b.modal.Hide()
						} else {
							top.Hide()
						}
					}
					b.showKeys()
					over("keys")
					b.moreMenu(b.bar.more)
					over("more")
					b.soundMenu(b.bar.microphone)
					over("sound")
					b.showLoudness("p2", names[2], fyne.NewPos(100, 100))
					over("loudness")
					b.toggleShare()
					b.until("thumbnails", b.shared)
					over("share")
					b.confirmRemove(b.last.People[2])
					over("remove")
				})
			}
		}
	}
}

// Being alone, and a chat without messages, have words of their own.
func TestLonelyTextHasItsRoom(t *testing.T) {
	t.Cleanup(func() { theme.ScaleText(1) })
	for _, scale := range []float32{0.8, 1, 1.5, 2} {
		for _, size := range []fyne.Size{fyne.NewSize(1280, 720), fyne.NewSize(1, 1)} {
			theme.ScaleText(scale)
			b := newBench(t, meeting(1), size)
			b.w.Resize(size.Max(b.w.Content().MinSize()))
			b.applyDevices(device.List{Screens: slices.Clone(allDevices.Screens)})
			b.shot(fmt.Sprintf("text-%v-%v-alone", scale, size.Width))
			b.faults("alone", b.stage.box)
			b.panel.toggle(panelChat)
			b.shot(fmt.Sprintf("text-%v-%v-alone-chat", scale, size.Width))
			b.faults("chat", b.panel.box)
		}
	}
}
