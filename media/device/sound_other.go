//go:build !linux

package device

import "github.com/gen2brain/malgo"

// initContext takes the system's own sound.
func initContext(c malgo.ContextConfig) (ctx *malgo.AllocatedContext, pulse bool, err error) {
	ctx, err = malgo.InitContext(nil, c, nil)
	return ctx, false, err
}
