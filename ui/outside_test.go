//go:build unix && !darwin

package ui

import (
	"testing"
	"time"

	"foyer/app/settings"
	"foyer/internal/e2e/bus"
	"foyer/ui/notify"
)

// Nothing is notified while the window has the keyboard, or where that is turned off.
func TestNewsAreForThoseElsewhere(t *testing.T) {
	b := bus.ForTest(t)
	desk, err := b.ServeNotifications()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { desk.Close() })
	w := newTestWindow(t, Options{})
	w.notifies()
	t.Cleanup(w.notes.Close)
	w.front = true
	w.news(notify.Note{About: "a", Title: "seen"})
	w.front = false
	w.remember(func(s *settings.Settings) { s.NotifyOff = true })
	w.news(notify.Note{About: "b", Title: "unwanted"})
	w.remember(func(s *settings.Settings) { s.NotifyOff = false })
	w.news(notify.Note{About: "c", Title: "told"})
	select {
	case n := <-desk.Shown:
		if n.Title != "told" {
			t.Errorf("shown is %q", n.Title)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is shown")
	}
}
