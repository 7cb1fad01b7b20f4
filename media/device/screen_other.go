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

// Windows lists the windows that can be captured, oldest first, without those of
// this process, minimised ones, panels and menus. Nil where windows cannot be
// captured. Titles and bounds change often: Watch does not tell of them.
func Windows() []Info { return nil }

// ScreenSystem names what captures screens here, for diagnostics; the error says
// why there is nothing (ErrUnsupported, ErrDenied).
func ScreenSystem() (string, error) {
	return "", fmt.Errorf("sharing a screen on %s: %w", runtime.GOOS, ErrUnsupported)
}
