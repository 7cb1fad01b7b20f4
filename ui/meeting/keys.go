package meeting

import (
	"slices"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	basetheme "fyne.io/fyne/v2/theme"
	base "fyne.io/fyne/v2/widget"

	"foyer/ui/hotkey"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// keys turns the window's keys into the meeting's shortcuts. Fyne hands them to
// the canvas only while nothing is typed into. Letters act on the typed rune and
// not on the key: then Ctrl+V is no V, and the C that opens the chat is not its
// first letter. Where the layout types no Latin letter, the key's place tells which is meant.
type keys struct {
	v       *View
	c       fyne.Canvas
	presses bool         // the canvas tells of presses, so held keys can be known
	fresh   bool         // a press has not been used yet: repeats are not presses
	place   int          // scan code of the last press
	held    bool         // the talk key is, and has changed the microphone
	back    bool         // the microphone's state when it is let go
	anyKey  fyne.KeyName // what is watched while other programs have the keyboard; "": nothing
	unwatch func()
	rune    func(rune)
	key     func(*fyne.KeyEvent)
	down    func(*fyne.KeyEvent)
	up      func(*fyne.KeyEvent)
}

var leaveShortcut = &desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierControl}

func takeKeys(v *View) *keys {
	k := &keys{v: v, c: v.window.Canvas()}
	k.rune, k.key = k.c.OnTypedRune(), k.c.OnTypedKey()
	k.c.SetOnTypedRune(k.typedRune)
	k.c.SetOnTypedKey(k.typedKey)
	if d, ok := k.c.(desktop.Canvas); ok {
		k.presses = true
		k.down, k.up = d.OnKeyDown(), d.OnKeyUp()
		d.SetOnKeyDown(k.keyDown)
		d.SetOnKeyUp(k.keyUp)
	}
	k.c.AddShortcut(leaveShortcut, func(fyne.Shortcut) { v.Leave() })
	return k
}

func (k *keys) giveBack() {
	k.hush()
	if k.unwatch != nil {
		k.unwatch()
	}
	k.c.SetOnTypedRune(k.rune)
	k.c.SetOnTypedKey(k.key)
	if d, ok := k.c.(desktop.Canvas); ok {
		d.SetOnKeyDown(k.down)
		d.SetOnKeyUp(k.up)
	}
	k.c.RemoveShortcut(leaveShortcut)
}

// busy says that a dialog or menu is open, which the keys belong to.
func (k *keys) busy() bool { return k.c.Overlays().Top() != nil }

func (k *keys) typedRune(r rune) {
	if k.busy() || k.presses && !k.fresh {
		return
	}
	k.fresh = false
	r = unicode.ToLower(hotkey.Typed(r, k.place))
	for _, s := range shortcuts(TalkOff, "") {
		if s.typed == r && s.act != nil {
			s.act(k.v)
			return
		}
	}
}

func (k *keys) typedKey(e *fyne.KeyEvent) {
	k.v.bars.wake()
	switch e.Name {
	case fyne.KeyPageUp, fyne.KeyPageDown:
		if !k.busy() {
			k.v.stage.turn(map[fyne.KeyName]int{fyne.KeyPageUp: -1, fyne.KeyPageDown: 1}[e.Name])
		}
		return
	case fyne.KeyEscape:
	default:
		return
	}
	top, dialog := k.c.Overlays().Top().(*widget.Dialog)
	switch {
	case dialog:
		top.Hide()
	case k.v.modal != nil:
		k.v.modal.Hide()
	case k.busy():
		k.c.Overlays().Top().Hide()
	case k.v.window.FullScreen():
		k.v.toggleFullScreen()
	case k.v.panel.mode != panelNone:
		k.v.panel.toggle(panelNone)
	}
}

func (k *keys) keyDown(e *fyne.KeyEvent) {
	k.fresh, k.place = true, e.Physical.ScanCode
	k.v.bars.wake()
	if hotkey.Name(e) == k.v.talkKey() && !k.busy() {
		k.press()
	}
}

func (k *keys) keyUp(e *fyne.KeyEvent) {
	if hotkey.Name(e) == k.v.talkKey() {
		k.hush()
	}
}

// shortcut is a key, for the list of them.
type shortcut struct {
	key   string // what stands on it
	does  string
	typed rune        // what it types, in lower case; 0 where another handler knows it
	act   func(*View) // for what is typed
}

// shortcuts are all keys of the meeting. docs/guide.md has the same table.
func shortcuts(talk Talk, talkKey fyne.KeyName) []shortcut {
	list := []shortcut{
		{"M", lang.L("Mute or unmute"), 'm', (*View).ToggleMicrophone},
		{"V", lang.L("Camera on or off"), 'v', (*View).ToggleCamera},
		{"S", lang.L("Share your screen, or stop"), 's', (*View).toggleShare},
		{"H", lang.L("Raise or lower your hand"), 'h', (*View).toggleHand},
		{"C", lang.L("Chat"), 'c', func(v *View) { v.panel.toggle(panelChat) }},
		{"P", lang.L("People"), 'p', func(v *View) { v.panel.toggle(panelPeople) }},
		{"I", lang.L("Show statistics on video"), 'i', func(v *View) { v.panel.statistics.toggleOnTiles() }},
		{"T", lang.L("Captions on or off"), 't', (*View).toggleCaptions},
		{"F", lang.L("Full screen"), 'f', (*View).toggleFullScreen},
		{key: "PgUp", does: lang.L("Previous page of people")},              // typedKey
		{key: "PgDn", does: lang.L("Next page of people")},                  // typedKey
		{key: "Esc", does: lang.L("Leave full screen, close what is open")}, // typedKey
		{key: "Ctrl + D", does: lang.L("Leave the meeting")},                // leaveShortcut
		{"?", lang.L("This list"), '?', (*View).showKeys},
	}
	if does := talk.does(); does != "" {
		list = slices.Insert(list, 2, shortcut{key: KeyLabel(talkKey), does: does}) // keyDown
	}
	return list
}

func (v *View) showKeys() {
	cap, edge := theme.Scaled(76), theme.Gap
	var objects []fyne.CanvasObject
	wide := theme.Grown(360)
	list := shortcuts(v.o.Preferences.Talk, v.talkKey())
	for _, s := range list {
		key := canvas.NewText(s.key, theme.Color("foreground"))
		key.TextStyle.Bold = true
		key.TextSize = theme.TextCaption()
		key.Alignment = fyne.TextAlignCenter
		back := canvas.NewRectangle(theme.Color("button"))
		back.CornerRadius = 6
		wide = max(wide, cap+theme.Gap+fyne.MeasureText(s.does, theme.TextBody(), fyne.TextStyle{}).Width+24)
		objects = append(objects, back, key, widget.NewParagraph(s.does, "foreground", basetheme.SizeNameText))
	}
	room := v.window.Canvas().Size()
	const bar = 12 // of the scroller
	wide = min(wide, room.Width-2*theme.Wide-2*theme.Space-bar)
	high := float32(0)
	for i := 0; i < len(objects); i += 3 {
		what := objects[i+2]
		h := widget.HeightAt(what, wide-cap-theme.Gap)
		for _, o := range objects[i : i+2] {
			place(o, 0, high+edge, cap, h-2*edge)
		}
		place(what, cap+theme.Gap, high, wide-cap-theme.Gap, h)
		high += h - 4 // a paragraph has a margin of its own
	}
	rows := container.New(placer{min: fyne.NewSize(wide, high), place: func(fyne.Size) {}}, objects...)
	d := widget.NewDialog(v.window, lang.L("Keyboard shortcuts"), rows)
	d.MaxWidth = wide + bar + 2*theme.Space
	d.AddButton(lang.L("Close"), nil, base.MediumImportance, nil)
	v.open(d, nil)
}
