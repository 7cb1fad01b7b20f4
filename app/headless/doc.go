// Package headless joins meetings without a window, for tests, bots and load: it
// publishes what it is told to, prints what happens as JSON lines, and takes
// commands as JSON lines.
package headless
