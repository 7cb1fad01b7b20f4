// Package room measures, for tests, whether what is drawn has the room it needs:
// text that runs out of its place or over other text, and things to press that lie
// outside of the window.
package room
