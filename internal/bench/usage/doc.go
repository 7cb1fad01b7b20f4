//go:build unix

// Package usage measures what a program and everything it started cost, from
// /proc: processor time and memory.
package usage
