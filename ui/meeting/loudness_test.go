package meeting

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/app/call"
	"foyer/ui/widget"
)

func TestPersonIsMutedForMe(t *testing.T) {
	var kept []string
	b := newBench(t, meeting(3), normal, func(o *Options) {
		o.OnLoudness = func(id string, l call.Loudness) {
			kept = append(kept, fmt.Sprintf("%s %.2f %v", id, l.Volume, l.Muted))
		}
	})
	b.panel.toggle(panelPeople)
	b.showLoudness("p1", "Grace Hopper", fyne.NewPos(300, 200))
	sliders, checks := find[*widget.Slider](b), find[*widget.Check](b)
	if len(sliders) != 1 || len(checks) != 1 || sliders[0].Value != 100 || checks[0].Checked {
		t.Fatalf("%d sliders, %d checks", len(sliders), len(checks))
	}
	sliders[0].SetValue(60)
	checks[0].SetChecked(true)
	b.wantVerbs("loudness p1 0.60 false", "loudness p1 0.60 true")
	b.snapshot(func(s *call.Snapshot) { s.People[1].Loudness = call.Loudness{Volume: 0.6, Muted: true} })
	if !b.stage.tiles[key{"p1", call.Camera}].State().Silenced || b.stage.tiles[key{"p0", call.Camera}].State().Silenced {
		t.Error("the tiles do not say who is not heard")
	}
	at := slices.IndexFunc(b.panel.people.rows, func(r personState) bool { return r.identity == "p1" })
	if r := b.panel.people.rows[at]; !r.silenced || r.note != "Muted for you" {
		t.Errorf("the list says %+v", r)
	}
	b.shot("loudness-muted")

	// Moving the slider unmutes.
	sliders[0].SetValue(80)
	b.wantVerbs("loudness p1 0.80 false")
	if checks[0].Checked {
		t.Error("the switch still says muted")
	}
	if want := []string{"p1 0.60 false", "p1 0.60 true"}; !slices.Equal(kept[:2], want) {
		t.Errorf("kept %q, want %q", kept, want)
	}

	b.w.Canvas().Overlays().Top().Hide()
	items := b.personItems("p1", fyne.Position{})
	if items[1].Label != "Unmute for me" {
		t.Fatalf("the menu has %q", menuLabels(items))
	}
	items[1].Action()
	b.wantVerbs("loudness p1 0.60 false")
	b.snapshot(func(s *call.Snapshot) { s.People[1].Loudness = call.Loudness{Volume: 1.5} })
	if r := b.panel.people.rows[at]; r.silenced || r.note != "Volume 150 %" {
		t.Errorf("the list says %+v", r)
	}
	b.showLoudness("p1", "Grace Hopper", fyne.NewPos(300, 200))
	b.shot("loudness")
}

func TestVoicesAreHeardWherePeopleAreSeen(t *testing.T) {
	b := newBench(t, meeting(4), normal)
	if v := b.f.took(); len(v) != 0 {
		t.Errorf("without asking: %q", v)
	}
	b.SetPreferences(Preferences{PlaceVoices: true})
	if b.stage.places["p0"] >= 0 || b.stage.places["p1"] <= 0 || b.stage.places["p0"] != -b.stage.places["p1"] {
		t.Errorf("places %v", b.stage.places)
	}
	if _, ok := b.stage.places["me"]; ok {
		t.Error("we have a place among the others")
	}
	b.wantVerbs(fmt.Sprintf("place %v", b.stage.places))
	b.w.Resize(fyne.NewSize(normal.Width, normal.Height-1))
	b.wantVerbs()
	b.SetPreferences(Preferences{})
	b.wantVerbs("place map[]")
}
