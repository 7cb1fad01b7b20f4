package ui

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app"
	"foyer/app/call"
	"foyer/app/crash"
	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/app/testcall"
	"foyer/assets"
	"foyer/media/device"
	"foyer/ui/awake"
	"foyer/ui/language"
	"foyer/ui/lobby"
	"foyer/ui/meeting"
	"foyer/ui/mini"
	"foyer/ui/motion"
	"foyer/ui/notify"
	"foyer/ui/renderer"
	sheet "foyer/ui/settings"
	"foyer/ui/theme"
	"foyer/ui/tray"
	ours "foyer/ui/widget"
)

// Options says how the program was started.
type Options struct {
	Version      string
	Settings     *settings.Store
	SettingsKept string // a corrupt settings file was kept aside under this name
	Host         app.HostStarter

	Link       string // join this at once
	URL, Token string // or this LiveKit room
	Start      bool   // or start a meeting
	Paste      bool   // or join what the clipboard names

	Crash string // path of a report of the last crash, to offer; may be empty

	Wishes <-chan instance.Wish // of later starts; may be nil

	// For this time only, in place of the settings; empty leaves those.
	Name, Camera, Microphone, Speaker string

	// Trace is told "lobby-drawn", "crash-offered", "join" and "first-picture", once each, when they happen.
	Trace func(event string)
	// TraceTiles, if not nil, is told each second what the meeting's tiles have shown.
	TraceTiles func([]meeting.Tile)
}

// window is the one window and what is in it.
type window struct {
	o    Options
	app  fyne.App
	win  fyne.Window
	mu   sync.Mutex
	seen map[string]bool // traced events
	warm bool            // the driver has been warmed up, or will be

	lobby   *lobby.View
	meeting *meeting.View
	call    *call.Call
	rest    func()       // lets the screen go off again, after the call
	ending  func() error // ends the host that runs for this meeting
	cancel  context.CancelFunc
	ends    bool           // leaving ends the meeting for everyone: it runs here
	trial   bool           // the test call
	title   string         // of the meeting
	places  []invite.Link  // that lead to the meeting
	trying  func()         // calls off trying another meeting's link; may be nil
	wish    *instance.Wish // to grant when the way into a meeting is over
	asking  *ours.Dialog   // whether to leave; may be closed
	crash   string         // report to offer in the lobby, when nobody is on the way into a meeting; "" is none
	report  *ours.Dialog   // that offers it; nil when closed
	damage  string         // says that the settings were damaged, until a lobby has shown it
	front   bool           // the window has the keyboard
	small   mini.Place     // of the small window
	notes   *notify.Notifier
	tray    *tray.Tray     // nil before Foyer has started
	going   sync.WaitGroup // on the way into a meeting
	closing atomic.Bool
	gone    chan struct{} // closed when the UI goroutine runs nothing more
	stop    sync.Once     // closes gone

	// These replace fyne.Do and package device's watch, for tests.
	soon  func(func())
	watch func(ctx context.Context) <-chan device.List
}

// newApp declares that Foyer keeps to fyne.Do, which ends Fyne's thread checks as the
// build tag migrated_fynedo does. FyneApp.toml declares it too, but Fyne reads that only
// where it lies beside the program.
func newApp() fyne.App {
	a := fyneapp.NewWithID("app.foyer.Foyer")
	m := a.Metadata()
	m.ID, m.Name, m.Migrations = a.UniqueID(), "Foyer", map[string]bool{"fyneDo": true}
	fyneapp.SetMetadata(m)
	return a
}

// Run shows the window and returns when it is closed. It must run on the main
// goroutine. A display that cannot be opened ends the program, by Fyne's doing.
func Run(o Options) error {
	if err := language.Use(o.Settings.Get().Language); err != nil {
		return err
	}
	a := newApp()
	a.SetIcon(fyne.NewStaticResource("foyer.png", assets.Icon))
	theme.ScaleText(float32(o.Settings.Get().TextScale))
	a.Settings().SetTheme(theme.New(o.Settings.Get().Theme))
	w := &window{o: o, app: a, win: a.NewWindow("Foyer"), seen: map[string]bool{}, crash: o.Crash, gone: make(chan struct{}), soon: fyne.Do}
	motion.Use(a)
	motion.Prefer(o.Settings.Get().Motion)
	defer motion.Follow(nil)()
	renderer.Flat(w.win)
	w.win.SetPadded(false)
	w.win.Resize(fyne.NewSize(1280, 720))
	w.win.CenterOnScreen()
	w.win.SetMaster()
	w.win.SetCloseIntercept(w.close)
	w.win.SetOnClosed(w.stopped)
	w.notifies()
	if o.SettingsKept != "" {
		w.damage = lang.L("The settings file was damaged and was kept aside as {{.File}}. Foyer starts with fresh settings.", map[string]any{"File": o.SettingsKept})
	}
	w.showLobby("", ours.Warning)
	w.win.ShowAndRun()
	w.closing.Store(true)
	w.stopped()
	w.notes.Close()
	if w.tray != nil {
		w.tray.Close()
	}
	w.end()
	w.going.Wait()
	if w.crash != "" {
		_ = crash.PutBack(w.crash) // else it stays in its folder, not offered
	}
	return nil
}

// warmed puts what prepares the window's drawing over the first lobby. Foyer has
// started when that is over.
func (w *window) warmed(o fyne.CanvasObject) fyne.CanvasObject {
	if w.warm {
		return o
	}
	w.warm = true
	var warmup fyne.CanvasObject
	warmup = ours.NewWarmup(w.win, nil, func() { w.trace("lobby-drawn") }, func() {
		warmup.Hide()
		w.started()
	})
	return container.NewStack(o, warmup)
}

func (w *window) started() {
	w.tray = tray.Open(assets.SmallIcon, func(v tray.Verb) { fyne.Do(func() { w.chosen(v) }) })
	w.going.Add(1)
	go func() {
		defer w.going.Done()
		call.Prepare()
	}()
	w.begin()
	w.followWishes()
}

// begin does what the command line asks for.
func (w *window) begin() {
	if first := w.o.Wish(); first != (instance.Wish{}) {
		w.grant(first)
	}
	w.settle()
}

// settle shows what waits for a lobby that people stay in: it would cover a meeting.
func (w *window) settle() {
	if w.call != nil || w.cancel != nil {
		return
	}
	w.damage = "" // the lobby says so
	if w.crash != "" {
		w.offerReport(w.crash)
	}
}

// unsettle takes away what would cover the meeting to come; it is shown after it.
func (w *window) unsettle() {
	if d := w.report; d != nil {
		d.Hide()
		w.crash = w.o.Crash
	}
}

func (w *window) trace(event string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.Trace != nil && !w.seen[event] {
		w.seen[event] = true
		w.o.Trace(event)
	}
}

// settings are the kept ones, with what holds for this time only over them.
func (w *window) settings() settings.Settings {
	s := w.o.Settings.Get()
	for _, o := range []struct {
		from string
		to   *string
	}{{w.o.Name, &s.Name}, {w.o.Camera, &s.Camera}, {w.o.Microphone, &s.Microphone}, {w.o.Speaker, &s.Speaker}} {
		if o.from != "" {
			*o.to = o.from
		}
	}
	return s
}

func (w *window) choice() lobby.Choice {
	s := w.settings()
	c := lobby.Choice{Name: s.Name, Camera: s.Camera, Microphone: s.Microphone, Speaker: s.Speaker, CameraOn: !s.CameraOff, MicrophoneOn: !s.MicrophoneOff, Encrypt: s.Encrypt}
	if c.Name == "" {
		c.Name = lang.L("Guest")
	}
	return c
}

func (w *window) showLobby(message string, kind ours.Kind) {
	link, code := "", ""
	if w.lobby != nil {
		link, code = w.lobby.Typed(), w.lobby.Code()
	} else if w.o.Link != "" {
		link = w.o.Link
	}
	w.lobby = lobby.New(lobby.Options{
		Version: w.o.Version, Settings: w.settings(), Link: link, Code: code, Sentence: Sentence,
		Do: w.do, Watch: w.watch,
		OnJoin:     w.join,
		OnStart:    w.startMeeting,
		OnTestCall: w.startTestCall,
		OnCancel: func() {
			if w.cancel != nil {
				w.cancel()
			}
		},
		OnChange:   w.remember,
		OnSettings: w.showSettings,
	})
	w.win.SetTitle("Foyer")
	w.win.SetContent(w.warmed(w.lobby.Object()))
	if w.damage != "" {
		message, kind = strings.TrimSpace(message+" "+w.damage), ours.Warning
	}
	if message != "" {
		w.lobby.Tell(kind, message)
	}
	w.lobby.Focus(w.win.Canvas())
}

// remember keeps a change of the settings. What was to hold for this time only
// gives way to what a person chose since.
func (w *window) remember(f func(*settings.Settings)) {
	before := w.settings()
	after := before
	after.Recent = slices.Clone(before.Recent)
	f(&after)
	for _, o := range []struct {
		changed bool
		over    *string
	}{
		{before.Name != after.Name, &w.o.Name}, {before.Camera != after.Camera, &w.o.Camera},
		{before.Microphone != after.Microphone, &w.o.Microphone}, {before.Speaker != after.Speaker, &w.o.Speaker},
	} {
		if o.changed {
			*o.over = ""
		}
	}
	if err := w.o.Settings.Update(f); err != nil && w.lobby != nil {
		w.lobby.Tell(ours.Warning, Sentence(err))
	}
}

// entry is what is needed to join.
type entry struct {
	config call.Config
	title  string
	share  meeting.Links // to pass around
	places []invite.Link // that lead there
	typed  string        // to remember; empty does not
	ending func() error  // ends what runs for this meeting alone
	ends   bool          // others lose the meeting when that ends
	trial  bool          // the test call: nobody else is in it
	invite []invite.Link // to show at once: we are the first

	// links asks the host for what to pass around, where share is not it; may be nil.
	links func(ctx context.Context) meeting.Links
}

// goIn runs find and then joins, off the UI goroutine, with the lobby waiting.
func (w *window) goIn(c lobby.Choice, find func(ctx context.Context) (entry, error)) {
	w.unsettle()
	w.lobby.SetJoining(true)
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.trace("join")
	w.going.Add(1)
	go func() {
		defer w.going.Done()
		defer cancel()
		e, err := find(ctx)
		if err != nil {
			w.onScreen(context.Background(), func() { w.stay(err) })
			return
		}
		e.config.Camera, e.config.Microphone, e.config.Speaker = c.Camera, c.Microphone, c.Speaker
		e.config.CameraOn, e.config.MicrophoneOn = c.CameraOn, c.MicrophoneOn
		e.config.Loudness = loudness(w.o.Settings.Get())
		e.config.Treatment = treatment(w.o.Settings.Get())
		// The call opens the devices that the preview holds, when it holds them no more.
		free := make(chan struct{})
		e.config.Free = free
		w.soon(func() {
			w.lobby.Close()
			close(free)
		})
		asked := make(chan meeting.Links, 1)
		if e.links != nil {
			w.going.Add(1)
			go func() {
				defer w.going.Done()
				asked <- e.links(ctx)
			}()
		}
		var k *call.Call
		if k, err = call.Join(ctx, e.config); err == nil {
			if e.links != nil {
				e.share = <-asked
			}
			if w.onScreen(ctx, func() { w.enter(k, e) }) {
				return
			}
			k.Leave()
			err = context.Canceled
		}
		if e.ending != nil {
			err = errors.Join(err, e.ending())
		}
		w.onScreen(context.Background(), func() { w.stay(err) })
	}()
}

// onScreen runs f on the UI goroutine and waits for it. It says whether f ran:
// it does not where ctx ends first, or the window closes.
func (w *window) onScreen(ctx context.Context, f func()) (ran bool) {
	var once sync.Once
	done := make(chan struct{})
	w.do(func() {
		once.Do(func() {
			if !w.closing.Load() {
				f()
				ran = true
			}
		})
		close(done)
	})
	select {
	case <-done:
	case <-ctx.Done():
		once.Do(func() {}) // now it will not run, or has
	case <-w.gone:
		once.Do(func() {})
	}
	return ran
}

// do runs f on the UI goroutine, soon, unless that has ended: Fyne would then run it
// at once, wherever it is, and there is no window any more.
func (w *window) do(f func()) {
	select {
	case <-w.gone: // Fyne's queue may be closed
	default:
		w.soon(func() {
			select {
			case <-w.gone: // meanwhile
			default:
				f()
			}
		})
	}
}

// stopped ends do: the window closes. Fyne takes the window system away before it
// says that its loop is over.
func (w *window) stopped() { w.stop.Do(func() { close(w.gone) }) }

// stay shows the lobby again after joining has failed; nothing typed is lost.
func (w *window) stay(err error) {
	w.cancel = nil
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	w.lobby.Close()
	w.showLobby(Sentence(err), ours.Problem)
	switch {
	case errors.Is(err, invite.ErrCodeNeeded), errors.Is(err, invite.ErrWrongCode):
		w.lobby.AskCode(w.win.Canvas())
	case err != nil:
		w.lobby.FocusLinkEnd(w.win.Canvas()) // nothing is selected: typing destroys no link
	}
	w.grantLater()
	if err == nil { // else the lobby says what to mend
		w.settle()
	}
}

func (w *window) join(t invite.Target, typed string, c lobby.Choice) {
	t = w.whole(t)
	w.goIn(c, func(ctx context.Context) (entry, error) {
		if t.Direct != nil {
			return entry{config: call.Config{URL: t.Direct.URL, Token: t.Direct.Token, Name: c.Name}, typed: typed}, nil
		}
		e, err := w.redeem(ctx, *t.Link, c.Name)
		// What is remembered has the code that was typed beside the link.
		e.typed = t.Link.String()
		return e, err
	})
}

// linksMax bounds what entering waits for the host's word on its links.
const linksMax = 3 * time.Second

// whole completes a link that was cut at its # where the room was joined before by
// the whole one: nothing goes out in clear to a room that is known to be sealed.
func (w *window) whole(t invite.Target) invite.Target {
	if l := t.Link; l != nil && len(l.Key) == 0 {
		whole, s := *l, w.o.Settings.Get()
		whole.Key = s.Key(l.Host, l.Room)
		t.Link = &whole
	}
	return t
}

func (w *window) redeem(ctx context.Context, l invite.Link, name string) (entry, error) {
	client := w.o.Settings.Get().Client
	j, err := l.Redeem(ctx, name, client)
	if err != nil {
		return entry{}, err
	}
	e := entry{title: j.Title, places: []invite.Link{l}, share: meeting.Links{Link: l.String()}, config: call.Config{
		URL: j.URL, Token: j.Token, TokenFresh: true, Fingerprint: l.Fingerprint, Key: l.Key,
		Renew: func(ctx context.Context) (string, error) {
			j, err := l.Redeem(ctx, name, client)
			return j.Token, err
		},
	}}
	if j.Role == "host" {
		e.links = func(ctx context.Context) meeting.Links {
			ctx, cancel := context.WithTimeout(ctx, linksMax)
			defer cancel()
			guests, err := l.GuestLink(ctx, j.Token)
			if err != nil { // an older server, for one
				return meeting.Links{MakesHosts: l.String()}
			}
			return meeting.Links{Link: guests.String(), MakesHosts: l.String()}
		}
	}
	return e, nil
}

func (w *window) startMeeting(c lobby.Choice) {
	w.goIn(c, func(ctx context.Context) (entry, error) {
		o := app.HostOptions{Title: lang.L("{{.Name}}'s meeting", map[string]any{"Name": c.Name})}
		if c.Encrypt {
			o.Key = invite.NewKey()
		}
		h, err := w.o.Host.StartHost(ctx, o)
		if err != nil {
			return entry{}, err
		}
		hosts, guests := h.Links("host"), h.Links("guest")
		if len(hosts) == 0 || len(guests) == 0 {
			return entry{}, errors.Join(invite.ErrServer, h.Close())
		}
		e, err := w.redeem(ctx, hosts[len(hosts)-1], c.Name) // the nearest address: this machine
		if err != nil {
			return entry{}, errors.Join(err, h.Close())
		}
		e.ending, e.ends, e.invite, e.links = h.Close, true, guests, nil
		e.share = meeting.Links{Link: guests[0].String(), MakesHosts: hosts[0].String()}
		e.places = append(e.places, guests...)
		return e, nil
	})
}

func (w *window) startTestCall(c lobby.Choice) {
	w.goIn(c, func(ctx context.Context) (entry, error) {
		t, err := testcall.Start(ctx, w.o.Host, lang.L("Echo"))
		if err != nil {
			return entry{}, err
		}
		e, err := w.redeem(ctx, t.Link(), c.Name)
		if err != nil {
			return entry{}, errors.Join(err, t.Close())
		}
		e.ending, e.share, e.links = t.Close, meeting.Links{}, nil
		e.title, e.trial = lang.L("Test call"), true
		return e, nil
	})
}

// hintOf is what a person does in a meeting that explains itself to nobody.
func hintOf(e entry) string {
	if !e.trial {
		return ""
	}
	return lang.L("Speak now. You'll hear yourself 2 seconds later. The face nods while video arrives.")
}

// enter shows the meeting.
func (w *window) enter(k *call.Call, e entry) {
	w.cancel = nil
	w.call, w.ending, w.ends, w.trial, w.places = k, e.ending, e.ends, e.trial, e.places
	title := e.title
	if title == "" {
		title = k.Snapshot().Room.Name
	}
	w.title = title
	w.remember(func(s *settings.Settings) {
		s.Joined = true
		if e.typed != "" { // it has worked
			s.LastLink = strings.TrimSpace(e.typed)
			s.Remember(settings.Meeting{Title: title, Link: s.LastLink, At: time.Now()})
		}
	})
	w.rest = awake.Keep(lang.L("In a meeting"))
	collectMore(e.ending == nil) // a server in here makes more garbage
	w.meeting = meeting.New(w.win, k, meeting.Options{
		Version: w.o.Version, Title: title, Links: e.share, AskToLeave: w.askToEnd, Theme: w.o.Settings.Get().Theme,
		Encrypted: len(e.config.Key) > 0, Hint: hintOf(e),
		OnLeave: func(why error) {
			w.left(why)
			w.settle()
		},
		OnNews:     w.news,
		OnControls: w.showControls,
		SmallPlace: &w.small,
		Do:         w.do,
		OnSettings: w.showSettings,
		OnTheme:    func(t string) { w.remember(func(s *settings.Settings) { s.Theme = t }) },
		OnLoudness: func(identity string, l call.Loudness) {
			w.remember(func(s *settings.Settings) {
				s.SetVolume(settings.Volume{Identity: identity, Gain: l.Volume, Muted: l.Muted})
			})
		},
		OnCaptions:  func(on bool) { w.remember(func(s *settings.Settings) { s.CaptionsOff = !on }) },
		OnSelfView:  func(how string) { w.remember(func(s *settings.Settings) { s.SelfView = how }) },
		Preferences: preferences(w.o.Settings.Get()),
		OnDevice:    w.keepDevice,
	})
	w.watchFirst(k)
	w.watchTiles(k)
	w.win.SetContent(w.meeting.Object())
	w.win.SetTitle(title + " – Foyer")
	if len(e.invite) > 0 {
		w.showInvite(e.invite)
	}
	w.grantLater()
}

// keepDevice keeps a choice for the next time.
func (w *window) keepDevice(kind device.Kind, id string) {
	w.remember(func(s *settings.Settings) {
		switch kind {
		case device.Camera:
			s.Camera = id
		case device.Microphone:
			s.Microphone = id
		case device.Speaker:
			s.Speaker = id
		}
	})
}

// useDevice takes over a choice from the settings, in the meeting or the lobby.
func (w *window) useDevice(kind device.Kind, id string) {
	w.keepDevice(kind, id)
	switch k := w.call; {
	case k == nil:
		w.lobby.UseDevice(kind, id)
	case kind == device.Camera:
		k.UseCamera(id)
	case kind == device.Microphone:
		k.UseMicrophone(id)
	case kind == device.Speaker:
		k.UseSpeaker(id)
	}
}

// showSettings opens the sheet of what holds beyond one meeting.
func (w *window) showSettings() {
	now := w.settings()
	now.Theme = w.o.Settings.Get().Theme
	if k := w.call; k != nil {
		l := k.Snapshot().Local
		now.Camera, now.Microphone, now.Speaker = l.Camera, l.Microphone, l.Speaker
	}
	speaking := false // the microphone was on before it was tried
	sheet.Show(w.win, sheet.Options{
		Settings: now, Sentence: Sentence,
		OnName: func(name string) {
			w.remember(func(s *settings.Settings) { s.Name = name })
			if w.call != nil {
				w.call.SetName(name)
			} else {
				w.lobby.SetName(name)
			}
		},
		OnTheme: func(t string) {
			w.app.Settings().SetTheme(theme.New(t))
			w.remember(func(s *settings.Settings) { s.Theme = t })
			if w.meeting != nil {
				w.meeting.SetTheme(t)
			}
		},
		OnHardware: func(off bool) { w.remember(func(s *settings.Settings) { s.HardwareOff = off }) },
		OnDevice:   w.useDevice,
		OnTrial: func(on bool) {
			// In a meeting, the others hear neither what is said nor its echo.
			if k := w.call; k != nil {
				if on {
					speaking = k.Snapshot().Local.MicrophoneOn
				}
				if speaking {
					k.SetMicrophone(!on)
				}
			}
		},
		OnChange: func(f func(*settings.Settings)) {
			before := w.settings()
			w.remember(f)
			w.look(before)
			if w.call != nil {
				w.call.SetTreatment(treatment(w.o.Settings.Get()))
			}
			if w.meeting != nil {
				w.meeting.SetPreferences(preferences(w.o.Settings.Get()))
			}
		},
	})
}

// look follows a change of what the window looks like.
func (w *window) look(before settings.Settings) {
	now := w.o.Settings.Get()
	motion.Prefer(now.Motion)
	if now.TextScale != before.TextScale {
		theme.ScaleText(float32(now.TextScale))
		w.app.Settings().SetTheme(theme.New(now.Theme))
	}
}

// loudness is how loud people were set here, for a call.
func loudness(s settings.Settings) map[string]call.Loudness {
	all := map[string]call.Loudness{}
	for _, v := range s.Volumes {
		all[v.Identity] = call.Loudness{Volume: v.Gain, Muted: v.Muted}
	}
	return all
}

// preferences are what the meeting's screen follows.
func preferences(s settings.Settings) meeting.Preferences {
	p := meeting.Preferences{CaptionsOff: s.CaptionsOff, CaptionSize: float32(s.CaptionSize), SoundsOff: s.SoundsOff, SmallOff: s.SmallOff, PlaceVoices: s.PlaceVoices, TalkKey: fyne.KeyName(s.TalkKey), TalkAnywhere: s.TalkAnywhere, SelfView: s.SelfView}
	switch s.Talk {
	case settings.TalkMute:
		p.Talk = meeting.TalkMute
	case settings.TalkOff:
		p.Talk = meeting.TalkOff
	}
	return p
}

// treatment is what the settings want done to our sound.
func treatment(s settings.Settings) call.Treatment {
	return call.Treatment{EchoOff: s.EchoOff, NoiseOff: s.NoiseOff, GainOff: s.GainOff, Music: s.Music}
}

// gcPercent is how much garbage there may be beside what lives, in percent (GOGC),
// while there is a meeting: pictures and packets come from pools then, so that
// collecting a quarter of the memory costs a few milliseconds each second or two.
const gcPercent = 25

// collectMore sets that, or Go's usual percentage again; GOGC, where set, rules.
func collectMore(on bool) {
	switch {
	case os.Getenv("GOGC") != "":
	case on:
		debug.SetGCPercent(gcPercent)
	default:
		debug.SetGCPercent(100)
	}
}

// left goes back to the lobby.
func (w *window) left(why error) {
	if w.asking != nil {
		w.asking.Hide()
	}
	if w.trying != nil {
		w.trying()
	}
	w.meeting.Close()
	w.meeting = nil
	w.ends, w.trial, w.title, w.places = false, false, "", nil
	w.notes.Clear()
	w.showControls(tray.State{})
	collectMore(false)
	w.end()
	if !w.closing.Load() {
		w.showLobby(Sentence(why), ours.Info)
	}
}

// end leaves the call and stops what runs for it, and waits.
func (w *window) end() {
	if w.cancel != nil {
		w.cancel()
	}
	if w.call != nil {
		w.rest()
		w.call.Leave()
		w.call = nil
	}
	if w.ending != nil {
		if err := w.ending(); err != nil && w.lobby != nil {
			w.lobby.Tell(ours.Warning, Sentence(err))
		}
		w.ending = nil
	}
	if w.lobby != nil {
		w.lobby.Close()
	}
}

// watchFirst traces the first remote picture.
func (w *window) watchFirst(k *call.Call) {
	if w.o.Trace == nil {
		return
	}
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-k.Done():
				return
			case <-tick.C:
				for _, t := range k.Stats().Tracks {
					if !t.Sent && t.Frames > 0 && (t.Source == call.Camera || t.Source == call.Screen) {
						w.trace("first-picture")
						return
					}
				}
			}
		}
	}()
}
