package lobby

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/devices"
)

func TestPickersFollowWhatIsPlugged(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	if got := b.View.cameras.Options; !slices.Equal(got, []string{"System default"}) {
		t.Errorf("before the first list the cameras are %q", got)
	}
	b.plug(plugged)
	if got, want := b.View.cameras.Options, []string{"System default: " + webcam.Name, webcam.Name, brio.Name}; !slices.Equal(got, want) {
		t.Errorf("the cameras are %q, want %q", got, want)
	}
	b.plug(device.List{Cameras: []device.Info{webcam}, Microphones: plugged.Microphones, Speakers: plugged.Speakers})
	if got, want := b.View.cameras.Options, []string{"System default: " + webcam.Name, webcam.Name}; !slices.Equal(got, want) {
		t.Errorf("the cameras are %q, want %q", got, want)
	}
	if b.View.choice.Camera != device.Default || b.kept.Camera != "" {
		t.Error("a list changed the choice")
	}
}

// The chosen camera is pulled out while it shows, and comes back.
func TestTheChosenCameraVanishesAndComesBack(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", Camera: "cam2"}, normal)
	b.until("the camera", func() bool { return b.tile.Showing() })
	cam := pullable(t)
	b.mu.Lock()
	b.camera = func(id string) (video.Reader, error) {
		if id == "cam2" {
			return cam, nil
		}
		return device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360})
	}
	b.mu.Unlock()
	b.plug(plugged)
	b.View.cameras.SetSelectedIndex(1)
	b.View.cameras.SetSelectedIndex(2)
	b.until("the camera", func() bool { return b.tile.Showing() && slices.Contains(b.tried(), "cam2") })

	cam.unplug()
	b.until("the reason", func() bool { return b.View.cameras.Why.Text() == "Sentence for: device went away." })
	if b.tile.Showing() || b.tile.State().Picture {
		t.Error("the tile waits for a picture")
	}
	b.plug(device.List{Cameras: []device.Info{webcam}, Microphones: plugged.Microphones, Speakers: plugged.Speakers})
	if got := b.View.cameras.Selected; got != brio.Name+" (unplugged)" || b.View.choice.Camera != "cam2" {
		t.Errorf("the picker shows %q, the choice is %q", got, b.View.choice.Camera)
	}
	b.tried()
	cam = pullable(t)
	b.plug(plugged)
	b.until("the camera to come back", func() bool { return b.tile.Showing() })
	if got := b.View.cameras.Selected; got != brio.Name {
		t.Errorf("the picker shows %q", got)
	}
	if b.View.cameras.Why.Visible() {
		t.Errorf("it still says %q", b.View.cameras.Why.Text())
	}
	if b.kept.Camera != "cam2" {
		t.Errorf("the camera is kept as %q", b.kept.Camera)
	}
}

func TestNoDevicesIsANormalState(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", LastLink: goodLink}, normal)
	b.mu.Lock()
	b.sound = device.ErrNoDevice
	b.camera = func(string) (video.Reader, error) { return nil, fmt.Errorf("open camera: %w", device.ErrNoDevice) }
	b.mu.Unlock()
	b.plug(device.List{})
	for _, x := range []struct {
		p                *devices.Picker
		selected, reason string
	}{
		{b.View.cameras, "No camera found", "You can join without one. Others will see your initials."},
		{b.microphones, "No microphone found", "You can join and listen. Plug one in to speak."},
		{b.speakers, "No speaker found", "You won't hear anyone until you connect a speaker."},
	} {
		if x.p.Selected != x.selected || x.p.Why.Text() != x.reason || !x.p.Why.Visible() || !x.p.Disabled() {
			t.Errorf("%q because %q, disabled %v", x.p.Selected, x.p.Why.Text(), x.p.Disabled())
		}
	}
	if b.micButton.Reason() != "No microphone found" || b.camButton.Reason() != "No camera found" {
		t.Errorf("the buttons say %q and %q", b.micButton.Reason(), b.camButton.Reason())
	}
	if b.notice.Visible() {
		t.Errorf("a missing device is told as a problem: %q", b.notice.Text())
	}
	test.Tap(b.join)
	b.wantWent("join")
	if b.choice.CameraOn || b.choice.MicrophoneOn {
		t.Errorf("went with %+v", b.choice)
	}
	// Plugged in, they are on: that was never unwished.
	b.mu.Lock()
	b.sound = nil
	b.camera = func(string) (video.Reader, error) {
		return device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360})
	}
	b.mu.Unlock()
	b.plug(plugged)
	b.until("picture and sound", func() bool { return b.tile.Showing() && b.meter.Lit() > 0 })
	test.Tap(b.join)
	if !b.choice.CameraOn || !b.choice.MicrophoneOn || b.kept.CameraOff || b.kept.MicrophoneOff {
		t.Errorf("went with %+v", b.choice)
	}
	if b.View.cameras.Why.Visible() || b.microphones.Why.Visible() || b.speakers.Why.Visible() {
		t.Error("reasons stay")
	}
}

func TestADeviceThatFailsSaysWhy(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	b.plug(plugged)
	b.until("the preview", func() bool { return b.tile.Showing() })
	b.mu.Lock()
	b.sound = device.ErrDenied
	b.camera = func(string) (video.Reader, error) { return nil, fmt.Errorf("open camera: %w", device.ErrBusy) }
	b.mu.Unlock()
	b.View.cameras.SetSelectedIndex(2)
	b.microphones.SetSelectedIndex(2)
	b.until("the reasons", func() bool { return b.View.cameras.Why.Visible() && b.microphones.Why.Visible() })
	if c, m := b.View.cameras.Why.Text(), b.microphones.Why.Text(); c != "Sentence for: device is in use." || m != "Sentence for: device access denied." {
		t.Errorf("the lobby says %q and %q", c, m)
	}
	// Turned off, it needs no reason; on again, it is tried again.
	test.Tap(b.camButton)
	if b.View.cameras.Why.Visible() {
		t.Error("a camera that is off has a reason")
	}
	b.until("the camera to be left alone", func() bool { return len(b.queue) == 0 })
	b.tried()
	b.mu.Lock()
	b.camera = func(string) (video.Reader, error) {
		return device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360})
	}
	b.mu.Unlock()
	test.Tap(b.camButton)
	b.until("the camera", func() bool { return b.tile.Showing() })
	// A microphone that falls silent while open.
	b.mu.Lock()
	b.sound = nil
	b.mu.Unlock()
	b.microphones.SetSelectedIndex(1)
	b.until("the microphone", func() bool { return !b.microphones.Why.Visible() && b.meter.Lit() > 0 })
	b.mu.Lock()
	m := b.silent
	b.mu.Unlock()
	m.fail(device.ErrGone)
	b.until("the reason", func() bool {
		return b.microphones.Why.Text() == "Sentence for: device went away." && b.microphones.Why.Visible()
	})
	m.fail(nil)
	b.until("it to come back", func() bool { return !b.microphones.Why.Visible() })
}

func TestTwinsCanBeToldApart(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada"}, normal)
	twin := func(id string) device.Info { return device.Info{Kind: device.Camera, ID: id, Name: "USB Camera"} }
	b.plug(device.List{Cameras: []device.Info{twin("a"), twin("b"), twin("c")}})
	if got, want := b.View.cameras.Options, []string{"System default", "USB Camera", "USB Camera (2)", "USB Camera (3)"}; !slices.Equal(got, want) {
		t.Errorf("the cameras are %q, want %q", got, want)
	}
	b.View.cameras.SetSelectedIndex(3)
	if b.View.choice.Camera != "c" || b.kept.Camera != "c" {
		t.Errorf("the third is %q", b.View.choice.Camera)
	}
}

func TestWhatIsNotPluggedHasAName(t *testing.T) {
	for _, x := range []struct{ id, want string }{
		{device.None, "No camera"}, {device.Test, "Test source"}, {"/tmp/clip.y4m", "clip.y4m"}, {"clip.mp4", "clip.mp4"},
		{"cam7", "Last used camera (unplugged)"},
	} {
		b := newBench(t, settings.Settings{Name: "Ada", Camera: x.id}, normal)
		b.plug(plugged)
		if got := b.View.cameras.Selected; got != x.want {
			t.Errorf("%q is called %q, want %q", x.id, got, x.want)
		}
	}
}
