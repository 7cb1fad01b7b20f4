package settings

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/media/device"
	"foyer/ui/language"
	"foyer/ui/theme"
	"foyer/ui/widget"
	"foyer/ui/widget/room"
)

var desk = device.List{
	Cameras: []device.Info{{Kind: device.Camera, ID: "cam1", Name: "Integrated Camera"}, {Kind: device.Camera, ID: "cam2", Name: "Logitech BRIO"}},
	Microphones: []device.Info{
		{Kind: device.Microphone, ID: "mic1", Name: "Built-in Audio Analog Stereo", Default: true}, {Kind: device.Microphone, ID: "mic2", Name: "USB Headset"},
	},
	Speakers: []device.Info{{Kind: device.Speaker, ID: "out1", Name: "Built-in Audio Analog Stereo", Default: true}},
}

// plug tells the sheet what is plugged in and waits until it shows that.
func (g *told) plug(l device.List) {
	g.lists <- l
	(<-g.queue)()
}

func selectOf(t *testing.T, w fyne.Window, name string) *widget.Select {
	t.Helper()
	for _, s := range within[*widget.Select](w) {
		if s.Label() == name {
			return s
		}
	}
	t.Fatalf("no list of %q", name)
	return nil
}

// What is missing is said in its list, by the buttons that try it, and no longer when it
// is there.
func TestMissingDevicesAreSaidInTheSettings(t *testing.T) {
	for _, x := range []struct {
		list device.List
		want [3]string
	}{
		{device.List{}, [3]string{"No camera found", "No microphone found", "No speaker found"}},
		{device.List{NoSound: true}, [3]string{"No camera found", "No sound server is running", "No sound server is running"}},
	} {
		w, _, g := open(t, theme.Dark)
		g.plug(x.list)
		for i, name := range []string{"Camera", "Microphone", "Speaker"} {
			if s := selectOf(t, w, name); s.Selected != x.want[i] || !s.Disabled() {
				t.Errorf("%s says %q, disabled %v, want %q", name, s.Selected, s.Disabled(), x.want[i])
			}
		}
		for _, b := range within[*widget.IconButton](w) {
			if i := b.Icon(); (i == theme.IconRecord && b.Reason() != x.want[1]) || (i == theme.IconPlay && b.Reason() != x.want[2]) {
				t.Errorf("the button %q gives the reason %q", i, b.Reason())
			}
		}
		save(t, w, fmt.Sprintf("settings-no-devices-%v", x.list.NoSound))
		g.plug(desk)
		if s := selectOf(t, w, "Camera"); s.Selected != "System default" || s.Disabled() {
			t.Errorf("plugged in, the camera is %q, disabled %v", s.Selected, s.Disabled())
		}
	}
}

// Everything has its room in the languages with the longest and the widest words.
func TestDeviceRowsHaveTheirRoom(t *testing.T) {
	t.Cleanup(func() { _ = language.Use("en"); theme.ScaleText(1) })
	for _, code := range []string{"de", "ja"} {
		for _, look := range []string{theme.Dark, theme.Light} {
			for _, size := range []fyne.Size{fyne.NewSize(800, 600), fyne.NewSize(1280, 720)} {
				for _, scale := range []float32{1, 2} {
					if err := language.Use(code); err != nil {
						t.Fatal(err)
					}
					theme.ScaleText(scale)
					for name, l := range map[string]device.List{"plugged": desk, "none": {NoSound: true}} {
						w, _, g := openAt(t, look, size)
						g.plug(l)
						for _, f := range room.Faults(w.Canvas().Overlays().Top()) {
							t.Errorf("%s %s %v %v %s: %v", code, look, size, scale, name, f)
						}
						save(t, w, fmt.Sprintf("settings-devices-%s-%s-%v-%v-%s", code, look, size.Width, scale, name))
					}
				}
			}
		}
	}
}
