//go:build unix

// Package display gives whole-program tests a screen of their own: Xvfb on a
// free display number, a window manager, a keyboard and a mouse (xdotool), and
// screenshots.
package display
