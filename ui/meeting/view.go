package meeting

import (
	"cmp"
	"context"
	"image"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/app/text"
	"foyer/media/audio"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/hotkey"
	"foyer/ui/mini"
	"foyer/ui/notify"
	"foyer/ui/theme"
	"foyer/ui/tray"
	"foyer/ui/widget"
)

// Engine is what the view needs of a call; *call.Call is one.
type Engine interface {
	Snapshots() <-chan call.Snapshot
	Snapshot() call.Snapshot
	SetMicrophone(on bool)
	SetCamera(on bool)
	UseMicrophone(id string)
	UseCamera(id string)
	UseSpeaker(id string)
	ShareScreen(ctx context.Context, id string, o call.ShareOptions) error
	StopShare()
	Send(text string) error
	RaiseHand(up bool)
	SetLoudness(identity string, l call.Loudness)
	Place(places map[string]float64)
	Play(c audio.Cue)
	MuteOther(ctx context.Context, identity string, s call.Source) error
	Remove(ctx context.Context, identity string) error
	Show(identity string, s call.Source, to *video.Surface)
	Hide(to *video.Surface)
	Stats() call.Stats
	Leave()
}

var _ Engine = (*call.Call)(nil)

// Options says what the view has around it. The zero value works.
type Options struct {
	Title string // of the meeting; empty takes the room's name
	Links Links  // to copy
	Theme string // the preference in use, for the menu; see package theme

	Version string // Foyer's, for the report on statistics

	// OnLeave runs once, on the UI goroutine, when the meeting is over for us:
	// nil after leaving by ourselves, else why. The owner then closes the view.
	OnLeave func(reason error)
	// AskToLeave asks before leave ends the meeting for others, and reports whether it asked.
	AskToLeave func(leave func()) (asked bool)
	OnSettings func()                            // nil leaves "Settings" out
	OnTheme    func(preference string)           // a theme was chosen; it is already set
	OnDevice   func(kind device.Kind, id string) // a device was chosen
	// OnLoudness hears how loud somebody is to be here, when that was set; it holds already.
	OnLoudness func(identity string, l call.Loudness)

	// OnNews hears what may be worth a notification, whether the window is seen or not.
	OnNews func(notify.Note)
	// OnControls hears how the microphone and the camera stand, often.
	OnControls func(tray.State)
	// Encrypted says that the meeting is end-to-end encrypted: the top bar shows it, and
	// what is written is not shown outside the window.
	Encrypted bool

	// Hint is said over the pictures for as long as the meeting lasts; "" says nothing.
	Hint string

	// OnCaptions hears that captions were turned on or off by the key or the menu.
	OnCaptions func(on bool)
	// OnSelfView hears how our own picture is to be shown, when that was chosen.
	OnSelfView func(how string)

	Preferences Preferences

	// SmallPlace keeps where the small window stands, beyond this meeting; may be nil.
	SmallPlace *mini.Place

	// These replace package device's and the clock, for tests.
	Watch     func(ctx context.Context) <-chan device.List
	Thumbnail func(id string, max int) (*image.RGBA, error)
	Windows   func() []device.Info // that can be shared
	Hotkey    func(ctx context.Context, key fyne.KeyName, except uint32) (<-chan bool, error)
	Stands    func() (minimised, front bool) // the window
	Now       func() time.Time
	// Do runs a function on the UI goroutine, soon; nil is fyne.Do.
	Do func(func())
}

// Preferences are what can be changed while the meeting is shown.
type Preferences struct {
	SoundsOff    bool // no sounds of Foyer's own
	SmallOff     bool // no small window
	PlaceVoices  bool // voices are heard where people are seen
	Talk         Talk
	TalkKey      fyne.KeyName // what is held; "" is Space
	CaptionsOff  bool         // what is said is not shown as text
	CaptionSize  float32      // of captions, against other text; 0 is 1
	TalkAnywhere bool         // it counts while other programs have the keyboard, too
	SelfView     string       // how our own picture is shown: settings.SelfTile, SelfCorner or SelfHidden
}

// SetPreferences changes them.
func (v *View) SetPreferences(p Preferences) {
	v.o.Preferences = p
	v.keys.prefer()
	v.stage.laid = arrangement{}
	v.stage.arrange()
	v.captions.place()
	v.bar.update()
	v.small.update()
}

// View is the meeting's screen. It belongs to the UI goroutine.
type View struct {
	window fyne.Window
	call   Engine
	o      Options
	root   *fyne.Container

	painter  *widget.Painter
	bars     *bars
	stage    *stage
	captions *captions
	told     map[panelMode][]string // toasts of what a panel shows, the newest last
	top      *topBar
	bar      *controls
	panel    *panel
	toasts   *widget.Toasts
	hint     *widget.Notice
	banner   *widget.Notice
	keys     *keys
	small    *small
	modal    modal // the open one, or nil

	last    call.Snapshot
	fresh   bool // last holds a snapshot
	joined  time.Time
	devices device.List
	listed  bool // devices holds a list
	leaving bool
	ended   bool
	cues    cues

	shareSound bool // as last chosen in the share picker

	watched bool // the window system tells whether the window is seen

	stop   chan struct{}
	closed bool
	work   sync.WaitGroup
}

// New makes the view of a joined call and starts following it. It takes over
// the window's key handlers until Close.
func New(w fyne.Window, c Engine, o Options) *View {
	if o.Watch == nil {
		o.Watch = device.Watch
	}
	if o.Thumbnail == nil {
		o.Thumbnail = device.Thumbnail
	}
	if o.Windows == nil {
		o.Windows = device.Windows
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hotkey == nil {
		o.Hotkey = hotkey.Watch
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
	v := &View{window: w, call: c, o: o, stop: make(chan struct{})}
	v.painter = widget.NewPainter(o.Do)
	v.painter.DrawOn(w)
	v.bars = newBars(v)
	v.told = map[panelMode][]string{}
	v.captions = newCaptions(v)
	v.stage = newStage(v)
	v.top = newTopBar(v)
	v.bar = newControls(v)
	v.panel = newPanel(v)
	v.toasts = widget.NewToasts(func(d time.Duration, f func()) func() {
		t := time.AfterFunc(d, func() { v.do(f) })
		return func() { t.Stop() }
	})
	v.banner = widget.NewNotice(widget.Warning, theme.IconRefresh, lang.L("Connection lost. Reconnecting…"))
	v.banner.Hide()
	v.hint = widget.NewNotice(widget.Info, theme.IconInformation, o.Hint)
	show(v.hint, o.Hint != "")
	v.small = newSmall(v)
	theme.ShowStage(true)
	watch := newThemeWatch(v.dress)
	v.toasts.Avoid = v.namesUnderToasts
	v.root = container.New(&frame{v}, v.bars.sensor, v.top.box, v.stage.box, v.captions.box, v.bars.above, v.bars.below, v.bar.box, v.panel.box, v.toasts, v.hint, v.banner, watch)
	v.apply(c.Snapshot())

	v.work.Add(3)
	go v.followCall()
	go v.followDevices()
	go v.followClock()
	v.keys = takeKeys(v)
	v.watched = v.watchSeen()
	v.keys.prefer()
	return v
}

// Object is the view's root, to be the window's content.
func (v *View) Object() fyne.CanvasObject { return v.root }

// Close stops following the call, gives the keys back and waits for everything
// the view started. It does not leave the call. Idempotent.
func (v *View) Close() {
	if v.closed {
		return
	}
	if v.modal != nil {
		v.modal.Hide()
	}
	v.closed = true
	v.small.close()
	v.keys.giveBack()
	v.panel.close()
	v.toasts.Clear()
	v.bars.close()
	close(v.stop)
	v.work.Wait()
	v.stage.close()
	v.painter.Close()
	theme.ShowStage(false)
}

// do runs f on the UI goroutine unless the view is closed by then.
func (v *View) do(f func()) {
	v.o.Do(func() {
		if !v.closed {
			f()
		}
	})
}

// wait is do that returns when f has run, or false when the view is closing.
func (v *View) wait(f func()) bool {
	done := make(chan struct{})
	v.do(func() { f(); close(done) })
	select {
	case <-done:
		return true
	case <-v.stop:
		return false
	}
}

// background runs a call that may take a while, ended by Close.
func (v *View) background(f func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	v.work.Add(2)
	go func() {
		defer v.work.Done()
		select {
		case <-v.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer v.work.Done()
		defer cancel()
		f(ctx)
	}()
}

func (v *View) followCall() {
	defer v.work.Done()
	snapshots := v.call.Snapshots()
	for {
		select {
		case <-v.stop:
			return
		case s, ok := <-snapshots:
			if !ok {
				v.wait(func() { v.finish(v.last.Ended) })
				return
			}
			if !v.wait(func() { v.apply(s) }) {
				return
			}
		}
	}
}

func (v *View) followDevices() {
	defer v.work.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lists := v.o.Watch(ctx)
	for {
		select {
		case <-v.stop:
			return
		case l, ok := <-lists:
			if !ok {
				return
			}
			if !v.wait(func() { v.applyDevices(l) }) {
				return
			}
		}
	}
}

func (v *View) followClock() {
	defer v.work.Done()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-second.C:
			if !v.wait(v.tick) {
				return
			}
		}
	}
}

// apply draws a snapshot.
func (v *View) apply(s call.Snapshot) {
	s = named(s)
	old, first := v.last, !v.fresh
	v.last, v.fresh = s, true
	if first {
		v.joined = v.o.Now() // by our own clock: the server's may be another
	}
	v.stage.update()
	v.captions.update()
	v.top.update()
	v.bar.update()
	v.panel.update()
	v.small.update()
	if on := s.State == call.Reconnecting; on != v.banner.Visible() {
		if on {
			v.banner.Show()
		} else {
			v.banner.Hide()
		}
		v.relayout()
	}
	if !first {
		v.announce(old, s)
		v.news(old, s)
	} else {
		v.announceRecording(false, s.Room.Recording)
		v.announceRole(s)
	}
	if s.State == call.Left {
		v.finish(s.Ended)
	}
}

func (v *View) applyDevices(l device.List) {
	old, had := v.devices, v.listed
	v.devices, v.listed = l, true
	v.bar.update()
	v.small.update()
	if had {
		v.announceDevices(old, l)
	}
}

// tick is what a second brings.
func (v *View) tick() {
	if !v.watched {
		v.watched = v.watchSeen()
		v.keys.prefer()
	}
	v.small.look()
	if !v.painter.Seen() {
		return
	}
	v.bars.rest()
	v.top.update()
	v.stage.checkPauses()
	v.captions.update()
	v.panel.tick()
	for _, t := range v.stage.tiles {
		t.Rest()
	}
}

// setSeen follows the window's being minimised, covered, and neither.
func (v *View) setSeen(on bool) {
	if on == v.painter.Seen() {
		return
	}
	v.painter.SetSeen(on)
	if on {
		v.tick()
	} else {
		v.small.look()
	}
}

// finish tells the owner, once, that it is over.
func (v *View) finish(reason error) {
	if v.ended || v.leaving {
		return
	}
	v.ended = true
	if v.o.OnLeave != nil {
		v.o.OnLeave(reason)
	}
}

// Leave leaves the call, after a question where leaving ends the meeting for others.
func (v *View) Leave() {
	if v.leaving || v.ended {
		return
	}
	if v.o.AskToLeave != nil && v.o.AskToLeave(v.leave) {
		if v.SmallShown() {
			v.small.main.Raise() // the question is there
		}
		return
	}
	v.leave()
}

// leave leaves the call; devices may take a moment to close.
func (v *View) leave() {
	if v.leaving || v.ended || v.closed {
		return
	}
	v.leaving = true
	v.bar.update()
	v.small.update()
	v.top.update()
	v.background(func(context.Context) {
		v.call.Leave()
		v.do(func() {
			v.leaving = false
			v.finish(nil)
		})
	})
}

// relayout places everything again.
func (v *View) relayout() { v.root.Refresh() }

// dress follows a change of theme, and of the size of text, where Fyne does not.
func (v *View) dress() {
	v.top.dress()
	v.panel.dress()
	v.stage.dress()
	v.bar.dress()
	v.captions.dress()
	v.bars.dress()
	v.root.Layout.Layout(v.root.Objects, v.root.Size()) // the size of text may be another
}

// Links are what people can pass around.
type Links struct {
	Link       string // to invite by; "" where nobody knows one
	MakesHosts string // lets people in as hosts; "" where we do not know it
}

// any reports whether there is something to copy.
func (l Links) any() bool { return l.Link != "" || l.MakesHosts != "" }

// copyLink puts the link to invite by on the clipboard.
func (v *View) copyLink() {
	if v.o.Links.Link == "" {
		v.copyHostLink()
		return
	}
	fyne.CurrentApp().Clipboard().SetContent(v.o.Links.Link)
	v.toasts.Say(widget.Success, theme.IconLink, lang.L("Link copied. Send it to the people you want to invite."))
}

// copyHostLink puts the link on the clipboard that makes hosts of people, and says that.
func (v *View) copyHostLink() {
	fyne.CurrentApp().Clipboard().SetContent(v.o.Links.MakesHosts)
	v.toasts.Say(widget.Warning, theme.IconLink, lang.L("Host link copied. Anyone who joins with it can mute and remove people."))
}

// copyLabel names what copyLink copies.
func (v *View) copyLabel() string {
	if v.o.Links.Link == "" {
		return lang.L("Copy host link")
	}
	return lang.L("Copy link")
}

// toggleFullScreen shows the stage alone on the whole screen, or no longer.
func (v *View) toggleFullScreen() {
	v.window.SetFullScreen(!v.window.FullScreen())
	v.bars.changed()
}

// name is how a person is called.
func (v *View) name(identity string) string {
	if identity == v.last.Me.Identity {
		return lang.L("You")
	}
	for _, p := range v.last.People {
		if p.Identity == identity {
			return p.Name
		}
	}
	return guest(text.Name(identity))
}

// guest is how somebody is called in whose name nothing can be seen.
func guest(name string) string { return cmp.Or(name, lang.L("Guest")) }

// named is the snapshot with a name for everybody.
func named(s call.Snapshot) call.Snapshot {
	s.Me.Name = guest(s.Me.Name)
	if slices.ContainsFunc(s.People, func(p call.Participant) bool { return p.Name == "" }) {
		s.People = slices.Clone(s.People) // snapshots are never changed
		for i := range s.People {
			s.People[i].Name = guest(s.People[i].Name)
		}
	}
	return s
}
