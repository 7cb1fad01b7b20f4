//go:build unix && !darwin

// Package sessionbus reaches the desktop by D-Bus.
package sessionbus
