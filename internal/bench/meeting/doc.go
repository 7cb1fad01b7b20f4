//go:build unix

// Package meeting runs Foyer's meeting server for a benchmark, with one room.
package meeting
