package widget

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"foyer/media/video"
	"foyer/ui/theme"
)

// card is a grey frame with a light square.
func card(p *video.Pool, w, h int) *video.Frame {
	f := p.Get(w, h)
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			v := byte(60 + 120*x/w)
			if x > w/4 && x < w/2 && y > h/4 && y < h/2 {
				v = 230
			}
			f.Y[y*f.YStride+x] = v
		}
	}
	for i := range f.U {
		f.U[i], f.V[i] = 140, 110
	}
	return f
}

func TestGallery(t *testing.T) {
	themed(t, theme.Dark)
	rounds := newQueue()
	p := NewPainter(rounds.do)
	defer p.Close()
	states := []TileState{
		{Identity: "ada", Name: "Ada Lovelace", Muted: true},
		{Identity: "grace", Name: "Grace Hopper", Speaking: true, Host: true},
		{Identity: "long", Name: "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Senior", Muted: true, Hand: true, Signal: SignalPoor, Host: true},
		{Identity: "emoji", Name: "🦊", Hand: true, Pinned: true, Signal: SignalLost},
		{Identity: "p", Name: "李小龍", Picture: true, Speaking: true},
		{Identity: "q", Name: "You", Picture: true, Paused: true, Muted: true},
	}
	grid := container.NewGridWithColumns(3)
	var tiles []*VideoTile
	for _, s := range states {
		tile := NewVideoTile(p, video.Cover)
		tile.Set(s)
		tile.OnMenu = func(fyne.Position) {}
		tiles = append(tiles, tile)
		grid.Add(tile)
	}
	row := container.NewHBox()
	for _, b := range []struct {
		icon   theme.IconName
		style  Style
		reason string
	}{
		{theme.IconMicrophone, Neutral, ""}, {theme.IconMicrophoneOff, Off, ""}, {theme.IconCameraOff, Off, "No camera found"},
		{theme.IconShare, Active, ""}, {theme.IconChat, Neutral, ""}, {theme.IconHand, Active, ""}, {theme.IconMore, Bare, ""}, {theme.IconLeave, Danger, ""},
	} {
		x := NewIconButton(b.icon, "A label", nil)
		x.Set(b.icon, b.style, "A label")
		x.SetReason(b.reason)
		row.Add(x)
		if b.icon == theme.IconChat {
			x.SetBadge(12)
		}
		if b.style == Danger {
			x.SetSize(72, 48, 26)
		}
		if b.reason != "" {
			defer func() { x.tip.hide() }()
			x.tip.show()
		}
	}
	meter := NewLevelMeter()
	meter.SetLevel(0.9)
	note := NewNotice(Warning, "", "The camera was disconnected. Plug it in again, or choose another one in the menu beside the camera button.")
	note.SetAction("Retry", func() {})
	col := container.NewVBox(container.NewCenter(row), meter, container.NewCenter(note))
	body := container.NewStack(canvas.NewRectangle(theme.Color(theme.ColorStage)), container.NewPadded(container.NewBorder(nil, col, nil, nil, grid)))
	w := test.NewTempWindow(t, body)
	w.Resize(fyne.NewSize(900, 640))
	row.Objects[2].(*IconButton).tip.show()

	var pool video.Pool
	f := card(&pool, 640, 360)
	defer f.Release()
	for _, tile := range tiles[4:] {
		tile.Surface().Push(f)
	}
	rounds.until(t, func() bool { return tiles[4].Showing() && tiles[5].Showing() })
	if tiles[0].Showing() {
		t.Error("a tile without a picture shows one")
	}
	shot(t, w, "gallery")
}

// queue runs what is sent to the UI goroutine when the test says so.
type queue struct{ c chan func() }

func newQueue() *queue { return &queue{c: make(chan func(), 64)} }

func (q *queue) do(f func()) { q.c <- f }

// until runs what comes until ok.
func (q *queue) until(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for !ok() {
		select {
		case f := <-q.c:
			f()
		case <-deadline:
			t.Fatal("waited too long")
		}
	}
}
