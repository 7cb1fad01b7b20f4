package audio

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"foyer/media/opus"
)

// Content is what a sound is made of, which decides how it is treated.
type Content int

const (
	// Speech is mono, cleaned, in DTX: nothing is sent while nobody speaks.
	Speech Content = iota
	// Music is stereo and left as it is.
	Music
)

// Channels is 1 for speech and 2 for music.
func (c Content) Channels() int {
	if c == Music {
		return 2
	}
	return 1
}

// DTX says that packets are left out in silence (RFC 7587, 3.1.3).
func (c Content) DTX() bool { return c == Speech }

// Bit rates in bits per second.
const (
	defaultVoiceRate = 32_000
	// MusicRate is what music gets.
	MusicRate = 128_000
)

// SenderConfig describes the way out.
type SenderConfig struct {
	Content Content
	BitRate int // bits per second; 0 means 32000, for music 128000
	// Played is what goes to the speaker (Mixer.Played), for echo cancelling.
	// Nil leaves the sound unprocessed: files, tones. So does Music.
	Played     *Tap
	Processing Processing
	// Write sends one Opus packet, on the sender's own goroutine.
	Write func(Packet)
	// SpokeMuted, if not nil, is told on the sender's goroutine that somebody
	// speaks while muted, once each time the sender is muted.
	SpokeMuted func()
}

// Packet is one Opus packet on its way out.
type Packet struct {
	Payload   []byte  // valid until Write returns
	Timestamp uint32  // of its first sample, in samples since the start: silence counts, too
	Samples   int     // per channel
	Level     float64 // RMS in dBov, 0 (loudest) to -127 (RFC 6464, negated)
	Voice     bool    // it has speech (RFC 6464, V)
	First     bool    // nothing was sent before it for a while (RFC 3551, 4.1, marker)
}

// Sender turns microphone blocks into Opus packets. Block may be called on a device
// thread: it neither blocks, locks nor allocates. The other methods are safe for
// use by several goroutines.
type Sender struct {
	c       SenderConfig
	in      *Tap
	wake    chan struct{} // capacity 1: a send that finds it full is not needed
	done    chan struct{}
	stop    sync.Once
	ended   sync.WaitGroup
	block   [2 * BlockSamples]float32 // the device thread's
	muted   atomic.Bool
	mutes   atomic.Uint64 // how often it was muted
	speaks  atomic.Bool
	loss    atomic.Int64 // percent expected
	rate    atomic.Int64 // bits per second
	samples atomic.Int64 // in a packet
	process atomic.Pointer[Processing]
	meter   meter
}

// NewSender opens the encoder and starts the sender's goroutine.
func NewSender(c SenderConfig) (*Sender, error) {
	application := opus.VoIP
	if c.Content == Music {
		application = opus.Audio
	}
	if c.BitRate == 0 {
		c.BitRate = defaultVoiceRate
		if c.Content == Music {
			c.BitRate = MusicRate
		}
	}
	enc, err := opus.NewEncoder(c.Content.Channels(), application)
	if err != nil {
		return nil, fmt.Errorf("open Opus encoder: %w", err)
	}
	s := &Sender{c: c, in: NewTap(c.Content.Channels() * BlockSamples), wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.SetLoss(0.05)
	s.rate.Store(int64(c.BitRate))
	s.samples.Store(packetSamples)
	s.process.Store(&c.Processing)
	for what, err := range map[string]error{
		"bit rate": enc.SetBitRate(c.BitRate), "complexity": enc.SetComplexity(7), "DTX": enc.SetDTX(c.Content.DTX()),
		"FEC": enc.SetFEC(true), "expected loss": enc.SetExpectedLoss(int(s.loss.Load())),
	} {
		if err != nil {
			return nil, fmt.Errorf("set Opus %s: %w", what, err)
		}
	}
	o := &outgoing{s: s, enc: enc, rate: s.rate.Load(), loss: s.loss.Load(), size: packetSamples, first: true}
	if c.Played != nil && c.Content == Speech {
		if o.processor, err = NewProcessor(c.Played, c.Processing); err != nil {
			return nil, err
		}
	}
	s.ended.Add(1)
	go s.run(o)
	return s, nil
}

// Block takes one block from the device thread: BlockSamples mono, or twice as
// many interleaved stereo ones. The sender has the channels of its content.
func (s *Sender) Block(block []float32) {
	switch n := s.c.Content.Channels() * BlockSamples; {
	case len(block) == n:
		s.in.Write(block)
	case len(block) == BlockSamples:
		for i, x := range block {
			s.block[2*i], s.block[2*i+1] = x, x
		}
		s.in.Write(s.block[:])
	case len(block) == 2*BlockSamples:
		for i := range BlockSamples {
			s.block[i] = (block[2*i] + block[2*i+1]) / 2
		}
		s.in.Write(s.block[:BlockSamples])
	default:
		return
	}
	select { // never waits: the runtime's lock is held for nanoseconds
	case s.wake <- struct{}{}:
	default:
	}
}

// SetMuted stops packets; levels and voice activity go on (for "you are muted").
func (s *Sender) SetMuted(on bool) {
	if was := s.muted.Swap(on); on && !was {
		s.mutes.Add(1)
	}
}

// SetLoss tells the expected packet loss at the far side, 0 to 1; FEC spends by it.
func (s *Sender) SetLoss(fraction float64) {
	s.loss.Store(int64(math.Round(100 * min(max(fraction, 0), 1))))
}

// SetBitRate changes the bit rate from the next packet on, in bits per second,
// 6000 to 510000 (RFC 6716, 2.1.1).
func (s *Sender) SetBitRate(rate int) { s.rate.Store(int64(min(max(rate, 6_000), 510_000))) }

// SetPacketTime changes what a packet holds, from the next one on: 10 ms, or 20 ms
// for anything else.
func (s *Sender) SetPacketTime(d time.Duration) {
	if d == 10*time.Millisecond {
		s.samples.Store(BlockSamples)
	} else {
		s.samples.Store(packetSamples)
	}
}

// SetProcessing changes what is done to the sound, without a gap: a new echo
// canceller learns the room before it takes over.
func (s *Sender) SetProcessing(p Processing) { s.process.Store(&p) }

// Level is the newest level of what is sent, 0 to 1, perceptually scaled for a meter.
func (s *Sender) Level() float64 { return s.meter.level() }

// Speaking says whether somebody speaks, muted or not.
func (s *Sender) Speaking() bool { return s.speaks.Load() }

// Close stops the sender's goroutine and waits for it. Idempotent.
func (s *Sender) Close() error {
	s.stop.Do(func() { close(s.done) })
	s.ended.Wait()
	return nil
}

func (s *Sender) run(o *outgoing) {
	defer s.ended.Done()
	defer o.close()
	for {
		select {
		case <-s.done:
			return
		case <-s.wake:
		}
		for b, at := s.in.next(); b != nil; b, at = s.in.next() {
			o.add(b, at)
			s.in.done()
		}
	}
}

// outgoing is what the sender's goroutine works with.
type outgoing struct {
	s          *Sender
	enc        *opus.Encoder
	processor  *Processor // nil: the sound is left as it is
	voice      activity   // where there is no processor
	rate, loss int64
	size       int // samples per channel in this packet
	packet     [2 * packetSamples]float32
	filled     int    // samples per channel in packet
	timestamp  uint32 // of packet
	last       time.Duration
	first      bool
	pausing    int  // packets in a row that said so
	spoken     bool // in this packet
	muted      mutedSpeech
	payload    [1275]byte // the longest Opus frame (RFC 6716, 3.2.1)
}

// pauseTold is how many packets say that a pause of DTX follows.
const pauseTold = 2

// deviceGone is a gap between blocks that is a device's absence, and no jitter.
const deviceGone = 200 * time.Millisecond

// add takes one block of the content's channels.
func (o *outgoing) add(b []float32, at time.Duration) {
	s := o.s
	channels := s.c.Content.Channels()
	if gap := at - o.last; o.last != 0 && gap > deviceGone {
		// Time went on while the device was away (RFC 3550, 5.1).
		o.timestamp += uint32(gap/(10*time.Millisecond)) * BlockSamples
		o.filled, o.spoken, o.first, o.pausing = 0, false, true, 0
	}
	o.last = at
	if o.filled == 0 {
		o.size = int(s.samples.Load())
	}
	block := o.packet[o.filled*channels : (o.filled+BlockSamples)*channels]
	copy(block, b)
	var speaks bool
	if o.processor != nil {
		_ = o.processor.Set(*s.process.Load()) // without memory for another one, things stay as they are
		speaks = o.processor.Capture(block, at)
	} else {
		speaks = o.voice.add(rms(block))
	}
	s.speaks.Store(speaks)
	o.spoken = o.spoken || speaks
	s.meter.add(rms(block))
	muted := s.muted.Load()
	if o.muted.add(s.mutes.Load(), muted, speaks) && s.c.SpokeMuted != nil {
		s.c.SpokeMuted()
	}
	if o.filled += BlockSamples; o.filled < o.size {
		return
	}
	o.send(o.packet[:o.size*channels], muted)
	o.timestamp += uint32(o.size)
	o.filled, o.spoken = 0, false
}

func (o *outgoing) send(packet []float32, muted bool) {
	if muted {
		o.first, o.pausing = true, 0
		return
	}
	if want := o.s.loss.Load(); want != o.loss {
		o.loss = want
		_ = o.enc.SetExpectedLoss(int(want)) // 0 to 100 by SetLoss
	}
	if want := o.s.rate.Load(); want != o.rate {
		o.rate = want
		_ = o.enc.SetBitRate(int(want)) // in bounds by SetBitRate
	}
	n, err := o.enc.Encode(packet, o.payload[:])
	if err != nil {
		return
	}
	// DTX: nothing has to be sent (RFC 7587, 3.1.3), but the first such packet, as
	// browsers do: who hears it knows that what follows is no loss. The second makes
	// sure of it, for nothing else comes soon that could tell.
	switch {
	case !opusPause(o.payload[:n]):
		o.pausing = 0
	case o.pausing == pauseTold:
		o.first = true
		return
	default:
		o.pausing++
	}
	o.s.c.Write(Packet{Payload: o.payload[:n], Timestamp: o.timestamp, Samples: o.size,
		Level: decibels(rms(packet)), Voice: o.spoken, First: o.first})
	o.first = false
}

func (o *outgoing) close() {
	if o.processor != nil {
		o.processor.Close()
	}
}

// mutedSpeech notices somebody who speaks while muted.
type mutedSpeech struct {
	mutes  uint64
	told   bool
	blocks int
}

// mutedSpeechBlocks is how much speech is no cough: 300 ms.
const mutedSpeechBlocks = 30

// add says true once each time the sender is muted, which it was so often.
func (m *mutedSpeech) add(mutes uint64, muted, speaks bool) bool {
	if mutes != m.mutes {
		*m = mutedSpeech{mutes: mutes}
	}
	switch {
	case !muted || m.told:
		return false
	case speaks:
		m.blocks++
	default:
		m.blocks = max(m.blocks-1, 0)
	}
	m.told = m.blocks >= mutedSpeechBlocks
	return m.told
}
