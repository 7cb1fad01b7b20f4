package lobby

import (
	"context"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/devices"
	"foyer/ui/motion"
	"foyer/ui/soundcheck"
	ours "foyer/ui/widget"
)

// Choice is how somebody wants to come in.
type Choice struct {
	Name                        string
	Camera, Microphone, Speaker string // device IDs
	CameraOn, MicrophoneOn      bool
	Encrypt                     bool // a meeting that is started is end-to-end encrypted
}

// Options says what the lobby begins with and whom it tells.
type Options struct {
	Version  string
	Settings settings.Settings
	Link     string // in the field from the start; empty leaves the last one
	Code     string // in its field from the start

	OnJoin     func(t invite.Target, typed string, c Choice)
	OnStart    func(c Choice)
	OnTestCall func(c Choice)
	OnCancel   func()                           // while joining
	OnSettings func()                           // nil leaves the button out
	OnChange   func(func(s *settings.Settings)) // something to remember
	Sentence   func(error) string

	// These replace package device's and the clock, for tests.
	Watch          func(ctx context.Context) <-chan device.List
	OpenCamera     func(id string) (video.Reader, error)
	OpenMicrophone func(id string) (device.Capture, error)
	OpenSpeaker    func(id string) (device.Playback, error)
	Now            func() time.Time
	// Do runs a function on the UI goroutine, soon; nil is fyne.Do.
	Do func(func())
}

func (o *Options) fill() {
	if o.Watch == nil {
		o.Watch = device.Watch
	}
	if o.OpenCamera == nil {
		o.OpenCamera = func(id string) (video.Reader, error) {
			return device.OpenCamera(id, device.CameraFormat{Width: 1280, Height: 720, FrameRate: 30})
		}
	}
	if o.OpenMicrophone == nil {
		o.OpenMicrophone = device.OpenMicrophone
	}
	if o.OpenSpeaker == nil {
		o.OpenSpeaker = device.OpenSpeaker
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
}

// View is the lobby's screen. It belongs to the UI goroutine.
type View struct {
	o       Options
	began   string // the name at the start
	root    *container.Scroll
	over    *fyne.Container // root, and the notice above it
	page    *fyne.Container
	painter *ours.Painter
	preview *preview

	// The left column: how you look and sound.
	tile                           *ours.VideoTile
	picture                        *onPicture
	meter                          *ours.LevelMeter
	micButton, camButton           *ours.IconButton
	cameras, microphones, speakers *devices.Picker
	trial                          *soundcheck.Check

	// The right one: who you are and where to.
	name, link, code *ours.Entry
	hint             *ours.Paragraph
	notice           *ours.Notice
	join             *ours.KeyButton
	start, test      *ours.KeyButton
	encrypt          *ours.Check
	encryptWhy       *ours.Paragraph
	cancel           *ours.KeyButton
	busy             *widget.ProgressBarInfinite
	busyBox          *fyne.Container
	title, version   *canvas.Text
	recents          *recents

	choice         Choice
	list           device.List
	haveList       bool
	camErr, micErr error // why the devices that are to be on do not work
	joining        bool
	codeAsked      bool   // for the link in its field: it had none, or a wrong one
	trying         string // what the microphone's check says

	stop   chan struct{}
	work   sync.WaitGroup
	closed bool
}

// New makes the lobby and opens the preview. Close it before a call opens the
// same devices.
func New(o Options) *View {
	o.fill()
	s := o.Settings
	s.Recent = slices.Clone(s.Recent)
	o.Settings = s
	v := &View{o: o, began: s.Name, stop: make(chan struct{}), choice: Choice{
		Name: s.Name, Camera: s.Camera, Microphone: s.Microphone, Speaker: s.Speaker,
		CameraOn: !s.CameraOff, MicrophoneOn: !s.MicrophoneOff, Encrypt: s.Encrypt,
	}}
	v.painter = ours.NewPainter(o.Do)
	v.tile = ours.NewVideoTile(v.painter, video.Cover)
	v.tile.Surface().SetMirror(true)
	v.meter = ours.NewLevelMeter()
	v.preview = &preview{
		surface: v.tile.Surface(), openCam: o.OpenCamera, openMic: o.OpenMicrophone,
		level: func(l float64) { v.do(func() { v.meter.SetLevel(l) }) },
		told:  func(k device.Kind, err error) { v.do(func() { v.deviceTold(k, err) }) },
	}
	v.page = container.New(&columns{}, v.buildDevices(), v.buildForm())
	v.root = container.NewVScroll(v.page)
	v.over = container.New(noticeOver{}, v.root, v.notice)
	v.preview.start()
	v.showDevices()
	v.check()
	v.work.Add(1)
	go v.followDevices()
	return v
}

// do runs f on the UI goroutine unless the lobby is closed by then.
func (v *View) do(f func()) {
	v.o.Do(func() {
		if !v.closed {
			f()
		}
	})
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
			v.do(func() { v.listed(l) })
		}
	}
}

// Object is what to put into the window.
func (v *View) Object() fyne.CanvasObject { return v.over }

// Focus puts the cursor where typing makes sense.
func (v *View) Focus(c fyne.Canvas) {
	if v.name.Text == "" {
		c.Focus(v.name)
		return
	}
	c.Focus(v.link)
	v.link.SelectBack() // to paste another over the one of last time
}

// Propose fills a link in, or none to start a meeting, and leaves it to the person to
// go there: they see first how they look.
func (v *View) Propose(c fyne.Canvas, link string) {
	if link != "" {
		v.link.SetText(link)
	}
	switch {
	case v.name.Text == "":
		c.Focus(v.name)
	case link == "":
		c.Focus(v.start)
	case v.code.Visible():
		c.Focus(v.code)
	default:
		c.Focus(v.join)
	}
}

// FocusLinkEnd puts the cursor behind the link, where something is missing.
func (v *View) FocusLinkEnd(c fyne.Canvas) {
	c.Focus(v.link)
	v.link.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
}

// SetLink puts a link into its field.
func (v *View) SetLink(link string) { v.link.SetText(link) }

// Close gives the devices back and waits for them. Idempotent.
func (v *View) Close() {
	if v.closed {
		return
	}
	v.closed = true
	close(v.stop)
	v.trial.Close()
	v.preview.close()
	v.work.Wait()
	v.busy.Stop()
	v.tile.Close()
	v.painter.Close()
}

// SetName puts a name into its field.
func (v *View) SetName(name string) { v.name.SetText(name) }

// Typed is what stands in the link field.
func (v *View) Typed() string { return v.link.Text }

// Code is what stands in the field for an invite code.
func (v *View) Code() string { return v.code.Text }

// SetJoining shows that we are on the way, or no longer.
func (v *View) SetJoining(on bool) {
	v.joining = on
	for _, w := range []fyne.Disableable{v.name, v.link, v.code, v.start, v.test, v.encrypt} {
		if on {
			w.Disable()
		} else {
			w.Enable()
		}
	}
	if on {
		v.notice.Hide()
		v.join.Hide()
		v.cancel.Show()
		if motion.Allowed() {
			v.busyBox.Show()
			v.busy.Start()
		}
		if c := fyne.CurrentApp().Driver().CanvasForObject(v.root); c != nil {
			c.Focus(v.cancel)
		}
	} else {
		v.busy.Stop()
		v.busyBox.Hide()
		v.cancel.Hide()
		v.join.Show()
	}
	v.check()
	v.recents.dress()
	v.dressDevices()
}

// Tell shows a sentence above the page, which does not move; empty takes it away.
// It goes when something is typed.
func (v *View) Tell(k ours.Kind, text string) {
	if text == "" {
		v.notice.Hide()
		return
	}
	v.notice.Set(k, "", text)
	v.notice.Show()
	v.over.Refresh()
}

// AskCode shows the field for an invite code, with the cursor in it and what was wrong
// selected. What is typed there goes before a code in the link.
func (v *View) AskCode(c fyne.Canvas) {
	v.codeAsked = true
	v.check()
	v.code.Show()
	v.relayout()
	c.Focus(v.code)
	v.code.SelectBack()
}

// relayout places everything anew after something came or went.
func (v *View) relayout() {
	if v.root != nil {
		v.page.Refresh()
		v.root.Refresh()
	}
}

func (v *View) remember(f func(*settings.Settings)) {
	f(&v.o.Settings)
	if v.o.OnChange != nil {
		v.o.OnChange(f)
	}
}
