package call

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/samplebuilder"

	"foyer/media/codec"
)

// reorderMax is how many packets may wait for a lost one to be sent again.
const reorderMax = 256

// remoteVideo receives and decodes one remote source of pictures.
type remoteVideo struct {
	k        *Call
	identity string
	source   Source
	codec    codec.Name
	pub      *lksdk.RemoteTrackPublication
	from     *lksdk.RemoteParticipant
	track    *webrtc.TrackRemote
	ended    sync.WaitGroup

	asking        sync.Mutex // guards what was last asked of the server
	enabled       bool
	width, height int

	wanted   atomic.Bool // somebody looks
	frames   atomic.Uint64
	bytes    atomic.Uint64
	packets  atomic.Uint64
	lost     atomic.Uint64
	requests atomic.Uint64
	size     atomic.Uint64 // width<<32 | height, of the last picture
	lastPLI  time.Time     // of the reading goroutine
}

func (k *Call) subscribeVideo(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant, source Source) {
	_, name, _ := strings.Cut(t.Codec().MimeType, "/")
	v := &remoteVideo{k: k, identity: from.Identity(), source: source, codec: codec.Name(strings.ToUpper(name)),
		pub: pub, from: from, track: t, enabled: true}
	k.mu.Lock()
	if k.state == Left {
		k.mu.Unlock()
		return
	}
	k.videos[pub.SID()] = v
	v.ended.Add(1)
	k.mu.Unlock()
	k.adaptOne(v)
	go v.receive()
	k.changed()
}

func depacketizer(n codec.Name) rtp.Depacketizer {
	switch n {
	case codec.VP8:
		return &codecs.VP8Packet{}
	case codec.H264:
		return &codecs.H264Packet{}
	}
	return nil
}

// receive runs until the track ends.
func (v *remoteVideo) receive() {
	defer v.ended.Done()
	pack := depacketizer(v.codec)
	decoder, err := codec.NewDecoder(v.codec)
	if pack == nil || err != nil {
		// A codec we cannot show: read on, so that the connection's buffers drain.
		for {
			if _, _, err := v.track.ReadRTP(); err != nil {
				return
			}
		}
	}
	defer decoder.Close()
	builder := samplebuilder.New(reorderMax, pack, v.track.Codec().ClockRate, samplebuilder.WithMaxTimeDelay(400*time.Millisecond))
	for {
		p, _, err := v.track.ReadRTP()
		if err != nil {
			return
		}
		v.bytes.Add(uint64(len(p.Payload)))
		v.packets.Add(1)
		if len(p.Payload) == 0 {
			continue // a probe
		}
		builder.Push(p)
		for s := builder.Pop(); s != nil; s = builder.Pop() {
			if s.PrevDroppedPackets > 0 {
				v.lost.Add(uint64(s.PrevDroppedPackets))
				if v.frames.Load() > 0 {
					v.requestKey()
				}
			}
			if !v.wanted.Load() {
				continue
			}
			f, err := decoder.Decode(s.Data)
			if err != nil {
				v.requestKey()
				continue
			}
			if f == nil {
				continue
			}
			f.Captured = time.Now()
			v.frames.Add(1)
			v.size.Store(uint64(f.Width)<<32 | uint64(f.Height))
			v.k.viewFrame(v.identity, v.source, f)
			f.Release()
		}
	}
}

// requestKey asks the sender for a key frame, not more often than it can answer.
func (v *remoteVideo) requestKey() {
	if now := time.Now(); now.Sub(v.lastPLI) > keyRequestIn {
		v.lastPLI = now
		v.requests.Add(1)
		v.from.WritePLI(v.track.SSRC())
	}
}

// stop waits for the goroutine; the room must be disconnected.
func (v *remoteVideo) stop() { v.ended.Wait() }
