package call

import (
	"sync"
	"time"

	"foyer/media/video"
)

// viewKey is one source of one participant.
type viewKey struct {
	identity string
	source   Source
}

// view is where a source's pictures go: as many sinks as somebody asked for.
type view struct {
	mu    sync.Mutex
	tee   video.Tee
	sinks map[video.Sink]func() (width, height int) // wanted size, in pixels
}

// wanted is the largest size asked for; 0,0 when nobody looks.
func (v *view) wanted() (width, height int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, size := range v.sinks {
		w, h := size()
		width, height = max(width, w), max(height, h)
	}
	return width, height
}

func (v *view) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for s := range v.sinks {
		v.tee.Remove(s)
	}
	clear(v.sinks)
}

// Show sends a participant's pictures (ours too) to a surface until Hide or the
// end of the call. It is remembered: the track may come later. Several surfaces
// may show one source. The largest surface's size is what is asked of the server;
// no visible surface pauses the track at the server.
func (k *Call) Show(identity string, s Source, to *video.Surface) { k.watch(identity, s, to, to.Size) }

// Hide ends Show for that surface.
func (k *Call) Hide(to *video.Surface) { k.Unwatch(to) }

// Watch is Show for any sink, which wants pictures of about the size in pixels.
func (k *Call) Watch(identity string, s Source, to video.Sink, width, height int) {
	k.watch(identity, s, to, func() (int, int) { return width, height })
}

// Unwatch ends Watch for that sink; when it returns no push to it is running.
func (k *Call) Unwatch(to video.Sink) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, v := range k.views {
		v.mu.Lock()
		if _, ok := v.sinks[to]; ok {
			delete(v.sinks, to)
			v.tee.Remove(to)
		}
		empty := len(v.sinks) == 0
		v.mu.Unlock()
		if empty {
			delete(k.views, key)
		}
	}
}

func (k *Call) watch(identity string, s Source, to video.Sink, size func() (int, int)) {
	k.mu.Lock()
	if k.state == Left {
		k.mu.Unlock()
		return
	}
	key := viewKey{identity, s}
	v, ok := k.views[key]
	if !ok {
		v = &view{sinks: map[video.Sink]func() (int, int){}}
		k.views[key] = v
	}
	k.mu.Unlock()
	k.showHeld(key, to, func() {
		v.mu.Lock()
		v.sinks[to] = size
		v.tee.Add(to)
		v.mu.Unlock()
	})
	select {
	case k.looking <- struct{}{}:
	default:
	}
}

// viewFrame shows a frame to whoever looks.
func (k *Call) viewFrame(identity string, s Source, f *video.Frame) {
	k.mu.Lock()
	v := k.views[viewKey{identity, s}]
	k.mu.Unlock()
	if v != nil {
		v.tee.Push(f)
	}
}

// clearView blanks the surfaces of a source that has ended.
func (k *Call) clearView(identity string, s Source) {
	k.mu.Lock()
	v := k.views[viewKey{identity, s}]
	k.mu.Unlock()
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for to := range v.sinks {
		if surface, ok := to.(*video.Surface); ok {
			surface.Clear()
		}
	}
}

// adaptEvery is how often tile sizes are looked at: they change at the mouse's speed.
const adaptEvery = 250 * time.Millisecond

// adapt tells the server what we look at, until the call ends (adaptive stream).
func (k *Call) adapt() {
	defer k.running.Done()
	tick := time.NewTicker(adaptEvery)
	defer tick.Stop()
	var slow overuse // of decoding
	for {
		select {
		case <-tick.C:
		case <-k.looking:
		case <-k.leaving:
			return
		}
		k.mu.Lock()
		list := make([]*remoteVideo, 0, len(k.videos))
		for _, v := range k.videos {
			list = append(list, v)
		}
		k.mu.Unlock()
		now := time.Now()
		var all load
		for _, v := range list {
			all.offered += v.queued.Load()
			all.skipped += v.late.Load()
		}
		k.slow.Store(int64(slow.add(now, all)))
		for _, v := range list {
			k.adaptOne(v)
			v.help(now)
		}
	}
}

// asked is what is asked of the server for one source.
type asked struct{ width, height int }

// spotlight is a picture of which a slow machine asks no less, in pixels of height:
// it is what people look at.
const spotlight = 480

// adaptOne asks the server for the size that the largest surface shows, or pauses.
// Where decoding does not keep up, small tiles get smaller pictures.
func (k *Call) adaptOne(v *remoteVideo) {
	k.mu.Lock()
	w := k.views[viewKey{v.identity, v.source}]
	k.mu.Unlock()
	var want asked
	if w != nil {
		want.width, want.height = w.wanted()
	}
	if v.resting(time.Now()) {
		want = asked{}
	} else if v.tooLarge.Load() && want.width > 0 { // a smaller size may be sent as well
		want = asked{spotlight * 16 / 9, spotlight}
	}
	if want.width == 0 && v.early() && !v.tooLarge.Load() {
		want = asked{spotlight * 16 / 9, spotlight}
	}
	if want.height < spotlight {
		slow := int(k.slow.Load())
		want.width, want.height = want.width>>slow, want.height>>slow
	}
	v.asking.Lock()
	defer v.asking.Unlock()
	look := want.width > 0 && want.height > 0
	v.wanted.Store(look)
	if look != v.enabled {
		v.enabled = look
		v.pub.SetEnabled(look)
		if !look {
			v.showing.pause()
			v.ahead.drop()
		}
	}
	if look && want != v.asked {
		v.asked = want
		v.pub.SetVideoDimensions(uint32(want.width), uint32(want.height))
	}
}
