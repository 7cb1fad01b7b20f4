// Package moved counts, for tests, the movements that are begun on the screen.
package moved
