// Package sound runs a sound server of its own, PipeWire or PulseAudio, with null
// devices: what programs play is recorded, and what is played to a feed sounds
// from a microphone. It also measures such sounds.
package sound
