package audio

import (
	"fmt"
	"math"
	"time"

	"github.com/livekit/livekit-cli/v2/pkg/apm"
)

// Processing says what is left out of what is done to a microphone's sound. The
// zero value does everything.
type Processing struct {
	EchoOff  bool // no echo cancelling: headphones
	NoiseOff bool // no noise suppression
	GainOff  bool // no automatic gain
}

// Processor is WebRTC's echo canceller (AEC3), noise suppressor and high-pass
// filter, and a gain of our own: livekit's binding switches WebRTC's on as a mere
// limiter. The Sender has one; by itself it is for measuring. It belongs to one
// goroutine and allocates nothing for a block.
type Processor struct {
	settings  Processing
	now, next *apm.APM // next learns the room before it takes over; both nil where there is nothing to do
	learning  int      // blocks that next still needs
	fading    bool
	reference *reference
	played    [BlockSamples]float32
	clean     [BlockSamples]float32
	far, near [BlockSamples]int16
	render    [BlockSamples]int16
	voice     activity
	gain      automaticGain
}

const (
	// learnBlocks is how long an echo canceller gets before it is heard.
	learnBlocks = 200
	// deviceDelay is taken for what two devices' buffers hold, until the echo itself has told.
	deviceDelay = 40 * time.Millisecond
)

func newAPM(p Processing) (*apm.APM, error) {
	if p.EchoOff && p.NoiseOff {
		return nil, nil
	}
	a, err := apm.NewAPM(apm.APMConfig{EchoCanceller: !p.EchoOff, NoiseSuppressor: !p.NoiseOff, HighPassFilter: true,
		CaptureChannels: 1, RenderChannels: 1})
	if err != nil {
		return nil, fmt.Errorf("open voice processing: %w", err)
	}
	return a, nil
}

// NewProcessor makes one for what a tap says is played. Close it.
func NewProcessor(t *Tap, p Processing) (*Processor, error) {
	a, err := newAPM(p)
	if err != nil {
		return nil, err
	}
	return &Processor{settings: p, now: a, reference: newReference(t)}, nil
}

// Set changes what is done, without a gap and without an echo heard meanwhile.
// On an error everything stays.
func (p *Processor) Set(to Processing) error {
	if to == p.settings {
		return nil
	}
	same := to
	same.GainOff = p.settings.GainOff
	if same == p.settings {
		p.settings = to
		return nil
	}
	a, err := newAPM(to)
	if err != nil {
		return err
	}
	if p.next != nil {
		p.next.Close()
	}
	p.settings, p.next, p.fading, p.learning = to, a, true, 0
	if a != nil && !to.EchoOff {
		p.learning = learnBlocks
	}
	return nil
}

func toInts(dst []int16, src []float32) {
	for i, s := range src {
		dst[i] = int16(math.RoundToEven(float64(min(max(s, -1), 1) * 32767)))
	}
}

// Capture cleans one mono block of BlockSamples in place, recorded at a time on the
// taps' clock (see Tap.WriteAt).
// It says whether somebody speaks.
func (p *Processor) Capture(block []float32, at time.Duration) bool {
	p.reference.next(p.played[:], at)
	toInts(p.far[:], p.played[:])
	if p.fading {
		copy(p.clean[:], block)
		p.run(p.next, p.clean[:])
	}
	p.run(p.now, block)
	if p.fading {
		if p.learning--; p.learning < 0 {
			for i := range block {
				f := float32(i) / BlockSamples
				block[i] += f * (p.clean[i] - block[i])
			}
			if p.now != nil {
				p.now.Close()
			}
			p.now, p.next, p.fading = p.next, nil, false
		}
	}
	speaks := p.voice.add(rms(block))
	if !p.settings.GainOff {
		p.gain.add(block, p.voice.now(), p.voice.floor)
	}
	return speaks
}

func (p *Processor) run(a *apm.APM, block []float32) {
	if a == nil {
		return
	}
	toInts(p.near[:], block)
	wait := time.Duration(p.reference.lag / SampleRate * float64(time.Second))
	a.SetStreamDelayMs(int(max(deviceDelay-wait, 0) / time.Millisecond))
	// Both fail on blocks of another size only, and the first overwrites its own.
	p.render = p.far
	if a.ProcessRender(p.render[:]) != nil || a.ProcessCapture(p.near[:]) != nil {
		return
	}
	for i, s := range p.near {
		block[i] = float32(s) / 32768
	}
}

// Close frees the processor.
func (p *Processor) Close() {
	for _, a := range []*apm.APM{p.now, p.next} {
		if a != nil {
			a.Close()
		}
	}
}
