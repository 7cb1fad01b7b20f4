package meeting

import (
	"slices"

	"fyne.io/fyne/v2"

	"foyer/app/call"
	"foyer/app/settings"
	"foyer/ui/theme"
	"foyer/ui/widget"
)

// arrangement is what decides how tiles lie.
type arrangement struct {
	order []key // screens, everyone else's cameras, and last our own
	spot  key
	page  int
	size  fyne.Size
	scale float32
	alone bool
	full  bool    // the window is in full screen: the spotlight or the grid alone
	self  string  // how our own picture is shown: settings.SelfTile and its like
	band  float32 // below the grid, for captions
	turn  float32 // the size of a button that turns pages
	least float32 // how wide a tile of the grid is at least
}

func (a arrangement) equal(b arrangement) bool {
	return a.spot == b.spot && a.page == b.page && a.size == b.size && a.scale == b.scale && a.alone == b.alone &&
		a.full == b.full && a.self == b.self && a.band == b.band && a.turn == b.turn && slices.Equal(a.order, b.order)
}

// plan is where everything on the stage stands.
type plan struct {
	shown map[key]widget.Rect
	main  widget.Rect // of what is in the spotlight; empty in the grid
	page  int         // the one that is shown
	pages int
	room  int         // how many of everyone else's cameras the first page shows
	turn  widget.Rect // where pages are turned
	ends  bool        // the arrows stand at the ends of turn; else in its middle
}

// plan lays the tiles into a space of the stage.
func (a arrangement) plan(space widget.Rect) plan {
	mine := a.order[len(a.order)-1]
	others := slices.DeleteFunc(slices.Clone(a.order[:len(a.order)-1]), func(k key) bool { return k == a.spot })
	self := a.self
	if a.alone && self == settings.SelfCorner || a.spot == mine {
		self = settings.SelfTile
	}
	p := plan{shown: map[key]widget.Rect{}, pages: 1}
	if a.spot == (key{}) {
		p.grid(a, others, mine, self == settings.SelfTile, space)
	} else {
		p.spotlight(a, others, mine, self == settings.SelfTile && a.spot != mine, space)
	}
	if self == settings.SelfCorner {
		p.shown[mine] = widget.Inset(space, theme.Gap, a.scale)
	}
	return p
}

// turnTo cuts the page that is shown out of all.
func (p *plan) turnTo(page int, all []key, size int) []key {
	p.pages = max(1, (len(all)+size-1)/size)
	p.page = max(0, min(page, p.pages-1))
	from := p.page * size
	return all[from:min(from+size, len(all))]
}

func (p *plan) grid(a arrangement, others []key, mine key, withMine bool, space widget.Rect) {
	own := 0
	if withMine {
		own = 1
	}
	size := widget.PageSize(pageSize, space, theme.Gap, a.least)
	if len(others)+own > size {
		if !a.full {
			p.turn = widget.Rect{X: space.X, Y: space.Y + space.H + a.band - pagerHeight(), W: space.W, H: pagerHeight()}
			space.H -= pagerHeight()
			size = widget.PageSize(pageSize, space, theme.Gap, a.least)
		}
		size = max(size, 1+own)
	}
	here := p.turnTo(a.page, others, max(1, size-own))
	as := len(here) + own
	if p.pages > 1 {
		as = size
	}
	if withMine {
		here = append(slices.Clone(here), mine)
	}
	for i, r := range widget.GridOf(len(here), as, space, theme.Gap, a.scale) {
		p.shown[here[i]] = r
	}
	p.room = size - own - screensIn(others)
}

func (p *plan) spotlight(a arrangement, others []key, mine key, withMine bool, space widget.Rect) {
	fill := a.spot.source == call.Screen
	n, own := len(others), 0
	if withMine {
		own = 1
	}
	if a.full {
		n, own = 0, 0
	}
	s := widget.Spotlight(n+own, fill, space, theme.Gap, a.scale, a.turn)
	p.main = s.Main
	p.shown[a.spot] = s.Main
	if s.Room == 0 {
		return
	}
	if s.Room == 1 && n > 0 {
		own = 0 // the one place is another's
	}
	here := p.turnTo(a.page, others, max(1, s.Room-own))
	if own > 0 {
		here = append(slices.Clone(here), mine)
	}
	for i, k := range here[:min(len(here), len(s.Strip))] {
		p.shown[k] = s.Strip[i]
	}
	p.turn, p.ends = s.Turn, s.Below
	p.room = s.Room - own - screensIn(others)
	if a.spot.source == call.Camera && a.spot != mine {
		p.room++ // it stands in front, but not in the strip
	}
}

func screensIn(keys []key) int {
	n := 0
	for _, k := range keys {
		if k.source == call.Screen {
			n++
		}
	}
	return n
}
