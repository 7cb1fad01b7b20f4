//go:build !linux && !windows

package device

// openSystemSound knows no way here that needs no driver.
func openSystemSound() (Capture, error) { return nil, ErrUnsupported }
