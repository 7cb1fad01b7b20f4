package call

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"

	"foyer/media/codec"
	"foyer/media/packet"
	"foyer/media/video"
)

// layered is what a layer has that carries all sizes of a source (SVC).
type layered struct {
	sizes  []video.Layer
	rates  [codec.MaxSpatial]atomic.Int64 // bits per second; 0 is off
	cutter *packet.LayeredPayloader

	// Of the encoding goroutine.
	enc    codec.LayeredEncoder
	seq    uint16
	packet rtp.Packet // kept, so that its header extensions allocate nothing
	told   [codec.MaxSpatial]int
}

// sizes is how many sizes a layer carries now.
func (l *layer) sizes() int {
	if l.layered == nil {
		return 1
	}
	n := 0
	for i := range l.layered.rates {
		if l.layered.rates[i].Load() > 0 {
			n++
		}
	}
	return n
}

// frameRates is how many frame rates an SVC stream offers, by codec. L3T3_KEY is what
// LiveKit's clients send; in VP9 it is cheaper than one frame rate by a quarter, in
// libaom's AV1 two are cheapest, and three cost a decibel.
var frameRates = map[codec.Name]int{codec.VP9: 3, codec.AV1: 2}

// sendsLayered chooses how a camera goes out: true is one VP9 or AV1 stream of all
// sizes, false a stream for each size in VP8 or H.264, which every browser decodes
// and where those who look at the largest size are not sent the smaller ones too.
func (k *Call) sendsLayered(sizes []video.Layer) bool {
	return frameRates[k.c.CameraCodec] > 0 && len(sizes) > 1 && len(sizes) <= codec.MaxSpatial
}

// publishLayered publishes a source as one track of all sizes, smallest first.
func (p *publisher) publishLayered(source livekit.TrackSource, sizes []video.Layer) error {
	top, name := sizes[len(sizes)-1], p.k.c.CameraCodec
	l, err := newLayer(p.k, name, p.content, top)
	if err != nil {
		return fmt.Errorf("make a %s track: %w", p.source, err)
	}
	l.layered = &layered{sizes: sizes, seq: uint16(rand.Uint32())}
	if l.layered.cutter, err = packet.NewLayeredPayloader(name, rtpMTU, frameRates[name], uint16(rand.Uint32())); err != nil {
		return fmt.Errorf("make a %s track: %w", p.source, err)
	}
	if err := l.newTrack(); err != nil {
		return fmt.Errorf("make a %s track: %w", p.source, err)
	}
	a := &ladder{layers: []*layer{l}}
	for _, s := range sizes {
		a.sizes = append(a.sizes, &layer{Layer: s})
	}
	p.ladders = []*ladder{a}
	if name == codec.AV1 {
		p.k.announcer.describe(l.track.ID())
	}
	return p.publish(l.track.ID(), func(r *livekit.AddTrackRequest) { announceSizes(r, name, sizes) }, func() error {
		_, err := p.k.room.LocalParticipant.PublishTrack(l.track, &lksdk.TrackPublicationOptions{
			Name: string(p.source), Source: source, VideoWidth: top.Width, VideoHeight: top.Height})
		return err
	})
}

// announceSizes says what LiveKit's client leaves out: that the one track has
// these sizes. The server takes a track without codecs for one of simulcast, and
// would never look at the layers in its packets.
func announceSizes(r *livekit.AddTrackRequest, name codec.Name, sizes []video.Layer) {
	r.Layers = nil
	for i, s := range sizes {
		r.Layers = append(r.Layers, &livekit.VideoLayer{Quality: layerQuality[s.RID], SpatialLayer: int32(i),
			Width: uint32(s.Width), Height: uint32(s.Height), Bitrate: uint32(s.BitRate)})
	}
	r.SimulcastCodecs = []*livekit.SimulcastCodec{{Codec: strings.ToLower(string(name)), Cid: r.Cid, Layers: r.Layers,
		VideoLayerMode: livekit.VideoLayer_MULTIPLE_SPATIAL_LAYERS_PER_STREAM}}
}

// sendLayered gives a frame to the one layer of a, with at most so many sizes.
func (p *publisher) sendLayered(a *ladder, f *video.Frame, share, sizes int, now time.Time) {
	l := a.layers[0]
	wanted := len(a.sizes)
	if sid := p.pub.sid(); sid != "" {
		wanted = p.k.announcer.wantedSizes(sid, wanted)
	}
	rates := a.shares.divide(a.sizes[:min(sizes, len(a.sizes))], share, now)
	for i := range l.layered.rates {
		if i >= wanted {
			rates[i] = 0
		}
		l.layered.rates[i].Store(int64(rates[i]))
	}
	if wanted == 0 {
		l.rest()
		return
	}
	a.padSizes(now, min(sizes, wanted, len(a.sizes)), rates, share)
	l.resting.Store(false)
	l.offer(f, &p.encoding)
}

// padSizes fills a share with padding while it has no room for one of the smallest
// sizes, which are so many.
func (a *ladder) padSizes(now time.Time, sizes int, rates [3]int, share int) {
	missing, best := false, 0
	for i, s := range a.sizes[:sizes] {
		best += s.BitRate
		missing = missing || rates[i] == 0
	}
	if !missing {
		share = 0
	}
	l := a.layers[0]
	if n := a.fill.add(now, l.bytes.Load(), min(share, best)); n > 0 {
		l.padding.Store(int64(n))
	}
}

func (l *layered) close() {
	if l.enc != nil {
		l.enc.Close()
		l.enc = nil
	}
}

func (l *layer) sendLayered(f *video.Frame, quit chan struct{}) error {
	s := l.layered
	for i := range s.told {
		s.told[i] = int(s.rates[i].Load())
	}
	rates := s.told[:len(s.sizes)]
	if s.enc == nil {
		e, err := codec.NewLayeredEncoder(l.codec, codec.LayeredConfig{Width: l.Width, Height: l.Height, FrameRate: l.FrameRate, BitRates: rates, Temporal: frameRates[l.codec]})
		if err != nil {
			return fmt.Errorf("encode all sizes: %w", err)
		}
		s.enc = e
		l.by.Store(implementationOf(e))
	}
	from := f
	if f.Width != l.Width || f.Height != l.Height {
		from = l.pool.Get(l.Width, l.Height)
		defer from.Release()
		video.Scale(from, f)
	}
	if l.key.Load() && f.Captured.Sub(l.lastKey) > keyRequestIn {
		l.key.Store(false)
		l.lastKey = f.Captured
		s.enc.ForceKeyFrame()
	}
	s.enc.SetBitRates(rates)
	pic, ok, err := s.enc.Encode(from)
	l.encoded()
	if err != nil || !ok {
		return err
	}
	l.stamp(pic.Captured)
	l.frames.Add(1)
	describes := l.k.announcer.describes()
	for _, part := range s.cutter.Payloads(pic) {
		q := &s.packet
		q.Header = rtp.Header{Version: 2, Marker: part.Marker, SequenceNumber: s.seq, Timestamp: l.ts, Extensions: q.Extensions[:0]}
		q.Payload = part.Data
		if len(part.Descriptor) > 0 && describes != 0 {
			if err := q.SetExtension(describes, part.Descriptor); err != nil {
				return fmt.Errorf("describe a packet: %w", err)
			}
		}
		s.seq++
		l.bytes.Add(uint64(len(q.Payload)))
		l.packets.Add(1)
		if more, err := l.write(q, quit); err != nil || !more {
			return err
		}
	}
	for range l.padding.Swap(0) {
		q := &s.packet
		q.Header = rtp.Header{Version: 2, Padding: true, SequenceNumber: s.seq, Timestamp: l.ts, Extensions: q.Extensions[:0]}
		q.Payload = padded
		s.seq++
		if more, err := l.write(q, quit); err != nil || !more {
			return err
		}
	}
	return nil
}
