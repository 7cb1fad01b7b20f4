package lobby

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/app/text"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

func (v *View) buildForm() fyne.CanvasObject {
	v.title = canvas.NewText("Foyer", nil)
	v.title.TextStyle.Bold = true
	v.version = canvas.NewText(v.o.Version, nil)
	lead := ours.NewParagraph(lang.L("Meet, see and hear each other."), theme.ColorMuted, base.SizeNameText)
	recent := ours.NewParagraph(lang.L("Recent meetings"), base.ColorNameForeground, base.SizeNameSubHeadingText).Bold()

	v.notice = ours.NewNotice(ours.Problem, "", "")
	v.notice.OnPage = true
	v.notice.SetAction(lang.L("Close"), v.notice.Hide)
	v.notice.Hide()

	v.name = ours.NewEntry(lang.L("Your name"))
	v.name.SetText(v.choice.Name)
	v.name.OnChanged = func(t string) {
		v.choice.Name = text.Name(t)
		v.notice.Hide()
		v.showName()
	}
	v.link = ours.NewEntry(lang.L("Paste a meeting link"))
	v.link.Pasted = invite.Tidy // Fyne makes spaces of line breaks
	v.code = ours.NewEntry(lang.L("Invite code"))
	v.code.SetText(v.o.Code)
	v.code.Hide()
	v.hint = ours.NewCaption("")
	v.join = ours.NewKeyButton(lang.L("Join"), theme.IconIn(theme.IconVideo, "foregroundOnPrimary"), v.goJoin, nil)
	v.join.Importance = widget.HighImportance
	v.start = ours.NewKeyButton(lang.L("Start a meeting"), theme.Icon(theme.IconPlus), v.goStart, nil)
	v.test = ours.NewKeyButton(lang.L("Test call"), theme.Icon(theme.IconPlay), func() { v.leaveWith(v.o.OnTestCall) }, nil)
	v.encryptWhy = ours.NewCaption(lang.L("Only people with the whole link can take part. Caption services need the key, too."))
	v.encrypt = ours.NewCheck(lang.L("Encrypt new meetings end-to-end"), nil)
	v.encrypt.Checked = v.choice.Encrypt
	v.encrypt.OnChanged = func(on bool) {
		v.choice.Encrypt = on
		v.remember(func(s *settings.Settings) { s.Encrypt = on })
		v.showEncrypt()
		v.relayout()
	}
	v.showEncrypt()
	v.busy = widget.NewProgressBarInfinite()
	v.busy.Stop()
	v.busyBox = container.New(thin{}, v.busy)
	v.busyBox.Hide()
	cancel := func() {
		if v.o.OnCancel != nil {
			v.o.OnCancel()
		}
	}
	v.cancel = ours.NewKeyButton(lang.L("Cancel"), nil, cancel, cancel)
	v.cancel.Hide()
	link := v.o.Link
	if link == "" {
		link = v.o.Settings.LastLink
	}
	v.link.SetText(link)
	v.link.FromBeginning = true
	v.link.OnChanged = func(string) {
		v.codeAsked = false
		v.notice.Hide()
		v.check()
	}
	v.code.OnChanged = func(string) { v.notice.Hide() }
	v.name.OnSubmitted, v.link.OnSubmitted, v.code.OnSubmitted = v.submit, v.submit, func(string) { v.goJoin() }
	v.recents = newRecents(v)
	v.dress()

	corner := container.NewHBox(container.NewCenter(v.version))
	if v.o.OnSettings != nil {
		open := ours.NewKeyButton("", theme.Icon(theme.IconSettings), v.o.OnSettings, nil)
		open.Name = lang.L("Settings")
		open.Importance = widget.LowImportance
		corner.Add(open)
	}

	return container.New(&stack{gap: theme.Space},
		container.New(&stack{gap: 2}, container.NewBorder(nil, nil, nil, corner, v.title), container.New(flush{}, lead), newRepaint(v.dress)),
		container.New(&stack{gap: theme.Gap},
			v.name, v.link, v.code, v.hint,
			v.busyBox, v.join, v.cancel,
			container.New(&half{}, v.start, v.test),
			container.New(underCheck{v.encrypt}, v.encrypt, v.encryptWhy),
		),
		container.New(&stack{gap: 4}, container.New(flush{}, recent), v.recents.box),
		newRepaint(v.dress),
	)
}

// dress follows the theme, and the size of text, where Fyne's own widgets do not.
func (v *View) dress() {
	v.title.Color, v.title.TextSize = theme.Color("foreground"), theme.TextDisplay()
	v.version.Color, v.version.TextSize = theme.Color(theme.ColorMuted), theme.TextCaption()
	v.title.Refresh()
	v.version.Refresh()
	v.recents.dress()
}

// check says quietly whether the link can be used.
func (v *View) check() {
	t, err := invite.Parse(v.link.Text)
	hint, ask := lang.L("Paste a foyer:// or https:// link, HOST:PORT/ROOM, or a LiveKit URL and token."), false
	switch {
	case err != nil && strings.TrimSpace(v.link.Text) != "":
		hint = lang.L("This is not a meeting link yet.")
	case err != nil:
	case t.Link != nil:
		hint, ask = lang.L("Room {{.Room}} on {{.Host}}", map[string]any{"Room": bidi.Isolate(middle(t.Link.Room, 20)), "Host": bidi.Isolate(middle(invite.ShownHost(t.Link.Host), 32))}), t.Link.Code == "" || v.codeAsked
	default:
		hint = lang.L("LiveKit room at {{.Address}}", map[string]any{"Address": middle(text.Redact(t.Direct.URL), 40)})
	}
	if v.joining {
		hint = lang.L("Joining…")
	}
	moved := v.hint.SetText(hint)
	if err == nil && !v.joining {
		v.join.Enable()
	} else {
		v.join.Disable()
	}
	if ask != v.code.Visible() {
		if ask {
			v.code.Show()
		} else {
			v.code.Hide()
		}
		moved = true
	}
	if moved {
		v.relayout()
	}
}

// middle cuts s to n runes and keeps both ends: the end of a host's name says
// whose it is.
func middle(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n/2-1]) + "…" + string(r[len(r)-n/2:])
}

// submit is Return in a field above the code's: that comes first, where it is empty.
func (v *View) submit(string) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.root); c != nil && v.code.Visible() && strings.TrimSpace(v.code.Text) == "" {
		c.Focus(v.code)
		return
	}
	v.goJoin()
}

func (v *View) goJoin() {
	if v.joining {
		return
	}
	t, err := invite.Parse(v.link.Text)
	if err != nil {
		v.hint.SetText(v.o.Sentence(err)) // where it said so more quietly
		v.relayout()
		return
	}
	if t.Link != nil && (t.Link.Code == "" || v.codeAsked && strings.TrimSpace(v.code.Text) != "") {
		// The code may have been sent alone, or as part of a link.
		t.Link.Code = t.Link.FindCode(v.code.Text)
	}
	v.keep(func(*settings.Settings) {})
	v.o.OnJoin(t, v.link.Text, v.chosen())
}

// showEncrypt says what encryption means, where it is chosen.
func (v *View) showEncrypt() {
	if v.choice.Encrypt {
		v.encryptWhy.Show()
	} else {
		v.encryptWhy.Hide()
	}
}

// goStart starts a meeting, which is named after its host: the name comes first.
func (v *View) goStart() {
	if v.choice.Name == "" && !v.joining {
		if c := fyne.CurrentApp().Driver().CanvasForObject(v.root); c != nil {
			c.Focus(v.name)
		}
		v.Tell(ours.Info, lang.L("Enter your name first. The meeting is named after you."))
		return
	}
	v.leaveWith(v.o.OnStart)
}

func (v *View) leaveWith(f func(Choice)) {
	if v.joining {
		return
	}
	v.keep(func(*settings.Settings) {})
	f(v.chosen())
}

// keep remembers something, and the name if it was changed: one that holds for
// this time only is not kept.
func (v *View) keep(f func(*settings.Settings)) {
	name := v.choice.Name
	changed := name != v.began
	v.began = name
	v.remember(func(s *settings.Settings) {
		f(s)
		if changed {
			s.Name = name
		}
	})
}

// chosen is the choice with a name: nobody is nameless in a meeting. What is not
// there is off.
func (v *View) chosen() Choice {
	c := v.choice
	if c.Name == "" {
		c.Name = lang.L("Guest")
	}
	c.CameraOn, c.MicrophoneOn = v.camOn(), v.micOn()
	return c
}

// repaint is an object without looks that hears of a new theme.
type repaint struct {
	widget.BaseWidget
	changed func()
	look    [3]any
}

func newRepaint(changed func()) *repaint {
	r := &repaint{changed: changed, look: look()}
	r.ExtendBaseWidget(r)
	return r
}

func look() [3]any {
	return [3]any{theme.Color("foreground"), theme.Color(theme.ColorMuted), theme.TextScale()}
}

// CreateRenderer implements fyne.Widget.
func (r *repaint) CreateRenderer() fyne.WidgetRenderer { return &repaintRenderer{r} }

type repaintRenderer struct{ r *repaint }

func (x *repaintRenderer) Refresh() {
	if l := look(); l != x.r.look {
		x.r.look = l
		x.r.changed()
	}
}
func (*repaintRenderer) Layout(fyne.Size)             {}
func (*repaintRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (*repaintRenderer) Objects() []fyne.CanvasObject { return nil }
func (*repaintRenderer) Destroy()                     {}
