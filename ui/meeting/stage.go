package meeting

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/media/video"
	"foyer/ui/bidi"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// pageSize is how many tiles a page of the grid has.
const pageSize = 25

// leastTile is how wide a tile of the grid is at least, at the usual size of text:
// where less room is, the grid has more pages.
const leastTile float32 = 104

// pauseAfter is how long a camera may give nothing before its tile says so.
const pauseAfter = 3 * time.Second

// key names a tile: one picture of one person.
type key struct {
	identity string
	source   call.Source
}

// stage shows the tiles: as a grid, or one in the spotlight and the others in a
// strip. What is pinned and which page is shown is its own; all else is the
// snapshot's.
type stage struct {
	v     *View
	box   *fyne.Container
	tiles map[key]*widget.VideoTile

	order     []key        // everyone else's, then ours
	screens   []key        // shared ones, oldest first
	pinned    key          // zero: none
	dismissed map[key]bool // screens that were taken out of the spotlight by hand
	page      int
	pages     int
	laid      arrangement       // what the last arrange showed
	front     []key             // everyone else's cameras, in the order of the tiles
	spoke     map[key]time.Time // when somebody was last heard
	room      int               // how many of front the first page shows, screens not counted

	main widget.Rect // what is in the spotlight; empty in the grid

	places map[string]float64 // where voices are heard, as told to the call; nil: in the middle

	lonely *lonely
	pager  *pager
}

func newStage(v *View) *stage {
	s := &stage{v: v, tiles: map[key]*widget.VideoTile{}, dismissed: map[key]bool{}, spoke: map[key]time.Time{}}
	s.lonely = newLonely(v)
	s.pager = newPager(func(step int) { s.turn(step) })
	s.box = container.New(placer{place: func(fyne.Size) { s.arrange() }}, s.lonely.box, s.pager.box)
	return s
}

func (s *stage) close() {
	for _, t := range s.tiles {
		s.v.call.Hide(t.Surface())
		t.Close()
	}
	clear(s.tiles)
}

func (s *stage) dress() {
	s.pager.dress()
	s.laid = arrangement{}
}

// update makes the tiles that the snapshot needs, drops the others, and tells
// each what to show.
func (s *stage) update() {
	snap := s.v.last
	order := make([]key, 0, len(snap.People)+2)
	var screens []key
	for _, p := range snap.People {
		if p.Has(call.Screen) {
			screens = append(screens, key{p.Identity, call.Screen})
		}
		order = append(order, key{p.Identity, call.Camera})
	}
	// Screens keep the order in which they came; the newest wins the spotlight.
	s.screens = slices.DeleteFunc(s.screens, func(k key) bool { return !slices.Contains(screens, k) })
	for _, k := range screens {
		if !slices.Contains(s.screens, k) {
			s.screens = append(s.screens, k)
		}
	}
	for k := range s.dismissed {
		if !slices.Contains(screens, k) {
			delete(s.dismissed, k)
		}
	}
	me := key{snap.Me.Identity, call.Camera}
	s.promote(order)
	s.order = append(slices.Clone(s.screens), s.front...)
	// A window of ours that is shared, as others see it. A screen of ours would show itself
	// within itself, and never come to rest.
	if snap.Local.Sharing && snap.Local.SharedWindow != "" {
		s.order = append(s.order, key{snap.Me.Identity, call.Screen})
	}
	s.order = append(s.order, me)
	if s.pinned != (key{}) && !slices.Contains(s.order, s.pinned) {
		s.pinned = key{}
	}

	changed := false
	for k, t := range s.tiles {
		if !slices.Contains(s.order, k) {
			s.v.call.Hide(t.Surface())
			t.Close()
			delete(s.tiles, k)
			changed = true
		}
	}
	for _, k := range s.order {
		if s.tiles[k] == nil {
			s.tiles[k] = s.newTile(k, k.identity == me.identity)
			changed = true
		}
	}
	if changed {
		objects := make([]fyne.CanvasObject, 0, len(s.order)+2)
		for _, k := range s.order {
			objects = append(objects, s.tiles[k])
		}
		s.box.Objects = append(objects, s.lonely.box, s.pager.box)
	}
	for _, p := range snap.People {
		s.tell(p, false)
	}
	s.tell(snap.Me, true)
	s.arrange()
	if changed {
		canvas.Refresh(s.box)
	}
}

// promote keeps the order of tiles, and brings whoever speaks out of sight to the
// first page, in the place of whoever there was silent longest.
func (s *stage) promote(present []key) {
	s.front = slices.DeleteFunc(s.front, func(k key) bool { return !slices.Contains(present, k) })
	for _, k := range present {
		if !slices.Contains(s.front, k) {
			s.front = append(s.front, k)
		}
	}
	for k := range s.spoke {
		if !slices.Contains(present, k) {
			delete(s.spoke, k)
		}
	}
	var loud []key
	for _, p := range s.v.last.People {
		if p.Speaking {
			k := key{p.Identity, call.Camera}
			s.spoke[k] = s.v.o.Now()
			loud = append(loud, k)
		}
	}
	if s.page != 0 || s.room <= 0 || len(s.front) <= s.room {
		return
	}
	for _, k := range loud {
		at := slices.Index(s.front, k)
		if at < s.room {
			continue
		}
		quiet := -1
		for i, o := range s.front[:s.room] {
			if !slices.Contains(loud, o) && o != s.spot() && (quiet < 0 || s.spoke[o].Before(s.spoke[s.front[quiet]])) {
				quiet = i
			}
		}
		if quiet >= 0 {
			s.front[quiet], s.front[at] = s.front[at], s.front[quiet]
		}
	}
}

func (s *stage) newTile(k key, mine bool) *widget.VideoTile {
	fit := video.Cover
	if k.source == call.Screen {
		fit = video.Contain
	}
	t := widget.NewVideoTile(s.v.painter, fit)
	t.Hide()
	t.Surface().SetMirror(mine && k.source == call.Camera)
	t.OnPin = func() { s.togglePin(k) }
	t.OnStir = s.v.bars.stir
	t.OnMenu = func(at fyne.Position) { s.v.tileMenu(k, at) }
	s.v.call.Show(k.identity, k.source, t.Surface())
	return t
}

// tell gives a person's tiles their state.
func (s *stage) tell(p call.Participant, mine bool) {
	name := p.Name
	if mine {
		name = lang.L("You")
	}
	called := func(source call.Source, name string) string {
		if t, ok := p.Track(source); ok && t.TooLarge && !t.Muted {
			return lang.L("{{.Name}}: picture too large to show", map[string]any{"Name": bidi.Isolate(name)})
		}
		return name
	}
	spot := s.spot()
	if t := s.tiles[key{p.Identity, call.Camera}]; t != nil {
		k := key{p.Identity, call.Camera}
		st := widget.TileState{
			Identity: p.Identity,
			Name:     called(call.Camera, name),
			Person:   p.Name,
			Picture:  p.Has(call.Camera),
			Muted:    !p.Has(call.Microphone),
			Speaking: p.Speaking,
			Hand:     !p.Hand.IsZero(),
			Pinned:   s.pinned == k,
			Host:     p.Role == call.RoleHost,
			Small:    spot != (key{}) && spot != k,
			Silenced: !mine && p.Loudness.Muted,
			Paused:   t.State().Paused,
		}
		if mine {
			// The call opens our camera before the track is out.
			st.Picture = s.v.last.Local.CameraOn
			st.Muted = !s.v.last.Local.MicrophoneOn
		}
		switch p.Quality {
		case call.QualityPoor:
			st.Signal = widget.SignalPoor
		case call.QualityLost:
			st.Signal = widget.SignalLost
		}
		t.Set(s.paused(t, st))
	}
	if t := s.tiles[key{p.Identity, call.Screen}]; t != nil {
		k := key{p.Identity, call.Screen}
		t.Set(widget.TileState{
			Identity: p.Identity, Name: called(call.Screen, lang.L("{{.Name}} · screen", map[string]any{"Name": bidi.Isolate(name)})), Picture: true,
			Pinned: s.pinned == k, Small: spot != (key{}) && spot != k, Silenced: !mine && p.Loudness.Muted,
		})
	}
}

// paused says in a state whether its camera has stopped giving pictures.
func (s *stage) paused(t *widget.VideoTile, st widget.TileState) widget.TileState {
	last := t.LastPicture()
	st.Paused = st.Picture && t.Showing() && t.Visible() && s.v.painter.Seen() && !last.IsZero() && s.v.o.Now().Sub(last) > pauseAfter
	return st
}

func (s *stage) checkPauses() {
	for k, t := range s.tiles {
		if k.source == call.Camera && t.Visible() {
			t.Set(s.paused(t, t.State()))
		}
	}
}

// spot is what stands in the spotlight: what is pinned, else the newest screen.
func (s *stage) spot() key {
	if s.pinned != (key{}) {
		return s.pinned
	}
	for _, k := range slices.Backward(s.screens) {
		if !s.dismissed[k] {
			return k
		}
	}
	return key{}
}

// togglePin brings a tile into the spotlight, or back.
func (s *stage) togglePin(k key) {
	switch {
	case s.pinned == k:
		s.pinned = key{}
		if k.source == call.Screen {
			s.dismissed[k] = true
		}
	case s.spot() == k:
		s.dismissed[k] = true
	default:
		s.pinned = k
		delete(s.dismissed, k)
	}
	s.page = 0
	s.update()
}

// turn goes to another page, where there is one.
func (s *stage) turn(step int) {
	if to := s.page + step; to >= 0 && to < s.pages {
		s.page = to
		s.arrange()
	}
}

// arrange places the tiles that are shown now and hides the others; it does
// nothing while nothing that matters has changed.
func (s *stage) arrange() {
	size := s.box.Size()
	if size.Width < 1 || size.Height < 1 || len(s.order) == 0 {
		return
	}
	a := arrangement{
		order: s.order, spot: s.spot(), page: s.page, size: size, scale: 1, alone: len(s.v.last.People) == 0,
		full: s.v.bars.over(), self: s.v.o.Preferences.SelfView, band: s.v.captions.band(),
		turn: s.pager.prev.MinSize().Width, least: theme.Grown(leastTile),
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(s.box); c != nil {
		x, _ := c.PixelCoordinateForPosition(fyne.NewPos(1000, 0))
		a.scale = max(float32(x)/1000, 0.1)
	}
	if a.equal(s.laid) {
		return
	}
	const edge = theme.Gap
	space := widget.Rect{X: edge, Y: 0, W: size.Width - 2*edge, H: size.Height}
	if a.full {
		space = widget.Rect{W: size.Width, H: size.Height}
	}
	if a.spot == (key{}) {
		space.H -= a.band
	}
	show(s.lonely.box, a.alone)
	if a.alone {
		h := min(s.lonely.height(space.W), space.H*0.66)
		place(s.lonely.box, space.X, space.Y+space.H-h, space.W, h)
		space.H -= h + theme.Gap
	}
	p := a.plan(space)
	s.page, s.room, s.main, s.pages = p.page, p.room, p.main, p.pages
	a.page = s.page // the plan may have moved it
	s.place(p.shown, size.Width)
	s.laid = a
	s.laid.order = slices.Clone(a.order)
	for k, t := range s.tiles {
		r, ok := p.shown[k]
		if ok {
			place(t, r.X, r.Y, r.W, r.H)
		}
		show(t, ok)
	}
	s.pager.ends = p.ends
	s.pager.update(s.page, p.pages)
	if a.full {
		p.turn = widget.Rect{X: space.X, Y: size.Height - barHeight() - pagerHeight(), W: space.W, H: pagerHeight()}
	}
	place(s.pager.box, p.turn.X, p.turn.Y, p.turn.W, p.turn.H)
	s.pager.place(s.pager.box.Size())
	s.showPager()
	s.v.captions.place()
	s.v.toasts.Refresh() // names stand elsewhere
}

// showPager shows the arrows where there are pages; in full screen they come and go
// with the controls.
func (s *stage) showPager() { show(s.pager.box, s.pages > 1 && s.v.bars.shown) }

// captionRoom is where captions stand, at the lower edge: below the tiles of the
// grid, and in the spotlight above the name of who, or what, is in it.
func (s *stage) captionRoom() widget.Rect {
	if s.main.W > 0 {
		below := belowNames()
		if s.v.bars.over() && s.v.bars.shown {
			below = max(below, barHeight())
		}
		return widget.Rect{X: s.main.X, Y: s.main.Y, W: s.main.W, H: max(0, s.main.H-below)}
	}
	size := s.box.Size()
	r := widget.Rect{X: theme.Gap, Y: 0, W: size.Width - 2*theme.Gap, H: size.Height}
	if s.pages > 1 && !s.v.bars.over() {
		r.H -= pagerHeight()
	}
	if s.v.bars.over() && s.v.bars.shown {
		r.H -= barHeight()
	}
	return r
}

// soundWidth is how far to a side a voice goes whose tile is at the edge: wholly on
// one ear is tiring.
const soundWidth = 0.7

// place has voices heard where people are seen, in a stage of that width.
func (s *stage) place(shown map[key]widget.Rect, width float32) {
	var places map[string]float64
	if s.v.o.Preferences.PlaceVoices {
		places = map[string]float64{}
		for k, r := range shown {
			if k.source == call.Camera && k.identity != s.v.last.Me.Identity {
				// To hundredths: a window that is resized moves nobody by less.
				at := soundWidth * float64((r.X+r.W/2)/width*2-1)
				places[k.identity] = math.Round(100*at) / 100
			}
		}
	}
	if !maps.Equal(places, s.places) {
		s.places = places
		s.v.call.Place(maps.Clone(places))
	}
}

func pagerHeight() float32 { return max(40, theme.Grown(32)+8) }

// pager leads through the pages.
type pager struct {
	box        *fyne.Container
	prev, next *widget.IconButton
	label      *canvas.Text
	ends       bool // the arrows stand at the ends, beside what they turn
}

func newPager(turn func(int)) *pager {
	p := &pager{
		prev:  widget.NewIconButton(theme.IconChevronLeft, lang.L("Previous page"), func() { turn(-1) }),
		next:  widget.NewIconButton(theme.IconChevronRight, lang.L("Next page"), func() { turn(1) }),
		label: canvas.NewText("", nil),
	}
	for _, b := range []*widget.IconButton{p.prev, p.next} {
		b.SetStyle(widget.Bare)
		b.SetSize(32, 32, 18)
	}
	p.label.Alignment = fyne.TextAlignCenter
	p.box = container.New(placer{place: p.place}, p.prev, p.label, p.next)
	p.box.Hide()
	p.dress()
	return p
}

func (p *pager) place(s fyne.Size) {
	b := p.prev.MinSize().Width
	y := (s.Height - b) / 2
	show(p.label, !p.ends && p.label.MinSize().Width <= s.Width-2*b)
	if p.ends {
		place(p.prev, 0, y, b, b)
		place(p.next, s.Width-b, y, b, b)
		return
	}
	w := min(max(64, p.label.MinSize().Width+2*theme.Gap), s.Width-2*b)
	x := (s.Width - w) / 2
	place(p.prev, x-b, y, b, b)
	place(p.label, x, y, w, b)
	place(p.next, x+w, y, b, b)
}

func (p *pager) dress() {
	p.label.Color, p.label.TextSize = theme.Color(theme.ColorOnStageMuted), theme.TextBody()
	p.label.Refresh()
}

func (p *pager) update(page, pages int) {
	widget.SetText(p.label, strconv.Itoa(page+1)+" / "+strconv.Itoa(pages))
	p.prev.SetReason(when(page == 0, lang.L("This is the first page")))
	p.next.SetReason(when(page == pages-1, lang.L("This is the last page")))
}

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}
