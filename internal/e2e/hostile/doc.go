// Package hostile is a client that sends what it likes: for tests of what a
// participant can do to the others and to the server. It stands on pion and on
// LiveKit's protocol alone, reads almost nothing, and checks nothing.
package hostile
