package device

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/gen2brain/malgo"
)

// The library's names for its backends; malgo numbers some of them wrongly.
const (
	backendPulse = malgo.Backend(7)
	backendALSA  = malgo.Backend(8)
)

// Contexts that fail are not tried again at once.
var pulseContexts, alsaContexts restraint

// initContext prefers PulseAudio or PipeWire, where one answers. ALSA is asked only
// where the kernel has a card: without one it lists junk and prints to standard error.
func initContext(c malgo.ContextConfig) (ctx *malgo.AllocatedContext, pulse bool, err error) {
	if err = pulseAnswers(); err == nil {
		err = pulseContexts.do(time.Now, func() (err error) {
			ctx, err = malgo.InitContext([]malgo.Backend{backendPulse}, c, nil)
			return err
		})
		if err == nil {
			return ctx, true, nil
		}
	}
	cards, readErr := os.ReadFile("/proc/asound/cards")
	if readErr != nil || !strings.Contains(string(cards), "[") {
		return nil, false, errors.Join(err, errors.New("no sound card"))
	}
	err = alsaContexts.do(time.Now, func() (err error) {
		ctx, err = malgo.InitContext([]malgo.Backend{backendALSA}, c, nil)
		return err
	})
	return ctx, false, err
}
