package audio

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/hraban/opus.v2"
)

// SenderConfig describes the way out.
type SenderConfig struct {
	BitRate int // bits per second; 0 means 32000
	// Played is what goes to the speaker (Mixer.Played), for echo cancelling.
	// Nil leaves the sound unprocessed: files, tones, music.
	Played *Ring
	// Write sends one Opus packet of 20 ms on the sender's own goroutine; payload
	// is valid until it returns. level is the RMS of the packet in dBov, 0
	// (loudest) to -127 (RFC 6464, negated).
	Write func(payload []byte, duration time.Duration, level float64)
}

// Sender turns microphone blocks into Opus packets (in-band FEC on). Block may be
// called on a device thread: it neither blocks, locks nor allocates. The other
// methods are safe for use by several goroutines.
type Sender struct {
	c     SenderConfig
	in    *Ring
	wake  chan struct{} // capacity 1: a send that finds it full is not needed
	done  chan struct{}
	stop  sync.Once
	ended sync.WaitGroup
	muted atomic.Bool
	loss  atomic.Uint64 // percent expected
	meter meter
}

const defaultVoiceRate = 32_000

// NewSender opens the encoder and starts the sender's goroutine.
func NewSender(c SenderConfig) (*Sender, error) {
	if c.BitRate == 0 {
		c.BitRate = defaultVoiceRate
	}
	enc, err := opus.NewEncoder(SampleRate, 1, opus.AppVoIP)
	if err != nil {
		return nil, fmt.Errorf("open Opus encoder: %w", err)
	}
	for what, err := range map[string]error{
		"bit rate": enc.SetBitrate(c.BitRate), "complexity": enc.SetComplexity(7),
		"FEC": enc.SetInBandFEC(true), "expected loss": enc.SetPacketLossPerc(5),
	} {
		if err != nil {
			return nil, fmt.Errorf("set Opus %s: %w", what, err)
		}
	}
	var p *processor
	if c.Played != nil {
		if p, err = newProcessor(); err != nil {
			return nil, err
		}
	}
	s := &Sender{c: c, in: NewRing(SampleRate / 2), wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.loss.Store(5)
	s.ended.Add(1)
	go s.run(enc, p)
	return s, nil
}

// Block takes one mono block of BlockSamples from the device thread.
func (s *Sender) Block(block []float32) {
	s.in.Write(block)
	select { // never waits: the runtime's lock is held for nanoseconds
	case s.wake <- struct{}{}:
	default:
	}
}

// SetMuted stops packets; levels go on (for "you are muted").
func (s *Sender) SetMuted(on bool) { s.muted.Store(on) }

// SetLoss tells the expected packet loss at the far side, 0 to 1; FEC spends by it.
func (s *Sender) SetLoss(fraction float64) {
	s.loss.Store(uint64(math.Round(100 * min(max(fraction, 0), 1))))
}

// Level is the newest input level, 0 to 1, perceptually scaled for a meter.
func (s *Sender) Level() float64 { return s.meter.level() }

// Close stops the sender's goroutine and waits for it. Idempotent.
func (s *Sender) Close() error {
	s.stop.Do(func() { close(s.done) })
	s.ended.Wait()
	return nil
}

func (s *Sender) run(enc *opus.Encoder, p *processor) {
	defer s.ended.Done()
	if p != nil {
		defer p.close()
	}
	var (
		played  [BlockSamples]float32
		packet  [packetSamples]float32
		filled  int
		payload [1275]byte // the longest Opus frame (RFC 6716, 3.2.1)
		loss    = uint64(5)
	)
	for {
		select {
		case <-s.done:
			return
		case <-s.wake:
		}
		for s.in.Len() >= BlockSamples {
			block := packet[filled : filled+BlockSamples]
			s.in.Read(block)
			if p != nil {
				for s.c.Played.Read(played[:]) {
					_ = p.played(played[:]) // fails on wrong sizes only
				}
				_ = p.capture(block)
			}
			s.meter.add(rms(block))
			if filled += BlockSamples; filled < packetSamples {
				continue
			}
			filled = 0
			if s.muted.Load() {
				continue
			}
			if want := s.loss.Load(); want != loss {
				loss = want
				_ = enc.SetPacketLossPerc(int(loss)) // 0 to 100 by SetLoss
			}
			n, err := enc.EncodeFloat32(packet[:], payload[:])
			if err != nil || n == 0 {
				continue
			}
			s.c.Write(payload[:n], 20*time.Millisecond, decibels(rms(packet[:])))
		}
	}
}
