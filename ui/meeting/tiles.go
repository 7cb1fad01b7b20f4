package meeting

import "foyer/app/call"

// Tile is what one tile of the stage has come to, for measurements.
type Tile struct {
	Identity string      `json:"identity"`
	Source   call.Source `json:"source"`
	Visible  bool        `json:"visible"`
	Width    int         `json:"width"`  // device pixels of its picture; 0 while none is expected
	Height   int         `json:"height"` // the same
	Frames   uint64      `json:"frames"` // pictures shown so far
}

// Tiles lists the tiles in their order. UI goroutine.
func (v *View) Tiles() []Tile {
	tiles := make([]Tile, 0, len(v.stage.order))
	for _, k := range v.stage.order {
		t := v.stage.tiles[k]
		if t == nil {
			continue
		}
		w, h := t.Surface().Size()
		tiles = append(tiles, Tile{Identity: k.identity, Source: k.source, Visible: t.Visible(), Width: w, Height: h, Frames: t.Frames()})
	}
	return tiles
}
