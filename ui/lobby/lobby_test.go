package lobby

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/soundcheck"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

const (
	goodLink = "foyer://meet.example.org:7443/standup?code=sesame"
	longHost = "a-very-long-name-of-a-machine-that-nobody-would-choose.department.faculty.university.example.org"
	token    = "eyJh.eyJz.c2ln"
)

var longLink = "foyer://" + longHost + ":7443/" + strings.Repeat("r", 64) + "?code=" + strings.Repeat("c", 120) + "#k=" + strings.Repeat("A", 43)

func TestNobodyIsNamelessInAMeeting(t *testing.T) {
	b := newBench(t, settings.Settings{}, normal)
	if b.w.Canvas().Focused() != fyne.Focusable(b.name) {
		t.Error("the cursor is not where the name is missing")
	}
	tell(b.link, goodLink)
	test.Tap(b.join)
	b.wantWent("join")
	if b.choice.Name != "Guest" {
		t.Errorf("the name is %q", b.choice.Name)
	}
	if b.kept.Name != "" {
		t.Errorf("the name %q is kept, which nobody gave", b.kept.Name)
	}
	tell(b.name, "  Ada \t Lovelace ")
	test.Tap(b.start)
	test.Tap(b.test)
	b.wantWent("start", "test")
	if b.choice.Name != "Ada Lovelace" || b.kept.Name != "Ada Lovelace" {
		t.Errorf("the name is %q, kept as %q", b.choice.Name, b.kept.Name)
	}
}

// A name given for this time only is not kept, unless it is changed.
func TestANameForThisTimeOnlyIsNotKept(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	b.kept.Name = "Grace"
	if b.w.Canvas().Focused() != fyne.Focusable(b.link) {
		t.Error("the cursor is not in the link's field")
	}
	tell(b.link, goodLink)
	test.Tap(b.join)
	if b.choice.Name != "Ada" || b.kept.Name != "Grace" {
		t.Errorf("went as %q, kept %q", b.choice.Name, b.kept.Name)
	}
	tell(b.name, "Hedy")
	test.Tap(b.join)
	if b.choice.Name != "Hedy" || b.kept.Name != "Hedy" {
		t.Errorf("went as %q, kept %q", b.choice.Name, b.kept.Name)
	}
}

func TestWhatIsTypedIsKept(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: "example.org/yesterday"}, normal)
	if b.Typed() != "example.org/yesterday" {
		t.Errorf("the link of last time is %q", b.Typed())
	}
	tell(b.link, "  "+goodLink+" ")
	if b.hint.Text() != "Room standup on meet.example.org:7443" || b.join.Disabled() || b.code.Visible() {
		t.Errorf("the hint is %q, join disabled %v, code asked %v", b.hint.Text(), b.join.Disabled(), b.code.Visible())
	}
	b.link.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantWent("join")
	if b.typed != "  "+goodLink+" " || b.target.Link == nil || b.target.Link.Code != "sesame" {
		t.Errorf("went to %+v by %q", b.target.Link, b.typed)
	}
	if b.kept.LastLink != "example.org/yesterday" {
		t.Errorf("before it has worked, the link is kept as %q", b.kept.LastLink)
	}
	b.SetJoining(true)
	b.SetJoining(false)
	b.Tell(ours.Problem, "The meeting is full.")
	if b.Typed() != "  "+goodLink+" " {
		t.Errorf("after a refusal the field holds %q", b.Typed())
	}
}

func TestAMalformedLinkGetsItsSentence(t *testing.T) {
	for _, link := range []string{"hello", "foyer://host", "ftp://host/room", "wss://host", "foyer://host/room?code=a%20b", strings.Repeat("x", 500)} {
		b := newBench(t, settings.Settings{Name: "Ada"}, normal)
		b.link.SetText(link)
		if !b.join.Disabled() || b.hint.Text() != "This is not a meeting link yet." {
			t.Errorf("%.40s: join disabled %v, hint %q", link, b.join.Disabled(), b.hint.Text())
		}
		b.link.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if b.notice.Visible() || b.hint.Text() != "Sentence for: not a meeting link." {
			t.Errorf("%.40s: the hint says %q, the notice %q", link, b.hint.Text(), b.notice.Text())
		}
		if b.Typed() != link {
			t.Errorf("%.40s: the field now holds %.40q", link, b.Typed())
		}
		b.wantWent()
	}
	// An empty field is no mistake yet.
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	if !strings.Contains(b.hint.Text(), "HOST:PORT/ROOM") || !b.join.Disabled() {
		t.Errorf("the hint is %q", b.hint.Text())
	}
}

func TestABareAddressAsksForTheCode(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	tell(b.link, "localhost:7443/standup")
	if !b.code.Visible() {
		t.Fatal("no field for the code")
	}
	tell(b.code, " sesame ")
	b.code.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.wantWent("join")
	if l := b.target.Link; l == nil || l.Host != "localhost:7443" || l.Room != "standup" || l.Code != "sesame" {
		t.Errorf("went to %+v", l)
	}
	if b.Code() != " sesame " {
		t.Errorf("the code is now %q", b.Code())
	}
	// Each other kind of link hides it.
	for _, link := range []string{goodLink, "wss://lk.example.org " + token, "nonsense"} {
		b.link.SetText("localhost:7443/standup")
		b.link.SetText(link)
		if b.code.Visible() {
			t.Errorf("%s: a code is asked for", link)
		}
	}
	b.AskCode(b.w.Canvas())
	if !b.code.Visible() {
		t.Error("AskCode shows no field")
	}
	// And a lobby that comes back has it still.
	again := newBench(t, settings.Settings{Name: "Ada"}, normal, func(o *Options) { o.Link, o.Code = "localhost:7443/standup", "sesame" })
	if !again.code.Visible() || again.Code() != "sesame" {
		t.Errorf("the code is %q, visible %v", again.Code(), again.code.Visible())
	}
}

func TestALiveKitAddressWithTokenWorks(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	for _, link := range []string{"wss://lk.example.org/sub " + token, "ws://127.0.0.1:7880/?access_token=" + token} {
		tell(b.link, link)
		if !strings.HasPrefix(b.hint.Text(), "LiveKit room at ws") || strings.Contains(b.hint.Text(), token) {
			t.Errorf("%s: the hint is %q", link, b.hint.Text())
		}
		test.Tap(b.join)
		b.wantWent("join")
		if d := b.target.Direct; d == nil || d.Token != token || b.target.Link != nil {
			t.Errorf("%s: went to %+v", link, d)
		}
	}
}

func TestJoiningCanOnlyBeCancelled(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Recent: meetings(2)}, normal)
	b.plug(plugged)
	b.Tell(ours.Problem, "The meeting is full.")
	b.SetJoining(true)
	if b.w.Canvas().Focused() != fyne.Focusable(b.cancel) {
		t.Fatal("the keyboard is not at Cancel")
	}
	for _, key := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyReturn, fyne.KeySpace} {
		b.w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
	}
	b.wantWent("cancel", "cancel", "cancel")
	b.until("the preview to come", func() bool { return b.tile.Showing() })
	for name, d := range map[string]fyne.Disableable{
		"name": b.name, "link": b.link, "code": b.code, "join": b.join, "start": b.start, "test": b.test,
		"cameras": b.View.cameras, "microphones": b.microphones, "speakers": b.speakers, "recent": b.recents.rows[0].button,
	} {
		if !d.Disabled() {
			t.Errorf("%s can be used", name)
		}
	}
	test.Tap(b.micButton)
	test.Tap(b.camButton)
	test.Tap(b.recents.rows[0].forget)
	test.Tap(b.recents.rows[0].button)
	b.link.OnSubmitted("")
	b.leaveWith(b.o.OnStart)
	if !b.View.choice.MicrophoneOn || !b.View.choice.CameraOn || len(b.recents.rows) != 2 || b.kept.MicrophoneOff {
		t.Error("something changed on the way into the meeting")
	}
	b.wantWent()
	if !b.busyBox.Visible() || !b.cancel.Visible() || b.join.Visible() || b.notice.Visible() || b.hint.Text() != "Joining…" {
		t.Errorf("busy %v, cancel %v, join %v, notice %v, hint %q", b.busyBox.Visible(), b.cancel.Visible(), b.join.Visible(), b.notice.Visible(), b.hint.Text())
	}
	test.Tap(b.cancel)
	b.wantWent("cancel")
	b.SetJoining(false)
	for name, d := range map[string]fyne.Disableable{
		"name": b.name, "link": b.link, "join": b.join, "start": b.start, "test": b.test,
		"cameras": b.View.cameras, "microphones": b.microphones, "speakers": b.speakers, "recent": b.recents.rows[0].button,
	} {
		if d.Disabled() {
			t.Errorf("%s cannot be used again", name)
		}
	}
	if b.busyBox.Visible() || b.cancel.Visible() || !b.join.Visible() || b.micButton.Reason() != "" {
		t.Error("it still looks like joining")
	}
	test.Tap(b.join)
	b.wantWent("join")
}

func TestTogglesAreCarriedAlong(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Camera: "cam2", Microphone: "mic2", Speaker: "spk1"}, normal)
	b.plug(plugged)
	b.until("the picture", func() bool { return b.tile.Showing() })
	b.until("the meter", func() bool { return b.meter.Lit() > 0 })
	test.Tap(b.join)
	if want := (Choice{Name: "Ada", Camera: "cam2", Microphone: "mic2", Speaker: "spk1", CameraOn: true, MicrophoneOn: true}); b.choice != want {
		t.Errorf("went with %+v, want %+v", b.choice, want)
	}
	test.Tap(b.micButton)
	test.Tap(b.camButton)
	if b.micButton.Style() != ours.Off || b.camButton.Style() != ours.Off || b.micButton.Icon() != theme.IconMicrophoneOff || b.camButton.Icon() != theme.IconCameraOff {
		t.Error("the buttons do not look off")
	}
	if !b.kept.CameraOff || !b.kept.MicrophoneOff {
		t.Error("it is not kept")
	}
	b.until("the picture to go", func() bool { return !b.tile.Showing() && b.tile.State().Muted })
	b.until("the meter to go dark", func() bool { return b.meter.Lit() == 0 })
	test.Tap(b.join)
	if want := (Choice{Name: "Ada", Camera: "cam2", Microphone: "mic2", Speaker: "spk1"}); b.choice != want {
		t.Errorf("went with %+v, want %+v", b.choice, want)
	}
	test.Tap(b.camButton)
	test.Tap(b.micButton)
	b.until("the picture to come back", func() bool { return b.tile.Showing() })
	b.until("the meter to move", func() bool { return b.meter.Lit() > 0 })
	if b.kept.CameraOff || b.kept.MicrophoneOff {
		t.Error("they are kept as off")
	}
}

func TestWhatWasChosenLastTimeComesBack(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink, Camera: "cam2", Microphone: "mic2", CameraOff: true, MicrophoneOff: true}, normal)
	b.plug(plugged)
	if b.name.Text != "Ada" || b.Typed() != goodLink || b.View.cameras.Selected != brio.Name || b.microphones.Selected != headset.Name {
		t.Errorf("%q, %q, %q, %q", b.name.Text, b.Typed(), b.View.cameras.Selected, b.microphones.Selected)
	}
	if got := b.tried(); len(got) != 0 {
		t.Errorf("cameras %q are opened while it is to be off", got)
	}
	test.Tap(b.start)
	if want := (Choice{Name: "Ada", Camera: "cam2", Microphone: "mic2"}); b.choice != want {
		t.Errorf("went with %+v, want %+v", b.choice, want)
	}
	// What is chosen now is kept for the next time.
	b.View.cameras.SetSelectedIndex(1)
	b.microphones.SetSelectedIndex(0)
	b.speakers.SetSelectedIndex(1)
	if b.kept.Camera != "cam1" || b.kept.Microphone != device.Default || b.kept.Speaker != "spk1" {
		t.Errorf("kept %q, %q, %q", b.kept.Camera, b.kept.Microphone, b.kept.Speaker)
	}
}

func TestLongHostsKeepTheirEnds(t *testing.T) {
	if got := middle("example.org:7443", 16); got != "example.org:7443" {
		t.Errorf("what fits becomes %q", got)
	}
	if got := middle(longHost+":7443", 32); got != "a-very-long-nam…example.org:7443" {
		t.Errorf("a long host becomes %q", got)
	}
}

func TestRecentMeetings(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	if !b.recents.none.Visible() {
		t.Error("nothing says that there are none")
	}
	b = newBench(t, settings.Settings{Name: "Ada", Recent: meetings(settings.RecentMax)}, normal)
	if b.recents.none.Visible() || len(b.recents.rows) != settings.RecentMax {
		t.Fatalf("%d are listed", len(b.recents.rows))
	}
	x := b.recents.rows[2]
	test.Tap(x.button)
	b.wantWent("join")
	if b.Typed() != x.meeting.Link || b.target.Link == nil || b.target.Link.String() != x.meeting.Link {
		t.Errorf("went to %+v", b.target.Link)
	}
	test.Tap(x.forget)
	b.wantWent()
	if len(b.recents.rows) != settings.RecentMax-1 || len(b.kept.Recent) != settings.RecentMax-1 || slices.Contains(b.kept.Recent, x.meeting) {
		t.Errorf("%d are listed, %d kept", len(b.recents.rows), len(b.kept.Recent))
	}
	for len(b.recents.rows) > 0 {
		test.Tap(b.recents.rows[0].forget)
	}
	if !b.recents.none.Visible() || len(b.kept.Recent) != 0 {
		t.Error("the last one is not forgotten")
	}
}

func TestRecentMeetingsSayWhichAndWhen(t *testing.T) {
	for _, x := range []struct {
		meeting settings.Meeting
		title   string
	}{
		{settings.Meeting{Title: "Weekly", Link: goodLink}, "Weekly"},
		{settings.Meeting{Link: goodLink}, "standup"},
		{settings.Meeting{Link: "wss://lk.example.org " + token}, "Meeting"},
	} {
		if got := titleOf(x.meeting); got != x.title {
			t.Errorf("%+v is called %q", x.meeting, got)
		}
	}
	for _, x := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "15:30"}, {15 * time.Hour, "00:30"}, {16 * time.Hour, "Yesterday, 23:30"}, {40 * time.Hour, "2 May, 23:30"},
		{400 * 24 * time.Hour, now.Add(-400 * 24 * time.Hour).Format("2 Jan 2006")},
	} {
		if got := day(now.Add(-x.ago), now); got != x.want {
			t.Errorf("%v ago is %q, want %q", x.ago, got, x.want)
		}
	}
}

func TestTheSpeakerCanBeHeard(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", Speaker: "spk1"}, normal)
	b.plug(plugged)
	test.Tap(b.trial.Speaker)
	if id := <-b.played; id != "spk1" {
		t.Errorf("it plays on %q", id)
	}
	test.Tap(b.trial.Speaker) // once at a time
	b.until("its end", func() bool { return !b.trial.Busy() })
	if len(b.played) != 0 {
		t.Error("it plays twice at once")
	}
	b.speakerOK = device.ErrBusy
	test.Tap(b.trial.Speaker)
	<-b.played
	b.until("the reason", func() bool { return b.notice.Visible() })
	if b.notice.Text() != "Sentence for: device is in use." {
		t.Errorf("the notice says %q", b.notice.Text())
	}
}

// What is said is recorded, shown as a line that fills, and played.
func TestTheMicrophoneCanBeTried(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", Speaker: "spk1", MicrophoneOff: true}, normal)
	b.plug(plugged)
	test.Tap(b.trial.Microphone)
	if !b.trial.Progress.Visible() || b.microphones.Why.Text() != soundcheck.Speak {
		t.Errorf("it says %q", b.microphones.Why.Text())
	}
	b.until("the recording", func() bool { return b.trial.Progress.Done() > 0.2 && b.meter.Lit() > 0 })
	b.shot("lobby-check-recording")
	test.Tap(b.trial.Speaker) // one thing at a time
	if len(b.played) != 0 {
		t.Error("a sound is played into the recording")
	}
	test.Tap(b.trial.Microphone) // enough
	b.until("the playing", func() bool { return b.microphones.Why.Text() == soundcheck.Listen })
	if id := <-b.played; id != "spk1" {
		t.Errorf("it plays on %q", id)
	}
	b.shot("lobby-check-playing")
	b.until("its end", func() bool { return !b.trial.Busy() })
	if b.trial.Progress.Visible() || b.microphones.Why.Visible() || b.meter.Lit() != 0 {
		t.Errorf("at the end it says %q", b.microphones.Why.Text())
	}
	b.mu.Lock()
	b.sound = device.ErrBusy
	b.mu.Unlock()
	test.Tap(b.trial.Microphone)
	b.until("the reason", func() bool { return b.notice.Visible() })
	if b.notice.Text() != "Sentence for: device is in use." || b.trial.Busy() {
		t.Errorf("the notice says %q", b.notice.Text())
	}
}

func TestCloseGivesEverythingBack(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	cam := pullable(t)
	b.mu.Lock()
	b.camera = func(string) (video.Reader, error) { return cam, nil }
	b.mu.Unlock()
	test.Tap(b.camButton)
	test.Tap(b.camButton)
	b.until("the picture", func() bool { return b.tile.Showing() })
	test.Tap(b.trial.Speaker)
	<-b.played
	b.close()
	b.close()
	if _, err := cam.Reader.Read(); err == nil {
		t.Error("the camera is still open")
	}
	// What comes too late changes nothing.
	b.View.do(func() { t.Error("it ran on a closed lobby") })
	for len(b.queue) > 0 {
		(<-b.queue)()
	}
	if errors.Is(b.camErr, device.ErrGone) {
		t.Error("closing counts as a loss")
	}
}

func meetings(n int) []settings.Meeting {
	titles := []string{"Weekly design review", "", "Garden club", strings.Repeat("A very long title ", 12), "李小龍的會議", "Ada's meeting", "🦊", "Retrospective"}
	var out []settings.Meeting
	for i := range n {
		out = append(out, settings.Meeting{
			Title: titles[i%len(titles)], Link: "foyer://meet.example.org/room-" + string(rune('a'+i)) + "?code=c",
			At: now.Add(-time.Duration(i*i*11) * time.Hour),
		})
	}
	return out
}

// Whether meetings are encrypted is chosen beside what starts one, and remembered.
func TestMeetingsCanBeEncrypted(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	test.Tap(b.start)
	b.wantWent("start")
	if b.choice.Encrypt || b.encryptWhy.Visible() {
		t.Error("it is encrypted though nobody asked")
	}
	b.w.Canvas().Focus(b.encrypt)
	b.encrypt.TypedRune(' ')
	test.Tap(b.start)
	b.wantWent("start")
	if !b.choice.Encrypt || !b.kept.Encrypt || !b.encryptWhy.Visible() {
		t.Errorf("chosen %v, kept %v, explained %v", b.choice.Encrypt, b.kept.Encrypt, b.encryptWhy.Visible())
	}
	b.SetJoining(true)
	if !b.encrypt.Disabled() {
		t.Error("it can be changed on the way")
	}
	again := newBench(t, b.kept, normal)
	if !again.encrypt.Checked || !again.encryptWhy.Visible() {
		t.Error("it is forgotten")
	}
}

// Meetings of the same title can be told apart.
func TestRecentMeetingsAreToldApart(t *testing.T) {
	got := namesOf([]settings.Meeting{
		{Title: "Standup", Link: "foyer://meet.example.org/standup?code=1"},
		{Title: "Ada's meeting", Link: "foyer://192.0.2.7:7420/a1?code=1"},
		{Title: "Ada's meeting", Link: "foyer://example.org/b2?code=1"},
		{Title: "Ada's meeting", Link: "foyer://example.org/c3?code=1"},
		{Title: "", Link: "wss://cloud.example.org aaa.bbb.ccc"},
		{Title: "", Link: "wss://other.example.org aaa.bbb.ccc"},
	})
	want := []string{"Standup", "Ada's meeting · 192.0.2.7:7420", "Ada's meeting · example.org/b2", "Ada's meeting · example.org/c3", "Meeting · cloud.example.org", "Meeting · other.example.org"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
