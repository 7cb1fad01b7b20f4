package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	ours "foyer/ui/widget"
)

// Wish is what the command line asks for.
func (o *Options) Wish() instance.Wish {
	w := instance.Wish{
		Link: o.Link, Start: o.Start, Paste: o.Paste,
		Name: o.Name, Camera: wholePath(o.Camera), Microphone: wholePath(o.Microphone), Speaker: wholePath(o.Speaker),
	}
	if o.URL != "" {
		w.Link = o.URL + " " + o.Token // as one may type it
	}
	return w
}

// wholePath names a file so that a program that was started in another folder finds
// it. A .wav may be one that is to be made.
func wholePath(id string) string {
	if id == device.Test || id == device.None {
		return id
	}
	if s, err := os.Stat(id); err == nil && s.Mode().IsRegular() || strings.HasSuffix(id, ".wav") {
		if path, err := filepath.Abs(id); err == nil {
			return path
		}
	}
	return id
}

// followWishes grants what later starts ask for, until the window is gone.
func (w *window) followWishes() {
	w.going.Add(1)
	go func() {
		defer w.going.Done()
		for {
			select {
			case wish := <-w.o.Wishes:
				w.do(func() {
					if !w.closing.Load() {
						w.win.RequestFocus()
						w.grant(wish)
					}
				})
			case <-w.gone:
				return
			}
		}
	}()
}

// grant joins or starts what a start of the program asks for; it asks before it
// leaves a meeting. UI goroutine.
func (w *window) grant(wish instance.Wish) {
	if wish.Paste {
		wish.Link = w.app.Clipboard().Content()
	}
	var target invite.Target
	switch {
	case wish.Link != "" || wish.Paste:
		var err error
		if target, err = invite.Parse(wish.Link); err != nil {
			sentence := Sentence(err)
			if wish.Paste && !errors.Is(err, invite.ErrTwoLinks) {
				sentence = lang.L("There is no meeting link in the clipboard. Copy the link you were sent, then try again.")
			}
			w.tell(sentence)
			return
		}
		wish.Link = invite.Tidy(wish.Link) // for the field, which has one line
	case !wish.Start:
		if w.call == nil && w.cancel == nil && w.forThisTime(wish) {
			w.lobby.Close()
			w.showLobby("", ours.Info)
		}
		return
	}
	switch {
	case w.cancel != nil: // on the way elsewhere
		wish.Paste = false // the clipboard was read
		w.wish = &wish
		w.cancel()
	case w.call == nil:
		w.follow(wish, target)
	case target.Link != nil && w.in(*target.Link):
		w.tell(lang.L("You're in this meeting already."))
	case wish.Start:
		w.askToLeave(wish, target, "")
	default:
		w.tryElsewhere(wish, target)
	}
}

// grantLater grants what was wished for on the way into a meeting.
func (w *window) grantLater() {
	if wish := w.wish; wish != nil {
		w.wish = nil
		w.grant(*wish)
	}
}

// forThisTime lets what a wish names hold in place of the settings, and says whether
// that is new.
func (w *window) forThisTime(wish instance.Wish) (changed bool) {
	for _, o := range []struct {
		from string
		to   *string
	}{{wish.Name, &w.o.Name}, {wish.Camera, &w.o.Camera}, {wish.Microphone, &w.o.Microphone}, {wish.Speaker, &w.o.Speaker}} {
		if o.from != "" && o.from != *o.to {
			*o.to, changed = o.from, true
		}
	}
	return changed
}

// newHere reports whether somebody starts Foyer for the first time: they see the
// lobby before others see and hear them. A name on the command line says that the
// start was prepared.
func (w *window) newHere() bool {
	s := w.o.Settings.Get()
	return w.o.Name == "" && (s.Name == "" || !s.Joined && len(s.Recent) == 0)
}

func (w *window) follow(wish instance.Wish, target invite.Target) {
	changed := w.forThisTime(wish)
	if w.newHere() {
		if changed {
			w.lobby.Close()
			w.showLobby("", ours.Info)
		}
		w.lobby.Propose(w.win.Canvas(), wish.Link)
		return
	}
	if wish.Start {
		w.startMeeting(w.choice())
	} else {
		w.lobby.SetLink(wish.Link) // where joining fails, it can be mended
		w.join(target, wish.Link, w.choice())
	}
}

// in reports whether a link leads to where we are.
func (w *window) in(l invite.Link) bool {
	return slices.ContainsFunc(w.places, func(p invite.Link) bool { return p.Host == l.Host && p.Room == l.Room })
}

// otherName is what a question calls a meeting whose host has named none.
func otherName(title string, t invite.Target) string {
	switch {
	case title != "":
		return title
	case t.Link != nil:
		return t.Link.Room
	}
	_, host, _ := strings.Cut(t.Direct.URL, "://")
	return host
}

// nameInQuestion is how much of a meeting's name stands in a question, in characters.
const nameInQuestion = 60

func (w *window) names(other string) map[string]any {
	return map[string]any{"Here": bidi.Isolate(text.Line(w.title, nameInQuestion)), "There": bidi.Isolate(text.Line(other, nameInQuestion))}
}

// tryElsewhere asks another meeting's host whether it lets us in, while we stay, and
// then asks whether to leave for it. What fails is said over the meeting.
func (w *window) tryElsewhere(wish instance.Wish, target invite.Target) {
	if w.trying != nil {
		w.trying() // the last link counts
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.trying = cancel
	if w.asking != nil {
		w.asking.Hide()
	}
	target = w.whole(target)
	if target.Direct != nil { // a token tells only when it is used
		w.askToLeave(wish, target, otherName("", target))
		return
	}
	name := w.choice().Name
	w.going.Add(1)
	go func() {
		defer w.going.Done()
		defer cancel()
		e, err := w.redeem(ctx, *target.Link, name)
		w.onScreen(context.Background(), func() {
			switch {
			case ctx.Err() != nil, w.call == nil:
			case err != nil:
				w.tell(Sentence(err))
			default:
				w.askToLeave(wish, target, otherName(e.title, target))
			}
		})
	}()
}

// askToLeave asks before leaving for what a later start names.
func (w *window) askToLeave(wish instance.Wish, target invite.Target, other string) {
	q := ours.Question{Title: lang.L("Leave \"{{.Here}}\" and join \"{{.There}}\"?", w.names(other)), Yes: lang.L("Leave and join")}
	if wish.Start {
		q.Title, q.Yes = lang.L("Leave \"{{.Here}}\" and start a new meeting?", w.names("")), lang.L("Leave and start")
	}
	k := w.call
	q.Do = func() {
		if w.call == k && w.meeting != nil {
			w.left(nil)
		}
		wish.Paste = false // the clipboard was read
		w.grant(wish)
	}
	w.question(w.leaving(q)) // who was typing a message stays
}

// tell says something wherever we are.
func (w *window) tell(sentence string) {
	if w.call != nil {
		if w.asking != nil {
			w.asking.Hide()
		}
		w.asking = ours.NewStatement(w.win, "Foyer", sentence, lang.L("Close"))
		w.asking.Show()
		return
	}
	w.lobby.Tell(ours.Problem, sentence)
}
