package crowd

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"foyer/media/codec"
	"foyer/media/video"
)

const (
	mtu       = 1200
	clock     = 90_000
	keyPeriod = 300 * time.Millisecond // requests within that are one
)

// Format is what the crowd sends, in VP8 and one layer.
type Format struct {
	Width, Height int
	FrameRate     float64
	BitRate       int // bits per second, of each person
}

// Crowd is people in a meeting. Safe for use by several goroutines.
type Crowd struct {
	format Format
	pace   *video.Pace
	done   chan struct{}
	err    error // why sending stopped; read after done

	frames atomic.Uint64
	key    atomic.Bool

	mu     sync.Mutex
	people []*person
}

type person struct {
	room  *lksdk.Room
	track *lksdk.LocalTrack
}

// Start begins to encode what draw draws: picture number n.
func Start(f Format, draw func(f *video.Frame, n int)) (*Crowd, error) {
	lksdk.SetLogger(logger.GetDiscardLogger())
	e, err := codec.NewEncoder(codec.VP8, codec.EncoderConfig{Width: f.Width, Height: f.Height, FrameRate: f.FrameRate, BitRate: f.BitRate, Threads: 1})
	if err != nil {
		return nil, fmt.Errorf("start a crowd: %w", err)
	}
	c := &Crowd{format: f, pace: video.NewPace(time.Duration(float64(time.Second) / f.FrameRate)), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer e.Close()
		c.err = c.send(e, draw)
	}()
	return c, nil
}

func (c *Crowd) send(e codec.Encoder, draw func(f *video.Frame, n int)) error {
	var (
		pool    video.Pool
		packer  = rtp.NewPacketizer(mtu, 0, 0, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), clock)
		first   time.Time
		lastKey time.Time
		base    = rand.Uint32()
	)
	for n := 0; ; n++ {
		at, ok := c.pace.Wait()
		if !ok {
			return nil
		}
		if first.IsZero() {
			first = at
		}
		f := pool.Get(c.format.Width, c.format.Height)
		draw(f, n)
		f.Captured = at
		if c.key.Load() && at.Sub(lastKey) > keyPeriod {
			c.key.Store(false)
			lastKey = at
			e.ForceKeyFrame()
		}
		p, ok, err := e.Encode(f)
		f.Release()
		if err != nil {
			return fmt.Errorf("send for a crowd: %w", err)
		}
		if !ok {
			continue
		}
		c.frames.Add(1)
		timestamp := base + uint32(at.Sub(first)*9/100_000) // ns to 90 kHz
		c.mu.Lock()
		people := c.people
		c.mu.Unlock()
		for _, q := range packer.Packetize(p.Data, 0) {
			q.Timestamp = timestamp
			for _, who := range people {
				mine := *q // each track puts its own numbers into the header
				if err := who.track.WriteRTP(&mine, nil); err != nil && !errors.Is(err, io.ErrClosedPipe) {
					return fmt.Errorf("send for a crowd: %w", err)
				}
			}
		}
	}
}

// Join brings in one more person, by a token.
func (c *Crowd) Join(url, token string) error {
	track, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeVP8, ClockRate: clock,
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}},
	}, lksdk.WithRTCPHandler(func(p rtcp.Packet) {
		switch p.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			c.key.Store(true)
		}
	}))
	if err != nil {
		return fmt.Errorf("join a crowd: %w", err)
	}
	room, err := lksdk.ConnectToRoomWithToken(url, token, lksdk.NewRoomCallback(), lksdk.WithAutoSubscribe(false), lksdk.WithLogger(logger.GetDiscardLogger()))
	if err != nil {
		return fmt.Errorf("join a crowd: %w", err)
	}
	if _, err := room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{
		Name: "camera", Source: livekit.TrackSource_CAMERA, VideoWidth: c.format.Width, VideoHeight: c.format.Height,
	}); err != nil {
		room.Disconnect()
		return fmt.Errorf("join a crowd: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Copied: the sender walks the old one.
	c.people = append(c.people[:len(c.people):len(c.people)], &person{room, track})
	return nil
}

// Len is how many people there are.
func (c *Crowd) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.people)
}

// Frames is how many pictures each of them has sent, from the crowd's start on.
func (c *Crowd) Frames() uint64 { return c.frames.Load() }

// Close lets everybody leave and returns why sending stopped before, or nil.
func (c *Crowd) Close() error {
	c.pace.Stop()
	<-c.done
	c.mu.Lock()
	people := c.people
	c.people = nil
	c.mu.Unlock()
	for _, p := range people {
		p.room.Disconnect()
	}
	return c.err
}
