// Package audio is the sound path between device blocks and RTP packets: Opus with
// redundancy, one jitter buffer per voice, mixer, level meter, and WebRTC's voice
// processing.
//
//	device -> Sender (ring, processing, Opus, RED) -> packets
//	packets -> Voice (RED, jitter buffer, Opus, stretching) -> Mixer (places, ducking, limiter) -> device
//	                                                             |
//	                                              Tap -> echo canceller
//
// What a voice lacks is taken from what comes with later packets (RED, then Opus's
// own FEC), else concealed, else filled with noise like the speaker's background.
//
// Device threads meet the rest over single-producer single-consumer rings: they
// never lock, allocate, log or wait. Voices are decoded on the speaker's thread,
// at the moment when their samples are due: an Opus packet costs 25 us, and no
// second buffer adds delay.
package audio

// Blocks are 10 ms at 48 kHz, float32 in [-1, 1]; see package device.
const (
	SampleRate   = 48000
	BlockSamples = 480

	packetSamples = 960  // 20 ms, what we send
	maxPacket     = 5760 // 120 ms, the longest Opus packet (RFC 6716, 3.2.5)
)
