//go:build !linux

package device

import (
	"fmt"
	"runtime"

	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/video"
)

type screenSource struct{}

func newScreenSource(string, ScreenOptions) source { return screenSource{} }

func (screenSource) formats() ([]prop.Media, error) {
	return nil, fmt.Errorf("sharing a screen on %s: %w", runtime.GOOS, ErrUnsupported)
}
func (screenSource) record(prop.Media) (video.Reader, error) { return nil, ErrUnsupported }
func (screenSource) close()                                  {}

type screenList struct{}

func (*screenList) list() []Info { return nil }
func (*screenList) close()       {}

// ScreenSystem names what captures screens here, for diagnostics; the error says
// why there is nothing (ErrUnsupported, ErrDenied).
func ScreenSystem() (string, error) {
	return "", fmt.Errorf("sharing a screen on %s: %w", runtime.GOOS, ErrUnsupported)
}
