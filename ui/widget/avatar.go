package widget

import (
	"hash/fnv"
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"foyer/ui/bidi"
	"foyer/ui/theme"
)

// avatarColors are dark enough for white letters.
var avatarColors = []color.NRGBA{
	{0x0F, 0x76, 0x6E, 0xFF}, {0x1D, 0x5F, 0xA8, 0xFF}, {0x5B, 0x4B, 0xB5, 0xFF}, {0x8A, 0x3F, 0xA0, 0xFF},
	{0xA8, 0x36, 0x6B, 0xFF}, {0xA6, 0x42, 0x2A, 0xFF}, {0x7D, 0x5A, 0x12, 0xFF}, {0x3F, 0x6F, 0x2B, 0xFF},
}

// AvatarColor is a person's colour: always the same for one identity.
func AvatarColor(identity string) color.Color {
	h := fnv.New32a()
	_, _ = h.Write([]byte(identity))
	v := h.Sum32()
	v ^= v >> 16 // FNV's low bits alone repeat
	v *= 0x85EBCA6B
	v ^= v >> 13
	return avatarColors[v%uint32(len(avatarColors))]
}

// Initials are the letters for an avatar: of the first and the last word, upper
// case; "" if the name has no letter or digit to begin a word with.
func Initials(name string) string {
	var first, last string
	for _, word := range strings.Fields(name) {
		r := []rune(word)
		i := 0
		for i < len(r) && !unicode.IsLetter(r[i]) && !unicode.IsDigit(r[i]) {
			i++
		}
		if i == len(r) {
			continue
		}
		n := i + 1
		for n < len(r) && joins(r[n-1], r[n]) {
			n++
		}
		last = strings.ToUpper(string(r[i:n]))
		if first == "" {
			first, last = last, ""
		}
	}
	if first == "" || last == "" {
		return first
	}
	return first + apart(first) + last
}

// joining are the scripts whose letters are written joined to the next one.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Mandaic, unicode.Adlam, unicode.Hanifi_Rohingya,
}

// apart is what keeps another letter from being joined to s.
func apart(s string) string {
	const zwnj = "\u200c"
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, joining...) }) {
		return zwnj
	}
	return ""
}

// Avatar stands for a person without a picture: initials on their colour.
type Avatar struct {
	widget.BaseWidget
	size    float32
	disc    *canvas.Circle
	letters *canvas.Text
	figure  *canvas.Image
}

// NewAvatar makes an avatar of a diameter.
func NewAvatar(identity, name string, size float32) *Avatar {
	a := &Avatar{
		size:    size,
		disc:    canvas.NewCircle(AvatarColor(identity)),
		letters: canvas.NewText("", color.White),
		figure:  canvas.NewImageFromResource(theme.IconIn(theme.IconPerson, theme.ColorOnStage)),
	}
	a.letters.TextStyle.Bold = true
	a.figure.Hide()
	a.ExtendBaseWidget(a)
	a.Set(identity, name)
	return a
}

// Set changes whose avatar it is.
func (a *Avatar) Set(identity, name string) {
	if c := AvatarColor(identity); a.disc.FillColor != c {
		a.disc.FillColor = c
		a.disc.Refresh()
	}
	initials := bidi.Line(Initials(name))
	show(a.figure, initials == "" && identity != "")
	if a.letters.Text != initials {
		a.letters.Text = initials
		a.arrange(a.Size())
		a.letters.Refresh()
	}
}

func (a *Avatar) arrange(s fyne.Size) {
	d := fyne.Min(s.Width, s.Height)
	if d < 1 {
		return
	}
	place(a.disc, (s.Width-d)/2, (s.Height-d)/2, d, d)
	if size := float32(int(d * 0.38)); a.letters.TextSize != size {
		a.letters.TextSize = size
		a.letters.Refresh()
	}
	m := a.letters.MinSize()
	place(a.letters, (s.Width-m.Width)/2, (s.Height-m.Height)/2, m.Width, m.Height)
	i := d * 0.55
	place(a.figure, (s.Width-i)/2, (s.Height-i)/2, i, i)
}

// CreateRenderer implements fyne.Widget.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer { return &avatarRenderer{a} }

type avatarRenderer struct{ a *Avatar }

func (r *avatarRenderer) Layout(s fyne.Size) { r.a.arrange(s) }

func (r *avatarRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.a.size) }
func (r *avatarRenderer) Refresh()           { r.Layout(r.a.Size()); r.a.figure.Refresh() }
func (r *avatarRenderer) Destroy()           {}
func (r *avatarRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.a.disc, r.a.letters, r.a.figure}
}
