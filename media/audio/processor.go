package audio

import (
	"fmt"

	"github.com/livekit/livekit-cli/v2/pkg/apm"
)

// processor is WebRTC's echo canceller (AEC3), noise suppressor, gain control
// and high-pass filter. It belongs to one goroutine.
type processor struct {
	apm  *apm.APM
	ints [BlockSamples]int16
}

func newProcessor() (*processor, error) {
	a, err := apm.NewAPM(apm.DefaultConfig())
	if err != nil {
		return nil, fmt.Errorf("open voice processing: %w", err)
	}
	return &processor{apm: a}, nil
}

func toInts(dst []int16, src []float32) {
	for i, s := range src {
		dst[i] = int16(min(max(s, -1), 1) * 32767)
	}
}

// played tells what goes to the speaker, one mono block.
func (p *processor) played(block []float32) error {
	toInts(p.ints[:], block)
	return p.apm.ProcessRender(p.ints[:])
}

// capture cleans one mono block from the microphone in place.
func (p *processor) capture(block []float32) error {
	toInts(p.ints[:], block)
	if err := p.apm.ProcessCapture(p.ints[:]); err != nil {
		return err
	}
	for i, s := range p.ints {
		block[i] = float32(s) / 32768
	}
	return nil
}

func (p *processor) close() { p.apm.Close() }
