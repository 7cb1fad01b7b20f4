// Package audio is the sound path between device blocks and RTP packets:
// Opus, one jitter buffer per voice, mixer, level meter, processing.
package audio

import (
	"time"

	"github.com/pion/rtp"
)

// Blocks are 10 ms at 48 kHz, float32 in [-1, 1]; see device.SampleRate.
const (
	SampleRate   = 48000
	BlockSamples = 480
)

// SenderConfig describes the way out.
type SenderConfig struct {
	BitRate int // bits per second; 0 means 32000
	// Write sends one Opus packet of 20 ms on the sender's own goroutine. level is
	// the RMS of the packet in dBov, 0 (loudest) to -127 (RFC 6464 negated).
	Write func(payload []byte, duration time.Duration, level float64)
}

// Sender turns microphone blocks into Opus packets (in-band FEC on). Block may be
// called on a device thread: it neither blocks, locks nor allocates.
type Sender struct{}

func NewSender(c SenderConfig) (*Sender, error) { return &Sender{}, nil }

// Block takes one mono block of BlockSamples from the device thread.
func (s *Sender) Block(block []float32) {}

// SetMuted stops packets; levels go on (for "you are muted").
func (s *Sender) SetMuted(on bool) {}

// SetLoss tells the expected packet loss at the far side, 0 to 1.
func (s *Sender) SetLoss(fraction float64) {}

// Level is the newest input level, 0 to 1, perceptually scaled for a meter.
func (s *Sender) Level() float64 { return 0 }

// Close stops the sender's goroutine and waits for it.
func (s *Sender) Close() error { return nil }

// Mixer adds up voices for the speaker. Render may be called on a device
// thread: it neither blocks, locks nor allocates.
type Mixer struct{}

func NewMixer() *Mixer { return &Mixer{} }

// Render fills one interleaved stereo block of 2*BlockSamples.
func (m *Mixer) Render(block []float32) {}

// Play mixes in a short sound once (mono, 48 kHz), e.g. the speaker test.
func (m *Mixer) Play(samples []float32) {}

// Add makes a voice for one remote track. Close it when the track ends.
func (m *Mixer) Add() (*Voice, error) { return &Voice{}, nil }

// Voice is one remote track on its way to the mixer: jitter buffer, Opus
// decoder with FEC and concealment, gain.
type Voice struct{}

// Push takes a packet as it arrives, in any order. It keeps a copy of the payload.
func (v *Voice) Push(p *rtp.Packet, arrived time.Time) {}

// SetVolume sets the gain, 0 (silent) to 2.
func (v *Voice) SetVolume(gain float64) {}

// Level is what is heard of this voice now, 0 to 1, perceptually scaled.
func (v *Voice) Level() float64 { return 0 }

// Stats returns counters under WebRTC's names (webrtc-stats, RTCInboundRtpStreamStats).
func (v *Voice) Stats() VoiceStats { return VoiceStats{} }

// Close takes the voice out of the mix.
func (v *Voice) Close() {}

// VoiceStats counts since the voice began.
type VoiceStats struct {
	PacketsReceived, PacketsLost, PacketsDiscarded uint64
	FECUsed                                        uint64        // packets rebuilt from in-band FEC
	ConcealedSamples, TotalSamples                 uint64        // per channel
	TargetDelay, CurrentDelay                      time.Duration // of the jitter buffer
}
