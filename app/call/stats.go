package call

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"foyer/media/audio"
)

// Stats is a report on the connection and each track.
type Stats struct {
	At        time.Time     `json:"at"`
	RTT       time.Duration `json:"rttNs"`     // to the server and back; 0 until it is known
	Available float64       `json:"available"` // what the network takes from us, estimated, in bits per second
	Tracks    []TrackStats  `json:"tracks"`
}

// TrackStats describes one track, sent or received. What does not apply is zero.
type TrackStats struct {
	Identity       string  `json:"identity"` // whose; ours when Sent
	Source         Source  `json:"source"`
	Sent           bool    `json:"sent"`
	Codec          string  `json:"codec"`
	Implementation string  `json:"implementation"` // of the encoder or decoder, such as libvpx
	Hardware       bool    `json:"hardware"`       // it runs on a GPU or the like
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	Frames         uint64  `json:"frames"` // encoded or decoded so far
	FrameRate      float64 `json:"fps"`
	BitRate        float64 `json:"bps"`
	Packets, Lost  uint64
	Jitter         time.Duration `json:"jitterNs"`  // of arrival (RFC 3550, 6.4.1)
	Delay          time.Duration `json:"delayNs"`   // of the jitter buffer
	Latency        time.Duration `json:"latencyNs"` // from the last packet of a picture to showing it, lately
	Freezes        uint64        `json:"freezes"`   // pictures that stood still for long (webrtc-stats, freezeCount)
	FreezeTime     time.Duration `json:"freezeNs"`  // in all
	Level          float64       `json:"level"`
	Redundancy     int           `json:"redundancy"` // earlier packets in each packet of sound (RFC 2198)
	KeyRequests    uint64        `json:"keyRequests"`
	Layers         int           `json:"layers"`          // sizes being encoded now
	Concealed      time.Duration `json:"concealedNs"`     // sound made up for what had not come, so far
	Voice          *VoiceStats   `json:"voice,omitempty"` // of a sound that is received
}

// VoiceStats is how the jitter buffer of a sound that is received does, counted since
// it began; names follow RTCInboundRtpStreamStats (webrtc-stats). Samples are per
// channel; delays are sums in seconds, to be divided by JitterBufferEmittedCount.
type VoiceStats struct {
	JitterBufferDelay              float64 `json:"jitterBufferDelay"`
	JitterBufferTargetDelay        float64 `json:"jitterBufferTargetDelay"`
	JitterBufferMinimumDelay       float64 `json:"jitterBufferMinimumDelay"`
	JitterBufferEmittedCount       uint64  `json:"jitterBufferEmittedCount"`
	TotalSamplesReceived           uint64  `json:"totalSamplesReceived"`
	ConcealedSamples               uint64  `json:"concealedSamples"`
	SilentConcealedSamples         uint64  `json:"silentConcealedSamples"`
	ConcealmentEvents              uint64  `json:"concealmentEvents"`
	InsertedSamplesForDeceleration uint64  `json:"insertedSamplesForDeceleration"`
	RemovedSamplesForAcceleration  uint64  `json:"removedSamplesForAcceleration"`
	FECPacketsReceived             uint64  `json:"fecPacketsReceived"`
	FECPacketsDiscarded            uint64  `json:"fecPacketsDiscarded"`
	PacketsDiscarded               uint64  `json:"packetsDiscarded"`
}

func voiceStats(a audio.VoiceStats) *VoiceStats {
	return &VoiceStats{
		JitterBufferDelay:              a.JitterBufferDelay.Seconds(),
		JitterBufferTargetDelay:        a.JitterBufferTargetDelay.Seconds(),
		JitterBufferMinimumDelay:       a.JitterBufferMinimumDelay.Seconds(),
		JitterBufferEmittedCount:       a.JitterBufferEmittedCount,
		TotalSamplesReceived:           a.TotalSamplesReceived,
		ConcealedSamples:               a.ConcealedSamples,
		SilentConcealedSamples:         a.SilentConcealedSamples,
		ConcealmentEvents:              a.ConcealmentEvents,
		InsertedSamplesForDeceleration: a.InsertedSamplesForDeceleration,
		RemovedSamplesForAcceleration:  a.RemovedSamplesForAcceleration,
		FECPacketsReceived:             a.FECPacketsReceived,
		FECPacketsDiscarded:            a.FECPacketsDiscarded,
		PacketsDiscarded:               a.PacketsDiscarded,
	}
}

// by notes which encoder or decoder does the work.
func (t *TrackStats) by(i *atomic.Pointer[implementation]) {
	if i := i.Load(); i != nil {
		t.Implementation, t.Hardware = i.name, i.hardware
	}
}

// roundTrip is the time to the server and back, by ICE's checks (RFC 8445).
func (k *Call) roundTrip() time.Duration {
	pc := k.room.LocalParticipant.GetSubscriberPeerConnection()
	if pc == nil {
		return 0
	}
	transport := pc.SCTP()
	if transport == nil || transport.Transport() == nil {
		return 0
	}
	ice := transport.Transport().ICETransport()
	if ice == nil || ice.State() == webrtc.ICETransportStateNew {
		return 0 // pion sets up what is asked below without a lock, until it leaves this state
	}
	if s, ok := ice.GetSelectedCandidatePairStats(); ok {
		return time.Duration(s.CurrentRoundTripTime * float64(time.Second))
	}
	return 0
}

// rated turns counters into rates between two calls of Stats.
type rated struct {
	at            time.Time
	bytes, frames uint64
}

// Stats returns what is known of every track now. Rates are over the time since
// the last call: ask once a second.
func (k *Call) Stats() Stats {
	now := time.Now()
	s := Stats{At: now, RTT: k.roundTrip(), Available: float64(k.bits.rate())}
	k.mu.Lock()
	defer k.mu.Unlock()
	seen := map[string]rated{}
	rate := func(id string, bytes, frames uint64) (bps, fps float64) {
		seen[id] = rated{now, bytes, frames}
		was, ok := k.rates[id]
		d := now.Sub(was.at).Seconds()
		if !ok || d <= 0 || bytes < was.bytes || frames < was.frames {
			return 0, 0
		}
		return float64(bytes-was.bytes) * 8 / d, float64(frames-was.frames) / d
	}
	me := k.room.LocalParticipant.Identity()
	for source, p := range k.sending {
		t := TrackStats{Identity: me, Source: source, Sent: true, Frames: p.frames.Load(),
			Width: int(p.width.Load()), Height: int(p.height.Load())}
		var bytes uint64
		for _, l := range p.all() {
			if t.Codec == "" || !l.resting.Load() {
				t.Codec = string(l.codec)
			}
			bytes += l.bytes.Load()
			t.Packets += l.packets.Load()
			t.KeyRequests += l.requests.Load()
			if !l.resting.Load() {
				t.Layers += l.sizes()
				t.by(&l.by)
			}
		}
		t.BitRate, t.FrameRate = rate("sent "+string(source), bytes, t.Frames)
		s.Tracks = append(s.Tracks, t)
	}
	if m := k.microphone; m != nil {
		t := TrackStats{Identity: me, Source: Microphone, Sent: true, Codec: "opus", Packets: m.packets.Load(), Level: level(m.level()), Redundancy: int(m.depth.Load())}
		t.BitRate, _ = rate("sent microphone", m.bytes.Load(), 0)
		s.Tracks = append(s.Tracks, t)
	}
	if o := k.screenSound; o != nil {
		t := TrackStats{Identity: me, Source: ScreenAudio, Sent: true, Codec: "opus", Packets: o.packets.Load(), Level: level(o.sender.Level())}
		t.BitRate, _ = rate("sent "+string(ScreenAudio), o.bytes.Load(), 0)
		s.Tracks = append(s.Tracks, t)
	}
	for sid, v := range k.videos {
		t := TrackStats{Identity: v.identity, Source: v.source, Codec: string(v.codec), Frames: v.frames.Load(),
			Packets: v.packets.Load(), Lost: v.lost.Load(), KeyRequests: v.requests.Load(),
			Width: int(v.size.Load() >> 32), Height: int(uint32(v.size.Load())), Jitter: v.jitter.get()}
		t.by(&v.by)
		_, t.Latency = v.showing.last()
		t.Freezes, t.FreezeTime = v.showing.frozenFor()
		t.BitRate, t.FrameRate = rate(sid, v.bytes.Load(), t.Frames)
		s.Tracks = append(s.Tracks, t)
	}
	for sid, v := range k.voices {
		a := v.voice.Stats()
		t := TrackStats{Identity: v.identity, Source: v.source, Codec: v.codec(), Packets: a.PacketsReceived, Lost: a.PacketsLost,
			Delay: a.CurrentDelay, Jitter: v.jitter.get(), Level: level(v.voice.Level()),
			Concealed: time.Duration(a.ConcealedSamples) * time.Second / audio.SampleRate,
			Voice:     voiceStats(a)}
		t.BitRate, _ = rate(sid, v.bytes.Load(), 0)
		s.Tracks = append(s.Tracks, t)
	}
	k.rates = seen
	slices.SortFunc(s.Tracks, func(a, b TrackStats) int {
		return cmp.Or(cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Source, b.Source))
	})
	return s
}
