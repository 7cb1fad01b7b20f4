package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"foyer/app/call"
)

// watchTiles traces the tiles of a meeting until it is over.
func (w *window) watchTiles(k *call.Call) {
	if w.o.TraceTiles == nil {
		return
	}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-k.Done():
				return
			case <-tick.C:
				fyne.Do(func() {
					if v := w.meeting; v != nil {
						w.o.TraceTiles(v.Tiles())
					}
				})
			}
		}
	}()
}
