// Package ui is Foyer's window: the lobby, the meeting, and the way between them.
package ui
