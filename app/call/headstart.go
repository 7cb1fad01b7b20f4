package call

import (
	"sync"
	"time"

	"foyer/media/video"
)

// The pictures of who is there on joining come before there is a window to show
// them in. The first few tracks are taken and decoded for a moment all the same,
// and the newest picture is kept for whoever looks first.
const (
	headStarts   = 9
	headStartFor = 750 * time.Millisecond
)

// headStart is a track's moment before somebody looks. until does not change once
// the track is received; mu is taken before the call's and a view's.
type headStart struct {
	until time.Time

	mu   sync.Mutex
	held *video.Frame
	over bool // somebody has looked, or nobody will
}

// early says that a track is taken although nobody looks yet.
func (v *remoteVideo) early() bool { return time.Now().Before(v.ahead.until) }

// present shows a picture to whoever looks, and keeps it for whoever looks first.
func (v *remoteVideo) present(f *video.Frame) {
	h := &v.ahead
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		h.held.Release()
		h.held = nil
	}
	if !h.over && v.early() {
		f.Retain()
		h.held = f
	}
	v.k.viewFrame(v.identity, v.source, f)
}

// drop forgets what is kept, for good.
func (h *headStart) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		h.held.Release()
		h.held = nil
	}
	h.over = true
}

// showHeld gives the picture that is kept of a source to the first who looks.
// look lets them in to what follows: no picture comes twice, none is left out.
func (k *Call) showHeld(key viewKey, to video.Sink, look func()) {
	k.mu.Lock()
	var of *remoteVideo
	for _, v := range k.videos {
		if v.identity == key.identity && v.source == key.source {
			of = v
		}
	}
	k.mu.Unlock()
	if of == nil {
		look()
		return
	}
	h := &of.ahead
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		to.Push(h.held)
		h.held.Release()
		h.held = nil
	}
	h.over = true
	look()
}
