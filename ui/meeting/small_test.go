package meeting

import (
	"testing"

	"fyne.io/fyne/v2"

	"foyer/app/call"
)

func TestTheSmallWindowComesAndGoes(t *testing.T) {
	minimised, front := false, true
	b := newBench(t, meeting(4), normal, func(o *Options) {
		o.Stands = func() (bool, bool) { return minimised, front }
	})
	stands := func(m, f, want bool) {
		t.Helper()
		minimised, front = m, f
		b.tick()
		if b.SmallShown() != want {
			t.Errorf("minimised %v, in front %v: the small window is open: %v", m, f, !want)
		}
	}
	camera := key{"p1", call.Camera} // the first with a camera
	stands(false, true, false)
	stands(false, false, false)
	shown := b.f.showing(camera)
	stands(true, false, true)
	if n := b.f.showing(camera); n != shown+1 {
		t.Errorf("the camera is shown %d times", n)
	}
	b.snapshot(func(s *call.Snapshot) { s.People[2].Speaking = true })
	if b.f.showing(camera) != shown || b.f.showing(key{"p2", call.Camera}) != 2 {
		t.Error("who speaks is not shown")
	}
	stands(false, true, false)
	if b.f.showing(key{"p2", call.Camera}) != 1 {
		t.Error("closed, it is shown pictures")
	}

	b.snapshot(func(s *call.Snapshot) { s.Local.Sharing = true })
	stands(false, true, false)
	stands(false, false, true)
	all := fyne.CurrentApp().Driver().AllWindows()
	all[len(all)-1].Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.SmallShown() {
		t.Error("Escape does not close it")
	}
	stands(false, true, false)
	stands(false, false, false)
	stands(true, false, true)
	p := b.o.Preferences
	p.SmallOff = true
	b.SetPreferences(p)
	if b.SmallShown() {
		t.Error("it stays when the settings forbid it")
	}
	p.SmallOff = false
	b.SetPreferences(p)
	if !b.SmallShown() {
		t.Error("it does not come when the settings allow it")
	}
	b.snapshot(func(s *call.Snapshot) { s.State = call.Left })
	if b.SmallShown() || len(b.reason) != 1 {
		t.Error("it outlives the call")
	}
}
