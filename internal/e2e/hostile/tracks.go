package hostile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// Track is one track that we publish.
type Track struct {
	SID   string
	local *webrtc.TrackLocalStaticRTP
	cut   rtp.Payloader
	seq   uint16
	time  uint32
}

// Publish announces a track of any size and source, in VP8 or H264 by its MIME type,
// or OPUS.
func (c *Client) Publish(ctx context.Context, mime string, source livekit.TrackSource, width, height uint32) (*Track, error) {
	t := &Track{}
	kind := livekit.TrackType_VIDEO
	capability := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90_000}
	switch mime {
	case webrtc.MimeTypeVP8:
		t.cut = &codecs.VP8Payloader{EnablePictureID: true}
	case webrtc.MimeTypeH264:
		t.cut = &codecs.H264Payloader{}
		capability.SDPFmtpLine = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
	case webrtc.MimeTypeOpus:
		kind = livekit.TrackType_AUDIO
		t.cut = &codecs.OpusPayloader{}
		capability.ClockRate, capability.Channels = 48_000, 2
	default:
		return nil, fmt.Errorf("publish %s: no such kind here", mime)
	}
	var err error
	if t.local, err = webrtc.NewTrackLocalStaticRTP(capability, fmt.Sprintf("track-%d", rand.Uint64()), "stream"); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	if err := c.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: &livekit.AddTrackRequest{
		Cid: t.local.ID(), Name: "track", Type: kind, Source: source, Width: width, Height: height,
	}}}); err != nil {
		return nil, err
	}
	select {
	case p := <-c.published:
		t.SID = p.GetTrack().GetSid()
	case <-c.done:
		return nil, c.err()
	case <-ctx.Done():
		return nil, fmt.Errorf("publish: %w", ctx.Err())
	}
	if _, err := c.publisher.AddTrack(t.local); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return t, c.negotiate(ctx)
}

// Write sends an access unit, whatever it is, as one that is due so long after the
// one before.
func (t *Track) Write(unit []byte, after time.Duration) error {
	t.time += uint32(after * 90 / time.Millisecond)
	parts := t.cut.Payload(1100, unit)
	for i, b := range parts {
		t.seq++
		if err := t.local.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, Marker: i == len(parts)-1, SequenceNumber: t.seq, Timestamp: t.time}, Payload: b}); err != nil {
			return fmt.Errorf("send a picture: %w", err)
		}
	}
	return nil
}

// Unpublish takes a track back.
func (c *Client) Unpublish(ctx context.Context, t *Track) error {
	for _, s := range c.publisher.GetSenders() {
		if s.Track() == t.local {
			if err := c.publisher.RemoveTrack(s); err != nil {
				return fmt.Errorf("unpublish: %w", err)
			}
		}
	}
	return c.negotiate(ctx)
}
