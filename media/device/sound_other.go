//go:build !linux

package device

import "github.com/gen2brain/malgo"

// initContext takes the system's own sound.
func initContext(c malgo.ContextConfig) (*malgo.AllocatedContext, error) {
	return malgo.InitContext(nil, c, nil)
}
