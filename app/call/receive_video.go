package call

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"foyer/media/codec"
	"foyer/media/packet"
)

const (
	// receiveMTU is the longest packet that is read, in bytes: a jumbo frame's.
	receiveMTU = 9000
	// queueMax is how many pictures wait for their decoder. When there are more, all
	// are left out until the next key frame: late pictures help nobody.
	queueMax = 16
	// lateMax is how late a picture may be shown when the next one is there and one
	// was shown within lateEvery: where the machine is too slow all are late, and
	// none would be shown.
	lateMax   = 80 * time.Millisecond
	lateEvery = 30 * time.Millisecond
	// silentMax is how long nothing may come of a track that is on before a key
	// frame is asked for.
	silentMax = time.Second
	// queueBytes bounds what waits for a decoder, and keepBytes what a unit keeps for the
	// next one.
	queueBytes = 8 << 20
	keepBytes  = 512 << 10
	// restAfter is how long nobody looks before a decoder's memory is given back.
	restAfter = 10 * time.Second
	// refusedFor is how long a track rests whose pictures are too large, before it is
	// tried again: its sender may have chosen another size, or there is room now.
	refusedFor = 20 * time.Second
)

// remoteVideo receives and decodes one remote source of pictures. One goroutine
// reads, so that the network never waits for a decoder; another decodes.
type remoteVideo struct {
	k        *Call
	identity string
	source   Source
	codec    codec.Name
	pub      *lksdk.RemoteTrackPublication
	from     *lksdk.RemoteParticipant
	track    *webrtc.TrackRemote
	ended    sync.WaitGroup

	asking  sync.Mutex // guards what was last asked of the server
	enabled bool
	asked   asked
	lastPLI time.Time

	wanted   atomic.Bool  // somebody looks
	stale    atomic.Bool  // the decoder has missed pictures: only a key frame helps
	starving atomic.Bool  // the network has lost some for good
	tooLarge atomic.Bool  // not decoded, until refused is over
	refused  atomic.Int64 // until when, in nanoseconds since 1970; under no lock
	waiting  atomic.Int64 // bytes in queue
	frames   atomic.Uint64
	bytes    atomic.Uint64
	packets  atomic.Uint64
	lost     atomic.Uint64
	requests atomic.Uint64
	queued   atomic.Uint64 // access units
	late     atomic.Uint64 // of these, not shown because the machine is too slow
	size     atomic.Uint64 // width<<32 | height, of the last picture
	jitter   jitter
	showing  smoothness
	clock    clock
	by       atomic.Pointer[implementation]

	queue chan *unit
	free  chan *unit
	seal  seal // of the decoding goroutine
	ahead headStart
}

// unit is an access unit on its way to the decoder.
type unit struct {
	packet.Unit
	whole time.Time // when its last packet came
}

func (k *Call) subscribeVideo(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant, source Source) {
	_, name, _ := strings.Cut(t.Codec().MimeType, "/")
	v := &remoteVideo{k: k, identity: from.Identity(), source: source, codec: codec.Name(strings.ToUpper(name)),
		pub: pub, from: from, track: t, enabled: true, seal: k.sealOf(pub, strings.ToUpper(name)),
		lastPLI: time.Now(), // the server has asked for a first key frame
		queue:   make(chan *unit, queueMax), free: make(chan *unit, queueMax+2)}
	pub.OnRTCP(v.onRTCP)
	k.mu.Lock()
	if k.state == Left {
		k.mu.Unlock()
		return
	}
	if !k.admit(pub.SID(), from.Identity(), source) {
		k.mu.Unlock()
		k.refuse(pub)
		return
	}
	delete(k.surplus, pub.SID())
	k.videos[pub.SID()] = v
	if len(k.videos) <= headStarts {
		v.ahead.until = time.Now().Add(headStartFor)
	}
	v.ended.Add(2)
	k.mu.Unlock()
	k.adaptOne(v)
	go v.receive()
	go v.decode()
	k.changed()
}

// receive reads packets until the track ends.
func (v *remoteVideo) receive() {
	defer v.ended.Done()
	defer close(v.queue)
	buffer := make([]byte, receiveMTU)
	assembler, err := packet.NewAssembler(v.codec)
	if err != nil { // read what cannot be shown, so that the connection's buffers do not fill
		for err = nil; err == nil; {
			_, _, err = v.track.Read(buffer)
		}
		return
	}
	var p rtp.Packet
	for {
		n, _, err := v.track.Read(buffer)
		if err != nil {
			return
		}
		if p.Unmarshal(buffer[:n]) != nil {
			continue
		}
		now := time.Now()
		v.bytes.Add(uint64(len(p.Payload)))
		v.packets.Add(1)
		v.jitter.add(now, p.Timestamp)
		assembler.Push(&p, now)
		for {
			u, ok, err := assembler.Next(now)
			if err != nil {
				v.stale.Store(true)
				continue
			}
			if !ok {
				break
			}
			v.enqueue(u, now)
		}
		v.lost.Store(assembler.Lost())
		v.starving.Store(assembler.Starving(now))
		v.help(now)
	}
}

// enqueue hands a copy of an access unit to the decoding goroutine.
func (v *remoteVideo) enqueue(u packet.Unit, now time.Time) {
	if !v.wanted.Load() || v.stale.Load() && !u.Key {
		v.stale.Store(true)
		return
	}
	var q *unit
	select {
	case q = <-v.free:
	default:
		q = &unit{}
	}
	data := append(q.Data[:0], u.Data...)
	q.Unit, q.whole = u, now
	q.Data = data
	v.stale.Store(false)
	v.queued.Add(1)
	size := int64(len(data))
	if v.waiting.Add(size) > queueBytes && size < queueBytes {
		v.waiting.Add(-size)
		v.late.Add(1)
		v.stale.Store(true)
		v.recycle(q)
		return
	}
	select {
	case v.queue <- q:
	default: // the decoder does not keep up
		v.waiting.Add(-size)
		v.late.Add(1)
		v.stale.Store(true)
		v.recycle(q)
	}
}

func (v *remoteVideo) recycle(q *unit) {
	if cap(q.Data) > keepBytes {
		q.Data = nil
	}
	select {
	case v.free <- q:
	default:
	}
}

// decode shows what receive brings until the track ends.
func (v *remoteVideo) decode() {
	defer v.ended.Done()
	var decoder codec.Decoder
	free := func() {
		if decoder != nil {
			decoder.Close()
			decoder = nil
		}
		v.k.budget.take(v, 0)
	}
	defer v.ahead.drop()
	defer free()
	wait := time.NewTimer(time.Hour)
	defer wait.Stop()
	rest := time.NewTicker(restAfter)
	defer rest.Stop()
	last := time.Now()
	for {
		select {
		case q, ok := <-v.queue:
			if !ok {
				return
			}
			v.waiting.Add(-int64(len(q.Data)))
			if decoder == nil {
				d, err := codec.NewDecoder(v.codec, pixelsFor(v.source, v.pub.TrackInfo()))
				if err != nil {
					v.recycle(q)
					continue
				}
				d.Admit(func(pixels int) bool { return v.k.budget.take(v, pixels) })
				decoder = d
				v.by.Store(implementationOf(d))
			}
			if v.show(decoder, q, wait) {
				last = time.Now()
			} else {
				free()
			}
			v.recycle(q)
		case now := <-rest.C:
			if !v.wanted.Load() && decoder != nil && now.Sub(last) > restAfter {
				v.stale.Store(true)
				free()
			}
		}
	}
}

// refuse has the server stop a track whose pictures are too large, for a while.
func (v *remoteVideo) refuse() {
	v.refused.Store(time.Now().Add(refusedFor).UnixNano())
	v.tooLarge.Store(true)
	v.stale.Store(true)
	v.k.clearView(v.identity, v.source)
	v.k.adaptOne(v)
	v.k.changed()
}

// resting reports whether a refused track is left alone still.
func (v *remoteVideo) resting(now time.Time) bool { return now.UnixNano() < v.refused.Load() }

// show decodes an access unit and shows it to whoever looks, when its sound is heard.
// It reports false where the pictures are too large: the decoder is of no more use.
func (v *remoteVideo) show(decoder codec.Decoder, q *unit, wait *time.Timer) bool {
	if !v.wanted.Load() {
		v.stale.Store(true)
		return true
	}
	data, ok := v.seal.open(q.Data)
	if !ok {
		v.stale.Store(true)
		return true
	}
	v.k.decoders <- struct{}{} // as many at once as the machine has cores
	f, err := decoder.Decode(data)
	<-v.k.decoders
	if errors.Is(err, codec.ErrTooLarge) {
		v.refuse()
		return false
	}
	if err != nil {
		v.stale.Store(true)
	}
	if f == nil {
		return true
	}
	defer f.Release()
	if v.tooLarge.CompareAndSwap(true, false) {
		v.k.changed()
	}
	due := q.whole
	if hold := v.k.lipSync(v, q.Timestamp); hold > 0 {
		due = due.Add(hold)
		if d := time.Until(due); d > time.Millisecond {
			wait.Reset(d)
			select {
			case <-wait.C:
			case <-v.k.leaving:
				return true
			}
		}
	}
	now := time.Now()
	if last, _ := v.showing.last(); now.Sub(due) > lateMax && now.Sub(last) < lateEvery && len(v.queue) > 0 {
		v.late.Add(1)
		return true // a newer one is there
	}
	f.Captured = due
	v.frames.Add(1)
	v.size.Store(uint64(f.Width)<<32 | uint64(f.Height))
	v.present(f)
	v.showing.add(now, time.Since(q.whole))
	return true
}

// help asks the sender for a key frame where nothing else helps, not more often
// than it can answer. It is called for each packet, and now and then without one.
func (v *remoteVideo) help(now time.Time) {
	if !v.wanted.Load() {
		return
	}
	last, _ := v.showing.last()
	if !v.stale.Load() && !v.starving.Load() && (last.IsZero() || now.Sub(last) < silentMax || v.pub.IsMuted()) {
		return
	}
	v.asking.Lock()
	defer v.asking.Unlock()
	if now.Sub(v.lastPLI) > keyRequestIn {
		v.lastPLI = now
		v.requests.Add(1)
		v.from.WritePLI(v.track.SSRC())
	}
}

// onRTCP hears the sender's clock.
func (v *remoteVideo) onRTCP(p rtcp.Packet) {
	if r, ok := p.(*rtcp.SenderReport); ok && r.SSRC == uint32(v.track.SSRC()) { // all streams' reports come here
		v.clock.set(r, videoClock)
	}
}

// stop waits for the goroutines; the room must be disconnected.
func (v *remoteVideo) stop() { v.ended.Wait() }
