package meeting

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/call"
	"foyer/app/settings"
	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// modal is a dialog that the view closes when another opens, or when it goes.
type modal interface {
	Show()
	Hide()
	SetOnClosed(func())
}

// open shows a dialog, one at a time; closed runs when it is gone.
func (v *View) open(d modal, closed func()) {
	if v.modal != nil {
		v.modal.Hide()
	}
	v.modal = d
	d.SetOnClosed(func() {
		if v.modal == d {
			v.modal = nil
		}
		if closed != nil {
			closed()
		}
	})
	d.Show()
}

// popUp shows a menu over a button of the control bar.
func (v *View) popUp(over fyne.CanvasObject, items ...*fyne.MenuItem) {
	m := base.NewPopUpMenu(fyne.NewMenu("", items...), v.window.Canvas())
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(over)
	size := m.MinSize()
	x := min(at.X+over.Size().Width/2, v.window.Canvas().Size().Width-size.Width/2-4) - size.Width/2
	m.ShowAtPosition(fyne.NewPos(max(4, x), max(0, at.Y-size.Height-theme.Gap)))
}

// item is one of a menu with icons; "" is none, in the room of one.
func item(icon theme.IconName, label string, f func()) *fyne.MenuItem {
	i := fyne.NewMenuItem(bidi.Line(label), f)
	if i.Icon = theme.NoIcon; icon != "" {
		i.Icon = theme.Icon(icon)
	}
	return i
}

func heading(label string) *fyne.MenuItem {
	i := fyne.NewMenuItem(bidi.Line(label), nil)
	i.Disabled = true
	return i
}

// choices lists devices to choose from, the one in use checked.
func choices(list []device.Info, inUse, none string, choose func(id string)) []*fyne.MenuItem {
	if len(list) == 0 {
		return []*fyne.MenuItem{heading("    " + none)}
	}
	fit := func(name string) string {
		return bidi.Line(widget.Ellipsis(name, theme.Grown(320), theme.TextBody(), fyne.TextStyle{}))
	}
	byDefault := fyne.NewMenuItem(lang.L("System default"), func() { choose(device.Default) })
	byDefault.Checked = inUse == device.Default
	out := []*fyne.MenuItem{byDefault}
	for _, d := range list {
		if d.Default {
			byDefault.Label = fit(lang.L("System default: {{.Device}}", map[string]any{"Device": bidi.Isolate(text.Name(d.Name))}))
		}
		i := fyne.NewMenuItem(fit(text.Name(d.Name)), func() { choose(d.ID) })
		i.Checked = d.ID == inUse
		out = append(out, i)
	}
	return out
}

// noSound is why there is no microphone or speaker: other, unless no sound server runs.
func (v *View) noSound(other string) string {
	if v.devices.NoSound {
		return lang.L("No sound server is running")
	}
	return other
}

func (v *View) soundMenu(over fyne.CanvasObject) {
	items := []*fyne.MenuItem{heading(lang.L("Microphone"))}
	items = append(items, choices(v.devices.Microphones, v.last.Local.Microphone, v.noSound(lang.L("No microphone found")), func(id string) {
		v.call.UseMicrophone(id)
		v.chose(device.Microphone, id)
	})...)
	items = append(items, fyne.NewMenuItemSeparator(), heading(lang.L("Speaker")))
	items = append(items, choices(v.devices.Speakers, v.last.Local.Speaker, v.noSound(lang.L("No speaker found")), func(id string) {
		v.call.UseSpeaker(id)
		v.chose(device.Speaker, id)
	})...)
	v.popUp(over, items...)
}

func (v *View) cameraMenu(over fyne.CanvasObject) {
	items := []*fyne.MenuItem{heading(lang.L("Camera"))}
	items = append(items, choices(v.devices.Cameras, v.last.Local.Camera, lang.L("No camera found"), func(id string) {
		v.call.UseCamera(id)
		v.chose(device.Camera, id)
	})...)
	v.popUp(over, items...)
}

func (v *View) chose(kind device.Kind, id string) {
	if v.o.OnDevice != nil {
		v.o.OnDevice(kind, id)
	}
}

func (v *View) moreMenu(over fyne.CanvasObject) { v.popUp(over, v.moreItems()...) }

func (v *View) moreItems() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	switch l := v.o.Links; {
	case l.Link != "" && l.MakesHosts != "":
		items = append(items, item(theme.IconLink, lang.L("Copy guest link"), v.copyLink), item(theme.IconHost, lang.L("Copy host link (makes hosts)"), v.copyHostLink))
	case l.Link != "":
		items = append(items, item(theme.IconLink, lang.L("Copy link"), v.copyLink))
	case l.MakesHosts != "":
		items = append(items, item(theme.IconHost, lang.L("Copy host link (makes hosts)"), v.copyHostLink))
	}
	if v.window.FullScreen() {
		items = append(items, item(theme.IconFullscreenExit, lang.L("Leave full screen"), v.toggleFullScreen))
	} else {
		items = append(items, item(theme.IconFullscreen, lang.L("Full screen"), v.toggleFullScreen))
	}
	looks := item(theme.IconMoon, lang.L("Theme"), nil)
	looks.ChildMenu = fyne.NewMenu("")
	for _, p := range []struct{ label, preference string }{
		{lang.L("Same as system"), theme.System}, {lang.L("Light"), theme.Light}, {lang.L("Dark"), theme.Dark},
	} {
		i := fyne.NewMenuItem(p.label, func() { v.setTheme(p.preference) })
		i.Checked = v.o.Theme == p.preference
		looks.ChildMenu.Items = append(looks.ChildMenu.Items, i)
	}
	if v.o.Preferences.SelfView == settings.SelfHidden {
		items = append(items, item(theme.IconPerson, lang.L("Show self view"), func() { v.setSelfView(settings.SelfTile) }))
	}
	onTiles := item("", lang.L("Show statistics on video"), v.panel.statistics.toggleOnTiles)
	onTiles.Checked = v.panel.statistics.onTiles
	texts := item("", lang.L("Captions"), v.toggleCaptions)
	texts.Checked = !v.o.Preferences.CaptionsOff
	items = append(items,
		texts,
		item(theme.IconStatistics, lang.L("Statistics"), func() { v.panel.toggle(panelStatistics) }),
		onTiles,
		looks,
		item(theme.IconKeyboard, lang.L("Keyboard shortcuts"), v.showKeys),
	)
	if v.o.OnSettings != nil {
		items = append(items, fyne.NewMenuItemSeparator(), item(theme.IconSettings, lang.L("Settings"), v.o.OnSettings))
	}
	return items
}

// SetTheme notes a theme that was chosen elsewhere.
func (v *View) SetTheme(preference string) { v.o.Theme = preference }

func (v *View) setTheme(preference string) {
	v.o.Theme = preference
	fyne.CurrentApp().Settings().SetTheme(theme.New(preference))
	if v.o.OnTheme != nil {
		v.o.OnTheme(preference)
	}
}

// setSelfView changes how our own picture is shown, for later meetings too.
func (v *View) setSelfView(how string) {
	v.o.Preferences.SelfView = how
	if me := (key{v.last.Me.Identity, call.Camera}); how != settings.SelfTile && v.stage.pinned == me {
		v.stage.pinned = key{}
	}
	v.stage.update()
	if how == settings.SelfHidden {
		v.toasts.Say(widget.Info, theme.IconPerson, lang.L("Self view hidden. The others still see you. Show it again from the menu with the three dots."))
	}
	if v.o.OnSelfView != nil {
		v.o.OnSelfView(how)
	}
}

// tileMenu is what can be done about a tile.
func (v *View) tileMenu(k key, at fyne.Position) {
	base.ShowPopUpMenuAtPosition(fyne.NewMenu("", v.tileItems(k, at)...), v.window.Canvas(), at)
}

func (v *View) tileItems(k key, at fyne.Position) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	if v.stage.spot() == k {
		items = append(items, item(theme.IconUnpin, lang.L("Back to the grid"), func() { v.stage.togglePin(k) }))
	} else {
		items = append(items, item(theme.IconPin, lang.L("Pin"), func() { v.stage.togglePin(k) }))
	}
	if k.identity != v.last.Me.Identity {
		items = append(items, v.personItems(k.identity, at)...)
	} else if k.source == call.Camera && len(v.last.People) > 0 {
		if v.o.Preferences.SelfView == settings.SelfCorner {
			items = append(items, item(theme.IconPeople, lang.L("Show me among the others"), func() { v.setSelfView(settings.SelfTile) }))
		} else {
			items = append(items, item(theme.IconPerson, lang.L("Show me in the corner"), func() { v.setSelfView(settings.SelfCorner) }))
		}
		items = append(items, item(theme.IconCameraOff, lang.L("Hide self view"), func() { v.setSelfView(settings.SelfHidden) }))
	}
	return items
}

// personItems is what can be done about another person.
func (v *View) personItems(identity string, at fyne.Position) []*fyne.MenuItem {
	var p *call.Participant
	for i := range v.last.People {
		if v.last.People[i].Identity == identity {
			p = &v.last.People[i]
		}
	}
	if p == nil {
		return nil
	}
	items := []*fyne.MenuItem{item(theme.IconSpeaker, lang.L("Volume…"), func() { v.showLoudness(p.Identity, p.Name, at) })}
	l := p.Loudness
	silence := item(theme.IconSpeakerOff, lang.L("Mute for me"), func() { v.setLoudness(identity, call.Loudness{Volume: l.Volume, Muted: !l.Muted}) })
	if l.Muted {
		silence.Label, silence.Icon = lang.L("Unmute for me"), theme.Icon(theme.IconSpeaker)
	}
	items = append(items, silence)
	if v.last.Me.Role != call.RoleHost {
		return items
	}
	items = append(items, fyne.NewMenuItemSeparator())
	mute := func(icon theme.IconName, label string, s call.Source, failed func(why string) string) {
		if p.Has(s) {
			items = append(items, item(icon, label, func() {
				v.ask(failed, func(ctx context.Context) error { return v.call.MuteOther(ctx, identity, s) })
			}))
		}
	}
	mute(theme.IconMicrophoneOff, lang.L("Mute for everyone"), call.Microphone, func(why string) string {
		return lang.L("Could not mute {{.Name}}: {{.Reason}}.", map[string]any{"Name": bidi.Isolate(p.Name), "Reason": why})
	})
	mute(theme.IconCameraOff, lang.L("Turn the camera off"), call.Camera, func(why string) string {
		return lang.L("Could not turn off {{.Name}}'s camera: {{.Reason}}.", map[string]any{"Name": bidi.Isolate(p.Name), "Reason": why})
	})
	mute(theme.IconStopShare, lang.L("Stop the screen share"), call.Screen, func(why string) string {
		return lang.L("Could not stop {{.Name}}'s screen share: {{.Reason}}.", map[string]any{"Name": bidi.Isolate(p.Name), "Reason": why})
	})
	items = append(items, item(theme.IconPersonRemove, lang.L("Remove from the meeting…"), func() { v.confirmRemove(*p) }))
	return items
}

// ask does what only the server can do, and says so if it does not.
func (v *View) ask(failed func(why string) string, f func(ctx context.Context) error) {
	v.background(func(ctx context.Context) {
		err := f(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		v.do(func() { v.toasts.Say(widget.Problem, "", failed(reason(err))) })
	})
}

func (v *View) confirmRemove(p call.Participant) {
	v.open(widget.NewQuestion(v.window, widget.Question{
		Title: lang.L("Remove {{.Name}}?", map[string]any{"Name": bidi.Isolate(widget.Ellipsis(p.Name, theme.Grown(260), theme.TextTitle(), fyne.TextStyle{Bold: true}))}),
		Text:  lang.L("They will be removed and can't rejoin."),
		No:    lang.L("Cancel"), Yes: lang.L("Remove"), Danger: true,
		Do: func() {
			v.ask(func(why string) string {
				return lang.L("Could not remove {{.Name}}: {{.Reason}}.", map[string]any{"Name": bidi.Isolate(p.Name), "Reason": why})
			}, func(ctx context.Context) error { return v.call.Remove(ctx, p.Identity) })
		},
	}), nil)
}
