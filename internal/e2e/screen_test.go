//go:build unix

package e2e

import (
	"context"
	"image"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/display"
)

// The screen of one X server is captured, shared, and recognised by its
// running card at the receiver.
func TestARealScreenIsShared(t *testing.T) {
	d := openDisplay(t, display.Options{Width: 1280, Height: 720, Bare: true})
	ctx, stop := context.WithCancel(within(t, 60*time.Second))
	painted := make(chan error, 1)
	go func() { painted <- d.PaintCards(ctx, image.Rect(0, 0, 1280, 720), 100*time.Millisecond) }()
	defer func() {
		stop()
		if err := <-painted; err != nil {
			t.Errorf("paint the shared screen: %v", err)
		}
	}()
	h := serve(t)
	ann := joinWith(t, append(quietEnv(t), "DISPLAY="+d.Name), h.link(t, "host"), "Ann", silent...)
	bob := join(t, h.link(t, "guest"), "Bob", silent...)
	mark := bob.Lines.Len()
	ann.share("")
	c := bob.awaitCard(mark, ann.identity, call.Screen, 10)
	bob.checkColours(c)
	if c.Width != 1280 || c.Height != 720 {
		t.Errorf("the shared screen comes as %dx%d", c.Width, c.Height)
	}
	mark = bob.Lines.Len()
	ann.stopShare()
	bob.awaitSnapshot(mark, "the screen to go", func(s call.Snapshot) bool {
		p, there := other(s, ann.identity)
		return there && !p.Has(call.Screen)
	})
	ann.leave()
	bob.leave()
}

// Sharing where there is no screen fails with a reason, and the call goes on.
func TestSharingWithoutAScreenSaysSo(t *testing.T) {
	h := serve(t)
	ann := join(t, h.link(t, "host"), "Ann", silent...)
	mark := ann.Lines.Len()
	ann.share("")
	ann.awaitFrom(mark, "the reason", 10*time.Second, func(s said) bool { return s.Type == "error" && s.Error != "" })
	ann.chat("still here")
	ann.awaitChat(ann.identity, "still here")
	ann.leave()
}
