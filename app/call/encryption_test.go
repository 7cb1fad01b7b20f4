package call_test

import (
	"testing"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/device"
)

// tone is a speaker that looks for the test microphone's tone.
func tone(c *call.Config) *earphone {
	e := &earphone{loud: make(chan float64, 1000), hz: 440}
	c.OpenSpeaker = func(string) (device.Playback, error) {
		p, err := device.OpenSpeaker(device.None)
		e.Playback = p
		return e, err
	}
	return e
}

// Who has the key sees, hears and reads; who has another one, or none, does not.
func TestEndToEndKey(t *testing.T) {
	m := newMeeting(t)
	key, another := invite.NewKey(), invite.NewKey()
	with := func(name string, key []byte, publish bool) call.Config {
		c := m.config("guest", name)
		c.Key = key
		if publish {
			c.Camera, c.CameraOn, c.Microphone, c.MicrophoneOn = device.Test, true, device.Test, true
		}
		return c
	}
	c := with("Ann", key, true)
	ann := m.join(c)
	c = with("Bob", key, true)
	c.CameraOn = false
	e := tone(&c)
	bob := m.join(c)
	c = with("Eve", another, false)
	eve := m.join(c)
	c = with("Dan", nil, false)
	dan := m.join(c)
	id := ann.Snapshot().Me.Identity
	await(t, ann, "her camera", func(s call.Snapshot) bool { return s.Local.CameraOn && s.Me.Has(call.Microphone) })

	sink, wrong, none := newCards(), newCards(), newCards()
	bob.Watch(id, call.Camera, sink, 1280, 720)
	eve.Watch(id, call.Camera, wrong, 1280, 720)
	dan.Watch(id, call.Camera, none, 1280, 720)
	sink.next(t, 20)
	for l := 0.0; l < 0.05; {
		l = <-e.loud
	}
	for _, k := range []*call.Call{eve, dan} {
		await(t, k, "Ann to be unreadable", func(s call.Snapshot) bool {
			p, ok := other(s, "Ann")
			camera, _ := p.Track(call.Camera)
			microphone, _ := p.Track(call.Microphone)
			return ok && camera.Unreadable && microphone.Unreadable
		})
	}
	if n := len(wrong.read) + len(none.read); n != 0 {
		t.Errorf("%d pictures were seen without the key", n)
	}
	await(t, bob, "Ann to be readable", func(s call.Snapshot) bool {
		p, ok := other(s, "Ann")
		camera, _ := p.Track(call.Camera)
		return ok && !camera.Unreadable
	})

	ann.Send("for Bob alone")
	await(t, bob, "a message", func(s call.Snapshot) bool { return len(s.Messages) == 1 && s.Messages[0].Text == "for Bob alone" })
	// Behind an answer all of it has been delivered.
	bob.Send("and for Ann")
	await(t, ann, "an answer", func(s call.Snapshot) bool { return len(s.Messages) == 2 })
	for _, k := range []*call.Call{eve, dan} {
		if s := k.Snapshot(); len(s.Messages) != 0 {
			t.Errorf("%s reads %q", s.Me.Name, s.Messages[0].Text)
		}
	}

	// In a meeting with a key, what comes in clear is not taken.
	c = with("Mal", nil, true)
	c.MicrophoneOn = true
	mal := m.join(c)
	await(t, mal, "his camera", func(s call.Snapshot) bool { return s.Local.CameraOn })
	forged := newCards()
	bob.Watch(mal.Snapshot().Me.Identity, call.Camera, forged, 1280, 720)
	await(t, bob, "Mal to be unreadable", func(s call.Snapshot) bool {
		p, ok := other(s, "Mal")
		camera, _ := p.Track(call.Camera)
		return ok && camera.Unreadable
	})
	sink.next(t, 10)
	if len(forged.read) != 0 {
		t.Error("a picture in clear was shown")
	}
	for l := 0.0; l < 0.05; { // Ann is heard still
		l = <-e.loud
	}
}
