package viewer

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"foyer/media/codec"
	"foyer/media/packet"
	"foyer/media/video"
)

const (
	longest  = 9000 // bytes of a packet
	askAgain = 300 * time.Millisecond
)

// Viewer is in the meeting until Close. Safe for use by several goroutines.
type Viewer struct {
	room    *lksdk.Room
	quality livekit.VideoQuality
	look    func(f *video.Frame) // nil decodes nothing

	bytes  atomic.Uint64
	frames atomic.Uint64

	mu     sync.Mutex // guards err
	err    error
	ending sync.WaitGroup
}

// Join joins by a token and looks at whatever anybody publishes, in a simulcast
// layer of the quality. look is called for each picture, on the receiving
// goroutine of its track; nil only counts what comes.
func Join(url, token string, quality livekit.VideoQuality, look func(f *video.Frame)) (*Viewer, error) {
	lksdk.SetLogger(logger.GetDiscardLogger())
	v := &Viewer{quality: quality, look: look}
	callback := lksdk.NewRoomCallback()
	callback.OnTrackSubscribed = func(t *webrtc.TrackRemote, p *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant) {
		if t.Kind() != webrtc.RTPCodecTypeVideo {
			return
		}
		if p.Source() == livekit.TrackSource_CAMERA {
			_ = p.SetVideoQuality(quality)
		}
		v.ending.Add(1)
		go func() {
			defer v.ending.Done()
			if err := v.receive(t, from); err != nil {
				v.mu.Lock()
				v.err = err
				v.mu.Unlock()
			}
		}()
	}
	room, err := lksdk.ConnectToRoomWithToken(url, token, callback, lksdk.WithLogger(logger.GetDiscardLogger()))
	if err != nil {
		return nil, fmt.Errorf("join as a viewer: %w", err)
	}
	v.room = room
	return v, nil
}

// Bytes is what has come so far, of the payloads.
func (v *Viewer) Bytes() uint64 { return v.bytes.Load() }

// Frames is how many pictures have come so far.
func (v *Viewer) Frames() uint64 { return v.frames.Load() }

// receive reads a track until it ends.
func (v *Viewer) receive(t *webrtc.TrackRemote, from *lksdk.RemoteParticipant) error {
	_, name, _ := strings.Cut(t.Codec().MimeType, "/")
	kind := codec.Name(strings.ToUpper(name))
	var (
		assembler *packet.Assembler
		decoder   codec.Decoder
		err       error
	)
	if assembler, err = packet.NewAssembler(kind); err != nil {
		return fmt.Errorf("look at %s: %w", kind, err)
	}
	if v.look != nil {
		if decoder, err = codec.NewDecoder(kind, codec.PixelsMax); err != nil {
			return fmt.Errorf("look at %s: %w", kind, err)
		}
		defer decoder.Close()
	}
	var (
		buffer = make([]byte, longest)
		p      rtp.Packet
		asked  time.Time
		broken bool
	)
	for {
		n, _, err := t.Read(buffer)
		if err != nil {
			return nil // the track has ended
		}
		if p.Unmarshal(buffer[:n]) != nil {
			continue
		}
		now := time.Now()
		v.bytes.Add(uint64(len(p.Payload)))
		assembler.Push(&p, now)
		for {
			u, ok, err := assembler.Next(now)
			if err != nil {
				broken = true
				continue
			}
			if !ok {
				break
			}
			v.frames.Add(1)
			if decoder == nil {
				continue
			}
			f, err := decoder.Decode(u.Data)
			broken = err != nil
			if f != nil {
				v.look(f)
				f.Release()
			}
		}
		if (broken || assembler.Starving(now)) && now.Sub(asked) > askAgain {
			asked = now
			from.WritePLI(t.SSRC())
		}
	}
}

// Close leaves, waits, and returns what went wrong, or nil.
func (v *Viewer) Close() error {
	v.room.Disconnect()
	v.ending.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}
