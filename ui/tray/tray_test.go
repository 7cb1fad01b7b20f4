//go:build unix && !darwin

package tray

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"foyer/assets"
	"foyer/internal/e2e/bus"
	"foyer/ui/language"
)

func TestMain(m *testing.M) {
	if err := language.Use("en"); err != nil { // whatever this machine speaks
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// The library behind it has one tray in a process: this is the one test with one.
func TestTheMenuFollowsTheMeeting(t *testing.T) {
	b := bus.ForTest(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	chosen := make(chan Verb, 8)
	tray := Open(assets.SmallIcon, func(v Verb) { chosen <- v })
	desk, err := b.ServeTray() // comes later than the program
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	icon := bus.Next(t, desk.Items, "the icon")
	menu := func(labels ...string) {
		t.Helper()
		if err := icon.Await(ctx, labels...); err != nil {
			t.Error(err)
		}
	}
	click := func(label string, want Verb) {
		t.Helper()
		if err := icon.Click(ctx, label); err != nil {
			t.Error(err)
		} else if got := bus.Next(t, chosen, label); got != want {
			t.Errorf("%q is %v", label, got)
		}
	}
	for name, want := range map[string]string{"Title": "Foyer", "Status": "Active", "ItemIsMenu": "false"} {
		if v, err := icon.Property(name); err != nil || fmt.Sprint(v.Value()) != want {
			t.Errorf("%s is %v, %v", name, v, err)
		}
	}
	if v, err := icon.Property("IconPixmap"); err != nil || v.Signature().String() != "a(iiay)" || len(v.String()) < 64*64 {
		t.Errorf("the icon is %.60v, %v", v, err)
	}
	if err := icon.Activate(ctx); err != nil {
		t.Error(err)
	}
	if v := bus.Next(t, chosen, "the click"); v != Show {
		t.Errorf("a click is %v", v)
	}

	menu("Show Foyer", "Quit")
	tray.Set(State{Meeting: true, MicrophoneOn: true})
	menu("Show Foyer", "Mute", "Turn the camera on", "Leave the meeting", "Quit")
	click("Show Foyer", Show)
	click("Mute", Microphone)
	click("Turn the camera on", Camera)
	click("Leave the meeting", Leave)
	click("Quit", Quit)
	tray.Set(State{Meeting: true, CameraOn: true, NoMicrophone: true})
	menu("Show Foyer", "Unmute", "Turn the camera off", "Leave the meeting", "Quit")
	all, err := icon.Menu(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Disabled != slices.Contains([]string{"Unmute"}, e.Label) {
			t.Errorf("%q is disabled: %v", e.Label, e.Disabled)
		}
	}
	tray.Set(State{})
	menu("Show Foyer", "Quit")

	// Another tray, as after the desktop's shell has crashed.
	if err := desk.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := b.ServeTray()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	icon = bus.Next(t, again.Items, "the icon to come back")
	menu("Show Foyer", "Quit")
	tray.Close()
	if _, err := icon.Menu(ctx); err == nil {
		t.Error("the icon stays")
	}
}

// Without a tray, and without a bus, nothing happens, and Close does not wait.
func TestWithoutATray(t *testing.T) {
	bus.ForTest(t)
	for _, address := range []string{"", "disabled:"} {
		if address != "" {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		}
		tray := Open(nil, func(Verb) {})
		tray.Set(State{Meeting: true})
		tray.Close()
	}
}
