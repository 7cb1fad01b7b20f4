// Package awake keeps the screen on while there is a meeting to look at.
package awake
