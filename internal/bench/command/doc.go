//go:build unix

// Package command is what the benchmarks' commands have in common: the environment
// that says what to measure, folders for programs, pauses, and being interrupted.
package command
