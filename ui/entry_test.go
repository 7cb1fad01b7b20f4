package ui

import (
	"testing"

	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/settings"
)

// Who starts Foyer for the first time by a link sees the lobby, filled in, first.
func TestAFirstStartShowsTheLobby(t *testing.T) {
	w := lobbyWindow(t, Options{})
	for _, c := range []struct {
		change func(*settings.Settings)
		flag   string
		want   bool
	}{
		{func(s *settings.Settings) {}, "", false},
		{func(s *settings.Settings) { s.Joined = false }, "", true},
		{func(s *settings.Settings) { s.Joined = false }, "Ann", false},
		{func(s *settings.Settings) { s.Joined, s.Name = true, "" }, "", true},
	} {
		w.remember(c.change)
		w.o.Name = c.flag
		if got := w.newHere(); got != c.want {
			t.Errorf("new here: %v, want %v, with --name %q", got, c.want, c.flag)
		}
	}
	w.o.Name = ""
	l := invite.Link{Host: "127.0.0.1:9", Room: "standup", Code: "c", Insecure: true}
	w.follow(instance.Wish{Link: l.String()}, invite.Target{Link: &l})
	if w.cancel != nil || w.lobby.Typed() != l.String() {
		t.Errorf("on the way: %v; the field has %q", w.cancel != nil, w.lobby.Typed())
	}
}
