package device

import (
	"errors"
	"os"
	"strings"

	"github.com/gen2brain/malgo"
)

// The library's names for its backends; malgo numbers some of them wrongly.
const (
	backendPulse = malgo.Backend(7)
	backendALSA  = malgo.Backend(8)
)

// initContext prefers PulseAudio or PipeWire. ALSA is asked only where the
// kernel has a card: without one it lists junk and prints to standard error.
func initContext(c malgo.ContextConfig) (*malgo.AllocatedContext, error) {
	ctx, err := malgo.InitContext([]malgo.Backend{backendPulse}, c, nil)
	if err == nil {
		return ctx, nil
	}
	cards, readErr := os.ReadFile("/proc/asound/cards")
	if readErr != nil || !strings.Contains(string(cards), "[") {
		return nil, errors.Join(err, errors.New("no sound card"))
	}
	return malgo.InitContext([]malgo.Backend{backendALSA}, c, nil)
}
