// Package devices lets a person choose a camera, a microphone and a speaker.
package devices
