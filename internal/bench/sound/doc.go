// Package sound simulates rooms, noises and the clocks of sound devices, and
// measures what voice processing makes of them: nothing is played, and time is
// counted in samples.
package sound
