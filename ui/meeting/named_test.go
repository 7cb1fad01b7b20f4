package meeting

import (
	"testing"

	"foyer/app/call"
)

func TestNobodyIsNameless(t *testing.T) {
	before := meeting(3)
	before.People[1].Name = ""
	b := newBench(t, meeting(3), normal)
	b.snapshot(func(s *call.Snapshot) { s.People[1].Name = "" })
	if got := b.name(before.People[1].Identity); got != "Guest" {
		t.Errorf("somebody without a visible name is called %q", got)
	}
	if s := named(before); before.People[1].Name != "" || s.People[1].Name != "Guest" {
		t.Errorf("%q became %q", before.People[1].Name, s.People[1].Name)
	}
	if got := b.name("\u200b\u202e"); got != "Guest" {
		t.Errorf("an invisible identity is called %q", got)
	}
}
