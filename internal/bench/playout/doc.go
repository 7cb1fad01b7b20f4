// Package playout plays packets of sound through Foyer's jitter buffer in simulated
// time, over networks that are simulated too, and through buffers of a fixed delay.
package playout
