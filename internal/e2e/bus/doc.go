//go:build unix

// Package bus runs a D-Bus session bus of a test's own.
package bus
