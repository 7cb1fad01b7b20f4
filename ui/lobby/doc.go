// Package lobby is the screen before a meeting: who you are, how you look and
// sound, and where you want to go.
package lobby
