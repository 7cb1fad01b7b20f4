//go:build unix

package e2e

import (
	"syscall"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/sound"
)

// Two people without windows meet through `foyer serve`: pictures, sound,
// chat, hands and screens go both ways, and the links outlive the server.
func TestTwoPeopleMeet(t *testing.T) {
	data := t.TempDir()
	h := serveIn(t, data)
	tone := func(hz float64) (path string) {
		path = t.TempDir() + "/tone.wav"
		if err := sound.Sine(hz, 0.3, 30*time.Second).Write(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	annHeard, bobHeard := t.TempDir()+"/ann.wav", t.TempDir()+"/bob.wav"
	ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--microphone", tone(440), "--speaker", annHeard)
	bob := join(t, h.link(t, "guest"), "Bob", "--camera", "test", "--microphone", tone(660), "--speaker", bobHeard)
	if ann.identity == "" || ann.identity == bob.identity {
		t.Fatalf("identities %q and %q", ann.identity, bob.identity)
	}

	ann.awaitSnapshot(0, "Bob", func(s call.Snapshot) bool {
		p, there := other(s, bob.identity)
		return there && p.Name == "Bob" && p.Role == call.RoleGuest && s.Me.Role == call.RoleHost && p.Has(call.Camera) && p.Has(call.Microphone)
	})
	for _, c := range [][2]*person{{ann, bob}, {bob, ann}} {
		c[0].checkColours(c[0].awaitCard(0, c[1].identity, call.Camera, 30))
	}

	ann.awaitTone(0, 660)
	bob.awaitTone(0, 440)

	ann.chat("can you hear me?")
	bob.awaitChat(ann.identity, "can you hear me?")
	bob.chat("loud and clear ✓ <b>&amp;</b>")
	ann.awaitChat(bob.identity, "loud and clear ✓ <b>&amp;</b>")

	bob.raiseHand(true)
	ann.awaitSnapshot(0, "Bob's hand", func(s call.Snapshot) bool {
		p, _ := other(s, bob.identity)
		return !p.Hand.IsZero()
	})
	mark := ann.Lines.Len()
	bob.raiseHand(false)
	ann.awaitSnapshot(mark, "Bob's hand to go down", func(s call.Snapshot) bool {
		p, there := other(s, bob.identity)
		return there && p.Hand.IsZero()
	})

	bob.share("test")
	ann.checkColours(ann.awaitCard(0, bob.identity, call.Screen, 5))
	mark = ann.Lines.Len()
	bob.stopShare()
	ann.awaitSnapshot(mark, "Bob's screen to go", func(s call.Snapshot) bool {
		p, there := other(s, bob.identity)
		return there && !p.Has(call.Screen)
	})

	mark = ann.Lines.Len()
	bob.setMicrophone(false)
	ann.awaitSnapshot(mark, "Bob to mute", func(s call.Snapshot) bool {
		p, there := other(s, bob.identity)
		return there && !p.Has(call.Microphone)
	})
	mark = ann.Lines.Len()
	bob.setCamera(false)
	ann.awaitSnapshot(mark, "Bob's camera to go", func(s call.Snapshot) bool {
		p, there := other(s, bob.identity)
		return there && !p.Has(call.Camera)
	})
	mark = ann.Lines.Len()
	bob.setCamera(true)
	ann.awaitCard(mark, bob.identity, call.Camera, 10)

	mark = ann.Lines.Len()
	bob.leave()
	ann.awaitSnapshot(mark, "Bob to leave", func(s call.Snapshot) bool { return len(s.People) == 0 })
	ann.leave()
	for _, c := range []struct {
		who, path string
		hz        float64
	}{{"Ann", annHeard, 660}, {"Bob", bobHeard, 440}} {
		w, err := sound.ReadWave(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Tone(c.hz); got < time.Second {
			t.Errorf("%s heard %g Hz for %v of %d samples", c.who, c.hz, got, len(w.Samples))
		}
	}

	// The server starts again on the same address and honours its links.
	link := h.parsed(t, "guest")
	if err := h.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := h.Wait(within(t, 15*time.Second)); err != nil || code != 0 {
		t.Fatalf("serve ended with code %d: %v", code, err)
	}
	again := serveIn(t, data, "--listen", link.Host)
	if got := again.link(t, "guest"); got != link.String() {
		t.Errorf("after a restart the link is %s; it was %s", got, link.String())
	}
	join(t, link.String(), "Cid", "--camera", "none", "--microphone", "none", "--speaker", "none").leave()
}
