package call

import (
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// publications owns what we publish. After a full reconnect LiveKit's client
// publishes every track anew, under another SID, unmuted, and also where it was to
// end meanwhile. So the rest of the call holds a publication of ours, never one of
// the client's; what is asked of it while the server is away holds once it is back.
type publications struct {
	room      *lksdk.Room
	announcer *announcer
	muted     func(Source) // the server has muted a source: a host did
	withdrawn func(Source) // the server takes a source no longer
	work      *queue       // all that is asked of LiveKit's client, in order

	mu       sync.Mutex              // guards what follows and the publications; never held in a call of LiveKit's client
	list     map[string]*publication // by the announced track's ID
	sessions int                     // how often the server was joined
	away     bool                    // reconnecting
	gone     chan struct{}           // closed while away
	back     time.Time               // when away ended last
	closed   bool
}

// publication is one source of ours as the server has it, through all reconnects.
type publication struct {
	of      *publications
	source  Source
	cid     string // the track's ID that is announced: it stays, SIDs do not
	publish func() error
	failed  func(error) // where publishing fails after all, on no goroutine of a verb

	pub     *lksdk.LocalTrackPublication // the newest
	id      string                       // the newest SID; "" before there is one
	session int                          // in which pub was published
	silent  bool                         // to be muted
	asked   time.Time                    // when that was said last
	unsure  bool                         // the server may not know it
	ended   bool
}

// Times around an outage.
const (
	// unheardFor is for how long before an outage is noticed the server may have heard nothing.
	unheardFor = 20 * time.Second
	// lateNews is for how long after one the server may tell what has happened in it.
	lateNews = 3 * time.Second
	// publishTries bounds how often a publication is tried that a reconnect has cut off.
	publishTries = 3
)

// newPublications is called before the room is joined.
func newPublications(room *lksdk.Room, a *announcer, muted, withdrawn func(Source)) *publications {
	o := &publications{room: room, announcer: a, muted: muted, withdrawn: withdrawn,
		work: newQueue(), list: map[string]*publication{}, gone: make(chan struct{})}
	a.published = o
	return o
}

// start publishes a source, with muted saying how it begins, and waits until the
// server has it. While the server is away it does not wait: what fails then goes to
// failed. change, where it is not nil, corrects the announcement (announcer.correct).
func (o *publications) start(source Source, cid string, muted bool, change func(*livekit.AddTrackRequest),
	publish func() error, failed func(error)) (*publication, error) {
	p := &publication{of: o, source: source, cid: cid, silent: muted, asked: time.Now(), publish: publish, failed: failed}
	o.announcer.correct(cid, func(r *livekit.AddTrackRequest) {
		if r.Sid != "" {
			return // a second codec of what is published
		}
		if change != nil {
			change(r)
		}
		r.Muted = p.isMuted()
	})
	o.mu.Lock()
	o.list[cid] = p
	gone := o.gone
	o.mu.Unlock()
	result, left := make(chan error), make(chan struct{})
	o.work.do(func() {
		err := o.settle(p)
		select {
		case result <- err:
		case <-left:
			if err != nil {
				failed(err)
			}
		}
	})
	select {
	case err := <-result:
		if err != nil {
			return nil, err
		}
	case <-gone:
		close(left)
	case <-o.work.ended: // closed before it came to us
		return nil, ErrEnded
	}
	return p, nil
}

// mute mutes or unmutes.
func (p *publication) mute(on bool) {
	o := p.of
	o.mu.Lock()
	p.silent, p.asked = on, time.Now()
	p.unsure = p.unsure || o.away
	o.mu.Unlock()
	o.work.do(func() { o.settleLater(p) })
}

// end takes the source back.
func (p *publication) end() {
	o := p.of
	o.mu.Lock()
	p.ended, p.silent = true, true
	o.mu.Unlock()
	o.work.do(func() { o.settleLater(p) })
}

// sid is the newest SID, "" before there is one.
func (p *publication) sid() string {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	return p.id
}

func (p *publication) isMuted() bool {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	return p.silent
}

// settleLater is settle on nobody's behalf.
func (o *publications) settleLater(p *publication) {
	if err := o.settle(p); err != nil {
		p.failed(err)
	}
}

// settle makes the server have what is wanted of p; while it is away, what can be
// done here. Work queue only.
func (o *publications) settle(p *publication) error {
	o.mu.Lock()
	known := o.list[p.cid] == p
	pub, current := p.pub, p.pub != nil && p.session == o.sessions
	silent, ended, away, unsure := p.silent, p.ended, o.away, p.unsure
	if !away {
		p.unsure = false
	}
	o.mu.Unlock()
	switch {
	case !known:
		return nil
	case ended:
		if away {
			return nil // the client would publish it all the same
		}
		if current {
			_ = o.room.LocalParticipant.UnpublishTrack(pub.SID()) // gone already when the room is
		}
		o.forget(p)
	case current:
		pub.SetMuted(silent)
		if unsure && !away {
			_ = o.announcer.engine.SendMuteTrack(pub.SID(), silent) // the next reconnect says it again
		}
	default:
		if pub != nil {
			pub.SetMuted(silent) // of the track itself, which is published again
		}
		if !away {
			return o.publish(p)
		}
	}
	return nil
}

// publish publishes p, again where a reconnect has come between.
func (o *publications) publish(p *publication) error {
	for try := 1; ; try++ {
		o.mu.Lock()
		session := o.sessions
		o.mu.Unlock()
		err := p.publish() // add hears of it
		if err == nil {
			return nil
		}
		o.mu.Lock()
		away, cut, closed := o.away, o.sessions != session, o.closed
		current := p.pub != nil && p.session == o.sessions
		o.mu.Unlock()
		o.takeBack(p.cid)
		switch {
		case closed || away || current:
			return nil // the call ends, the reconnect publishes it, or it has
		case !cut || try == publishTries:
			o.forget(p)
			return err
		}
	}
}

// takeBack removes a track whose publication has failed from the connection, which
// would offer it with the next one.
func (o *publications) takeBack(cid string) {
	pc := o.room.LocalParticipant.GetPublisherPeerConnection()
	if pc == nil {
		return
	}
	for _, s := range pc.GetSenders() {
		if t := s.Track(); t != nil && t.ID() == cid {
			_ = pc.RemoveTrack(s) // fails on a connection that has ended
		}
	}
}

func (o *publications) forget(p *publication) {
	o.announcer.forget(p.cid)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.list, p.cid)
}

// add takes a track that LiveKit's client has published, for us or by itself.
func (o *publications) add(pub *lksdk.LocalTrackPublication) {
	o.mu.Lock()
	p := o.list[announcedID(pub)]
	if p != nil {
		p.pub, p.id, p.session = pub, pub.SID(), o.sessions
	}
	settled := p != nil && !p.ended && p.silent == pub.IsMuted()
	o.mu.Unlock()
	switch {
	case p == nil: // it has ended while the client published it anew
		o.work.do(func() { _ = o.room.LocalParticipant.UnpublishTrack(pub.SID()) })
	case !settled:
		o.work.do(func() { o.settleLater(p) })
	}
}

// announcedID is the ID under which a publication's track is announced.
func announcedID(pub *lksdk.LocalTrackPublication) string {
	for _, t := range pub.TrackLocalForSimulcast() {
		return t.ID() // one for all sizes
	}
	if t := pub.TrackLocal(); t != nil {
		return t.ID()
	}
	return ""
}

// goAway begins an outage.
func (o *publications) goAway() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away {
		return
	}
	o.away = true
	close(o.gone)
	for _, p := range o.list {
		p.unsure = p.unsure || time.Since(p.asked) < unheardFor
	}
}

// join notes a session, the first or a new one, in which the server knows nothing of ours.
func (o *publications) join() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions++
}

// comeBack ends an outage: what was asked for in it is done.
func (o *publications) comeBack() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away {
		o.away, o.gone = false, make(chan struct{})
	}
	o.back = time.Now()
	for _, p := range o.list {
		o.work.do(func() { o.settleLater(p) })
	}
}

// hear takes the server's messages about our tracks, before LiveKit's client does.
func (o *publications) hear(r *livekit.SignalResponse) {
	switch m := r.Message.(type) {
	case *livekit.SignalResponse_Join:
		o.join()
	case *livekit.SignalResponse_TrackPublished:
		o.mu.Lock()
		if p := o.list[m.TrackPublished.GetCid()]; p != nil {
			p.id = m.TrackPublished.GetTrack().GetSid()
		}
		o.mu.Unlock()
	case *livekit.SignalResponse_TrackUnpublished:
		o.hearEnd(m.TrackUnpublished.GetTrackSid())
	case *livekit.SignalResponse_Mute:
		if m.Mute.GetMuted() {
			o.hearMute(m.Mute.GetSid(), false)
		} else {
			o.hearUnmute(m.Mute.GetSid())
		}
	case *livekit.SignalResponse_Update:
		me := o.room.LocalParticipant.Identity()
		for _, p := range m.Update.GetParticipants() {
			if p.GetIdentity() != me || p.GetState() == livekit.ParticipantInfo_DISCONNECTED {
				continue
			}
			for _, t := range p.GetTracks() {
				if t.GetMuted() {
					o.hearMute(t.GetSid(), true)
				}
			}
		}
	}
}

// hearMute follows a host who mutes us. What the server only mentions, in the state
// of us that it sends, may be older than what we have said; after an outage it is
// news where we have said nothing.
func (o *publications) hearMute(sid string, mentioned bool) {
	p := o.find(sid)
	if p == nil {
		return
	}
	o.mu.Lock()
	news := !p.silent && !p.ended
	if mentioned {
		news = news && !p.unsure && (o.away || time.Since(o.back) < lateNews && p.asked.Before(o.back))
	}
	if news {
		p.silent = true
	}
	pub := p.pub
	o.mu.Unlock()
	if !news {
		return
	}
	if mentioned && pub != nil && pub.SID() == sid {
		pub.SetMuted(true) // else the client tells the server that it is not
	}
	o.muted(p.source)
}

// muteAgainIn is how long a server has that says we are on. LiveKit's says so before it
// notes it: an answer on its heels crosses with that, and the others may be told last
// what is no longer true.
const muteAgainIn = 250 * time.Millisecond

// hearUnmute tells a server that says we are on what holds: nobody unmutes us.
func (o *publications) hearUnmute(sid string) {
	p := o.find(sid)
	if p == nil || !p.isMuted() {
		return
	}
	time.AfterFunc(muteAgainIn, func() {
		o.work.do(func() { o.settleLater(p) }) // forgotten after the call
	})
}

// hearEnd follows the server where it takes a track no longer.
func (o *publications) hearEnd(sid string) {
	p := o.find(sid)
	if p == nil {
		return
	}
	o.mu.Lock()
	news := !p.ended
	p.ended = true
	o.mu.Unlock()
	if news {
		o.withdrawn(p.source)
	}
}

func (o *publications) find(sid string) *publication {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.list {
		if sid != "" && p.id == sid {
			return p
		}
	}
	return nil
}

// close ends the work; nothing is published afterwards.
func (o *publications) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.work.close()
}
