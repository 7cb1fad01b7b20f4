// Package viewer is somebody in a meeting who looks closely: it receives one
// source of pictures, decodes them and hands them on, and counts the bits.
package viewer
