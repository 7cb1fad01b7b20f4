package meeting

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"foyer/app/call"
	"foyer/media/device"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

var normal = fyne.NewSize(1280, 720)

func TestKeysAreTheCallsVerbs(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	for _, k := range []struct {
		rune rune
		verb string
	}{{'m', "microphone false"}, {'M', "microphone false"}, {'v', "camera false"}, {'h', "hand true"}} {
		test.TypeOnCanvas(b.w.Canvas(), string(k.rune))
		b.wantVerbs(k.verb)
	}
	b.snapshot(func(s *call.Snapshot) {
		s.Local.MicrophoneOn, s.Local.CameraOn, s.Me.Hand, s.Local.Sharing = false, false, epoch, true
	})
	test.TypeOnCanvas(b.w.Canvas(), "mvhs")
	b.wantVerbs("microphone true", "camera true", "hand false", "stop share")

	test.TypeOnCanvas(b.w.Canvas(), "c")
	if b.panel.mode != panelChat {
		t.Fatal("C does not open the chat")
	}
	if b.panel.chat.field.Text != "" {
		t.Errorf("the C that opened the chat was typed into it: %q", b.panel.chat.field.Text)
	}
	b.panel.chat.field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.panel.mode != panelNone || b.w.Canvas().Focused() != nil {
		t.Error("Escape in the chat does not close it")
	}
	test.TypeOnCanvas(b.w.Canvas(), "p")
	if b.panel.mode != panelPeople {
		t.Error("P does not open the people")
	}
	b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.panel.mode != panelNone {
		t.Error("Escape does not close the panel")
	}
	test.TypeOnCanvas(b.w.Canvas(), "f")
	if !b.w.FullScreen() {
		t.Error("F does not fill the screen")
	}
	b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.w.FullScreen() {
		t.Error("Escape does not leave full screen")
	}
	test.TypeOnCanvas(b.w.Canvas(), "?")
	if b.modal == nil {
		t.Fatal("? shows no list")
	}
	test.TypeOnCanvas(b.w.Canvas(), "mvsh") // the dialog is open: nothing happens behind it
	b.keys.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.modal != nil {
		t.Error("Escape does not close the list")
	}
	b.wantVerbs()

	b.w.Canvas().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierControl})
	b.until("leaving", func() bool { return len(b.reason) == 1 })
	b.wantVerbs("leave")
}

func TestShareKeyOpensThePickerAndShares(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	test.TypeOnCanvas(b.w.Canvas(), "s")
	b.until("thumbnails", b.shared)
	cards := find[*screenCard](b)
	test.Tap(cards[1])
	b.w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if b.modal != nil {
		t.Error("the picker stays open")
	}
	var verbs []string
	b.until("sharing", func() bool { verbs = append(verbs, b.f.took()...); drain(b); return len(verbs) > 0 })
	if !slices.Equal(verbs, []string{"share scr2"}) {
		t.Errorf("the call was told %q", verbs)
	}
}

// drain keeps until from waiting for something to run.
func drain(b *bench) {
	select {
	case b.queue <- func() {}:
	default:
	}
}

func TestNothingFiresWhileTyping(t *testing.T) {
	b := newBench(t, meeting(20), normal)
	b.panel.toggle(panelChat)
	field := b.panel.chat.field
	if b.w.Canvas().Focused() != fyne.Focusable(field) {
		t.Fatal("opening the chat does not focus its field")
	}
	const text = "mvshcpf? mute me"
	test.Type(field, text)
	for _, r := range text { // and what the driver does: to the focused one only
		_ = r
	}
	if field.Text != text {
		t.Errorf("the field holds %q", field.Text)
	}
	b.wantVerbs()
	if b.panel.mode != panelChat || b.w.FullScreen() || b.modal != nil {
		t.Error("typing moved something")
	}
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantVerbs("send " + text)
	if field.Text != "" {
		t.Errorf("after sending the field holds %q", field.Text)
	}
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	test.Type(field, "   ")
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantVerbs() // nothing to send
	field.SetText("")
	test.Type(field, "one")
	field.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	field.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Type(field, "two")
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantVerbs("send one\ntwo")

	b.panel.toggle(panelPeople)
	b.w.Canvas().Focus(b.panel.people.search)
	test.Type(b.panel.people.search, "mvh")
	b.wantVerbs()
}

func TestHoldSpaceToTalk(t *testing.T) {
	s := meeting(2)
	s.Local.MicrophoneOn = false
	b := newBench(t, s, normal)
	space := &fyne.KeyEvent{Name: fyne.KeySpace}
	b.keys.keyDown(space)
	b.wantVerbs("microphone true")
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = true })
	b.keys.keyDown(space)
	b.wantVerbs()
	b.keys.keyUp(space)
	b.wantVerbs("microphone false")
	b.keys.keyUp(space)
	b.wantVerbs()

	// An open microphone is not closed by a tap on Space.
	b.keys.keyDown(space)
	b.keys.keyUp(space)
	b.wantVerbs()

	// Going to type while it is held ends it: the release would be the field's.
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn = false })
	b.keys.keyDown(space)
	b.panel.toggle(panelChat)
	b.wantVerbs("microphone true", "microphone false")
	b.panel.chat.field.KeyDown(space)
	b.panel.chat.field.KeyUp(space)
	b.wantVerbs()
}

func TestAHeldKeyActsOnce(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	b.keys.presses = true
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeyM})
	for range 5 {
		b.keys.typedRune('m')
	}
	b.wantVerbs("microphone false")
}

func TestUnreadMessagesAreCounted(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	say := func(id, from string, mine bool) {
		b.snapshot(func(s *call.Snapshot) {
			s.Messages = append(s.Messages, call.Message{ID: id, From: from, FromName: from, Text: "text " + id, At: epoch, Mine: mine})
		})
	}
	want := func(n int) {
		t.Helper()
		if got := b.bar.chat.Badge(); got != n {
			t.Errorf("the badge says %d, want %d", got, n)
		}
	}
	say("1", "p0", false)
	say("2", "p1", false)
	say("3", "me", true)
	want(2)
	if got := b.toasts.Texts(); !slices.Contains(got, "p1: text 2") {
		t.Errorf("toasts are %q", got)
	}
	b.panel.toggle(panelChat)
	want(0)
	say("4", "p0", false)
	want(0)
	b.panel.toggle(panelChat)
	say("5", "p0", false)
	want(1)
	if n := len(b.panel.chat.lines.rows); n != 4 {
		t.Errorf("the closed chat has %d rows: it is brought up to date when it opens", n)
	}
	b.panel.toggle(panelChat)
	if n := len(b.panel.chat.lines.rows); n != 5 {
		t.Errorf("the chat has %d rows", n)
	}
}

// A full chat loses its beginning with each new line, and senders choose the IDs
// of their lines: neither may hide what is new.
func TestAFullChatStillTellsOfNewLines(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	line := func(n uint64) call.Message {
		return call.Message{Seq: n, ID: "same", From: "p0", FromName: "p0", Text: fmt.Sprint("text ", n), At: epoch}
	}
	fill := func(from, to uint64) {
		b.snapshot(func(s *call.Snapshot) {
			s.Messages = nil
			for n := from; n <= to; n++ {
				s.Messages = append(s.Messages, line(n))
			}
		})
	}
	fill(1, 2000)
	b.panel.toggle(panelChat)
	b.panel.toggle(panelChat)
	old := b.last.Messages
	fill(4, 2003)
	if n := b.bar.chat.Badge(); n != 3 {
		t.Errorf("the badge says %d, want 3", n)
	}
	if got := since(old, b.last.Messages); len(got) != 3 || got[0].Seq != 2001 {
		t.Errorf("%d lines are news, want 3", len(got))
	}
	if got := b.toasts.Texts(); !slices.Contains(got, "p0: text 2003") {
		t.Errorf("toasts are %q", got)
	}
	b.panel.toggle(panelChat)
	for _, r := range b.panel.chat.lines.rows {
		if want := fmt.Sprint("text ", r.m.Seq); r.m.Text != want {
			t.Fatalf("row %d says %q", r.m.Seq, r.m.Text)
		}
	}
}

// seen returns the tiles that are shown.
func (b *bench) seen() map[key]*widget.VideoTile {
	out := map[key]*widget.VideoTile{}
	for k, x := range b.stage.tiles {
		if x.Visible() {
			out[k] = x
		}
	}
	return out
}

func (b *bench) checkTiles() {
	b.t.Helper()
	size := b.stage.box.Size()
	seen := b.seen()
	for k, x := range seen {
		p, s := x.Position(), x.Size()
		if p.X < 0 || p.Y < -0.5 || p.X+s.Width > size.Width+0.5 || p.Y+s.Height > size.Height+0.5 {
			b.t.Errorf("tile %v at %v %v is off the stage of %v", k, p, s, size)
		}
		for l, y := range seen {
			q, r := y.Position(), y.Size()
			if k != l && p.X < q.X+r.Width && q.X < p.X+s.Width && p.Y < q.Y+r.Height && q.Y < p.Y+s.Height {
				b.t.Errorf("tiles %v and %v overlap", k, l)
			}
		}
	}
}

func TestGridShowsEverybodyInPages(t *testing.T) {
	for _, size := range []fyne.Size{normal, fyne.NewSize(800, 600), fyne.NewSize(2560, 1440), fyne.NewSize(500, 900)} {
		for _, n := range []int{1, 4, 9, 25} {
			b := newBench(t, meeting(n), size)
			if got := len(b.seen()); got != n {
				t.Errorf("%d people: %d tiles", n, got)
			}
			if b.stage.pager.box.Visible() {
				t.Errorf("%d people: pages", n)
			}
			b.checkTiles()
		}
	}
	b := newBench(t, meeting(30), normal)
	if n := len(b.seen()); n != 25 {
		t.Errorf("first page has %d tiles", n)
	}
	if !b.stage.pager.box.Visible() || b.stage.pager.label.Text != "1 / 2" {
		t.Errorf("the pager says %q", b.stage.pager.label.Text)
	}
	b.checkTiles()
	first := b.seen()
	test.Tap(b.stage.pager.next)
	second := b.seen()
	if len(second) != 6 {
		t.Errorf("second page has %d tiles, want 5 and our own", len(second))
	}
	me := key{"me", call.Camera}
	for k := range second {
		if k != me && first[k] != nil {
			t.Errorf("%v is on both pages", k)
		}
	}
	if second[me] == nil {
		t.Error("our own tile is not on the second page")
	}
	b.checkTiles()
	for k, x := range b.stage.tiles {
		if w, h := x.Surface().Size(); (w > 0 && h > 0) != (x.Visible() && x.State().Picture) {
			t.Errorf("tile %v, visible %v, has a surface of %dx%d", k, x.Visible(), w, h)
		}
	}
	if b.stage.pager.next.Reason() == "" || b.stage.pager.prev.Reason() != "" {
		t.Error("the pager does not know the last page")
	}
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[:3] })
	if n := len(b.seen()); n != 4 || b.stage.page != 0 {
		t.Errorf("after most have left: %d tiles on page %d", n, b.stage.page)
	}
}

func TestTilesComeAndGoWithPeople(t *testing.T) {
	b := newBench(t, meeting(5), normal)
	gone := key{"p1", call.Camera}
	if b.f.showing(gone) != 1 {
		t.Fatalf("%v is shown on %d surfaces", gone, b.f.showing(gone))
	}
	tile := b.stage.tiles[gone]
	b.snapshot(func(s *call.Snapshot) { s.People = slices.Delete(s.People, 1, 2) })
	if b.f.showing(gone) != 0 || b.stage.tiles[gone] != nil {
		t.Error("the tile of somebody who left lives on")
	}
	if w, h := tile.Surface().Size(); w != 0 || h != 0 {
		t.Errorf("their surface is %dx%d", w, h)
	}
	if b.f.showing(key{"me", call.Camera}) != 1 {
		t.Error("our own camera is not shown")
	}
	b.checkTiles()
}

func TestSurfacesHaveDevicePixels(t *testing.T) {
	b := newBench(t, meeting(4), normal)
	b.scale(2)
	b.stage.laid = arrangement{}
	b.w.Resize(fyne.NewSize(1281, 720))
	b.w.Resize(normal)
	b.feed()
	tile := b.stage.tiles[key{"me", call.Camera}]
	w, h := tile.Surface().Size()
	if s := tile.Size(); float32(w) != s.Width*2 || float32(h) != s.Height*2 || s.Width < 400 {
		t.Errorf("a tile of %v at scale 2 has a surface of %dx%d", s, w, h)
	}
}

func sharing(s *call.Snapshot, i int) {
	s.People[i].Tracks = append(slices.Clone(s.People[i].Tracks), call.Track{ID: "s", Source: call.Screen, Width: 1920, Height: 1080})
}

func TestSpotlight(t *testing.T) {
	b := newBench(t, meeting(5), normal)
	b.snapshot(func(s *call.Snapshot) { sharing(s, 1) })
	screen := key{"p1", call.Screen}
	if b.stage.spot() != screen {
		t.Fatalf("the spotlight is on %v", b.stage.spot())
	}
	big := func() key {
		var best key
		for k, x := range b.seen() {
			if b.stage.tiles[best] == nil || x.Size().Width > b.stage.tiles[best].Size().Width {
				best = k
			}
		}
		return best
	}
	if big() != screen || b.stage.tiles[screen].Size().Width < 900 {
		t.Errorf("largest is %v", big())
	}
	if b.stage.tiles[key{"me", call.Camera}].Size().Width > 300 {
		t.Error("our own tile is not small")
	}
	b.checkTiles()
	if got := b.toasts.Texts(); !slices.Contains(got, "Grace Hopper is sharing a screen") {
		t.Errorf("toasts are %q", got)
	}

	// A second screen takes over; the first is in the strip.
	b.snapshot(func(s *call.Snapshot) { sharing(s, 3) })
	if want := (key{"p3", call.Screen}); b.stage.spot() != want || b.seen()[screen] == nil {
		t.Errorf("the spotlight is on %v", b.stage.spot())
	}
	// A person is pinned over both, by a double tap, and unpinned.
	who := key{"p0", call.Camera}
	test.DoubleTap(b.stage.tiles[who])
	if b.stage.spot() != who || big() != who || !b.stage.tiles[who].State().Pinned {
		t.Errorf("the spotlight is on %v", b.stage.spot())
	}
	b.checkTiles()
	test.DoubleTap(b.stage.tiles[who])
	if want := (key{"p3", call.Screen}); b.stage.spot() != want {
		t.Errorf("after unpinning the spotlight is on %v", b.stage.spot())
	}
	// Screens can be sent back to the grid.
	test.DoubleTap(b.stage.tiles[key{"p3", call.Screen}])
	test.DoubleTap(b.stage.tiles[screen])
	if b.stage.spot() != (key{}) {
		t.Errorf("after sending both back the spotlight is on %v", b.stage.spot())
	}
	if n := len(b.seen()); n != 7 {
		t.Errorf("%d tiles in the grid, want 5 people and 2 screens", n)
	}
	b.checkTiles()
	// When sharing ends, so do the tiles; the pinned person may leave too.
	test.DoubleTap(b.stage.tiles[who])
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[2:3] })
	if b.stage.spot() != (key{}) || len(b.seen()) != 2 {
		t.Errorf("spotlight on %v with %d tiles", b.stage.spot(), len(b.seen()))
	}
}

func TestSpeakersComeIntoSight(t *testing.T) {
	s := meeting(14)
	sharing(&s, 0)
	b := newBench(t, s, normal)
	inStrip := func(i int) bool { return b.seen()[key{fmt.Sprintf("p%d", i), call.Camera}] != nil }
	if inStrip(11) {
		t.Fatal("the strip holds everybody")
	}
	n := len(b.seen())
	b.snapshot(func(s *call.Snapshot) { s.People[11].Speaking = true })
	if !inStrip(11) || len(b.seen()) != n {
		t.Error("somebody speaks out of sight")
	}
	b.now = b.now.Add(time.Second)
	b.snapshot(func(s *call.Snapshot) { s.People[11].Speaking, s.People[12].Speaking = false, true })
	if !inStrip(11) || !inStrip(12) {
		t.Error("who spoke a moment ago had to go")
	}
	before := b.stage.order
	b.snapshot(func(s *call.Snapshot) { s.People[12].Speaking = false })
	if !slices.Equal(before, b.stage.order) {
		t.Error("tiles move when somebody falls silent")
	}
	b.checkTiles()
}

func TestSpotlightInATallWindow(t *testing.T) {
	s := meeting(6)
	sharing(&s, 0)
	b := newBench(t, s, fyne.NewSize(560, 900))
	main := b.stage.tiles[key{"p0", call.Screen}]
	me := b.stage.tiles[key{"me", call.Camera}]
	if me.Position().Y < main.Position().Y+main.Size().Height {
		t.Errorf("the strip at %v is not below the screen at %v %v", me.Position(), main.Position(), main.Size())
	}
	b.checkTiles()
}

func TestOwnScreenIsNotInTheSpotlight(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	b.snapshot(func(s *call.Snapshot) {
		s.Local.Sharing, s.Local.SharedScreen = true, "scr1"
		s.Me.Tracks = append(s.Me.Tracks, call.Track{Source: call.Screen})
	})
	if b.stage.spot() != (key{}) || len(b.seen()) != 3 {
		t.Error("our own screen is shown to us")
	}
	if !b.top.sharing.Visible() {
		t.Fatal("nothing says that we share")
	}
	test.Tap(b.top.stop)
	b.wantVerbs("stop share")
}

func TestViewersAreToldWhy(t *testing.T) {
	s := meeting(3)
	s.Me.Role = call.RoleViewer
	s.Local = call.Local{}
	b := newBench(t, s, normal)
	for _, x := range []*widget.IconButton{b.bar.microphone, b.bar.camera, b.bar.share} {
		if !strings.Contains(x.Reason(), "viewer") {
			t.Errorf("%s: the reason is %q", x.Icon(), x.Reason())
		}
		test.Tap(x)
	}
	test.TypeOnCanvas(b.w.Canvas(), "mvs")
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.wantVerbs()
	b.panel.toggle(panelChat)
	if !b.panel.chat.field.Disabled() || b.w.Canvas().Focused() != nil {
		t.Error("a viewer can write")
	}
}

func TestMissingDevicesAreNamed(t *testing.T) {
	s := meeting(2)
	s.Local.MicrophoneOn, s.Local.CameraOn = false, false
	s.Local.Camera, s.Local.Microphone = "", ""
	b := newBench(t, s, normal)
	if b.bar.camera.Reason() != "" || b.bar.microphone.Reason() != "" {
		t.Errorf("with devices: camera %q, microphone %q", b.bar.camera.Reason(), b.bar.microphone.Reason())
	}
	send := func(l device.List) {
		b.lists <- l
		b.until("the list", func() bool {
			return len(b.devices.Cameras) == len(l.Cameras) && len(b.devices.Screens) == len(l.Screens)
		})
	}
	send(device.List{})
	for _, x := range []struct {
		b    *widget.IconButton
		want string
	}{{b.bar.camera, "No camera found"}, {b.bar.microphone, "No microphone found"}, {b.bar.share, "No screen found that can be shared"}} {
		if x.b.Reason() != x.want {
			t.Errorf("%s: the reason is %q, want %q", x.b.Icon(), x.b.Reason(), x.want)
		}
	}
	send(allDevices)
	if b.bar.camera.Reason() != "" {
		t.Errorf("a camera was plugged in, but: %s", b.bar.camera.Reason())
	}
	if got := b.toasts.Texts(); !slices.Contains(got, "Camera plugged in: Integrated Camera") {
		t.Errorf("toasts are %q", got)
	}
	// A file or the test card needs no camera.
	b.snapshot(func(s *call.Snapshot) { s.Local.Camera = device.Test })
	send(device.List{})
	if b.bar.camera.Reason() != "" {
		t.Errorf("test card: %s", b.bar.camera.Reason())
	}
	// Joined to listen: pressing the button takes the default device.
	send(allDevices)
	b.snapshot(func(s *call.Snapshot) { s.Local.Camera = device.None })
	test.Tap(b.bar.camera)
	b.wantVerbs("use camera ", "camera true")
}

func TestTroubleIsSaid(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	b.snapshot(func(s *call.Snapshot) { s.State = call.Reconnecting })
	if !b.banner.Visible() {
		t.Error("no banner while reconnecting")
	}
	b.snapshot(func(s *call.Snapshot) { s.People = nil })
	b.snapshot(func(s *call.Snapshot) { s.State = call.Joined; s.People = meeting(3).People })
	if b.banner.Visible() {
		t.Error("the banner stays")
	}
	if got := b.toasts.Texts(); !slices.Equal(got, []string{"Reconnected"}) {
		t.Errorf("toasts are %q", got)
	}
	for _, e := range []struct {
		set  func(*call.Local)
		want string
	}{
		{func(l *call.Local) { l.CameraError = fmt.Errorf("read: %w", device.ErrGone) }, "The camera was disconnected. Plug it in again, or choose another one."},
		{func(l *call.Local) { l.MicrophoneError = device.ErrBusy }, "Another program is using the microphone. Close it there, then try again."},
		{func(l *call.Local) { l.SpeakerError = device.ErrNoDevice }, "No speaker found. You can still see and hear the others."},
		{func(l *call.Local) { l.ShareError = device.ErrGone }, "The shared screen or window was closed, so sharing has stopped."},
		{func(l *call.Local) { l.ShareError = errors.New("odd") }, "The screen share does not work: odd."},
	} {
		b.snapshot(func(s *call.Snapshot) { e.set(&s.Local) })
		if got := b.toasts.Texts(); got[len(got)-1] != e.want {
			t.Errorf("toasts are %q, want %q last", got, e.want)
		}
	}
	b.toasts.Clear()
	b.snapshot(func(s *call.Snapshot) {})
	if got := b.toasts.Texts(); len(got) != 0 {
		t.Errorf("old trouble is told again: %q", got)
	}
}

func TestComingAndGoingIsSaid(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	b.snapshot(func(s *call.Snapshot) { s.People = append(s.People, person(9)) })
	b.snapshot(func(s *call.Snapshot) { s.People[0].Hand = epoch })
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[:1] })
	want := []string{"Katherine Johnson joined", "Ada Lovelace raised a hand", "Katherine Johnson left"}
	if got := b.toasts.Texts(); !slices.Equal(got, want) {
		t.Errorf("toasts are %q, want %q", got, want)
	}
	b.toasts.Clear()
	b.snapshot(func(s *call.Snapshot) { s.People = meeting(12).People })
	if got := b.toasts.Texts(); !slices.Equal(got, []string{"10 people joined"}) {
		t.Errorf("toasts are %q", got)
	}
}

func TestTheEndIsToldOnce(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	test.Tap(b.bar.leave)
	test.Tap(b.bar.leave)
	b.until("the end", func() bool { return len(b.reason) > 0 })
	b.snapshotEnd(nil)
	b.wantVerbs("leave")
	if len(b.reason) != 1 || b.reason[0] != nil {
		t.Errorf("told %v", b.reason)
	}

	b = newBench(t, meeting(2), normal)
	b.snapshotEnd(call.ErrRemoved)
	if len(b.reason) != 1 || !errors.Is(b.reason[0], call.ErrRemoved) {
		t.Errorf("told %v", b.reason)
	}
	b.wantVerbs()
}

func (b *bench) snapshotEnd(why error) {
	b.snapshot(func(s *call.Snapshot) { s.State, s.Ended = call.Left, why })
}

func menuLabels(items []*fyne.MenuItem) []string {
	var out []string
	for _, i := range items {
		if !i.IsSeparator {
			out = append(out, i.Label)
		}
	}
	return out
}

func TestHostsCanAct(t *testing.T) {
	s := meeting(4)
	b := newBench(t, s, normal)
	items := b.personItems("p1", fyne.Position{})
	want := []string{"Volume…", "Mute for me", "Mute for everyone", "Turn the camera off", "Remove from the meeting…"}
	if got := menuLabels(items); !slices.Equal(got, want) {
		t.Fatalf("a host may %q, want %q", got, want)
	}
	verb := func(want string) {
		t.Helper()
		var got []string
		b.until(want, func() bool { got = append(got, b.f.took()...); drain(b); return len(got) > 0 })
		if got[0] != want {
			t.Errorf("the call was told %q, want %q", got, want)
		}
	}
	items[3].Action()
	verb("mute p1 microphone")
	items[4].Action()
	verb("mute p1 camera")
	items[5].Action()
	var remove *widget.KeyButton
	for _, x := range find[*widget.KeyButton](b) {
		if x.Text == "Remove" {
			remove = x
		}
	}
	if remove == nil {
		t.Fatal("removing is not asked for twice")
	}
	b.f.fail(call.ErrForbidden)
	test.Tap(remove)
	verb("remove p1")
	b.until("the refusal", func() bool {
		return slices.Contains(b.toasts.Texts(), "Could not remove Grace Hopper: only hosts may do that.")
	})

	items[0].Action()
	sliders := find[*widget.Slider](b)
	if len(sliders) != 1 {
		t.Fatal("no volume slider")
	}
	sliders[0].SetValue(150)
	b.wantVerbs("loudness p1 1.50 false")

	b.snapshot(func(s *call.Snapshot) { s.Me.Role = call.RoleGuest })
	if got := menuLabels(b.personItems("p1", fyne.Position{})); !slices.Equal(got, want[:2]) {
		t.Errorf("a guest may %q", got)
	}
	if b.personItems("nobody", fyne.Position{}) != nil {
		t.Error("somebody who left can still be acted on")
	}
}

func TestAloneOffersTheLink(t *testing.T) {
	b := newBench(t, meeting(1), normal)
	if !b.stage.lonely.box.Visible() {
		t.Fatal("nothing is said to somebody alone")
	}
	test.Tap(b.stage.lonely.copy)
	if got := fyne.CurrentApp().Clipboard().Content(); got != b.o.Links.Link {
		t.Errorf("the clipboard holds %q", got)
	}
	b.snapshot(func(s *call.Snapshot) { s.People = meeting(2).People })
	if b.stage.lonely.box.Visible() {
		t.Error("it is still said to two")
	}
	plain := newBench(t, meeting(1), normal, func(o *Options) { o.Links = Links{} })
	if plain.stage.lonely.copy != nil {
		t.Error("a link is offered where there is none")
	}
}

func TestPeopleAreListedHandsFirst(t *testing.T) {
	s := meeting(14)
	s.People[6].Hand, s.People[2].Hand = epoch, epoch.Add(time.Second)
	b := newBench(t, s, normal)
	b.panel.toggle(panelPeople)
	p := b.panel.people
	s.People[9].Role = call.RoleHost
	b.snapshot(func(n *call.Snapshot) { n.People = s.People })
	var order []string
	for _, r := range p.rows {
		order = append(order, r.identity)
	}
	// Hands, ourselves, a host, and the others by name: emoji, Latin, Cyrillic, Arabic, Chinese.
	if want := []string{"p6", "p2", "me", "p9", "p0", "p10", "p1", "p11", "p5", "p12", "p8", "p4", "p7", "p3"}; !slices.Equal(order, want) {
		t.Errorf("the order is %q, want %q", order, want)
	}
	if p.rows[0].identity != "p6" || p.rows[0].hand != 1 || p.rows[1].identity != "p2" || p.rows[1].hand != 2 || p.rows[2].identity != "me" {
		t.Errorf("the list begins %+v", p.rows[:3])
	}
	if !p.search.Visible() {
		t.Fatal("14 people and no search field")
	}
	test.Type(p.search, "hopper")
	if len(p.rows) != 2 {
		t.Errorf("%d people called Hopper", len(p.rows))
	}
	p.search.SetText("zzz")
	if len(p.rows) != 0 || !p.none.Visible() {
		t.Error("nobody found is not said")
	}
	p.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(p.rows) != 14 {
		t.Error("Escape does not clear the search")
	}
	if b.panel.header.Text != "People (14)" {
		t.Errorf("the title is %q", b.panel.header.Text)
	}
	b.snapshot(func(s *call.Snapshot) { s.People = s.People[:4] })
	if p.search.Visible() || b.panel.header.Text != "People (5)" {
		t.Errorf("5 people: search %v, title %q", p.search.Visible(), b.panel.header.Text)
	}
}

func TestStatisticsFollowTheClock(t *testing.T) {
	b := newBench(t, meeting(2), normal, func(o *Options) { o.Version = "1.2.3" })
	b.panel.toggle(panelStatistics)
	if n := len(b.panel.statistics.rows); n != 0 {
		t.Errorf("%d rows of nothing", n)
	}
	b.f.stats = call.Stats{RTT: 12 * time.Millisecond, Available: 3e6, Tracks: []call.TrackStats{
		{Identity: "p0", Source: call.Microphone, Codec: "audio/opus", BitRate: 32000, Packets: 99, Lost: 1, Delay: 40 * time.Millisecond},
		{Identity: "me", Source: call.Camera, Sent: true, Codec: "video/VP8", Implementation: "libvpx", Width: 1280, Height: 720, FrameRate: 30, BitRate: 1.5e6, Layers: 3},
	}}
	b.tick()
	rows := b.panel.statistics.rows
	if len(rows) != 2 || rows[0].name+rows[0].kind != "You · camera" || rows[1].name+rows[1].kind != "Ada Lovelace · microphone" {
		t.Fatalf("rows are %+v", rows)
	}
	if rows[0].how != "VP8 · libvpx, software · 3 layers" || rows[0].cells != [6][2]string{{"Size", "1280×720"}, {"Frames", "30 fps"}, {"Bit rate", "1.5 Mbit/s"}, {"Loss", dash}} {
		t.Errorf("sent: %q %q", rows[0].how, rows[0].cells)
	}
	if rows[1].how != "Opus" || rows[1].cells != [6][2]string{{"Bit rate", "32 kbit/s"}, {"Loss", "1.0 %"}, {"Buffer", "40 ms"}, {"Jitter", dash}} {
		t.Errorf("received: %q %q", rows[1].how, rows[1].cells)
	}
	p := b.panel.statistics
	if p.rtt.value.Text != "12 ms" || p.up.value.Text != "1.5 Mbit/s" || p.down.value.Text != "32 kbit/s" || p.room.Text != "Available for sending: 3.0 Mbit/s" {
		t.Errorf("round trip %q, sending %q, receiving %q, %q", p.rtt.value.Text, p.up.value.Text, p.down.value.Text, p.room.Text)
	}
	b.f.stats.Tracks[0].Packets, b.f.stats.Tracks[0].Lost = 189, 11
	b.tick()
	if p.lost.value.Text != "10.0 %" { // of the last second: 10 of 100
		t.Errorf("loss %q", p.lost.value.Text)
	}
	for range 2 * plotted {
		b.tick()
	}
	if p.rtt.n != plotted || p.history[trackKey{key{"p0", call.Microphone}, false}].n != plotted {
		t.Errorf("plots go back %d seconds", p.rtt.n)
	}
	p.copy.OnTapped()
	for _, want := range []string{"Foyer 1.2.3, call statistics of ", "Round trip to the server: 12 ms", "You, camera, sent\n", "libvpx, software", "Ada Lovelace, microphone, received\n", "189, 11 lost (5.5 %)"} {
		if got := fyne.CurrentApp().Clipboard().Content(); !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	b.panel.toggle(panelNone)
	asked := b.f.asked.Load()
	b.tick()
	if b.f.asked.Load() != asked || p.rtt.n != 0 {
		t.Error("statistics go on behind a closed panel")
	}
}

func TestStatisticsOnThePictures(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	b.f.stats = call.Stats{RTT: 12 * time.Millisecond, Tracks: []call.TrackStats{
		{Identity: "p1", Source: call.Camera, Codec: "video/H264", Implementation: "NVDEC", Hardware: true, Width: 640, Height: 360, FrameRate: 30, Frames: 9, BitRate: 5e5, Packets: 90, Lost: 10, Freezes: 2, FreezeTime: 1500 * time.Millisecond, Latency: 35 * time.Millisecond},
	}}
	tile := b.stage.tiles[key{"p1", call.Camera}]
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeyI})
	b.keys.typedRune('i')
	want := []string{"640×360 · 30 fps", "H.264 · NVDEC, hardware", "500 kbit/s · lost 10.0 %", "latency 35 ms", "round trip 12 ms · freezes 2, 1.5 s"}
	if got := tile.Details(); !slices.Equal(got, want) {
		t.Errorf("the tile says %q", got)
	}
	if got := b.stage.tiles[key{"p0", call.Camera}].Details(); got != nil {
		t.Errorf("a tile without a picture says %q", got)
	}
	b.keys.keyDown(&fyne.KeyEvent{Name: fyne.KeyI})
	b.keys.typedRune('i')
	asked := b.f.asked.Load()
	b.tick()
	if tile.Details() != nil || b.f.asked.Load() != asked {
		t.Error("the numbers stay")
	}
}

func TestClockAndTitle(t *testing.T) {
	b := newBench(t, meeting(3), normal, func(o *Options) {
		o.Title = strings.Repeat("A very long title of a meeting ", 20)
	})
	if b.top.elapsed.Text != "12:34" || b.top.count.Text != "3" {
		t.Errorf("time %q, count %q", b.top.elapsed.Text, b.top.count.Text)
	}
	b.now = b.now.Add(time.Hour)
	b.tick()
	if b.top.elapsed.Text != "1:12:34" {
		t.Errorf("an hour later: %q", b.top.elapsed.Text)
	}
	end := b.top.title.Position().X + b.top.title.MinSize().Width
	if !strings.HasSuffix(b.top.title.Text, "…") || end > b.top.elapsed.Position().X {
		t.Errorf("the title %q ends at %v, the time begins at %v", b.top.title.Text, end, b.top.elapsed.Position().X)
	}
}

// Whoever looks sees that a meeting is sealed, and can have it explained.
func TestASealedMeetingIsMarked(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		b := newBench(t, meeting(3), fyne.NewSize(800, 600), func(o *Options) { o.Encrypted = sealed })
		if b.top.sealed.Visible() != sealed {
			t.Fatalf("sealed %v: the mark is visible: %v", sealed, !sealed)
		}
		b.toggleCaptions()
		b.toggleCaptions()
		if got := b.toasts.Texts(); len(got) == 0 || strings.Contains(got[len(got)-1], "encrypted") != sealed {
			t.Errorf("sealed %v: of captions is said %q", sealed, got)
		}
		if !sealed {
			continue
		}
		mark, title := b.top.sealed, b.top.title
		if end := mark.Position().X + mark.Size().Width; end > title.Position().X {
			t.Errorf("the mark ends at %v, the title begins at %v", end, title.Position().X)
		}
		test.Tap(mark)
		if got := b.toasts.Texts(); !strings.Contains(got[len(got)-1], "The server cannot.") {
			t.Errorf("it explains %q", got)
		}
		b.feed()
		b.shot("meeting-sealed-800x600")
	}
}

func TestAStalledCameraIsMarked(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	b.now = time.Now()
	b.feed()
	b.tick()
	tile := b.stage.tiles[key{"p1", call.Camera}]
	if tile.State().Paused {
		t.Fatal("a running camera is marked")
	}
	b.now = b.now.Add(pauseAfter + time.Second)
	b.tick()
	if !tile.State().Paused {
		t.Error("a camera without pictures is not marked")
	}
	if b.stage.tiles[key{"p0", call.Camera}].State().Paused {
		t.Error("a camera that is off is marked")
	}
}

func TestALevelRedrawsNothing(t *testing.T) {
	b := newBench(t, meeting(9), normal)
	b.feed()
	before := b.stage.laid
	tile := b.stage.tiles[key{"p0", call.Camera}]
	was := tile.State()
	b.snapshot(func(s *call.Snapshot) { s.People[0].Level = 0.7 })
	if tile.State() != was || !b.stage.laid.equal(before) {
		t.Error("a level changed a tile or the layout")
	}
	rounds := b.painter.Rounds()
	b.snapshot(func(s *call.Snapshot) { s.People[0].Speaking = true })
	if !tile.State().Speaking || b.painter.Rounds() != rounds {
		t.Error("speaking does not draw the ring, or draws pictures too")
	}
}

func TestNamesFitTheirTiles(t *testing.T) {
	for _, size := range []fyne.Size{normal, fyne.NewSize(800, 600), fyne.NewSize(400, 320)} {
		s := meeting(25)
		for i := range s.People {
			s.People[i].Name = strings.Repeat("長いŁöñg ", 12)
			s.People[i].Role = call.RoleHost
			s.People[i].Quality = call.QualityPoor
		}
		b := newBench(t, s, size)
		for k, x := range b.seen() {
			for _, o := range test.WidgetRenderer(x).Objects() {
				text, ok := o.(*canvas.Text)
				if ok && text.Visible() && text.Position().X+text.MinSize().Width > x.Size().Width {
					t.Errorf("%v: %q sticks out of %v", k, text.Text, x.Size())
				}
			}
		}
	}
}

func TestControlsFitEveryWindow(t *testing.T) {
	for _, w := range []float32{400, 500, 640, 800, 1280, 2560} {
		b := newBench(t, meeting(2), fyne.NewSize(w, 400))
		var last float32 = -1
		for _, x := range []*widget.IconButton{b.bar.microphone, b.bar.camera, b.bar.share, b.bar.hand, b.bar.chat, b.bar.people, b.bar.more, b.bar.leave} {
			p, s := x.Position(), x.Size()
			if p.X < last || p.X < 0 || p.X+s.Width > w {
				t.Errorf("%v wide: %s lies at %v to %v, the one before ends at %v", w, x.Icon(), p.X, p.X+s.Width, last)
			}
			last = p.X + s.Width
		}
	}
}

func TestThemeChangesInTheMeeting(t *testing.T) {
	var chosen []string
	b := newBench(t, meeting(2), normal, func(o *Options) { o.OnTheme = func(p string) { chosen = append(chosen, p) } })
	b.panel.toggle(panelPeople)
	dark := b.panel.header.Color
	b.setTheme(theme.Light)
	if b.panel.header.Color == dark || b.panel.header.Color != theme.Color("foreground") {
		t.Error("the panel does not follow the theme")
	}
	if !slices.Equal(chosen, []string{theme.Light}) {
		t.Errorf("the owner heard %q", chosen)
	}
}

func TestCloseGivesTheKeysBack(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	go func() {
		for f := range b.queue {
			_ = f
		}
	}()
	b.View.Close()
	b.View.Close()
	if b.w.Canvas().OnTypedRune() != nil || b.w.Canvas().OnTypedKey() != nil {
		t.Error("the keys are still ours")
	}
	if len(b.f.shown) != 0 {
		t.Errorf("%d surfaces are still shown", len(b.f.shown))
	}
	b.wantVerbs()
}

// Everybody's menu pins them, and the pin's mark on the tile takes them back.
func TestPinFromTheListAndBackByTheMark(t *testing.T) {
	b := newBench(t, meeting(5), normal)
	who := key{"p2", call.Camera}
	for _, k := range []key{who, {"me", call.Camera}} {
		items := b.tileItems(k, fyne.Position{})
		if items[0].Label != "Pin" {
			t.Fatalf("the menu of %v begins with %q", k, items[0].Label)
		}
	}
	b.tileItems(who, fyne.Position{})[0].Action()
	if b.stage.spot() != who {
		t.Fatal("not pinned")
	}
	tile := b.stage.tiles[who]
	b.feed()
	b.shot("pinned")
	pos := fyne.CurrentApp().Driver().AbsolutePositionForObject(tile).AddXY(theme.Gap+10, theme.Gap+10)
	test.TapCanvas(b.w.Canvas(), pos)
	if b.stage.spot() != (key{}) || tile.State().Pinned {
		t.Errorf("a press at %v leaves %v pinned", pos, b.stage.spot())
	}
}

// The device menus offer the system's default by that name, and say that no sound
// server is running where none does.
func TestDeviceMenusNameTheDefault(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	items := choices(allDevices.Cameras, device.Default, "none", nil)
	if items[0].Label != "System default: Integrated Camera" || !items[0].Checked || items[1].Checked {
		t.Errorf("%q, checked %v and %v", items[0].Label, items[0].Checked, items[1].Checked)
	}
	if items = choices(allDevices.Cameras, "cam2", "none", nil); items[0].Checked || !items[2].Checked {
		t.Error("the one in use is not checked")
	}
	b.snapshot(func(s *call.Snapshot) { s.Local.MicrophoneOn, s.Local.Microphone = false, device.Default })
	b.applyDevices(device.List{NoSound: true})
	if got := b.bar.microphone.Reason(); got != "No sound server is running" {
		t.Errorf("the reason is %q", got)
	}
	b.soundMenu(b.bar.microphoneMenu)
	b.shot("no-sound-server")
}

func TestComposer_saysHowMuchMoreItTakes(t *testing.T) {
	b := newBench(t, meeting(3), normal)
	b.panel.toggle(panelChat)
	c := b.panel.chat
	c.field.SetText(strings.Repeat("a ", 2000))
	if c.room.Visible() {
		t.Errorf("half full it says %q", c.room.Text)
	}
	c.field.SetText(strings.Repeat("a", call.MessageMax-3))
	if !c.room.Visible() || c.room.Text != "3 characters left" || c.send.Reason() != "" {
		t.Errorf("three short of full: %v %q, send disabled for %q", c.room.Visible(), c.room.Text, c.send.Reason())
	}
	if y := c.room.Position().Y + c.room.Size().Height; y > c.field.Position().Y || c.room.Position().Y < c.rule.Position().Y {
		t.Errorf("the count ends at %v, the field begins at %v, the rule is at %v", y, c.field.Position().Y, c.rule.Position().Y)
	}
	long := strings.Repeat("a", call.MessageMax+1)
	c.field.SetText(long)
	if c.room.Text != "1 character too many" || c.send.Reason() == "" {
		t.Errorf("one too many: %q, send disabled for %q", c.room.Text, c.send.Reason())
	}
	b.shot("composer-too-long")
	c.field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantVerbs()
	if c.field.Text != long {
		t.Errorf("Return took %d bytes of the text", len(long)-len(c.field.Text))
	}
	if texts := b.toasts.Texts(); len(texts) == 0 || texts[len(texts)-1] != tooLong() {
		t.Errorf("Return says %q, want why nothing is sent", texts)
	}
	c.field.SetText("short")
	if c.room.Visible() || c.send.Reason() != "" {
		t.Errorf("short again: %v %q, send disabled for %q", c.room.Visible(), c.room.Text, c.send.Reason())
	}
	c.field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantVerbs("send short")
}

func TestShortcuts_actByTheKeyWhereTheLayoutIsNotLatin(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the keys' places in this test are X11's")
	}
	b := newBench(t, meeting(2), normal)
	b.keys.presses = true
	press := func(place int, r rune) {
		b.keys.keyDown(&fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: place}})
		b.keys.typedRune(r)
	}
	press(58, 'ь') // Russian, on M
	b.wantVerbs("microphone false")
	press(54, 'ψ') // Greek, on C
	if b.panel.mode != panelChat {
		t.Error("Greek psi, on the C's key, does not open the chat")
	}
	b.panel.toggle(panelNone)
	press(47, 'm') // AZERTY has its M beside the L
	b.wantVerbs("microphone false")
	press(58, ',') // and a comma where others have the M
	b.wantVerbs()
}

func TestKeys_areToldOfWhileAButtonHasTheKeyboard(t *testing.T) {
	b := newBench(t, meeting(2), normal)
	for _, o := range []fyne.CanvasObject{b.bar.hand, b.seen()[key{"p0", call.Camera}]} {
		if _, ok := o.(desktop.Keyable); !ok {
			t.Errorf("%T takes presses to itself: a second shortcut after Tab would be taken for a repeat", o)
		}
	}
}

// The words of a menu stand below each other, also where one has a tick instead of an icon.
func TestMenuItemsAreAligned(t *testing.T) {
	b := newBench(t, meeting(3), fyne.NewSize(1280, 720))
	for name, items := range map[string][]*fyne.MenuItem{
		"more": b.moreItems(), "mine": b.tileItems(key{"me", call.Camera}, fyne.Position{}), "another's": b.tileItems(key{"p1", call.Camera}, fyne.Position{}),
	} {
		for _, i := range items {
			if !i.IsSeparator && (i.Icon != nil) != (items[0].Icon != nil) {
				t.Errorf("%s: %q has an icon: %v", name, i.Label, i.Icon != nil)
			}
		}
	}
}

// What is copied is what is said: guests' link by default, the host's by its own name.
func TestCopiedLinksAreWhatTheirNamesSay(t *testing.T) {
	const guest, host = "foyer://example.org/r?code=guest", "foyer://example.org/r?code=host"
	for name, test := range map[string]struct {
		links Links
		want  map[string]string // by label, in the menu
		big   string            // of the button among the people
	}{
		"both":       {Links{Link: guest, MakesHosts: host}, map[string]string{"Copy guest link": guest, "Copy host link (makes hosts)": host}, guest},
		"guests'":    {Links{Link: guest}, map[string]string{"Copy link": guest}, guest},
		"the host's": {Links{MakesHosts: host}, map[string]string{"Copy host link (makes hosts)": host}, host},
		"none":       {Links{}, map[string]string{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, meeting(3), normal, func(o *Options) { o.Links = test.links })
			got := map[string]string{}
			for _, i := range b.moreItems() {
				if strings.HasPrefix(i.Label, "Copy") {
					i.Action()
					got[i.Label] = fyne.CurrentApp().Clipboard().Content()
				}
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("the menu copies %q, want %q", got, test.want)
			}
			if says := slices.Contains(b.toasts.Texts(), "Host link copied. Anyone who joins with it can mute and remove people."); says != (test.links.MakesHosts != "") {
				t.Errorf("what the host's link does is said: %v", says)
			}
			b.panel.toggle(panelPeople)
			if p := b.panel.people.invite; test.big == "" {
				if p != nil && p.Visible() {
					t.Error("a link is offered, and there is none")
				}
			} else {
				fyne.CurrentApp().Clipboard().SetContent("")
				p.OnTapped()
				if got := fyne.CurrentApp().Clipboard().Content(); got != test.big {
					t.Errorf("%q copies %q, want %q", p.Label(), got, test.big)
				}
			}
		})
	}
}
