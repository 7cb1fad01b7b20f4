package devices

import (
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2/lang"

	"foyer/app/text"
	"foyer/media/device"
	"foyer/ui/bidi"
	ours "foyer/ui/widget"
)

// Picker is a choice of one device. Why stands below it, and says why that does not
// work. It belongs to the UI goroutine.
type Picker struct {
	*ours.Select
	Why *ours.Paragraph // hidden while it says nothing

	kind    device.Kind
	ids     []string
	known   map[string]string // names of the devices seen so far, by ID
	empty   bool              // none is plugged in, and none that needs no plug is chosen
	noSound bool              // because no sound server is running
}

// words are what is said of a kind of device.
type words struct {
	name    string
	none    string // there is none
	without string // what that means
	off     string // device.None
	last    string // one that was chosen and has not been seen since
}

// noSoundServer is what is said in place of there being no microphone and no speaker.
const noSoundServer = "No sound server is running"

// wordsFor are the words for a kind of device; noSound says that there is no sound
// server that could have any.
func wordsFor(k device.Kind, noSound bool) words {
	w := wordsOf(k)
	if noSound && k != device.Camera {
		w.none, w.without = lang.L(noSoundServer), lang.L("Start PipeWire or PulseAudio to speak and to hear the others.")
	}
	return w
}

func wordsOf(k device.Kind) words {
	switch k {
	case device.Camera:
		return words{lang.L("Camera"), lang.L("No camera found"), lang.L("You can join without one. Others will see your initials."), lang.L("No camera"), lang.L("Last used camera")}
	case device.Microphone:
		return words{lang.L("Microphone"), lang.L("No microphone found"), lang.L("You can join and listen. Plug one in to speak."), lang.L("No microphone"), lang.L("Last used microphone")}
	case device.Speaker:
		return words{lang.L("Speaker"), lang.L("No speaker found"), lang.L("You won't hear anyone until you connect a speaker."), lang.L("No speaker"), lang.L("Last used speaker")}
	}
	return words{}
}

// New makes a picker of a kind. chosen runs when a person chooses.
func New(kind device.Kind, chosen func(id string)) *Picker {
	p := &Picker{kind: kind, known: map[string]string{}, Why: ours.NewCaption("")}
	p.Why.Hide()
	p.Select = ours.NewSelect(wordsOf(kind).name, nil, nil)
	p.OnChanged = func(string) {
		if i := p.SelectedIndex(); i >= 0 && i < len(p.ids) {
			chosen(p.ids[i])
		}
	}
	return p
}

// Empty says that there is none to choose.
func (p *Picker) Empty() bool { return p.empty }

// Missing says that there is none, and Without what that means.
func (p *Picker) Missing() string { return wordsFor(p.kind, p.noSound).none }

// Without says what it means that there is none.
func (p *Picker) Without() string { return wordsFor(p.kind, p.noSound).without }

// Lock keeps the choice as it is, or does not; without anything to choose it stays so.
func (p *Picker) Lock(on bool) {
	if on || p.empty && len(p.ids) == 1 {
		p.Disable()
	} else {
		p.Enable()
	}
}

// needsPlug says that a device ID stands for something that is plugged in, or not.
func needsPlug(id string) bool { return id == device.Default }

// Fill shows what is plugged in, keeping the choice. Before the first list came,
// listed is false and nothing is missed.
func (p *Picker) Fill(all device.List, chosen string, listed bool) {
	list := all.Speakers
	switch p.kind {
	case device.Camera:
		list = all.Cameras
	case device.Microphone:
		list = all.Microphones
	}
	p.noSound = all.NoSound && p.kind != device.Camera
	names, ids := []string{lang.L("System default")}, []string{device.Default}
	p.empty = listed && len(list) == 0 && needsPlug(chosen)
	if p.empty {
		names[0] = wordsFor(p.kind, p.noSound).none
	}
	for _, d := range list {
		name := text.Name(d.Name)
		if name == "" {
			name = d.ID
		}
		if d.Default {
			names[0] = lang.L("System default: {{.Device}}", map[string]any{"Device": bidi.Isolate(name)})
		}
		p.known[d.ID] = name
		names, ids = append(names, name), append(ids, d.ID)
	}
	at := slices.Index(ids, chosen)
	if at < 0 {
		names, ids = append(names, p.absent(chosen, listed)), append(ids, chosen)
		at = len(ids) - 1
	}
	// The widget knows its options by name only: twins get a number.
	for i := range names {
		for n, name := 2, names[i]; slices.Contains(names[:i], names[i]); n++ {
			names[i] = fmt.Sprintf("%s (%d)", bidi.Isolate(name), n)
		}
	}
	for i := range names {
		names[i] = bidi.Line(names[i])
	}
	if slices.Equal(names, p.Options) && slices.Equal(ids, p.ids) && p.SelectedIndex() == at {
		return
	}
	p.ids = ids
	changed := p.OnChanged
	p.OnChanged = nil
	p.Options = names
	p.SetSelectedIndex(at)
	p.OnChanged = changed
	p.Refresh()
}

// absent names a chosen device that is not in the list.
func (p *Picker) absent(id string, listed bool) string {
	switch id {
	case device.None:
		return wordsOf(p.kind).off
	case device.Test:
		return lang.L("Test source")
	}
	if filepath.IsAbs(id) || filepath.Ext(id) != "" {
		return filepath.Base(id)
	}
	name := p.known[id]
	if name == "" {
		name = wordsOf(p.kind).last
	}
	if listed {
		name = lang.L("{{.Device}} (unplugged)", map[string]any{"Device": bidi.Isolate(name)})
	}
	return name
}

// Explain says below the picker why the device does not work; "" says nothing.
func (p *Picker) Explain(text string) {
	p.Why.SetText(text)
	if text == "" {
		p.Why.Hide()
	} else {
		p.Why.Show()
	}
}
