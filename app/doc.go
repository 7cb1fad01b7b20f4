// Package app ties together what a person can do: it holds the seam through
// which the lobby starts a meeting server without knowing it.
package app
