package tray

import (
	"context"
	"sync"

	"fyne.io/fyne/v2/lang"
	"fyne.io/systray"
)

// State is what the menu shows.
type State struct {
	Meeting                bool // else the menu has nothing of one
	MicrophoneOn, CameraOn bool
	NoMicrophone, NoCamera bool // cannot be switched
	Leaving                bool
}

// Verb is what somebody chose.
type Verb int

const (
	Show Verb = iota
	Microphone
	Camera
	Leave
	Quit
)

// Tray is the icon. Where the desktop has no tray there is none.
type Tray struct {
	icon []byte
	do   func(Verb)

	mu     sync.Mutex
	now    State
	change chan struct{}
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Open puts an icon (PNG) into the tray as soon as there is one, and returns at
// once. do hears what was chosen, on any goroutine. The library behind it has one
// tray in a process, once.
func Open(icon []byte, do func(Verb)) *Tray {
	ctx, cancel := context.WithCancel(context.Background())
	t := &Tray{icon: icon, do: do, change: make(chan struct{}, 1), cancel: cancel}
	t.work.Add(1)
	go func() {
		defer t.work.Done()
		t.serve(ctx)
	}()
	return t
}

// Set changes what the menu shows, soon.
func (t *Tray) Set(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s == t.now {
		return
	}
	t.now = s
	select {
	case t.change <- struct{}{}:
	default:
	}
}

// Close takes the icon away, and waits.
func (t *Tray) Close() {
	t.cancel()
	t.work.Wait()
}

func (t *Tray) state() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *Tray) serve(ctx context.Context) {
	if !awaitHost(ctx) {
		return
	}
	var m *menu
	end := begin(func() {
		systray.SetIcon(t.icon)
		systray.SetTitle("Foyer")
		systray.SetTooltip("Foyer")
		systray.SetOnTapped(func() { t.do(Show) })
		m = newMenu()
		m.set(t.state())
	})
	defer end()
	t.work.Add(1)
	go func() { // beside the changes: the library drops clicks that nobody waits for
		defer t.work.Done()
		m.follow(ctx, t.do)
	}()
	for {
		select {
		case <-t.change:
			m.set(t.state())
		case <-ctx.Done():
			return
		}
	}
}

// menu is what is on the icon.
type menu struct {
	show, microphone, camera, leave, quit *systray.MenuItem
	last                                  State
}

func newMenu() *menu {
	m := &menu{}
	add := func(label string) *systray.MenuItem { return systray.AddMenuItem(label, "") }
	m.show = add(lang.L("Show Foyer"))
	m.microphone, m.camera = add(lang.L("Mute")), add(lang.L("Turn the camera off"))
	m.leave = add(lang.L("Leave the meeting"))
	systray.AddSeparator()
	m.quit = add(lang.L("Quit"))
	m.dress(State{})
	return m
}

// set changes what has changed: a menu that is open stays so.
func (m *menu) set(s State) {
	if s != m.last {
		m.dress(s)
	}
}

func (m *menu) dress(s State) {
	m.last = s
	for _, i := range []struct {
		item    *systray.MenuItem
		on, off string
		is      bool
		no      bool
	}{
		{m.microphone, lang.L("Mute"), lang.L("Unmute"), s.MicrophoneOn, s.NoMicrophone},
		{m.camera, lang.L("Turn the camera off"), lang.L("Turn the camera on"), s.CameraOn, s.NoCamera},
		{m.leave, lang.L("Leave the meeting"), "", true, s.Leaving},
	} {
		if !s.Meeting {
			i.item.Hide()
			continue
		}
		label := i.off
		if i.is {
			label = i.on
		}
		i.item.SetTitle(label)
		if i.no {
			i.item.Disable()
		} else {
			i.item.Enable()
		}
		i.item.Show()
	}
}

// follow tells what is clicked.
func (m *menu) follow(ctx context.Context, do func(Verb)) {
	for {
		select {
		case <-m.show.ClickedCh:
			do(Show)
		case <-m.microphone.ClickedCh:
			do(Microphone)
		case <-m.camera.ClickedCh:
			do(Camera)
		case <-m.leave.ClickedCh:
			do(Leave)
		case <-m.quit.ClickedCh:
			do(Quit)
		case <-ctx.Done():
			return
		}
	}
}
