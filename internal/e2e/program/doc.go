//go:build unix

// Package program builds Foyer and runs it as a person would, and keeps what it
// prints: JSON lines on standard output, anything else on standard error.
package program
