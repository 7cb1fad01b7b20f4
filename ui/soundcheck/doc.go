// Package soundcheck has the two buttons by which people try a speaker and a
// microphone: a chord to hear, and a few seconds to record and hear again.
package soundcheck
