//go:build !linux

package device

import (
	"strings"

	"github.com/pion/mediadevices/pkg/driver"

	"foyer/media/video"
)

// camerasChanged is false: elsewhere mediadevices looks once, or gets events.
func camerasChanged() bool { return false }

// isCamera refuses our own drivers, which have the form name;serial.
func isCamera(d driver.Driver) bool {
	return d.Info().Name == "" || !strings.HasPrefix(d.Info().Label, d.Info().Name+";")
}

func cameraThere(string) bool { return true }

func compareCameras(a, b string) int { return strings.Compare(a, b) }

// recordCamera opens a camera that mediadevices found. end runs once, after the
// reader is closed.
func recordCamera(d driver.Driver, want CameraFormat, end func()) (video.Reader, error) {
	return record(d, want, end)
}
