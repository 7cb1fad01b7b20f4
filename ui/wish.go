package ui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"foyer/app/instance"
	"foyer/app/invite"
	"foyer/media/device"
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
				w.soon(func() {
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
			text := Sentence(err)
			if wish.Paste && !errors.Is(err, invite.ErrTwoLinks) {
				text = lang.L("There is no meeting link in the clipboard. Copy the link you were sent, then try again.")
			}
			w.tell(text)
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
	default:
		w.askToLeave(wish, target)
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

func (w *window) follow(wish instance.Wish, target invite.Target) {
	w.forThisTime(wish)
	if wish.Start {
		w.startMeeting(w.choice())
	} else {
		w.lobby.SetLink(wish.Link) // where joining fails, it can be mended
		w.join(target, wish.Link, w.choice())
	}
}

// in says whether a link leads to where we are.
func (w *window) in(l invite.Link) bool {
	t, err := invite.Parse(w.link)
	return err == nil && t.Link != nil && t.Link.Host == l.Host && t.Link.Room == l.Room
}

func (w *window) askToLeave(wish instance.Wish, target invite.Target) {
	question, yes := lang.L("Leave this meeting and join the other?"), lang.L("Leave and join")
	if wish.Start {
		question, yes = lang.L("Leave this meeting and start another?"), lang.L("Leave and start")
	}
	text := lang.L("You will leave the meeting.")
	if w.ending != nil {
		text = lang.L("You will leave the meeting, and it ends for everyone: it runs on this computer.")
	}
	if w.asking != nil {
		w.asking.Hide() // the last link counts
	}
	k := w.call
	d := dialog.NewCustomWithoutButtons(question, widget.NewLabel(text), w.win)
	stay := ours.NewKeyButton(lang.L("Stay"), nil, d.Hide, d.Hide)
	leave := ours.NewKeyButton(yes, nil, func() {
		d.Hide()
		if w.call == k && w.meeting != nil {
			w.left(nil)
		}
		wish.Paste = false // the clipboard was read
		w.grant(wish)
	}, d.Hide)
	leave.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{layout.NewSpacer(), stay, leave, layout.NewSpacer()})
	w.asking = d
	d.Show()
	w.win.Canvas().Focus(stay) // who was typing a message stays
}

// tell says something wherever we are.
func (w *window) tell(text string) {
	if w.call != nil {
		dialog.ShowInformation("Foyer", text, w.win)
		return
	}
	w.lobby.Tell(ours.Problem, text)
}
