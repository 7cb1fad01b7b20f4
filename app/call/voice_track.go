package call

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"foyer/media/audio"
)

// voiceTrack is a sound of ours on its way to the server: Opus, or the same with
// earlier packets in each (audio/red, RFC 2198) where the server takes that; it may
// want audio/red of what has no earlier packets to send, too. LiveKit's
// client has no such track. One goroutine sends; the client binds it, again after a
// new start.
type voiceTrack struct {
	id, stream string
	redundant  bool // wanted, where the server does not say
	codecs     *takenCodecs
	reports    *receptions
	lost       func(rtcp.ReceptionReport)

	mu       sync.Mutex // guards what follows
	bound    string     // the context's ID; "" is nowhere
	writer   webrtc.TrackLocalWriter
	opus     uint8 // payload types
	red      uint8 // 0: not agreed
	level    uint8 // ID of the audio level extension (RFC 6464); 0: not agreed
	ssrc     uint32
	blocks   *audio.REDWriter
	header   rtp.Header
	sequence rtp.Sequencer
	from     uint32 // timestamp of the beginning
	payload  []byte
}

// newVoiceTrack makes one. redundant asks for audio/red; lost is told what the
// server reports, on the client's goroutine.
func newVoiceTrack(id string, redundant bool, c *takenCodecs, r *receptions, lost func(rtcp.ReceptionReport)) *voiceTrack {
	return &voiceTrack{id: id, stream: id, redundant: redundant, codecs: c, reports: r, lost: lost,
		sequence: rtp.NewRandomSequencer(), from: rand.Uint32(), payload: make([]byte, 0, 1500)}
}

// ID implements webrtc.TrackLocal.
func (t *voiceTrack) ID() string { return t.id }

// RID implements webrtc.TrackLocal.
func (t *voiceTrack) RID() string { return "" }

// StreamID implements webrtc.TrackLocal.
func (t *voiceTrack) StreamID() string { return t.stream }

// Kind implements webrtc.TrackLocal.
func (t *voiceTrack) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// Bind implements webrtc.TrackLocal.
func (t *voiceTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	var opus, red webrtc.RTPCodecParameters
	for _, p := range c.CodecParameters() {
		if strings.EqualFold(p.MimeType, webrtc.MimeTypeOpus) && opus.PayloadType == 0 {
			opus = p
		}
	}
	if opus.PayloadType == 0 {
		return opus, webrtc.ErrUnsupportedCodec
	}
	for _, p := range c.CodecParameters() {
		if strings.EqualFold(p.MimeType, redCodec) && strings.HasPrefix(p.SDPFmtpLine, strconv.Itoa(int(opus.PayloadType))+"/") {
			red = p
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bound, t.writer, t.ssrc = c.ID(), c.WriteStream(), uint32(c.SSRC())
	t.opus, t.red, t.level = uint8(opus.PayloadType), 0, 0
	for _, e := range c.HeaderExtensions() {
		if e.URI == sdp.AudioLevelURI {
			t.level = uint8(e.ID)
		}
	}
	t.reports.hear(t.ssrc, t.lost)
	redundant := t.redundant
	if taken, ok := t.codecs.payloadType(t.id); ok {
		redundant = taken == uint8(red.PayloadType)
	}
	if !redundant || red.PayloadType == 0 {
		return opus, nil
	}
	t.red, t.blocks = uint8(red.PayloadType), audio.NewREDWriter(t.opus, 0)
	return red, nil
}

const redCodec = "audio/red"

// Unbind implements webrtc.TrackLocal.
func (t *voiceTrack) Unbind(c webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bound != c.ID() {
		return webrtc.ErrUnbindFailed
	}
	t.reports.hear(t.ssrc, nil)
	t.bound, t.writer = "", nil
	return nil
}

// agreed says that redundancy is.
func (t *voiceTrack) agreed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.writer != nil && t.red != 0
}

// send sends a packet of which p.Payload may have been sealed, with so many earlier
// ones. It returns the payload's length.
func (t *voiceTrack) send(p audio.Packet, redundancy int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writer == nil {
		return 0 // not connected: what is said now is lost
	}
	h := rtp.Header{Version: 2, Marker: p.First, SequenceNumber: t.sequence.NextSequenceNumber(),
		Timestamp: t.from + p.Timestamp, SSRC: t.ssrc, PayloadType: t.opus, Extensions: t.header.Extensions[:0]}
	if t.level != 0 {
		e := rtp.AudioLevelExtension{Level: uint8(min(max(-p.Level, 0), 127)), Voice: p.Voice}
		if b, err := e.Marshal(); err == nil {
			_ = h.SetExtension(t.level, b) // one byte under an ID that was agreed
		}
	}
	payload := p.Payload
	if t.red != 0 {
		t.blocks.SetDepth(redundancy)
		t.payload = t.blocks.Append(t.payload[:0], h.Timestamp, payload)
		h.PayloadType, payload = t.red, t.payload
	}
	_, _ = t.writer.WriteRTP(&h, payload) // fails while reconnecting: the next one then
	t.header.Extensions = h.Extensions
	return len(payload)
}
