//go:build unix && !darwin

package notify

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"foyer/assets"
	"foyer/internal/e2e/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a session bus of the test's own with a notification service.
func desk(t *testing.T, capabilities ...string) (*bus.Bus, *bus.Notifications) {
	t.Helper()
	b := bus.ForTest(t)
	s, err := b.ServeNotifications(capabilities...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return b, s
}

func TestANoteIsShownAndClicked(t *testing.T) {
	_, s := desk(t, "actions", "body", "body-markup")
	opened := make(chan bool, 4)
	n := New(Options{Program: "Foyer", Icon: assets.SmallIcon, OpenLabel: "Open", OnOpen: func() { opened <- true }})
	defer n.Close()
	n.Show(Note{About: "ada", Title: "Ada", Text: "1 < 2 & <b>so on</b>"})
	got := bus.Next(t, s.Shown, "a note")
	if got.Program != "Foyer" || got.Title != "Ada" || got.Text != "1 &lt; 2 &amp; &lt;b&gt;so on&lt;/b&gt;" || !slices.Equal(got.Actions, []string{"default", "Open"}) {
		t.Errorf("shown is %+v", got)
	}
	p, _ := got.Hints["image-data"].Value().([]any)
	if sig := dbus.SignatureOf(picture(assets.SmallIcon)).String(); sig != "(iiibiiay)" || len(p) != 7 || p[0] != int32(64) {
		t.Errorf("the picture is a %s: %.60v", sig, p)
	}
	if err := s.Click(got.ID + 1); err != nil { // another program's
		t.Fatal(err)
	}
	if err := s.Click(got.ID); err != nil {
		t.Fatal(err)
	}
	bus.Next(t, opened, "the click")
	n.Show(Note{About: "ada", Title: "Ada", Text: "more"})
	if again := bus.Next(t, s.Shown, "the second note"); again.Replaces != 0 {
		t.Errorf("it takes the place of %d, which is closed", again.Replaces)
	}
	if len(opened) > 0 {
		t.Error("another program's note counts")
	}
}

func TestNotesOfOneDoNotPileUp(t *testing.T) {
	_, s := desk(t)
	n := New(Options{})
	defer n.Close()
	n.Show(Note{About: "ada", Text: "0"})
	first := bus.Next(t, s.Shown, "a note")
	began := time.Now()
	for i := range 20 {
		n.Show(Note{About: "ada", Text: fmt.Sprint(i + 1)})
	}
	last := bus.Next(t, s.Shown, "the last one")
	if last.Text != "20" || last.Replaces != first.ID || last.ID != first.ID {
		t.Errorf("shown is %+v after %+v", last, first)
	}
	if took := time.Since(began); took < apart/2 {
		t.Errorf("the next comes after %v", took)
	}
	if len(last.Actions) > 0 {
		t.Errorf("offered are %q, which the service cannot do", last.Actions)
	}
	for i := range 3 * most {
		n.Show(Note{About: fmt.Sprint(i)})
	}
	n.mu.Lock()
	if len(n.waiting) != most || n.waiting[most-1].About != fmt.Sprint(3*most-1) {
		t.Errorf("waiting are %+v", n.waiting)
	}
	n.mu.Unlock()
	n.Clear()
	if id := bus.Next(t, s.Closed, "the note to go"); id != first.ID {
		t.Errorf("closed is %d, not %d", id, first.ID)
	}
	if len(s.Shown) > 0 {
		t.Errorf("shown is %+v", <-s.Shown)
	}
}

func TestCloseTakesNotesBack(t *testing.T) {
	_, s := desk(t)
	n := New(Options{})
	n.Show(Note{About: "ada"})
	id := bus.Next(t, s.Shown, "a note").ID
	n.Close()
	if got := bus.Next(t, s.Closed, "the note to go"); got != id {
		t.Errorf("closed is %d, not %d", got, id)
	}
}

// Without a bus, and without a service on it, nothing happens.
func TestNobodyShowsNotes(t *testing.T) {
	_, s := desk(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"", "disabled:"} {
		if address != "" {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		}
		n := New(Options{})
		n.Show(Note{About: "ada"})
		n.Clear()
		n.Close()
	}
}
