package lobby

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/theme"
	ours "foyer/ui/widget"
)

var sizes = []struct {
	name  string
	size  fyne.Size
	scale float32
}{
	{"1280x720", fyne.NewSize(1280, 720), 1},
	{"800x600", small, 1},
	{"480x720", fyne.NewSize(480, 720), 1},
	{"2560x1440", fyne.NewSize(2560, 1440), 1},
	{"1280x720@2", fyne.NewSize(1280, 720), 2},
}

var states = []struct {
	name     string
	settings settings.Settings
	list     device.List
	then     func(b *bench)
}{
	{"first", settings.Settings{}, plugged, nil},
	{"usual", settings.Settings{Name: "Ada Lovelace", LastLink: goodLink, Recent: meetings(5)}, plugged, nil},
	{"encrypted", settings.Settings{Name: "Ada Lovelace", LastLink: goodLink, Recent: meetings(3), Encrypt: true}, plugged, nil},
	{"bare", settings.Settings{Name: "Ada", LastLink: "localhost:7443/standup", Recent: meetings(1), CameraOff: true, MicrophoneOff: true}, device.List{}, nil},
	{
		"long", settings.Settings{Name: strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 4), LastLink: longLink, Camera: "cam2", Recent: meetings(settings.RecentMax)},
		plugged, func(b *bench) {
			b.Tell(ours.Problem, "The meeting's server cannot be reached. Check the link and your connection. The meeting may not have started.")
		},
	},
	{"joining", settings.Settings{Name: "Ada Lovelace", LastLink: goodLink, Recent: meetings(2)}, plugged, func(b *bench) { b.SetJoining(true) }},
}

// TestShots draws the lobby at every size and holds the layout to what it
// promises: nothing outside its column, nothing over anything else.
func TestShots(t *testing.T) {
	for _, look := range []string{theme.Dark, theme.Light} {
		for _, z := range sizes {
			for _, s := range states {
				if look == theme.Light && z.name != "1280x720" && z.name != "800x600" || z.size.Width > 2000 && s.name != "usual" || z.scale != 1 && s.name != "usual" {
					continue // the large ones take long to draw
				}
				t.Run(look+" "+s.name+" "+z.name, func(t *testing.T) {
					set := s.settings
					set.Theme = look
					b := newBench(t, set, z.size)
					if c, ok := b.w.Canvas().(test.WindowlessCanvas); ok {
						c.SetScale(z.scale)
					}
					b.plug(s.list)
					if !set.CameraOff {
						b.until("the preview", func() bool { return b.tile.Showing() && b.meter.Lit() > 0 })
					}
					if s.then != nil {
						s.then(b)
					}
					b.shot("lobby-" + s.name + "-" + look + "-" + z.name)
					b.checkLayout()
				})
			}
		}
	}
}

// checkLayout looks for what lies outside the page or over something else.
func (b *bench) checkLayout() {
	b.t.Helper()
	page := b.page.Size()
	if page.Width > b.w.Canvas().Size().Width+0.5 {
		b.t.Errorf("the page is %v wide on a window of %v", page.Width, b.w.Canvas().Size().Width)
	}
	all := b.leaves()
	over := func(l leaf) bool { // meant to lie on something
		switch l.o.(type) {
		case *ours.IconButton, *ours.VideoTile:
			return true
		}
		for _, x := range b.recents.rows {
			if l.o == fyne.CanvasObject(x.button) || l.o == fyne.CanvasObject(x.icon) || l.o == fyne.CanvasObject(x.title) || l.o == fyne.CanvasObject(x.when) {
				return true
			}
		}
		return false
	}
	for i, l := range all {
		s := l.o.Size()
		if t, ok := l.o.(*canvas.Text); ok {
			s = t.MinSize()
		}
		if _, ok := l.o.(*ours.Paragraph); ok { // its margin does not count
			m := flushBy()
			l.at, s = l.at.AddXY(m, m), s.SubtractWidthHeight(2*m, 2*m)
		}
		if l.at.X < -0.5 || l.at.Y < -0.5 || l.at.X+s.Width > page.Width+0.5 || l.at.Y+s.Height > page.Height+0.5 {
			b.t.Errorf("%T at %v %v is off the page of %v", l.o, l.at, s, page)
		}
		if m := l.o.MinSize(); l.o.Size().Height < m.Height-0.5 && l.o != fyne.CanvasObject(b.busy) {
			b.t.Errorf("%T at %v is %v high and wants %v", l.o, l.at, s.Height, m.Height)
		}
		for _, k := range all[i+1:] {
			r := k.o.Size()
			if _, ok := k.o.(*ours.Paragraph); ok {
				m := flushBy()
				k.at, r = k.at.AddXY(m, m), r.SubtractWidthHeight(2*m, 2*m)
			}
			if !over(l) && !over(k) && l.at.X < k.at.X+r.Width-0.5 && k.at.X < l.at.X+s.Width-0.5 && l.at.Y < k.at.Y+r.Height-0.5 && k.at.Y < l.at.Y+s.Height-0.5 {
				b.t.Errorf("%T at %v %v overlaps %T at %v %v", l.o, l.at, s, k.o, k.at, r)
			}
		}
	}
	for _, x := range b.recents.rows {
		if x.title.Position().Y+x.title.MinSize().Height > x.when.Position().Y && x.title.Position().X+x.title.MinSize().Width > x.when.Position().X {
			b.t.Errorf("the title %q runs into its time", x.title.Text)
		}
	}
	// The name on the tile stays clear of the toggles, and what is typed whole.
	if w := fyne.MeasureText(b.tile.State().Name, theme.TextBody(), fyne.TextStyle{}).Width; w > b.picture.beside() {
		b.t.Errorf("the name %q is %v wide beside toggles that leave %v", b.tile.State().Name, w, b.picture.beside())
	}
	if b.name.Text != b.o.Settings.Name || b.Typed() != b.o.Settings.LastLink {
		b.t.Error("a long name or link does not stay whole")
	}
}

// The theme may change while the lobby is open.
func TestTheLobbyFollowsTheTheme(t *testing.T) {
	b := newBench(t, settings.Settings{Name: "Ada", Theme: theme.Dark, Recent: meetings(2)}, normal)
	dark := b.title.Color
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	b.relayout()
	if b.title.Color == dark || b.title.Color != theme.Color("foreground") || b.recents.rows[0].title.Color != theme.Color("foreground") {
		t.Error("the lobby keeps the old theme's colours")
	}
}
