package audio

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"gopkg.in/hraban/opus.v2"
)

// Voice is one remote track on its way to the mixer: jitter buffer, Opus
// decoder with FEC and concealment, gain. Push is called by one goroutine, the
// mixer renders on another; the rest is safe from any.
type Voice struct {
	mixer    *Mixer
	channels int           // 1 or 2; samples are interleaved
	gain     atomic.Uint32 // float32 bits
	strip    strip         // the mixer's
	meter    meter
	stats    voiceCounters

	// Arrivals: one writer (Push), one reader (render).
	arrivals          [64]arrival
	arrRead, arrWrite atomic.Uint64
	closed            atomic.Bool
	epoch             time.Time
	push              sync.Mutex // Push against Push
	lastGain          float32
	jitter            JitterBuffer
	delay             DelayEstimator
	ssrc              uint32
	dec               *opus.Decoder
	pcm               []float32 // maxPacket + maxLag of each channel
	due               []float32 // decoded, not yet played
	end               int64     // timestamp behind due
	packetLen         int       // samples in a packet, as last seen
	concealed         int       // packets concealed in a row
	state             playState
	filtered          float64 // samples buffered, smoothed
	sinceStretch      int     // packets
}

// arrival is one packet on its way from Push to the speaker's thread.
type arrival struct {
	seq     uint16
	ts      uint32
	ssrc    uint32
	at      time.Duration
	len     int
	payload [1280]byte
}

type playState int

const (
	filling playState = iota // nothing is played until the target delay is there
	playing
)

// concealMax is how many packets in a row are concealed before silence: the
// sender has muted, or is gone.
const concealMax = 5

// voiceCounters are written by the speaker's thread.
type voiceCounters struct {
	received, lost, discarded, fec      atomic.Uint64
	concealed, total, removed, inserted atomic.Uint64
	target, current                     atomic.Int64  // nanoseconds
	playing                             atomic.Uint64 // timestamp<<32 | milliseconds since the epoch
}

// VoiceStats counts since the voice began; names follow RTCInboundRtpStreamStats
// (webrtc-stats).
type VoiceStats struct {
	PacketsReceived, PacketsLost, PacketsDiscarded uint64
	FECUsed                                        uint64        // packets rebuilt from in-band FEC
	ConcealedSamples, TotalSamples                 uint64        // per channel
	RemovedSamplesForAcceleration                  uint64        // per channel
	InsertedSamplesForDeceleration                 uint64        // per channel
	TargetDelay, CurrentDelay                      time.Duration // of the jitter buffer
}

func newVoice(m *Mixer, channels int) (*Voice, error) {
	dec, err := opus.NewDecoder(SampleRate, channels)
	if err != nil {
		return nil, fmt.Errorf("open Opus decoder: %w", err)
	}
	v := &Voice{mixer: m, channels: channels, pcm: make([]float32, channels*(maxPacket+maxLag)), dec: dec,
		epoch: time.Now(), packetLen: packetSamples, lastGain: 1}
	v.jitter.Reserve()
	v.SetVolume(1)
	return v, nil
}

// Push takes a packet as it arrives, in any order. It keeps a copy of the
// payload; what does not fit is dropped and will be concealed.
func (v *Voice) Push(p *rtp.Packet, arrived time.Time) {
	if p == nil || len(p.Payload) == 0 || v.closed.Load() {
		return
	}
	v.push.Lock()
	defer v.push.Unlock()
	w := v.arrWrite.Load()
	if w-v.arrRead.Load() >= uint64(len(v.arrivals)) || len(p.Payload) > len(v.arrivals[0].payload) {
		v.stats.discarded.Add(1)
		return
	}
	a := &v.arrivals[w%uint64(len(v.arrivals))]
	a.seq, a.ts, a.ssrc, a.at = p.SequenceNumber, p.Timestamp, p.SSRC, arrived.Sub(v.epoch)
	a.len = copy(a.payload[:], p.Payload)
	v.arrWrite.Store(w + 1)
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
		PacketsReceived: s.received.Load(), PacketsLost: s.lost.Load(), PacketsDiscarded: s.discarded.Load(),
		FECUsed: s.fec.Load(), ConcealedSamples: s.concealed.Load(), TotalSamples: s.total.Load(),
		RemovedSamplesForAcceleration: s.removed.Load(), InsertedSamplesForDeceleration: s.inserted.Load(),
		TargetDelay: time.Duration(s.target.Load()), CurrentDelay: time.Duration(s.current.Load()),
	}
}

// Close takes the voice out of the mix. Idempotent.
func (v *Voice) Close() {
	if !v.closed.Swap(true) {
		v.mixer.remove(v)
	}
}

// take moves what has arrived into the jitter buffer.
func (v *Voice) take() {
	for v.arrRead.Load() != v.arrWrite.Load() {
		a := &v.arrivals[v.arrRead.Load()%uint64(len(v.arrivals))]
		if a.ssrc != v.ssrc || v.jitter.Far(a.seq) {
			v.ssrc = a.ssrc
			v.jitter.Reset()
			v.delay = DelayEstimator{}
			v.state = filling
		}
		if v.jitter.Put(a.seq, a.ts, a.payload[:a.len]) {
			v.delay.Add(a.at, mediaTime(v.jitter.lastTS))
		}
		v.arrRead.Store(v.arrRead.Load() + 1)
	}
	v.stats.received.Store(v.jitter.Received)
	v.stats.lost.Store(v.jitter.Lost)
}

// buffered is how many samples could be played before the buffer runs dry.
func (v *Voice) buffered() int { return len(v.due)/v.channels + v.jitter.Span()*v.packetLen }

// render fills one block of BlockSamples in each channel, on the speaker's thread.
func (v *Voice) render(block []float32) {
	v.take()
	target := int(v.delay.Target() * SampleRate / time.Second)
	v.stats.target.Store(int64(v.delay.Target()))
	v.stats.current.Store(int64(time.Duration(v.buffered()) * time.Second / SampleRate))
	if v.state == filling {
		// After a pause nobody waits for what was lost in it.
		v.jitter.SkipToFirst()
		if v.jitter.Waiting() == 0 || v.buffered() < target {
			clear(block)
			v.meter.add(0)
			return
		}
		v.state, v.concealed, v.filtered = playing, 0, float64(v.buffered())
	}
	v.filtered += (float64(v.buffered()) - v.filtered) / 16
	n := 0
	for n < len(block) {
		if len(v.due) == 0 && !v.decode(target) {
			clear(block[n:])
			break
		}
		c := copy(block[n:], v.due)
		v.due = v.due[c:]
		n += c
	}
	v.stats.total.Add(uint64(len(block) / v.channels))
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

// decode makes the next packet's samples, real or invented. It says false when
// the voice has fallen silent.
func (v *Voice) decode(target int) bool {
	if payload, ok := v.jitter.Take(); ok {
		n, err := v.dec.DecodeFloat32(payload, v.pcm[:v.channels*maxPacket])
		if err == nil && n > 0 {
			v.packetLen, v.concealed = n, 0
			v.end = v.jitter.taken + int64(n)
			v.due = v.pcm[:v.channels*n]
			if v.channels == 1 {
				v.due = v.stretch(v.due, target)
			}
			return true
		}
		// A damaged packet is as good as none.
	} else if v.jitter.Waiting() > 0 {
		if after, ok := v.jitter.After(); ok {
			v.jitter.Skip()
			if v.dec.DecodeFECFloat32(after, v.pcm[:v.channels*v.packetLen]) == nil {
				v.stats.fec.Add(1)
				v.end += int64(v.packetLen)
				v.due = v.pcm[:v.channels*v.packetLen]
				return true
			}
		} else {
			v.jitter.Skip()
		}
	} else if v.concealed >= concealMax {
		// Nothing more has come: wait for enough to play on.
		v.state = filling
		return false
	}
	v.concealed++
	v.due = v.pcm[:v.channels*v.packetLen]
	if v.dec.DecodePLCFloat32(v.due) != nil {
		clear(v.due)
	}
	v.stats.concealed.Add(uint64(v.packetLen))
	v.end += int64(v.packetLen)
	return true
}

// stretch makes a packet shorter or longer by one pitch period where the buffer
// holds clearly more or less than its target.
func (v *Voice) stretch(x []float32, target int) []float32 {
	v.sinceStretch++
	if len(x) < maxLag+lagMatch || v.sinceStretch < 3 {
		return x
	}
	before := len(x)
	switch {
	case v.filtered > float64(target+target/4+v.packetLen):
		x = accelerate(x)
		v.stats.removed.Add(uint64(before - len(x)))
	case v.filtered < float64(target)*0.5:
		x = decelerate(v.pcm[:len(x)])
		v.stats.inserted.Add(uint64(len(x) - before))
	}
	if len(x) != before {
		v.sinceStretch = 0
		v.filtered += float64(len(x) - before)
	}
	return x
}
