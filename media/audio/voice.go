package audio

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"foyer/media/opus"
)

// Voice is one remote track on its way to the mixer: jitter buffer, Opus decoder
// with FEC and concealment, stretching, comfort noise, gain. Push is called by one
// goroutine, the mixer renders on another; the rest is safe from any.
//
// Its clock is the speaker's: how many samples were asked for. So packets are late by
// what they are late for, and a speaker that asks for several blocks at once, or
// whose clock drifts from the sender's, needs no other measure.
type Voice struct {
	mixer    *Mixer
	channels int           // 1 or 2; samples are interleaved
	gain     atomic.Uint32 // float32 bits
	strip    strip         // the mixer's
	floor    atomic.Int64  // the least target delay, in samples
	meter    meter
	stats    voiceCounters

	arrivals arrivals // one writer (Push), one reader (render)
	closed   atomic.Bool
	epoch    time.Time
	push     sync.Mutex // Push against Push

	// The speaker's thread's. A frame is one sample of each channel.
	lastGain  float32
	now       int64 // frames rendered
	jitter    JitterBuffer
	delay     DelayEstimator
	red       RED
	stretcher stretcher
	noise     comfort
	ssrc      uint32
	former    uint32 // the stream before; what still comes of it is left out
	formerMax int    // packets, for so many
	dec       *opus.Decoder
	pcm       []float32
	old       [2 * mergeFade]float32
	hiss      [2 * BlockSamples]float32
	due       []float32 // decoded, not yet played
	end       int64     // timestamp behind due
	packetLen int       // frames in a packet, as last seen
	state     playState
	paused    bool                         // the last packet said that nothing follows for a while
	seam      bool                         // what comes next does not follow what was decoded last
	made      int                          // frames made up in a row
	doubtful  int64                        // of them, those that are a pause or made up: the next packet tells
	rested    int64                        // when stretching may go on
	breath    int64                        // and when in a hurry
	decoded   func(ssrc uint32, seq int64) // tests look on; nil otherwise
}

type playState int

const (
	idle    playState = iota // nothing has come, or nothing for so long that it is silent
	playing                  // what came, or concealed within it
	starved                  // nothing has come in time: concealed
)

const (
	// concealMax is how much is made up in a row before it turns into comfort noise:
	// nobody can know what is said after that.
	concealMax = 100 * millisecond
	// shrinkOver is how far above its target the delay may be, and growTo how far it may
	// be made so: a sample below it is a gap at the next late packet.
	shrinkOver = 7 * millisecond
	growTo     = 5 * millisecond
	// hurryOver is from when on shrinking may be heard a little: sound that comes so
	// late is worse.
	hurryOver = 60 * millisecond
	// desperateOver is from when on it may be heard.
	desperateOver = 300 * millisecond
	// hurryBreath is how much is played for what is cut then: speech is at most 1.4 times
	// as fast, and understood.
	hurryBreath = 5 / 2.0
	// stretchEvery is how far apart cuts are otherwise.
	stretchEvery = 60 * millisecond
	// formerPackets is for how many packets of a new stream those of the old one are
	// taken for stragglers.
	formerPackets = 100
)

// voiceCounters are written by the speaker's thread.
type voiceCounters struct {
	received, lost, discarded        atomic.Uint64
	fec, fecReceived, fecUsed        atomic.Uint64
	concealed, silent, events, total atomic.Uint64
	removed, inserted                atomic.Uint64
	waited, wanted, least, emitted   atomic.Uint64 // the first three in frames times frames
	target, current                  atomic.Int64  // frames
	overrun                          atomic.Uint64 // packets; Push's
	playing                          atomic.Uint64 // timestamp<<32 | milliseconds since the epoch
}

// VoiceStats counts since the voice began; names follow RTCInboundRtpStreamStats
// (webrtc-stats). Samples are per channel. The jitter buffer's three delays are summed
// over the samples that left it: divide them by JitterBufferEmittedCount.
type VoiceStats struct {
	PacketsReceived  uint64
	PacketsLost      uint64 // and not come since, either
	PacketsDiscarded uint64 // came too late or twice

	FECPacketsReceived  uint64 // packets that came with a later one, in-band or as redundancy
	FECPacketsDiscarded uint64 // of those, the ones that were not needed
	FECUsed             uint64 // packets rebuilt from in-band FEC

	TotalSamplesReceived           uint64 // played since the first packet, concealed or not
	ConcealedSamples               uint64
	SilentConcealedSamples         uint64 // of those, the ones that are comfort noise
	ConcealmentEvents              uint64
	RemovedSamplesForAcceleration  uint64
	InsertedSamplesForDeceleration uint64

	JitterBufferDelay        time.Duration
	JitterBufferTargetDelay  time.Duration
	JitterBufferMinimumDelay time.Duration // the network's share of the target: without SetMinimumDelay
	JitterBufferEmittedCount uint64

	TargetDelay, CurrentDelay time.Duration // of the jitter buffer, now
}

func newVoice(m *Mixer, channels int) (*Voice, error) {
	dec, err := opus.NewDecoder(channels)
	if err != nil {
		return nil, fmt.Errorf("open Opus decoder: %w", err)
	}
	v := &Voice{mixer: m, channels: channels, pcm: make([]float32, channels*(maxPacket+stretchable+maxLag)), dec: dec,
		epoch: time.Now(), packetLen: packetSamples, lastGain: 1, stretcher: stretcher{channels: channels}}
	v.jitter.Reserve()
	v.SetVolume(1)
	return v, nil
}

// Push takes a packet of Opus as it arrives, in any order. It keeps a copy of the
// payload; what does not fit is dropped and will be concealed.
func (v *Voice) Push(p *rtp.Packet) { v.put(p, false) }

// PushRED is Push for a packet of redundant audio (RFC 2198).
func (v *Voice) PushRED(p *rtp.Packet) { v.put(p, true) }

func (v *Voice) put(p *rtp.Packet, red bool) {
	if p == nil || len(p.Payload) == 0 || v.closed.Load() {
		return
	}
	v.push.Lock()
	defer v.push.Unlock()
	if !v.arrivals.put(arrival{seq: p.SequenceNumber, ts: p.Timestamp, ssrc: p.SSRC, red: red}, p.Payload) {
		v.stats.overrun.Add(1)
	}
}

// SetMinimumDelay sets the least that sound is held back in the jitter buffer, 0 to
// 500 ms, e.g. while the pictures that go with it come later (playoutDelayHint).
func (v *Voice) SetMinimumDelay(d time.Duration) {
	d = min(max(d, 0), 500*time.Millisecond)
	v.floor.Store(int64(d * SampleRate / time.Second))
}

// SetVolume sets the gain, 0 (silent) to 2.
func (v *Voice) SetVolume(gain float64) {
	v.gain.Store(math.Float32bits(float32(min(max(gain, 0), 2))))
}

// Level is what is heard of this voice now, 0 to 1, perceptually scaled.
func (v *Voice) Level() float64 { return v.meter.level() }

// Playing returns the RTP timestamp of what was rendered last and when that was;
// ok is false while the voice is silent. For lip sync.
func (v *Voice) Playing() (timestamp uint32, at time.Time, ok bool) {
	p := v.stats.playing.Load()
	if p == 0 {
		return 0, time.Time{}, false
	}
	return uint32(p >> 32), v.epoch.Add(time.Duration(uint32(p)) * time.Millisecond), true
}

// Stats returns counters under WebRTC's names.
func (v *Voice) Stats() VoiceStats {
	s := &v.stats
	return VoiceStats{
		PacketsReceived: s.received.Load(), PacketsLost: s.lost.Load(), PacketsDiscarded: s.discarded.Load() + s.overrun.Load(),
		FECPacketsReceived: s.fecReceived.Load(), FECPacketsDiscarded: s.fecReceived.Load() - min(s.fecUsed.Load(), s.fecReceived.Load()),
		FECUsed: s.fec.Load(), TotalSamplesReceived: s.total.Load(),
		ConcealedSamples: s.concealed.Load(), SilentConcealedSamples: s.silent.Load(), ConcealmentEvents: s.events.Load(),
		RemovedSamplesForAcceleration: s.removed.Load(), InsertedSamplesForDeceleration: s.inserted.Load(),
		JitterBufferDelay: sampleTime(s.waited.Load()), JitterBufferTargetDelay: sampleTime(s.wanted.Load()),
		JitterBufferMinimumDelay: sampleTime(s.least.Load()), JitterBufferEmittedCount: s.emitted.Load(),
		TargetDelay: sampleTime(uint64(s.target.Load())), CurrentDelay: sampleTime(uint64(max(s.current.Load(), 0))),
	}
}

// sampleTime is how long samples at 48 kHz last.
func sampleTime(n uint64) time.Duration {
	return time.Duration(n/SampleRate)*time.Second + time.Duration(n%SampleRate)*time.Second/SampleRate
}

// Close takes the voice out of the mix. Idempotent.
func (v *Voice) Close() {
	if !v.closed.Swap(true) {
		v.mixer.remove(v)
	}
}

// take moves what has arrived into the jitter buffer.
func (v *Voice) take() {
	for a := v.arrivals.next(); a != nil; a = v.arrivals.next() {
		v.accept(a)
		v.arrivals.done(a)
	}
	v.stats.received.Store(v.jitter.Received)
	v.stats.lost.Store(v.jitter.Lost + v.jitter.Recovered)
	v.stats.discarded.Store(v.jitter.Discarded)
	v.stats.fecUsed.Store(v.jitter.Recovered + v.stats.fec.Load())
}

func (v *Voice) accept(a *arrival) {
	if v.jitter.started && a.ssrc != v.ssrc {
		if a.ssrc == v.former && v.formerMax > 0 {
			v.jitter.Received++
			v.jitter.Discarded++
			return
		}
		v.former, v.formerMax = v.ssrc, formerPackets
		v.restart()
	} else if v.jitter.Far(a.seq) {
		v.restart()
	}
	v.ssrc = a.ssrc
	v.formerMax = max(v.formerMax-1, 0)
	if !a.red {
		v.store(a.seq, a.ts, a.payload, false)
		return
	}
	blocks, err := v.red.Parse(a.payload)
	if err != nil {
		v.jitter.Received++
		v.jitter.Discarded++
		return
	}
	last := len(blocks) - 1
	if v.jitter.started { // else it begins with this one
		for i, b := range blocks[:last] {
			if len(b.Payload) == 0 {
				continue
			}
			v.stats.fecReceived.Add(1)
			v.store(a.seq-uint16(last-i), a.ts-b.Offset, b.Payload, true)
		}
	}
	v.store(a.seq, a.ts, blocks[last].Payload, false)
}

// restart begins with another stream; what was decoded is still played.
func (v *Voice) restart() {
	v.jitter.Reset()
	v.delay = DelayEstimator{}
	v.state, v.seam = idle, true
}

// store puts one packet into the jitter buffer and its arrival into the estimate. A
// packet that came in or with another one, when it had been lost, was as late as that:
// so sound is held back for redundancy where much of it is needed.
func (v *Voice) store(seq uint16, timestamp uint32, payload []byte, redundant bool) {
	nothing := v.jitter.count == 0
	ts, ok := v.jitter.put(seq, timestamp, payload, redundant, v.now)
	if !ok {
		return
	}
	if v.delay.count == 0 {
		v.delay.Add(v.now, ts)
		return
	}
	if v.state == idle && nothing && v.delay.Late(v.now, ts) > concealMax {
		v.delay.Restart(v.now, ts)
		return
	}
	if !redundant && opusFEC(payload) {
		v.stats.fecReceived.Add(1)
		if n := v.jitter.newest; n > v.jitter.next && uint16(n) == seq && !v.jitter.ring[(n-1)%slots].full {
			v.delay.AddRecovered(v.now, ts-int64(opusSamples(payload)))
		}
	}
	if redundant {
		v.delay.AddRecovered(v.now, ts)
		return
	}
	v.delay.Add(v.now, ts)
}

// target is how much sound is to be held back, in frames.
func (v *Voice) target() int { return max(v.delay.Target(), int(v.floor.Load())) }

// render fills one block of BlockSamples in each channel, on the speaker's thread.
func (v *Voice) render(block []float32) {
	v.take()
	for n := 0; n < len(block); {
		if len(v.due) == 0 {
			v.next(v.now + int64(n/v.channels))
		}
		c := copy(block[n:], v.due)
		v.due = v.due[c:]
		n += c
	}
	v.now += int64(len(block) / v.channels)
	v.stats.target.Store(int64(v.target()))
	v.stats.current.Store(int64(len(v.due)/v.channels + v.jitter.Samples()))
	if v.jitter.started {
		v.stats.total.Add(uint64(len(block) / v.channels))
	}
	if v.state == playing {
		now := uint64(time.Since(v.epoch)/time.Millisecond) & 0xffffffff
		v.stats.playing.Store(uint64(uint32(v.end-int64(len(v.due)/v.channels)))<<32 | max(now, 1))
	} else {
		v.stats.playing.Store(0)
	}
	gain := math.Float32frombits(v.gain.Load())
	from, step := v.lastGain, (gain-v.lastGain)/float32(len(block))
	for i := range block {
		from += step // ramped: no click
		block[i] *= from
	}
	v.lastGain = gain
	v.meter.add(rms(block))
}

// next makes some sound, real or not, that is played at the given time.
func (v *Voice) next(at int64) {
	for {
		p := v.jitter.first()
		if p == nil {
			v.starve()
			return
		}
		missing := p.seq - v.jitter.next
		if missing > 0 && v.state == playing {
			if v.conceal(p, int(missing), at) {
				return
			}
			continue
		}
		v.jitter.SkipToFirst() // nobody waits for what was lost in a pause
		// Senders count a sample more now and then; a pause is longer.
		follows := v.state == playing && (p.time < v.end+5*millisecond || v.made > 0)
		if !follows && v.delay.Late(at, p.time) < int64(v.target()) {
			v.pause() // its time has not come
			return
		}
		if v.decode(p, at) {
			return
		}
	}
}

// decode makes the sound of the packet that is due; false where it is damaged.
func (v *Voice) decode(p *packet, at int64) bool {
	c := v.channels
	joins := v.state != playing || v.seam
	search := 0
	if joins {
		if v.state == idle {
			v.noise.fill(v.old[:c*mergeFade], c, true)
		} else {
			v.plc(v.old[:c*mergeFade])
			search = maxLag
		}
	}
	begin := p.time
	if v.doubtful > 0 {
		// A pause if the sender's clock went on as long, else it was made up.
		if begin-v.end < v.doubtful/2 {
			v.stats.concealed.Add(uint64(v.doubtful))
			v.stats.silent.Add(uint64(v.doubtful))
		}
		v.doubtful = 0
	}
	x := v.unpack(v.pcm[:0], p, at)
	if len(x) == 0 {
		return false
	}
	// Short packets are stretched in pairs.
	for len(x) < c*stretchable {
		q := v.jitter.due()
		if q == nil || q.time != v.end || v.settledAt(begin, at) {
			break
		}
		y := v.unpack(x, q, at)
		if len(y) == len(x) {
			break
		}
		x = y
	}
	if joins {
		n := len(x)
		x = v.stretcher.join(v.old[:c*mergeFade], x, search)
		v.stats.removed.Add(uint64((n - len(x)) / c))
	}
	v.state, v.seam, v.made = playing, false, 0
	v.due = v.stretch(x, begin, at)
	return true
}

// unpack decodes the packet that is due behind x.
func (v *Voice) unpack(x []float32, p *packet, at int64) []float32 {
	behind, seen := p.time, p.seen
	payload := v.jitter.take(p)
	if v.decoded != nil {
		v.decoded(v.ssrc, p.seq)
	}
	from, c := len(x), v.channels
	room := v.pcm[from : from+c*maxPacket : from+c*maxPacket]
	if from+c*maxPacket > c*(maxPacket+stretchable) {
		return x
	}
	n, err := v.dec.Decode(payload, room)
	if err != nil || n <= 0 {
		v.end = behind + int64(p.samples)
		return x // as good as none
	}
	v.packetLen = n
	v.end = behind + int64(n)
	v.paused = opusPause(payload)
	x = v.pcm[:from+c*n]
	v.noise.hear(x[from:], c)
	v.noise.restart()
	s := &v.stats
	s.emitted.Add(uint64(n))
	s.waited.Add(uint64(n) * uint64(max(at+int64(from/c)-seen, 0)+BlockSamples/2)) // it came half a block before, on average
	s.wanted.Add(uint64(n) * uint64(v.target()))
	s.least.Add(uint64(n) * uint64(v.delay.Target()))
	return x
}

// plc lets the decoder go on by itself.
func (v *Voice) plc(x []float32) {
	if v.dec.Conceal(x[:len(x):len(x)]) != nil {
		clear(x)
	}
}

// conceal makes the sound of a packet that has not come while a later one is there;
// false where none is needed, for there is too much of it anyway.
func (v *Voice) conceal(after *packet, missing int, at int64) bool {
	n := v.packetLen
	if each := (after.time - v.end) / int64(missing); each > 0 && each <= maxPacket {
		n = max(int(each)/120*120, 120) // what Opus can make
	}
	c := v.channels
	x := v.pcm[: c*n : c*n]
	if missing == 1 && opusFEC(v.jitter.bytes[after.buffer][:after.n]) {
		v.jitter.Skip()
		if v.dec.DecodeFEC(v.jitter.bytes[after.buffer][:after.n], x) == nil {
			begin := v.end
			v.stats.fec.Add(1)
			v.end += int64(n)
			v.made = 0
			v.due = v.stretch(v.pcm[:c*n], begin, at)
			return true
		}
	} else {
		v.jitter.Skip()
	}
	excess := v.delay.Late(at, v.end) - int64(v.target())
	v.end += int64(n)
	if excess > int64(n+shrinkOver) && v.jitter.Samples() > v.target() {
		v.seam = true
		return false
	}
	v.plc(x)
	v.madeUp(n)
	v.due = x
	return true
}

// madeUp counts what was concealed.
func (v *Voice) madeUp(n int) {
	if v.made == 0 {
		v.stats.events.Add(1)
	}
	if v.made >= concealMax {
		v.stats.silent.Add(uint64(n))
	}
	v.made += n
	v.stats.concealed.Add(uint64(n))
}

// starve makes a block where nothing is there to be played.
func (v *Voice) starve() {
	c := v.channels
	x := v.pcm[: c*BlockSamples : c*BlockSamples]
	v.due = x
	switch {
	case v.state == idle:
		v.noise.fill(x, c, true)
		v.doubtful += BlockSamples
	case v.paused:
		v.pause()
	case v.made < concealMax:
		v.plc(x)
		v.madeUp(BlockSamples)
		v.state = starved
	default:
		v.plc(x)
		v.toNoise(x)
		v.doubtful += BlockSamples
		v.state = idle
	}
}

// pause makes a block of what is heard while nobody speaks.
func (v *Voice) pause() {
	c := v.channels
	x := v.pcm[: c*BlockSamples : c*BlockSamples]
	v.due = x
	if v.state == idle {
		v.noise.fill(x, c, true)
		return
	}
	v.plc(x)
	v.toNoise(x)
	v.state, v.doubtful = idle, 0
}

// toNoise fades x into comfort noise.
func (v *Voice) toNoise(x []float32) {
	hiss := v.hiss[:len(x)]
	v.noise.fill(hiss, v.channels, true)
	for i := range x {
		w := float32(i) / float32(len(x))
		x[i] = x[i]*(1-w) + hiss[i]*w
	}
}

// settledAt says that sound that begins with a timestamp is due at its time.
func (v *Voice) settledAt(begin, at int64) bool {
	excess := v.delay.Late(at, begin) - int64(v.target())
	return excess <= shrinkOver && excess >= 0
}

// stretch makes sound shorter or longer by pitch periods where it is held back more
// or less than the target. begin is its timestamp, at when it is played.
func (v *Voice) stretch(x []float32, begin, at int64) []float32 {
	excess := int(v.delay.Late(at, begin)) - v.target()
	hurry := excess > hurryOver
	if v.settledAt(begin, at) || at < v.rested && (!hurry || at < v.breath) {
		return x
	}
	c := v.channels
	before := len(x)
	if excess < 0 {
		if len(x) < c*stretchable {
			return x
		}
		if lag, ok := v.stretcher.lag(x, -excess+growTo, 0.8, false); ok {
			x = v.stretcher.decelerate(x, lag)
			v.stats.inserted.Add(uint64(lag))
		}
	} else {
		least := float32(0.8)
		switch {
		case excess > desperateOver:
			least = 0.3
		case hurry:
			least = 0.5
		}
		for from := 0; len(x)-from >= c*stretchable && excess > shrinkOver; from += c * stretchable / 2 {
			// Never so far that what is there does not cover the target.
			spare := v.jitter.Samples() + len(x)/c - v.target()
			lag, ok := v.stretcher.lag(x[from:], min(excess, spare), least, hurry)
			if !ok {
				continue
			}
			x = x[:from+len(v.stretcher.accelerate(x[from:], lag))]
			excess -= lag
			v.stats.removed.Add(uint64(lag))
			if !hurry {
				break
			}
		}
	}
	if cut := max(before-len(x), len(x)-before) / c; cut > 0 {
		v.rested, v.breath = at+stretchEvery, at+int64(hurryBreath*float64(cut))
	}
	return x
}
