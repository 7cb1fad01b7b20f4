package call

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"foyer/media/codec"
	"foyer/media/packet"
	"foyer/media/video"
)

const (
	rtpMTU       = 1200
	videoClock   = 90_000
	keyRequestIn = 200 * time.Millisecond // requests within that are one

	// A still picture is sent again some times: each repeat sharpens it, and then
	// costs nearly nothing.
	repeatEvery = 100 * time.Millisecond
	repeats     = 15

	// stillAfter is how long no frame must come before the last one is taken for
	// whoever asks for a key frame.
	stillAfter = 100 * time.Millisecond

	// A screen's first picture is large and waits until somebody asks for it, at most
	// so long: sent before, it would reach nobody and hold up the one that does.
	firstWithin = 500 * time.Millisecond
	// firstHurry is how much faster than others a screen's key frames go out while
	// packets wait nowhere.
	firstHurry = 2
)

// layer is one encoding of a source on its way out.
type layer struct {
	video.Layer
	k       *Call
	codec   codec.Name
	content codec.Content
	track   *lksdk.LocalTrack
	probe   *wantedProbe

	next    chan offered  // capacity 1
	asked   chan struct{} // capacity 1: a key frame is wanted
	bound   chan struct{} // capacity 1: the track can be written to
	quit    chan struct{}
	encodes sync.WaitGroup

	rate     atomic.Int64 // bits per second
	key      atomic.Bool
	resting  atomic.Bool
	bytes    atomic.Uint64
	packets  atomic.Uint64
	frames   atomic.Uint64
	busy     atomic.Int64 // nanoseconds spent encoding
	requests atomic.Uint64
	padding  atomic.Int64 // packets to send behind the next picture
	by       atomic.Pointer[implementation]

	// Of the encoding goroutine.
	enc       codec.Encoder
	sealer    *sealer
	packer    rtp.Packetizer
	pool      video.Pool
	waiting   *sync.WaitGroup
	last      *video.Frame // of a screen: to be sent again
	repeat    int          // how often it still is
	lastPTS   time.Time
	lastKey   time.Time
	ts        uint32
	begun     time.Time
	writable  bool // as bound tells
	announced bool // of a screen
	hurry     bool // this picture's packets
	debt      debt
	pace      pace
	layered   *layered // several sizes in one; nil where there is one
}

// implementation is what an encoder or decoder says of itself.
type implementation struct {
	name     string
	hardware bool
}

func implementationOf(c interface{ Implementation() (string, bool) }) *implementation {
	name, hardware := c.Implementation()
	return &implementation{name, hardware}
}

func newLayer(k *Call, n codec.Name, content codec.Content, l video.Layer) (*layer, error) {
	y := &layer{Layer: l, k: k, codec: n, content: content, ts: rand.Uint32(), next: make(chan offered, 1), asked: make(chan struct{}, 1), bound: make(chan struct{}, 1), probe: newWantedProbe()}
	y.rate.Store(int64(l.BitRate))
	y.resting.Store(true)
	var err error
	if y.sealer, err = k.newSealerFor(string(n)); err != nil {
		return nil, err
	}
	payloader, err := packet.Payloader(n)
	if err != nil {
		return nil, err
	}
	y.packer = rtp.NewPacketizer(rtpMTU, 0, 0, payloader, rtp.NewRandomSequencer(), videoClock)
	return y, nil
}

// newTrack makes the layer's track, not published yet.
func (l *layer) newTrack(options ...lksdk.LocalTrackOptions) error {
	capability, err := packet.Capability(l.codec)
	if err != nil {
		return err
	}
	if l.track, err = lksdk.NewLocalTrack(capability, append(options, lksdk.WithRTCPHandler(l.onRTCP))...); err != nil {
		return err
	}
	l.track.OnBind(func() {
		select {
		case l.bound <- struct{}{}:
		default:
		}
	})
	return l.track.StartWrite(l.probe, nil)
}

// start begins to encode what offer brings, with a key frame.
func (l *layer) start() {
	l.key.Store(true)
	l.quit = make(chan struct{})
	l.encodes.Add(1)
	go l.run(l.quit)
}

// stop ends it and waits.
func (l *layer) stop() {
	close(l.quit)
	l.encodes.Wait()
	l.resting.Store(true)
}

// offer gives a frame; the layers of a source must all be done with the one before.
// Else one could be ahead of another, and whoever is switched between them would see
// time run backwards. One goroutine.
func (l *layer) offer(f *video.Frame, encoding *sync.WaitGroup) {
	f.Retain()
	encoding.Add(1)
	l.next <- offered{f, encoding}
}

// offered is a frame that somebody waits for to be encoded.
type offered struct {
	*video.Frame
	encoding *sync.WaitGroup
}

// withdraw takes a frame back that the layer has no time for: it is still sending
// the packets of one before.
func (l *layer) withdraw() {
	select {
	case o := <-l.next:
		o.Release()
		o.encoding.Done()
	default:
	}
}

// encoded lets the source go on. It is called once or more for each offer.
func (l *layer) encoded() {
	if l.waiting != nil {
		l.waiting.Done()
		l.waiting = nil
	}
}

// rest lets the layer pause until the next offer.
func (l *layer) rest() {
	l.resting.Store(true)
	l.key.Store(true) // whoever comes back needs a whole picture
}

func (l *layer) run(quit chan struct{}) {
	defer l.encodes.Done()
	defer l.release()
	l.begun = time.Now()
	still := time.NewTimer(time.Hour)
	defer still.Stop()
	for {
		select {
		case <-quit:
			return
		case o := <-l.next:
			f := o.Frame
			l.waiting = o.encoding
			switch {
			case l.resting.Load():
			case l.holdsBack():
				l.announce(f, quit)
				_ = l.open(f) // tried again for the picture that is sent
			default:
				l.encode(f, quit)
			}
			l.encoded()
			if l.content == codec.Detail {
				if l.last != nil {
					l.last.Release()
				}
				l.last, l.repeat = f, repeats
				still.Reset(repeatEvery)
			} else {
				f.Release()
			}
		case <-l.asked:
			if l.last != nil && l.key.Load() {
				l.repeat = repeats
				if l.frames.Load() == 0 { // it is being waited for
					still.Reset(0)
				} else {
					still.Reset(stillAfter) // a new frame may be there before that
				}
			}
		case <-l.bound:
			l.writable = true
			if l.last != nil {
				l.announce(l.last, quit)
			}
		case <-still.C:
			if l.last == nil || l.repeat <= 0 {
				continue
			}
			if l.holdsBack() || l.k.bits.holds(time.Now()) {
				still.Reset(repeatEvery)
				continue
			}
			l.repeat--
			if l.probe.wanted() { // nothing new may come that would tell
				l.resting.Store(false)
				again := l.last.At(time.Now())
				l.encode(&again, quit)
			}
			still.Reset(repeatEvery)
		}
	}
}

// holdsBack says that a screen's first picture is not sent yet.
func (l *layer) holdsBack() bool {
	return l.content == codec.Detail && l.frames.Load() == 0 && l.requests.Load() == 0 && time.Since(l.begun) < firstWithin
}

// How a screen is announced: its longest side in pixels, and how well.
const (
	announcedSide = 320
	announcedRate = 300_000 // bits per second
)

// announce sends a screen in small, once: servers offer a track to the others, and
// ask for a key frame, when pictures come, and a large one would still be on its way
// by then.
func (l *layer) announce(f *video.Frame, quit chan struct{}) {
	if !l.writable || l.announced || !l.holdsBack() || !l.probe.wanted() {
		return
	}
	l.announced = true
	w, h := shrink(f.Width, f.Height, announcedSide)
	e, err := codec.NewEncoder(l.codec, codec.EncoderConfig{Width: w, Height: h, FrameRate: l.FrameRate, BitRate: announcedRate, Threads: 1})
	if err != nil {
		return // the picture itself follows and tells
	}
	defer e.Close()
	small := l.pool.Get(w, h)
	defer small.Release()
	video.Scale(small, f)
	small.Captured = f.Captured
	if pkt, ok, err := e.Encode(small); err == nil && ok {
		l.stamp(pkt.Captured)
		_ = l.put(pkt.Data, quit) // as above
	}
}

// load is how busy the encoder was so far.
func (l *layer) load() load {
	return load{busy: time.Duration(l.busy.Load())}
}

// release frees what the encoding goroutine has.
func (l *layer) release() {
	l.close()
	if l.last != nil {
		l.last.Release()
		l.last = nil
	}
	l.withdraw()
}

func (l *layer) close() {
	if l.layered != nil {
		l.layered.close()
	}
	if l.enc != nil {
		l.enc.Close()
		l.enc = nil
	}
}

// encode sends one frame. After a failure the encoder is made anew for the next.
func (l *layer) encode(f *video.Frame, quit chan struct{}) {
	began := time.Now()
	if l.k.bits.holds(began) {
		return
	}
	l.pace.paused = 0
	defer func() { l.busy.Add(int64(time.Since(began) - l.pace.paused)) }()
	send := l.send
	if l.layered != nil {
		send = l.sendLayered
	}
	if err := send(f, quit); err != nil {
		l.close()
	}
}

// open makes the encoder for a picture's size where there is none.
func (l *layer) open(f *video.Frame) error {
	if l.content == codec.Detail { // a screen that changes its shape keeps it
		if w, h := shrink(f.Width, f.Height, maxScreen); w != l.Width || h != l.Height {
			l.close()
			l.Width, l.Height = w, h
		}
	}
	if l.enc != nil {
		return nil
	}
	e, err := codec.NewEncoder(l.codec, codec.EncoderConfig{Width: l.Width, Height: l.Height, FrameRate: l.FrameRate, BitRate: int(l.rate.Load()), Content: l.content})
	if err != nil {
		return fmt.Errorf("encode layer %s: %w", l.RID, err)
	}
	l.enc = e
	l.by.Store(implementationOf(e))
	return nil
}

func (l *layer) send(f *video.Frame, quit chan struct{}) error {
	rate := int(l.rate.Load())
	key := l.key.Load() && f.Captured.Sub(l.lastKey) > keyRequestIn
	if l.content == codec.Detail && !key && l.debt.deep(f.Captured, rate) {
		return nil // resolution is kept: the frame rate gives way
	}
	if err := l.open(f); err != nil {
		return err
	}
	w, h := l.Width, l.Height
	from := f
	if f.Width != w || f.Height != h {
		from = l.pool.Get(w, h)
		defer from.Release()
		video.Scale(from, f)
	}
	if key {
		l.key.Store(false)
		if l.frames.Load() > 0 || l.requests.Load() > 0 { // else it goes to nobody yet
			l.lastKey = f.Captured
		}
		l.enc.ForceKeyFrame()
	}
	l.enc.SetBitRate(rate)
	pkt, ok, err := l.enc.Encode(from)
	l.encoded()
	if err != nil || !ok {
		return err
	}
	l.debt.add(len(pkt.Data)*8, pkt.Captured, rate)
	l.stamp(pkt.Captured)
	l.frames.Add(1)
	l.hurry = key && l.content == codec.Detail && l.k.bits.rate() >= startRate && !l.k.bits.crowded.Load()
	if err := l.put(pkt.Data, quit); err != nil {
		return err
	}
	if key && l.content == codec.Detail && !l.resting.Load() {
		l.key.Store(false) // who asked while it was on its way, has it now
	}
	return l.pad(quit)
}

// put sends a picture's packets, or the first of them where quit is closed.
func (l *layer) put(picture []byte, quit chan struct{}) error {
	data, err := l.sealer.seal(picture)
	if err != nil {
		return fmt.Errorf("seal layer %s: %w", l.RID, err)
	}
	for _, q := range l.packer.Packetize(data, 0) {
		q.Timestamp = l.ts
		l.bytes.Add(uint64(len(q.Payload)))
		l.packets.Add(1)
		if more, err := l.write(q, quit); err != nil || !more {
			return err
		}
	}
	return nil
}

// stamp moves the RTP timestamp on to a picture's time.
func (l *layer) stamp(captured time.Time) {
	step := uint32(videoClock / l.FrameRate)
	if !l.lastPTS.IsZero() {
		step = uint32(max(int64(captured.Sub(l.lastPTS))*9/100_000, 1))
	}
	l.lastPTS = captured
	l.ts += step
}

// write sends a packet and paces the next; more is false when quit was closed.
func (l *layer) write(p *rtp.Packet, quit chan struct{}) (more bool, err error) {
	if err := l.track.WriteRTP(p, nil); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return false, fmt.Errorf("send layer %s: %w", l.RID, err)
	}
	rate, burst := l.k.bits.pace()
	if l.hurry {
		rate *= firstHurry
	}
	return l.pace.wait(p.MarshalSize(), rate, burst, quit), nil
}

// padded is RTP's longest padding, in the payload's place so that it is counted.
var padded = append(make([]byte, 254), 255)

// pad sends the packets of padding that are asked for. Servers do not pass them on.
func (l *layer) pad(quit chan struct{}) error {
	n := l.padding.Swap(0)
	if n == 0 {
		return nil
	}
	for _, q := range l.packer.GeneratePadding(uint32(n)) {
		q.Timestamp, q.Header.PaddingSize, q.Payload = l.ts, 0, padded
		if more, err := l.write(q, quit); err != nil || !more {
			return err
		}
	}
	return nil
}

// onRTCP hears what receivers ask for.
func (l *layer) onRTCP(p rtcp.Packet) {
	switch p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		l.requests.Add(1)
		l.key.Store(true)
		select {
		case l.asked <- struct{}{}:
		default:
		}
	}
}
