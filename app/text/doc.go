// Package text cleans names and texts that come from outside: what other people
// write, what a server tells, what a device calls itself. It keeps what a reader can
// see, and bounds it, so that nobody is invisible, hides behind another's name, or
// paints over the rest of the window.
package text
